//! Gives every error of a response its `extensions.code`, and the log its cause.
//!
//! Resolvers answer our own [`Error`] with `?`; the library keeps it as the source of what it makes of it, and here,
//! once a response, it becomes a code. What is not ours was found by the library before anything ran.

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, Response, ServerError};

use crate::error::Error;

/// Finishes the errors of a response.
pub fn finish(response: &mut Response) {
    for error in &mut response.errors {
        finish_one(error);
    }
}

fn finish_one(error: &mut ServerError) {
    // An error of a data loader is shared by the rows that waited for it.
    let shared = error.source::<Arc<Error>>().map(Arc::as_ref);
    let code = match error.source::<Error>().or(shared) {
        Some(ours) => {
            ours.log();
            ours.code()
        }
        None if error.path.is_empty() => "GRAPHQL_VALIDATION_FAILED",
        // The library's own words about a value it could not read or write.
        None => "BAD_USER_INPUT",
    };
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code);
}
