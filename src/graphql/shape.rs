//! What an operation asks for, kept until its answer is there; and the order of an answer's fields: that of the query.
//!
//! The GraphQL specification has a response map in the order of its selections (section 7.2.2); the library hands fields
//! over as they become ready, so that one that waits for the database comes after those that do not. What a reader would
//! get wrong: nothing is added or left out here, fields only change places. What failed is the concern of `nulls`.

use async_graphql::{
    Name, Request, Value,
    indexmap::IndexMap,
    parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet},
};

use super::limits::selected;

/// The fields of an object in the order they were asked for, fragments of every type included.
#[derive(Debug, Default)]
pub struct Shape {
    origins: Vec<Origin>,
    fields: IndexMap<Name, Shape>,
}

/// What a place of the answer was asked for as.
#[derive(Debug, PartialEq, Eq)]
pub enum Origin {
    /// The whole of it: an operation of this kind.
    Operation(OperationType),
    /// A field, inside the type condition of a fragment or, without one, on the type of what it is a field of.
    Field {
        /// The type that the nearest fragment is on.
        on: Option<Name>,
        /// The field, whatever the answer calls it.
        name: Name,
    },
}

impl Shape {
    /// The shape of the answer to the operation that will run; nothing when there is no such operation.
    pub fn of(request: &mut Request) -> Self {
        let name = request.operation_name.clone();
        let mut shape = Self::default();
        if let Ok(document) = request.parsed_query()
            && let Some(operation) = selected(document, name.as_deref())
        {
            shape.origins.push(Origin::Operation(operation.ty));
            shape.add(&operation.selection_set.node, None, document);
        }
        shape
    }

    /// What this place was asked for as; more than one where fragments of several types give it the same name.
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// The place under this name of the answer.
    pub fn field(&self, name: &str) -> Option<&Self> {
        self.fields.get(name)
    }

    /// Puts the fields of `value` in order.
    pub fn order(&self, value: &mut Value) {
        match value {
            Value::Object(fields) if !self.fields.is_empty() => {
                if !self.fields.keys().filter(|name| fields.contains_key(*name)).eq(fields.keys()) {
                    let place = |name: &Name| self.fields.get_index_of(name).unwrap_or(usize::MAX);
                    fields.sort_by(|left, _, right, _| place(left).cmp(&place(right)));
                }
                for (name, value) in fields {
                    if let Some(shape) = self.fields.get(name) {
                        shape.order(value);
                    }
                }
            }
            Value::List(values) if !self.fields.is_empty() => values.iter_mut().for_each(|value| self.order(value)),
            _ => {}
        }
    }

    /// The limits bound how far this expands, and refuse fragments that go in circles.
    fn add(&mut self, selections: &SelectionSet, on: Option<&Name>, document: &ExecutableDocument) {
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => {
                    let shape = self.fields.entry(field.node.response_key().node.clone()).or_default();
                    let origin = Origin::Field { on: on.cloned(), name: field.node.name.node.clone() };
                    if !shape.origins.contains(&origin) {
                        shape.origins.push(origin);
                    }
                    shape.add(&field.node.selection_set.node, None, document);
                }
                Selection::InlineFragment(fragment) => {
                    let own = fragment.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    self.add(&fragment.node.selection_set.node, own.or(on), document);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        let on = &fragment.node.type_condition.node.on.node;
                        self.add(&fragment.node.selection_set.node, Some(on), document);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_come_in_the_order_of_the_query() {
        let mut request = Request::new(
            "query ($x: Int) { ...Lists b: list { total rows { id ... on Row { name } id } ...More } }
             fragment Lists on Query { a { z y } } fragment More on Rows { last }",
        );
        let mut value = Value::from_json(json!({
            "b": { "last": 1, "rows": [{ "name": 1, "id": 2 }, null, { "id": 3, "name": 4 }], "total": 5 },
            "a": { "y": { "kept": 1, "as": 2 }, "z": null },
        }))
        .unwrap();
        Shape::of(&mut request).order(&mut value);
        let ordered = r#"{"a":{"z":null,"y":{"as":2,"kept":1}},"b":{"total":5,"rows":[{"id":2,"name":1},null,{"id":3,"name":4}],"last":1}}"#;
        assert_eq!(serde_json::to_string(&value).unwrap(), ordered);
    }
}
