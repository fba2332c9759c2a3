//! Of which type the schema says each field is.
//!
//! Read from the schema's own text, the only form of it that the library hands out. What a reader would get wrong: a
//! field asked for on an interface has the type of the interface's field, whatever the object behind it promises.

use std::collections::HashMap;

use async_graphql::{
    Name,
    parser::{
        self, parse_schema,
        types::{BaseType, FieldDefinition, OperationType, SchemaDefinition, Type, TypeKind, TypeSystemDefinition},
    },
};

use crate::graphql::shape::{Origin, Shape};

/// The types of all fields.
#[derive(Debug, Default)]
pub struct Declared {
    roots: Vec<(OperationType, Type)>,
    fields: HashMap<Name, HashMap<Name, Type>>,
}

impl Declared {
    /// Reads a schema.
    ///
    /// # Errors
    /// When it does not parse.
    pub fn of(sdl: &str) -> Result<Self, parser::Error> {
        let mut declared = Self::default();
        for definition in parse_schema(sdl)?.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => declared.roots.extend(roots(schema.node)),
                TypeSystemDefinition::Type(owner) => {
                    let fields = match owner.node.kind {
                        TypeKind::Object(object) => object.fields,
                        TypeKind::Interface(interface) => interface.fields,
                        _ => continue,
                    };
                    let fields = fields.into_iter().map(|field| name_and_type(field.node));
                    declared.fields.entry(owner.node.name.node).or_default().extend(fields);
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        Ok(declared)
    }

    /// The types of a place whose parent is of one of the types `parents`, as far as they are known.
    pub fn types<'a>(&'a self, shape: &Shape, parents: &[&'a Type]) -> Vec<&'a Type> {
        let mut types: Vec<&Type> = shape.origins().iter().flat_map(|origin| self.of_origin(origin, parents)).collect();
        // Each once, or a query could double them with every level.
        types.sort_by_key(|known| std::ptr::from_ref(*known));
        types.dedup_by(|left, right| std::ptr::eq(*left, *right));
        types
    }

    fn of_origin<'a>(&'a self, origin: &Origin, parents: &[&'a Type]) -> Vec<&'a Type> {
        match origin {
            Origin::Operation(kind) => {
                self.roots.iter().filter(|(root, _)| root == kind).map(|(_, data)| data).collect()
            }
            Origin::Field { on: Some(owner), name } => self.field(owner, name).into_iter().collect(),
            Origin::Field { on: None, name } => {
                parents.iter().filter_map(|parent| self.field(named(parent)?, name)).collect()
            }
        }
    }

    fn field(&self, owner: &Name, name: &Name) -> Option<&Type> {
        self.fields.get(owner)?.get(name)
    }
}

/// `data` itself may be null.
fn roots(schema: SchemaDefinition) -> impl Iterator<Item = (OperationType, Type)> {
    let kinds = [
        (OperationType::Query, schema.query),
        (OperationType::Mutation, schema.mutation),
        (OperationType::Subscription, schema.subscription),
    ];
    let root = |name| Type { base: BaseType::Named(name), nullable: true };
    kinds.into_iter().filter_map(move |(kind, name)| Some((kind, root(name?.node))))
}

fn name_and_type(field: FieldDefinition) -> (Name, Type) {
    (field.name.node, field.ty.node)
}

fn named(of: &Type) -> Option<&Name> {
    match &of.base {
        BaseType::Named(name) => Some(name),
        BaseType::List(_) => None,
    }
}

/// The type of the items of a list.
pub fn item(of: &Type) -> Option<&Type> {
    match &of.base {
        BaseType::List(item) => Some(item),
        BaseType::Named(_) => None,
    }
}
