//! Variables that an operation demands and a request does not give.
//!
//! Not here: whether a value fits its type, which the library says. What a reader would get wrong: the library runs the
//! operation and lets the field fail that uses the variable; the specification (October 2021, 6.1.2) runs nothing.

use async_graphql::{ServerError, Value, Variables, parser::types::OperationDefinition};

use super::carrying;
use crate::error::Error;

/// Refuses a request that leaves out, or gives as null, a variable that must not be null and has no default.
pub fn check(operation: &OperationDefinition, variables: &Variables) -> Result<(), ServerError> {
    for definition in &operation.variable_definitions {
        let (name, wanted) = (&definition.node.name.node, &definition.node.var_type.node);
        if wanted.nullable {
            continue;
        }
        let is_there = match variables.get(name) {
            Some(value) => *value != Value::Null,
            None => definition.node.default_value.is_some(),
        };
        if !is_there {
            let message = format!("the variable `${name}` must be given and not be null: it is of type `{wanted}`");
            let mut refused = carrying(Error::bad_input("BAD_USER_INPUT", message));
            refused.locations = vec![definition.pos];
            return Err(refused);
        }
    }
    Ok(())
}
