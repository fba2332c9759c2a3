//! The values of a request as the walk needs them: page sizes, lengths, and how much resolving an argument copies.
//!
//! What a reader would get wrong: the library copies a variable wherever it is written, so that `[$v, $v, …]` turns a
//! body of one megabyte into gigabytes. Copies are counted and held to a multiple of what was sent.

use std::collections::HashMap;

use async_graphql::{
    ServerError, Value, Variables,
    parser::types::{ExecutableDocument, Field, OperationDefinition},
};
use async_graphql_value::Value as InputValue;

use super::{carrying, too_large};
use crate::error::Error;

/// The page size of a connection that names none, and the largest the domain answers.
const DEFAULT_PAGE: u64 = 25;
const LARGEST_PAGE: u64 = 100;
/// How many times of a cron expression are told when no number is named, and the most that are.
const DEFAULT_TIMES: u64 = 5;
const MOST_TIMES: u64 = 50;
/// How often arguments may copy all that was sent, and what they may copy of short values in any case.
const MAX_COPIES: u64 = 8;
const FREE_COPY_BYTES: u64 = 64 * 1024;

/// The variables of a request, their defaults, and the sizes of both.
pub struct Values<'doc> {
    variables: &'doc Variables,
    selected: Option<&'doc OperationDefinition>,
    /// The larger of what was sent and what is the default, by name.
    bytes: HashMap<&'doc str, u64>,
}

impl<'doc> Values<'doc> {
    pub fn new(
        document: &'doc ExecutableDocument,
        selected: Option<&'doc OperationDefinition>,
        variables: &'doc Variables,
    ) -> Result<Self, ServerError> {
        let mut bytes: HashMap<&str, u64> = HashMap::new();
        for (name, value) in variables.iter() {
            bytes.insert(name, size(value)?);
        }
        let definitions = document.operations.iter().flat_map(|(_, operation)| &operation.node.variable_definitions);
        for definition in definitions {
            if let Some(default) = &definition.node.default_value {
                let size = size(&default.node)?;
                let known = bytes.entry(&definition.node.name.node).or_default();
                *known = size.max(*known);
            }
        }
        Ok(Self { variables, selected, bytes })
    }

    /// How many items the connection answers at most; the domain refuses more than its largest page.
    pub fn page_size(&self, field: &Field) -> u64 {
        let asked = ["first", "last"].iter().filter_map(|name| self.number(field, name)).max();
        asked.unwrap_or(DEFAULT_PAGE).min(LARGEST_PAGE)
    }

    /// How many times of a cron expression are looked for; the domain refuses more than its most.
    pub fn times(&self, field: &Field) -> u64 {
        self.number(field, "count").unwrap_or(DEFAULT_TIMES).min(MOST_TIMES)
    }

    /// How long the list is that the argument gives, when there is such an argument.
    pub fn list_length(&self, field: &Field, argument: &str) -> Option<u64> {
        match &field.get_argument(argument)?.node {
            InputValue::List(items) => Some(items.len() as u64),
            InputValue::Variable(name) => match self.variable(name)? {
                Value::List(items) => Some(items.len() as u64),
                _ => Some(1),
            },
            _ => Some(1),
        }
    }

    /// Bytes of variables that resolving the value copies.
    pub fn copied(&self, value: &InputValue) -> Result<u64, ServerError> {
        Ok(match value {
            InputValue::Variable(name) => self.bytes.get(name.as_str()).copied().unwrap_or_default(),
            InputValue::List(items) => items
                .iter()
                .try_fold(0_u64, |sum, item| Ok::<_, ServerError>(sum.saturating_add(self.copied(item)?)))?,
            InputValue::Object(fields) => fields
                .values()
                .try_fold(0_u64, |sum, item| Ok::<_, ServerError>(sum.saturating_add(self.copied(item)?)))?,
            InputValue::String(text) => {
                refuse_nul(text)?;
                0
            }
            _ => 0,
        })
    }

    /// Refuses copies out of proportion to what was sent.
    pub fn check_copied(&self, copied: u64) -> Result<(), ServerError> {
        let sent: u64 = self.bytes.values().sum();
        if copied > sent.saturating_mul(MAX_COPIES).saturating_add(FREE_COPY_BYTES) {
            let message =
                format!("the query repeats its variables until they are more than {MAX_COPIES} times their size");
            return Err(too_large("VARIABLES_TOO_LARGE", message));
        }
        Ok(())
    }

    fn number(&self, field: &Field, argument: &str) -> Option<u64> {
        match &field.get_argument(argument)?.node {
            InputValue::Number(number) => number.as_u64(),
            InputValue::Variable(name) => match self.variable(name)? {
                Value::Number(number) => number.as_u64(),
                _ => None,
            },
            _ => None,
        }
    }

    fn variable(&self, name: &str) -> Option<&'doc Value> {
        let default = || {
            let definitions = &self.selected?.variable_definitions;
            definitions.iter().find(|definition| definition.node.name.node == name)?.node.default_value()
        };
        self.variables.get(name).or_else(default)
    }
}

/// About how many bytes a value is. It was read from JSON or a bounded text, so it nests no deeper than those allow.
fn size(value: &Value) -> Result<u64, ServerError> {
    const EACH: u64 = 16;
    let inner: u64 = match value {
        Value::String(text) => {
            refuse_nul(text)?;
            text.len() as u64
        }
        Value::List(items) => items.iter().map(size).sum::<Result<u64, _>>()?,
        Value::Object(fields) => {
            let sizes = fields.iter().map(|(name, item)| Ok::<_, ServerError>(name.len() as u64 + size(item)?));
            sizes.sum::<Result<u64, _>>()?
        }
        _ => 0,
    };
    Ok(inner.saturating_add(EACH))
}

/// No column can hold it: PostgreSQL would answer an error of its own.
fn refuse_nul(text: &str) -> Result<(), ServerError> {
    if text.contains('\0') {
        let message = "text must not contain the character U+0000";
        return Err(carrying(Error::bad_input("BAD_USER_INPUT", message)));
    }
    Ok(())
}
