//! What a failure leaves of an answer: null at the nearest place above it that may be null.
//!
//! The GraphQL specification (October 2021, section 6.4.4) answers null for a field that failed and, where the schema
//! says that it never is null, for what holds it, and so on up to `data`. The library leaves such a field out instead,
//! and clients that trust the schema break on what is not there. What a reader would get wrong: an object all of whose
//! fields failed comes as null from the library, though it may have to be there with fields that are null.

mod declared;

use std::cmp::Reverse;

use async_graphql::{Name, PathSegment, Response, Value, indexmap::IndexMap, parser::types::Type};

pub use self::declared::Declared;
use self::declared::item;
use super::shape::Shape;

/// Puts the nulls of the errors of `response` where the schema allows them; every event of a subscription is such a
/// response. Does nothing when nothing failed, or when nothing ran.
pub fn spread<'a>(response: &mut Response, shape: &Shape, declared: impl FnOnce() -> &'a Declared) {
    if response.errors.iter().all(|error| error.path.is_empty()) {
        return;
    }
    let root = Place::root(shape, declared(), &response.data);
    let failed = response.errors.iter().map(|error| error.path.as_slice()).filter(|path| !path.is_empty());
    let mut nulls: Vec<&[PathSegment]> = failed.map(|path| root.nearest_nullable(path)).collect();
    // The deepest first: what is null on the way then comes from the library.
    nulls.sort_by_key(|path| Reverse(path.len()));
    for path in nulls {
        set_null(&mut response.data, path);
    }
}

/// A place of an answer: what was asked for there, of which types it is, and what is there.
#[derive(Clone)]
struct Place<'a> {
    declared: &'a Declared,
    shape: &'a Shape,
    types: Vec<&'a Type>,
    value: Option<&'a Value>,
}

impl<'a> Place<'a> {
    fn root(shape: &'a Shape, declared: &'a Declared, data: &'a Value) -> Self {
        Self { declared, shape, types: declared.types(shape, &[]), value: Some(data) }
    }

    /// The longest part of `path` that leads to something that may be null.
    fn nearest_nullable<'path>(&self, path: &'path [PathSegment]) -> &'path [PathSegment] {
        let (mut place, mut length) = (self.clone(), 0);
        for (steps, segment) in (1..).zip(path) {
            let Some(next) = place.step(segment) else {
                break;
            };
            place = next;
            // What is of no type we know (the library's own fields) may as well never be null.
            if !place.types.is_empty() && place.types.iter().all(|known| known.nullable) {
                length = steps;
            }
        }
        path.get(..length).unwrap_or_default()
    }

    /// None where nothing can be put: the library drops a list whole when one of its items fails.
    fn step(&self, segment: &PathSegment) -> Option<Self> {
        match (segment, self.value) {
            (PathSegment::Field(name), None | Some(Value::Null | Value::Object(_))) => {
                let shape = self.shape.field(name)?;
                let value = match self.value {
                    Some(Value::Object(fields)) => fields.get(name.as_str()),
                    _ => None,
                };
                Some(Self { shape, types: self.declared.types(shape, &self.types), value, ..*self })
            }
            (PathSegment::Index(index), Some(Value::List(items))) => {
                let types = self.types.iter().copied().filter_map(item).collect();
                Some(Self { types, value: Some(items.get(*index)?), ..*self })
            }
            _ => None,
        }
    }
}

/// Makes the objects on the way that the library left out.
fn set_null(value: &mut Value, path: &[PathSegment]) {
    let Some((segment, rest)) = path.split_first() else {
        *value = Value::Null;
        return;
    };
    match segment {
        PathSegment::Field(name) => {
            if matches!(value, Value::Null) {
                *value = Value::Object(IndexMap::new());
            }
            if let Value::Object(fields) = value {
                set_null(fields.entry(Name::new(name)).or_default(), rest);
            }
        }
        PathSegment::Index(index) => {
            if let Value::List(items) = value
                && let Some(item) = items.get_mut(*index)
            {
                set_null(item, rest);
            }
        }
    }
}

#[cfg(test)]
mod tests;
