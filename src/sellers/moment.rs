//! Moments in the history of an organisation's sellers: as people name them, and as they are found.
//!
//! Not here: what sellers were then (`as_of.rs`). What a reader would get wrong: a moment is stored and compared as it was
//! named, and found anew each time it is asked about: `now` stays now, and the end of a run that went on after it had ended
//! is its latest end.

use chrono::{DateTime, Utc};
use entity::collection_run;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    auth::Scope,
    error::{Context, Error, Result},
};

/// A moment, as it is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SellerMoment {
    /// A time: what happened at it has happened.
    At(DateTime<Utc>),
    /// The end of a run, however it ended.
    Run(Uuid),
    /// Whenever it is asked about.
    Now,
}

/// A moment that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// What is, whatever the clock says.
    Now,
    /// What was, or will have been if nothing changes.
    At(DateTime<Utc>),
}

impl SellerMoment {
    /// When it is.
    ///
    /// # Errors
    /// `NOT_FOUND` for a run that is not of the scope; `RUN_NOT_ENDED`.
    pub(super) async fn find(self, db: &impl ConnectionTrait, scope: &Scope) -> Result<Moment> {
        match self {
            Self::Now => Ok(Moment::Now),
            Self::At(at) => Ok(Moment::At(at)),
            Self::Run(run_id) => end_of(db, scope, run_id).await.map(Moment::At),
        }
    }
}

async fn end_of(db: &impl ConnectionTrait, scope: &Scope, run_id: Uuid) -> Result<DateTime<Utc>> {
    use collection_run::Column as C;
    let found: Option<Option<DateTime<Utc>>> = collection_run::Entity::find_by_id(run_id)
        .filter(C::OrgId.eq(scope.org_id()))
        .select_only()
        .column(C::CompletedAt)
        .into_tuple()
        .one(db)
        .await
        .doing("finding when a run ended")?;
    let not_ended = || Error::Conflict {
        code: "RUN_NOT_ENDED",
        message: "that collection run has not ended yet, so there is nothing as of its end; name a time, or wait"
            .to_owned(),
    };
    found.ok_or(Error::NotFound { what: "collection run" })?.ok_or_else(not_ended)
}
