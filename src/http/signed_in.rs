//! From the headers of a request to who is asking.
//!
//! Not here: what makes a token good (`auth`). What a reader would get wrong: no `Authorization` is not an error, a bad
//! one is; who may do what without one is for the operations to say.

use axum::http::{HeaderMap, HeaderValue, header};

use super::X_ORGANISATION;
use crate::{
    app::App,
    auth::{self, Actor},
    error::{Error, Result},
};

/// Who is asking; none when no credentials were sent.
///
/// # Errors
/// Those of [`auth::authenticate`]; `TOKEN_INVALID` when the header is not one bearer token.
pub async fn actor(app: &App, headers: &HeaderMap) -> Result<Option<Actor>> {
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    let Some(authorization) = sent.next() else {
        return Ok(None);
    };
    let token = bearer(authorization).filter(|_| sent.next().is_none()).ok_or(Error::Unauthenticated {
        code: "TOKEN_INVALID",
        message: "the header must be `Authorization: Bearer <token>`",
    })?;
    let organisation = headers.get(X_ORGANISATION).map(organisation).transpose()?;
    auth::authenticate(app, token, organisation).await.map(Some)
}

/// The token; the scheme is read in any case (RFC 9110, 11.1).
fn bearer(authorization: &HeaderValue) -> Option<&str> {
    let (scheme, token) = authorization.to_str().ok()?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn organisation(value: &HeaderValue) -> Result<&str> {
    value.to_str().map(str::trim).map_err(|_| {
        Error::bad_input("ORGANISATION_UNKNOWN", "the header X-Organisation must hold the slug of an organisation")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_token_is_a_token() {
        let token = |value: &'static str| bearer(&HeaderValue::from_static(value)).map(str::to_owned);
        assert_eq!(token("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(token("bEARER   abc ").as_deref(), Some("abc"));
        for other in ["abc", "Basic abc", "Bearer", "Bearer ", "Bearerabc", ""] {
            assert_eq!(token(other), None, "{other}");
        }
    }
}
