//! Who did what to what, when and from where: written in the transaction that does it, read by admins.
//!
//! Not here: the history of sellers and of records, which have one of their own that can be computed with. What a reader
//! would get wrong: what is noted is what a person may read later, so no secret goes in, and no remark.

mod action;
mod list;

use chrono::{DateTime, Utc};
use entity::audit_event;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

pub use action::Action;
pub use list::{AuditEvent, AuditFilter, FieldChange, changes, count, find_many, list, subject};

use crate::{
    auth::Scope,
    error::{Context, Result},
    id::Id,
    text,
};

/// Most characters kept of what a program calls itself.
const LONGEST_AGENT: usize = 300;

/// Something to note.
#[derive(Clone, Debug)]
pub struct Entry {
    action: Action,
    subject: Option<Id>,
    name: Option<String>,
    count: usize,
    before: Option<Json>,
    after: Option<Json>,
}

impl Entry {
    /// That this was done, to one thing.
    #[must_use]
    pub fn of(action: Action) -> Self {
        Self { action, subject: None, name: None, count: 1, before: None, after: None }
    }

    /// To this.
    #[must_use]
    pub fn on(mut self, subject: Id) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Which is called so.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// To so many things.
    #[must_use]
    pub fn times(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// What was changed, as it was: an object, with the keys of the API.
    #[must_use]
    pub fn from(mut self, before: Json) -> Self {
        self.before = Some(before);
        self
    }

    /// What was changed, as it became: an object, with the keys of the API.
    #[must_use]
    pub fn to(mut self, after: Json) -> Self {
        self.after = Some(after);
        self
    }

    /// What was changed, of two objects with the keys of the API: the fields that differ.
    #[must_use]
    pub fn changed(self, mut before: Map<String, Json>, mut after: Map<String, Json>) -> Self {
        after.retain(|field, became| before.get(field) != Some(became));
        before.retain(|field, _| after.contains_key(field));
        self.from(Json::Object(before)).to(Json::Object(after))
    }
}

/// Notes what is done in this transaction.
///
/// # Errors
/// The database's own failure.
pub async fn write(tx: &impl ConnectionTrait, scope: &Scope, now: DateTime<Utc>, entry: Entry) -> Result<()> {
    let (author, origin) = (scope.author().clone(), &scope.author().origin);
    let event = audit_event::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(scope.org_id()),
        at: Set(now),
        member_id: Set(author.member_id),
        email: Set(author.email),
        action: Set(entry.action.name().to_owned()),
        subject_kind: Set(entry.subject.map(|Id(kind, _)| kind.name().to_owned())),
        subject_id: Set(entry.subject.map(|Id(_, id)| id)),
        subject_name: Set(entry.name),
        count: Set(i32::try_from(entry.count).unwrap_or(i32::MAX)),
        before: Set(entry.before.map(|before| before.to_string())),
        after: Set(entry.after.map(|after| after.to_string())),
        channel: Set(origin.channel),
        address: Set(origin.address.map(|address| address.to_string())),
        agent: Set(origin.agent.as_deref().and_then(|agent| text::cleaned(agent, LONGEST_AGENT))),
    };
    audit_event::Entity::insert(event).exec_without_returning(tx).await.doing("noting what was done")?;
    Ok(())
}
