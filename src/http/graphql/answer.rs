//! One answer on its way out: the last touch, and the text it becomes.
//!
//! What a reader would get wrong: every answer of every door passes [`finish`], each event of a subscription too.

use std::{collections::BTreeMap, sync::Arc};

use async_graphql::{Response as Answer, ServerError, Value};
use serde::Serialize;

use crate::{
    error::Error,
    graphql::{self, Event, limits},
};

/// Gives the errors of an answer their codes and a bounded length.
pub fn finish(answer: &mut Answer) {
    limits::trim(answer);
    graphql::error::finish(answer);
}

/// An answer that is nothing but `error`.
pub fn refusal(error: Error) -> Answer {
    Answer::from_errors(vec![limits::carrying(error)])
}

/// Whether nothing of the operation ran: it did not parse, is not valid or is too much.
pub fn is_refused(answer: &Answer) -> bool {
    answer.data == Value::Null && !answer.errors.is_empty() && answer.errors.iter().all(|error| error.path.is_empty())
}

/// An answer as the specification writes it: no `data` when nothing ran, `errors` first so that people see them.
#[derive(Serialize)]
pub struct Shown<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

impl<'a> Shown<'a> {
    /// The form of `answer`.
    pub fn of(answer: &'a Answer) -> Self {
        let data = (!is_refused(answer)).then_some(&answer.data);
        Self { errors: &answer.errors, data, extensions: &answer.extensions }
    }
}

/// One answer of several, as JSON: written once, sent to all who wait for it.
#[derive(Clone, Debug)]
pub enum Payload {
    /// An answer with data, or with errors of its execution.
    Result(Arc<str>),
    /// The same with its number, for clients that come back for what came after it.
    Numbered(Arc<str>, i64),
    /// Nothing ran: the list of errors, and the end of the operation.
    Refused(Arc<str>),
}

impl Payload {
    /// Finishes and writes an answer.
    pub fn of(mut answer: Answer) -> Self {
        finish(&mut answer);
        if is_refused(&answer) {
            return Self::Refused(written(&answer.errors));
        }
        Self::Result(written(&Shown::of(&answer)))
    }

    /// Finishes and writes an event.
    pub fn of_event(event: Event) -> Self {
        match (Self::of(event.response), event.number) {
            (Self::Result(text), Some(number)) => Self::Numbered(text, number),
            (payload, _) => payload,
        }
    }

    /// Whether the operation ends with it.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// The refusal that `error` is.
    pub fn refused(error: Error) -> Self {
        Self::of(refusal(error))
    }
}

fn written(shown: &impl Serialize) -> Arc<str> {
    match serde_json::to_string(shown) {
        Ok(text) => text.into(),
        Err(error) => {
            Error::caused("writing an answer", error).log();
            "[]".into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_from_a_failure() {
        let refused = Payload::refused(Error::bad_input("CODE", "no"));
        assert!(
            matches!(refused, Payload::Refused(text) if &*text == r#"[{"message":"no","extensions":{"code":"CODE"}}]"#)
        );
        let mut failed = Answer::from_errors(vec![ServerError::new("no", None)]);
        failed.errors[0].path = vec![async_graphql::PathSegment::Field("x".to_owned())];
        let Payload::Result(text) = Payload::of(failed) else { panic!("a failure of the execution") };
        assert!(text.starts_with(r#"{"errors":[{"message":"no""#) && text.ends_with(r#""data":null}"#), "{text}");
    }
}
