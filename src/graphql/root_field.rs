//! The one field a subscription asks for.
//!
//! The GraphQL specification (October 2021, section 5.2.3.1) allows one root field, and it may stand in a fragment. The
//! library takes several, and silently never answers those in fragments; so here they are taken out of their fragments
//! and counted. What a reader would get wrong: this changes the document of the request.

use async_graphql::{
    Name, Positioned, Request, ServerError,
    parser::types::{DocumentOperations, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet},
};

use super::limits::selected;

/// Brings the root field of the subscription that will run to its root, and names it.
///
/// # Errors
/// In the library's form, when there is not exactly one; `GRAPHQL_VALIDATION_FAILED` once it is finished.
pub fn root_field(request: &mut Request) -> Result<String, ServerError> {
    let name = request.operation_name.clone();
    let mut document = request.parsed_query()?.clone();
    let mut root = Root::default();
    if let Some(operation) = selected(&document, name.as_deref()) {
        root.collect(&operation.selection_set.node, &document)?;
    }
    let [field] = root.fields.as_slice() else {
        let second = root.fields.get(1).map(|field| field.pos);
        return Err(ServerError::new("a subscription must ask for exactly one field at its root", second));
    };
    let (field, response) = (field.clone(), field.node.name.node.to_string());
    if let Some(operation) = selected_mut(&mut document, name.as_deref()) {
        let pos = field.pos;
        operation.selection_set.node.items = vec![Positioned::new(Selection::Field(field), pos)];
    }
    // Nothing spreads them any more, and an unused fragment is not valid.
    document.fragments.retain(|name, _| !root.fragments.contains(name));
    request.set_parsed_query(document);
    Ok(response)
}

/// What stands at the root of an operation.
#[derive(Default)]
struct Root {
    fields: Vec<Positioned<Field>>,
    /// Those it stands in.
    fragments: Vec<Name>,
}

impl Root {
    /// The limits refuse fragments that go in circles, and bound how far this expands.
    fn collect(&mut self, selections: &SelectionSet, document: &ExecutableDocument) -> Result<(), ServerError> {
        for selection in &selections.items {
            let (directives, inner) = match &selection.node {
                Selection::Field(field) => {
                    self.fields.push(field.clone());
                    continue;
                }
                Selection::InlineFragment(fragment) => (&fragment.node.directives, Some(&fragment.node.selection_set)),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    self.fragments.push(name.clone());
                    let fragment = document.fragments.get(name);
                    (&spread.node.directives, fragment.map(|fragment| &fragment.node.selection_set))
                }
            };
            if let Some(directive) = directives.first() {
                let message = "a fragment at the root of a subscription takes no directive";
                return Err(ServerError::new(message, Some(directive.pos)));
            }
            if let Some(inner) = inner {
                self.collect(&inner.node, document)?;
            }
        }
        Ok(())
    }
}

fn selected_mut<'doc>(
    document: &'doc mut ExecutableDocument,
    name: Option<&str>,
) -> Option<&'doc mut OperationDefinition> {
    let operation = match (&mut document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get_mut(name),
        (DocumentOperations::Multiple(operations), None) => operations.values_mut().next(),
        (DocumentOperations::Single(_), Some(_)) => None,
    };
    operation.map(|operation| &mut operation.node)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<String, String> {
        root_field(&mut Request::new(query)).map_err(|error| error.message)
    }

    #[test]
    fn one_field_is_found_wherever_it_stands() {
        for query in [
            "subscription { tick(to: 3) { at } }",
            "subscription { x: tick { at } }",
            "subscription { ... { tick } }",
            "subscription S { ...A } fragment A on Subscription { ...B } fragment B on Subscription { ... { tick } }",
        ] {
            assert_eq!(asked(query).as_deref(), Ok("tick"), "{query}");
        }
    }

    #[test]
    fn anything_but_one_field_is_refused() {
        for query in [
            "subscription { tick other }",
            "subscription { tick again: tick }",
            "subscription { ...A } fragment A on Subscription { tick ... { other } }",
            "subscription { ... @include(if: true) { tick } }",
            "subscription { ...A @skip(if: true) } fragment A on Subscription { tick }",
            "subscription { ...Unknown }",
        ] {
            assert!(asked(query).is_err(), "{query}");
        }
    }

    #[test]
    fn the_document_has_the_field_at_its_root() {
        let mut request =
            Request::new("query Q { a } subscription S { ...A } fragment A on Subscription { ... { tick } }");
        request.operation_name = Some("S".to_owned());
        root_field(&mut request).unwrap();
        let document = request.parsed_query().unwrap();
        let operation = selected(document, Some("S")).unwrap();
        assert!(document.fragments.is_empty());
        assert!(matches!(&operation.selection_set.node.items[..], [only] if matches!(only.node, Selection::Field(_))));
    }
}
