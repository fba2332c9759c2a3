//! The messages of `graphql-transport-ws`, both ways.
//!
//! What a reader would get wrong: an answer is not written here; it comes written (`Payload`), and is only put between
//! the words that name its operation.

use axum::extract::ws::Utf8Bytes;
use serde_json::{Map, Value as Json, json};

use super::close::End;
use crate::http::graphql::answer::Payload;

/// Longest id of an operation; it comes back with each of its answers.
const MAX_ID_CHARS: usize = 128;

/// What a client says.
#[derive(Debug)]
pub enum Said {
    /// `connection_init`, with what it carries.
    Init(Map<String, Json>),
    /// `ping`, with what it wants back.
    Ping(Option<Json>),
    /// `pong`.
    Pong,
    /// `subscribe`: an operation, of any kind, and its id.
    Subscribe(String, Json),
    /// `complete`: the operation of that id is not wanted any more.
    Complete(String),
}

impl Said {
    /// Reads a message.
    ///
    /// # Errors
    /// 4400, with what is wrong.
    pub fn read(text: &str) -> Result<Self, End> {
        let Ok(Json::Object(mut message)) = serde_json::from_str(text) else {
            return Err(End::malformed("a message must be a JSON object"));
        };
        let payload = message.remove("payload").filter(|payload| !payload.is_null());
        match message.get("type").and_then(Json::as_str) {
            Some("connection_init") => match payload {
                None => Ok(Self::Init(Map::new())),
                Some(Json::Object(payload)) => Ok(Self::Init(payload)),
                Some(_) => Err(End::malformed("the `payload` of connection_init must be an object")),
            },
            Some("ping") => Ok(Self::Ping(payload)),
            Some("pong") => Ok(Self::Pong),
            Some("subscribe") => {
                let payload = payload.ok_or_else(|| End::malformed("subscribe needs a `payload`"))?;
                Ok(Self::Subscribe(id(message)?, payload))
            }
            Some("complete") => Ok(Self::Complete(id(message)?)),
            Some(_) => Err(End::malformed("unknown message type")),
            None => Err(End::malformed("a message must have a `type`")),
        }
    }
}

fn id(mut message: Map<String, Json>) -> Result<String, End> {
    match message.remove("id") {
        Some(Json::String(id)) if (1..=MAX_ID_CHARS).contains(&id.chars().count()) => Ok(id),
        _ => Err(End::malformed(format!("`id` must be a text of 1 to {MAX_ID_CHARS} characters"))),
    }
}

/// The sign-in held.
pub fn ack() -> Utf8Bytes {
    Utf8Bytes::from_static(r#"{"type":"connection_ack"}"#)
}

/// The answer to a ping.
pub fn pong(payload: Option<Json>) -> Utf8Bytes {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }).to_string().into(),
        None => Utf8Bytes::from_static(r#"{"type":"pong"}"#),
    }
}

/// An answer to the operation `id`: `next`, or `error`, which is its last.
pub fn answer(id: &str, payload: &Payload) -> Utf8Bytes {
    match payload {
        Payload::Result(text) | Payload::Numbered(text, _) => about(id, "next", Some(text)),
        Payload::Refused(errors) => about(id, "error", Some(errors)),
    }
}

/// The operation `id` has no more answers.
pub fn complete(id: &str) -> Utf8Bytes {
    about(id, "complete", None)
}

fn about(id: &str, kind: &str, payload: Option<&str>) -> Utf8Bytes {
    let id = Json::from(id).to_string();
    let mut text = String::with_capacity(id.len() + payload.map_or(0, str::len) + 48);
    for part in [r#"{"id":"#, &id, r#","type":""#, kind, "\""] {
        text.push_str(part);
    }
    if let Some(payload) = payload {
        text.push_str(r#","payload":"#);
        text.push_str(payload);
    }
    text.push('}');
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_the_protocol_is_told_apart() {
        for (text, reason) in [
            ("", "a message must be a JSON object"),
            ("[]", "a message must be a JSON object"),
            ("{}", "a message must have a `type`"),
            (r#"{"type":7}"#, "a message must have a `type`"),
            (r#"{"type":"start","id":"1","payload":{}}"#, "unknown message type"),
            (r#"{"type":"connection_init","payload":[]}"#, "the `payload` of connection_init must be an object"),
            (r#"{"type":"subscribe","id":"1"}"#, "subscribe needs a `payload`"),
            (r#"{"type":"subscribe","payload":{}}"#, "`id` must be a text of 1 to 128 characters"),
            (r#"{"type":"complete","id":""}"#, "`id` must be a text of 1 to 128 characters"),
        ] {
            let refused = Said::read(text).unwrap_err();
            assert_eq!(refused.told(), (Some(4400), reason), "{text}");
        }
    }

    #[test]
    fn an_answer_is_put_between_the_words_of_its_operation() {
        let id = "a\"b";
        assert_eq!(
            answer(id, &Payload::Result(r#"{"data":1}"#.into())).as_str(),
            r#"{"id":"a\"b","type":"next","payload":{"data":1}}"#
        );
        assert_eq!(answer("1", &Payload::Refused("[]".into())).as_str(), r#"{"id":"1","type":"error","payload":[]}"#);
        assert_eq!(complete("1").as_str(), r#"{"id":"1","type":"complete"}"#);
        assert_eq!(pong(Some(json!({ "a": 1 }))).as_str(), r#"{"payload":{"a":1},"type":"pong"}"#);
    }
}
