//! From the headers of a request to who is asking.
//!
//! Not here: what makes a token good (`auth`). What a reader would get wrong: no `Authorization` is not an error, a bad
//! one is; who may do what without one is for the operations to say.

use axum::http::{HeaderMap, HeaderValue, Uri, header, uri::PathAndQuery};

use super::X_ORGANISATION;
use crate::{
    app::App,
    auth::{self, Actor, Session},
    error::{Error, Result},
};

/// A token, and the organisation it is to act in where one is named.
type Credentials<'a> = (&'a str, Option<&'a str>);

/// Who is asking; none when no credentials were sent.
///
/// # Errors
/// Those of [`auth::authenticate`]; `TOKEN_INVALID` when the header is not one bearer token.
pub async fn actor(app: &App, headers: &HeaderMap) -> Result<Option<Actor>> {
    let Some((token, organisation)) = credentials(headers)? else {
        return Ok(None);
    };
    auth::authenticate(app, token, organisation).await.map(Some)
}

/// Who is asking for longer than one answer; none when no credentials were sent.
///
/// # Errors
/// Those of [`actor`].
pub async fn session(app: &App, headers: &HeaderMap) -> Result<Option<Session>> {
    let Some((token, organisation)) = credentials(headers)? else {
        return Ok(None);
    };
    auth::open_session(app, token, organisation).await.map(Some)
}

fn credentials(headers: &HeaderMap) -> Result<Option<Credentials<'_>>> {
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    let Some(authorization) = sent.next() else {
        return Ok(None);
    };
    let authorization = authorization.to_str().ok().and_then(bearer);
    let token = authorization.filter(|_| sent.next().is_none()).ok_or(Error::Unauthenticated {
        code: "TOKEN_INVALID",
        message: "the header must be `Authorization: Bearer <token>`",
    })?;
    let organisation = headers.get(X_ORGANISATION).map(organisation).transpose()?;
    Ok(Some((token, organisation)))
}

/// Who is asking, by a signed link or by a token, and the query string without what signed it. A link wins: who follows
/// one means what it says.
///
/// # Errors
/// `LINK_INVALID`, `LINK_EXPIRED`; those of [`actor`]; `UNAUTHENTICATED` without either.
pub async fn actor_or_follower(app: &App, headers: &HeaderMap, uri: &Uri) -> Result<(Actor, String)> {
    let address = uri.path_and_query().map_or("", PathAndQuery::as_str);
    let Some(link) = app.links.verify(address, app.clock.now())? else {
        let actor = actor(app, headers).await?.ok_or_else(Error::unauthenticated)?;
        return Ok((actor, uri.query().unwrap_or_default().to_owned()));
    };
    match auth::of_member(app, link.member_id).await {
        Ok(actor) => Ok((actor, link.query)),
        Err(Error::NotFound { .. }) => Err(auth::invalid_link()),
        Err(error) => Err(error),
    }
}

/// The token; the scheme is read in any case (RFC 9110, 11.1).
pub fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
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
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bEARER   abc "), Some("abc"));
        for other in ["abc", "Basic abc", "Bearer", "Bearer ", "Bearerabc", ""] {
            assert_eq!(bearer(other), None, "{other}");
        }
    }
}
