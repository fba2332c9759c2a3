//! Reading the audit: who did what, the newest first.
//!
//! What a reader would get wrong: nothing of it is ever purged, and nothing of it refers to anything: what it was done to may
//! be gone.

use chrono::{DateTime, Utc};
use entity::audit_event::{self, Channel};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, Select};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::Action;
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    condition::{as_stored, check_count},
    error::{Context, Error, Result},
    id::{Id, IdKind},
    page::{self, Fingerprint, Newest, Page, PageRequest},
};

/// One event.
pub type AuditEvent = audit_event::Model;

/// Which events. Every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AuditFilter {
    /// Any of these.
    #[serde(serialize_with = "as_named")]
    pub actions: Option<Vec<Action>>,
    /// By this member.
    pub member_id: Option<Uuid>,
    /// Done to things of any of these kinds.
    #[serde(serialize_with = "as_kinds")]
    pub subject_kinds: Option<Vec<IdKind>>,
    /// Done to this thing.
    #[serde(serialize_with = "as_shown")]
    pub subject: Option<Id>,
    /// By any of these ways.
    #[serde(serialize_with = "as_stored")]
    pub channels: Option<Vec<Channel>>,
    /// At this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// At this moment or earlier.
    pub to: Option<DateTime<Utc>>,
}

/// A field that was changed, its values as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The field, as the API calls it.
    pub field: String,
    /// As it was; none for what is new.
    pub before: Option<Json>,
    /// As it became; none for what is gone.
    pub after: Option<Json>,
}

/// The only order of events.
const NEWEST: Newest<audit_event::Entity> =
    Newest { at: audit_event::Column::At, id: audit_event::Column::Id, of: |row| (row.at, row.id) };

/// A page of what was done in the organisation, the newest first.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; `INVALID_FILTER`; a page that cannot be answered.
pub async fn list(app: &App, actor: &Actor, filter: &AuditFilter, request: &PageRequest) -> Result<Page<AuditEvent>> {
    let scope = actor.require(Permission::Members)?;
    let fingerprint = Fingerprint::of("audit_events", scope.org_id(), &(), filter)?;
    page::read(app.db.read(), matching(&scope, filter)?, NEWEST, request, fingerprint).await
}

/// How many there are on all pages.
///
/// # Errors
/// As [`list`].
pub async fn count(app: &App, actor: &Actor, filter: &AuditFilter) -> Result<u64> {
    let scope = actor.require(Permission::Members)?;
    matching(&scope, filter)?.count(app.db.read()).await.doing("counting what was done")
}

/// The events with these ids, in no order; those of others are left out.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`.
pub async fn find_many(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<AuditEvent>> {
    let scope = actor.require(Permission::Members)?;
    let found = visible(&scope).filter(audit_event::Column::Id.is_in(ids.iter().copied())).all(app.db.read()).await;
    found.doing("finding what was done")
}

/// The fields that an event changed, by name. What was written by a version that this one does not understand is left out.
#[must_use]
pub fn changes(event: &AuditEvent) -> Vec<FieldChange> {
    let read = |text: &Option<String>| -> Map<String, Json> {
        text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    let (mut before, after) = (read(&event.before), read(&event.after));
    let mut changes: Vec<FieldChange> = after
        .into_iter()
        .map(|(field, after)| FieldChange { before: before.remove(&field), field, after: Some(after) })
        .collect();
    let gone = before.into_iter().map(|(field, before)| FieldChange { field, before: Some(before), after: None });
    changes.extend(gone);
    changes.sort_by(|left, right| left.field.cmp(&right.field));
    changes
}

/// What an event was done to, when it was one thing.
#[must_use]
pub fn subject(event: &AuditEvent) -> Option<Id> {
    let kind = IdKind::ALL.into_iter().find(|kind| Some(kind.name()) == event.subject_kind.as_deref())?;
    Some(Id(kind, event.subject_id?))
}

/// The events of the scope. Every query of this file starts here.
fn visible(scope: &Scope) -> Select<audit_event::Entity> {
    audit_event::Entity::find().filter(audit_event::Column::OrgId.eq(scope.org_id()))
}

fn matching(scope: &Scope, filter: &AuditFilter) -> Result<Select<audit_event::Entity>> {
    use audit_event::Column as C;
    check_count("actions", filter.actions.as_ref())?;
    if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
        return Err(Error::bad_input("INVALID_FILTER", "`from` must not be after `to`"));
    }
    let condition = Condition::all()
        .add_option(filter.actions.as_ref().map(|actions| C::Action.is_in(actions.iter().map(|action| action.name()))))
        .add_option(filter.member_id.map(|id| C::MemberId.eq(id)))
        .add_option(
            filter.subject_kinds.as_ref().map(|kinds| C::SubjectKind.is_in(kinds.iter().map(|kind| kind.name()))),
        )
        .add_option(filter.subject.map(|Id(kind, _)| C::SubjectKind.eq(kind.name())))
        .add_option(filter.subject.map(|Id(_, id)| C::SubjectId.eq(id)))
        .add_option(filter.channels.as_ref().map(|channels| C::Channel.is_in(channels.iter().copied())))
        .add_option(filter.from.map(|from| C::At.gte(from)))
        .add_option(filter.to.map(|to| C::At.lte(to)));
    Ok(visible(scope).filter(condition))
}

fn as_named<S: serde::Serializer>(actions: &Option<Vec<Action>>, serializer: S) -> Result<S::Ok, S::Error> {
    actions.as_ref().map(|actions| actions.iter().map(|action| action.name()).collect::<Vec<_>>()).serialize(serializer)
}

fn as_kinds<S: serde::Serializer>(kinds: &Option<Vec<IdKind>>, serializer: S) -> Result<S::Ok, S::Error> {
    kinds.as_ref().map(|kinds| kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>()).serialize(serializer)
}

fn as_shown<S: serde::Serializer>(subject: &Option<Id>, serializer: S) -> Result<S::Ok, S::Error> {
    subject.map(|id| id.to_string()).serialize(serializer)
}
