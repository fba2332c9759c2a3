//! The order of an answer's fields: that of the query.
//!
//! The GraphQL specification has a response map in the order of its selections (section 7.2.2); the library hands fields
//! over as they become ready, so that one that waits for the database comes after those that do not. What a reader would
//! get wrong: nothing is added or left out here, fields only change places.

use async_graphql::{
    Name, Positioned, Request, Value,
    indexmap::IndexMap,
    parser::types::{ExecutableDocument, FragmentDefinition, Selection, SelectionSet},
};

use super::limits::selected;

/// The fields of an object in the order they were asked for, fragments of every type included.
#[derive(Debug, Default)]
pub struct Shape(IndexMap<Name, Shape>);

impl Shape {
    /// The shape of the answer to the operation that will run; nothing when there is no such operation.
    pub fn of(request: &mut Request) -> Self {
        let name = request.operation_name.clone();
        let mut shape = Self::default();
        if let Ok(document) = request.parsed_query()
            && let Some(operation) = selected(document, name.as_deref())
        {
            shape.add(&operation.selection_set.node, document);
        }
        shape
    }

    /// Puts the fields of `value` in order.
    pub fn order(&self, value: &mut Value) {
        match value {
            Value::Object(fields) if !self.0.is_empty() => {
                if !self.0.keys().filter(|name| fields.contains_key(*name)).eq(fields.keys()) {
                    let place = |name: &Name| self.0.get_index_of(name).unwrap_or(usize::MAX);
                    fields.sort_by(|left, _, right, _| place(left).cmp(&place(right)));
                }
                for (name, value) in fields {
                    if let Some(shape) = self.0.get(name) {
                        shape.order(value);
                    }
                }
            }
            Value::List(values) if !self.0.is_empty() => values.iter_mut().for_each(|value| self.order(value)),
            _ => {}
        }
    }

    /// The limits bound how far this expands, and refuse fragments that go in circles.
    fn add(&mut self, selections: &SelectionSet, document: &ExecutableDocument) {
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => {
                    let shape = self.0.entry(field.node.response_key().node.clone()).or_default();
                    shape.add(&field.node.selection_set.node, document);
                }
                Selection::InlineFragment(fragment) => self.add(&fragment.node.selection_set.node, document),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        self.add(fragment_selections(fragment), document);
                    }
                }
            }
        }
    }
}

fn fragment_selections(fragment: &Positioned<FragmentDefinition>) -> &SelectionSet {
    &fragment.node.selection_set.node
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
