//! What a request may ask for, decided before the library sees it.
//!
//! [`admit`] looks at the text (`scan`), parses it, weighs what it expands to (`weigh`), and hands the parsed document
//! over. [`trim`] keeps an answer that is nothing but errors small. What a reader would get wrong: the library's own
//! limits are no substitute; its validation walks every expansion of every fragment before it compares anything, and
//! 1.6 KB of fragments that spread fragments end the process.

mod required;
mod scan;
mod values;
mod weigh;

use std::sync::Arc;

use async_graphql::{
    Pos, Request, Response, ServerError,
    parser::{
        self, parse_query,
        types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
    },
};

use crate::error::Error;

/// Steps of nesting the library may take, spreads and inline fragments included. What `weigh` admits stays below it.
pub const LIBRARY_DEPTH: usize = weigh::MAX_STEPS + 8;
/// Errors kept of what validation found: the first few are what a person reads.
const MAX_VALIDATION_ERRORS: usize = 20;
/// Errors kept of an execution, where each explains one `null` of the answer.
const MAX_EXECUTION_ERRORS: usize = 200;
/// Longest message: some quote what was sent, which may be a megabyte.
const MAX_MESSAGE_CHARS: usize = 500;

/// Parses the query, refuses it when it is too much, and leaves the parsed document in the request.
///
/// Answers the kind of the operation that would run; none when the request names no operation of its document, which
/// the library then says.
///
/// # Errors
/// `GRAPHQL_PARSE_FAILED`, `BAD_USER_INPUT` for a variable that is missing, or the code of the limit that was passed.
pub fn admit(request: &mut Request) -> Result<Option<OperationType>, ServerError> {
    scan::scan(&request.query)?;
    let document = parse_query(&request.query).map_err(|error| unparsable(&error))?;
    let selected = selected(&document, request.operation_name.as_deref());
    weigh::weigh(&document, selected, &request.variables)?;
    selected.map_or(Ok(()), |operation| required::check(operation, &request.variables))?;
    let kind = selected.map(|operation| operation.ty);
    request.set_parsed_query(document);
    Ok(kind)
}

/// Cuts long messages and long lists of errors short, and says so.
pub fn trim(response: &mut Response) {
    let is_execution = response.errors.iter().any(|error| !error.path.is_empty());
    let most = if is_execution { MAX_EXECUTION_ERRORS } else { MAX_VALIDATION_ERRORS };
    let left_out = response.errors.len().saturating_sub(most);
    response.errors.truncate(most);
    for error in &mut response.errors {
        shorten(&mut error.message);
    }
    if left_out > 0 {
        let note = carrying(Error::too_large("ERRORS_LEFT_OUT", format!("{left_out} more errors are left out")));
        response.errors.push(note);
    }
}

fn shorten(message: &mut String) {
    if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE_CHARS) {
        message.truncate(end);
        message.push('…');
    }
}

/// The operation that will run.
pub(super) fn selected<'doc>(
    document: &'doc ExecutableDocument,
    name: Option<&str>,
) -> Option<&'doc OperationDefinition> {
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations.values().next(),
        (DocumentOperations::Multiple(_), None) => None,
    };
    operation.map(|operation| &operation.node)
}

/// The parser's error without the drawing of the line, which would send the query back.
fn unparsable(error: &parser::Error) -> ServerError {
    let locations: Vec<Pos> = error.positions().collect();
    let text = error.to_string();
    let reason = match error {
        parser::Error::Syntax { .. } => text.rsplit_once("\n").map_or(text.as_str(), |(_, last)| last),
        _ => &text,
    };
    let reason = reason.trim().trim_start_matches("= ");
    let message = match locations.first() {
        Some(at) => format!("the query does not parse: line {}, column {}: {reason}", at.line, at.column),
        None => format!("the query does not parse: {reason}"),
    };
    let mut refused = carrying(Error::bad_input("GRAPHQL_PARSE_FAILED", message));
    refused.locations = locations;
    refused
}

/// Over a limit, in the library's form; `error::finish` finds our error in it and takes its code.
fn too_large(code: &'static str, message: impl Into<String>) -> ServerError {
    carrying(Error::too_large(code, message))
}

/// An error of ours in the library's form.
pub fn carrying(error: Error) -> ServerError {
    let mut refused = ServerError::new(error.to_string(), None);
    refused.source = Some(Arc::new(error));
    refused
}

#[cfg(test)]
mod tests;
