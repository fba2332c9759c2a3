//! When an API token was last used: written beside the request, at most once a minute for each token.
//!
//! What a reader would get wrong: it is neither waited for nor needed. A write that fails, or that stands in line behind a long
//! one, delays nobody; the next minute's does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::api_token;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    app::App,
    error::{Context, Result},
};

/// How exact it is. Each use of a token would otherwise be a write.
const EXACT_TO: TimeDelta = TimeDelta::seconds(60);
/// Tokens remembered before those are let go whose minute is over.
const MOST_REMEMBERED: usize = 10_000;

/// Which tokens this process has noted of late. Cheap to clone.
#[derive(Clone, Default)]
pub struct LastUses(Arc<Mutex<HashMap<Vec<u8>, DateTime<Utc>>>>);

impl std::fmt::Debug for LastUses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LastUses").finish_non_exhaustive()
    }
}

impl LastUses {
    /// Whether a use is to be written; if so, no other is for a minute. `written` is the use that the database has.
    fn is_news(&self, hash: &[u8], written: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
        let is_fresh = |at: DateTime<Utc>| now - at < EXACT_TO;
        if written.is_some_and(is_fresh) {
            return false;
        }
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.get(hash).copied().is_some_and(is_fresh) {
            return false;
        }
        if noted.len() >= MOST_REMEMBERED {
            noted.retain(|_, at| is_fresh(*at));
        }
        noted.insert(hash.to_vec(), now);
        true
    }
}

/// Notes that the token with this hash is used now.
pub(super) fn note(app: &App, hash: &[u8], written: Option<DateTime<Utc>>) {
    let now = app.clock.now();
    if !app.last_uses.is_news(hash, written, now) {
        return;
    }
    let (there, hash) = (app.clone(), hash.to_vec());
    app.aside.spawn(async move {
        if let Err(error) = write(&there, hash, now).await {
            error.log();
        }
    });
}

async fn write(app: &App, hash: Vec<u8>, now: DateTime<Utc>) -> Result<()> {
    use api_token::Column as C;
    app.db
        .write(move |tx| {
            Box::pin(async move {
                api_token::Entity::update_many()
                    .col_expr(C::LastUsedAt, Expr::value(now))
                    .filter(C::TokenHash.eq(hash))
                    // Another process may have noted a later one.
                    .filter(C::LastUsedAt.is_null().or(C::LastUsedAt.lt(now)))
                    .exec(tx)
                    .await
                    .doing("noting the use of a token")?;
                Ok(())
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_noted_once_a_minute() {
        let (uses, now) = (LastUses::default(), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let at = |seconds| now + TimeDelta::seconds(seconds);
        assert!(!uses.is_news(b"a", Some(at(-59)), now), "the database has it");
        assert!(uses.is_news(b"a", Some(at(-60)), now));
        assert!(!uses.is_news(b"a", Some(at(-60)), at(59)), "it is being written");
        assert!(uses.is_news(b"b", None, at(59)));
        assert!(uses.is_news(b"a", None, at(60)));
    }
}
