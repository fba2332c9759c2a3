//! Reading the history of records: what was done to each, by whom, and from what to what.
//!
//! Not here: writing it (`history.rs`). What a reader would get wrong: nothing stores what an event changed; it is the
//! difference between the version before it and the one it made. The history of a deleted record is seen by whoever may
//! restore it, so that they can decide.

use std::{
    collections::{BTreeSet, HashMap},
    ops::RangeInclusive,
};

use chrono::{DateTime, Utc};
use entity::{
    record,
    record_event::{self, RecordEventKind, RecordEventSource},
    record_event_item, record_remark, record_version,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{ExprTrait, SelectStatement},
};
use uuid::Uuid;

use super::{NewRecord, field::RecordField, known};
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    db::Reader,
    error::{Context, Error, Result},
    page::{self, ByNumber, Direction, Fingerprint, List, Page, PageRequest},
};

/// Records of one statement: SQLite unites at most 500 queries, and nests conditions at most 1,000 deep.
const RECORDS: usize = 100;

/// One change of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordEvent {
    /// The record.
    pub record_id: Uuid,
    /// The version that was made of it.
    pub version: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done.
    pub kind: RecordEventKind,
    /// What did it.
    pub source: RecordEventSource,
    /// The person who did it; none when they are gone, or it was the operator of the process.
    pub member_id: Option<Uuid>,
    /// The import that did it, or whose undoing did.
    pub import_id: Option<Uuid>,
    /// To how many records it was done at once.
    pub count: i32,
}

/// What became of one field; as a file of records spells it, none where there is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Which field.
    pub field: RecordField,
    /// Its value before.
    pub from: Option<String>,
    /// Its value after.
    pub to: Option<String>,
}

/// A version of a record.
pub type Version = (Uuid, i32);

/// A page of the events of one record, the latest first.
///
/// # Errors
/// `FORBIDDEN` without `order_tracking.read`; `NOT_FOUND`; a page that cannot be answered.
pub async fn events(app: &App, actor: &Actor, record_id: Uuid, request: &PageRequest) -> Result<Page<RecordEvent>> {
    let not_found = || Error::NotFound { what: "record" };
    find_known(app, actor, &[record_id]).await?.pop().ok_or_else(not_found)?;
    events_each(app, actor, &[record_id], request).await?.remove(&record_id).ok_or_else(not_found)?
}

/// The same page of the events of each of several records, the latest first.
///
/// # Errors
/// `FORBIDDEN` without `order_tracking.read`. What is wrong with a page is the answer of its record.
pub async fn events_each(
    app: &App,
    actor: &Actor,
    record_ids: &[Uuid],
    request: &PageRequest,
) -> Result<HashMap<Uuid, Result<Page<RecordEvent>>>> {
    let scope = actor.require(Permission::ReadRecords)?;
    let mut pages = HashMap::new();
    for ids in record_ids.chunks(RECORDS) {
        let list = |id: Uuid| {
            let fingerprint = Fingerprint::of("record_events", scope.org_id(), &(), &id)?;
            Ok(List { id, select: items(&scope, &[id]), fingerprint })
        };
        let lists = ids.iter().copied().map(list).collect::<Result<_>>()?;
        let read = page::read_each(app.db.read(), lists, LATEST, request, |item| item.record_id).await?;
        let events = of_items(app.db.read(), &scope, read.values().flatten().flat_map(|page| &page.rows)).await?;
        for (id, page) in read {
            pages.insert(id, page.and_then(|page| told(page, &events)));
        }
    }
    Ok(pages)
}

/// How many events each of these records has; one of which nothing is known is left out.
///
/// # Errors
/// `FORBIDDEN` without `order_tracking.read`.
pub async fn count_events(app: &App, actor: &Actor, record_ids: &[Uuid]) -> Result<HashMap<Uuid, u64>> {
    let scope = actor.require(Permission::ReadRecords)?;
    page::count_each(app.db.read(), items(&scope, record_ids), record_event_item::Column::RecordId).await
}

/// The records with these ids whose history the actor may see, deleted ones too, in no order.
///
/// # Errors
/// `FORBIDDEN` without `order_tracking.read`.
pub async fn find_known(app: &App, actor: &Actor, ids: &[Uuid]) -> Result<Vec<record::Model>> {
    let scope = actor.require(Permission::ReadRecords)?;
    let found = known(&scope).filter(record::Column::Id.is_in(ids.iter().copied())).all(app.db.read()).await;
    found.doing("finding records with their history")
}

/// What the events that made these versions changed, field by field; without the remarks the actor may not read. A version
/// of which nothing is known is left out.
///
/// # Errors
/// `FORBIDDEN` without `order_tracking.read`.
pub async fn changes(app: &App, actor: &Actor, versions: &[Version]) -> Result<HashMap<Version, Vec<FieldChange>>> {
    let scope = actor.require(Permission::ReadRecords)?;
    let mut ranges: HashMap<Uuid, RangeInclusive<i32>> = HashMap::new();
    for (record_id, version) in versions {
        let range = ranges.entry(*record_id).or_insert(version - 1..=*version);
        *range = Ord::min(*range.start(), version - 1)..=Ord::max(*range.end(), *version);
    }
    let ranges: Vec<(Uuid, RangeInclusive<i32>)> = ranges.into_iter().collect();
    let mut states = HashMap::new();
    for ranges in ranges.chunks(RECORDS) {
        states.extend(present(app.db.read(), &scope, ranges).await?);
        states.extend(past(app.db.read(), &scope, ranges).await?);
    }
    let changed = |(id, version): &Version| {
        let after = states.get(&(*id, *version))?;
        let before = states.get(&(*id, version - 1));
        // Only of the first version there is nothing before.
        (before.is_some() || *version == 1).then(|| ((*id, *version), differences(&scope, before, after)))
    };
    Ok(versions.iter().filter_map(changed).collect())
}

fn differences(scope: &Scope, before: Option<&NewRecord>, after: &NewRecord) -> Vec<FieldChange> {
    let read = RecordField::ALL.into_iter().filter(|field| field.is_read_by(scope));
    let told = read.map(|field| FieldChange {
        field,
        from: before.and_then(|before| field.told(before)),
        to: field.told(after),
    });
    told.filter(|change| change.from != change.to).collect()
}

/// The records as they are, under the versions they have.
async fn present(
    db: &Reader,
    scope: &Scope,
    ranges: &[(Uuid, RangeInclusive<i32>)],
) -> Result<HashMap<Version, NewRecord>> {
    let doing = "reading what records are";
    let ids = || ranges.iter().map(|(id, _)| *id);
    let rows = known(scope).filter(record::Column::Id.is_in(ids())).all(db).await.doing(doing)?;
    let remarks = record_remark::Entity::find()
        .filter(record_remark::Column::OrgId.eq(scope.org_id()))
        .filter(record_remark::Column::RecordId.is_in(ids()))
        .all(db)
        .await
        .doing(doing)?;
    let mut remarks: HashMap<Uuid, record_remark::Model> =
        remarks.into_iter().map(|remark| (remark.record_id, remark)).collect();
    let state = |row: record::Model| {
        let remark = remarks.remove(&row.id);
        ((row.id, row.version), NewRecord::of(row, remark))
    };
    Ok(rows.into_iter().map(state).collect())
}

/// What the records were, under the versions they had.
async fn past(
    db: &Reader,
    scope: &Scope,
    ranges: &[(Uuid, RangeInclusive<i32>)],
) -> Result<HashMap<Version, NewRecord>> {
    use record_version::Column as V;
    let asked = ranges.iter().fold(Condition::any(), |any, (id, range)| {
        any.add(V::RecordId.eq(*id).and(V::Version.between(*range.start(), *range.end())))
    });
    let rows = record_version::Entity::find()
        .filter(V::OrgId.eq(scope.org_id()))
        .filter(V::RecordId.in_subquery(seen(scope, ranges.iter().map(|(id, _)| *id))))
        .filter(asked)
        .all(db)
        .await
        .doing("reading what records were")?;
    Ok(rows.into_iter().map(|row| ((row.record_id, row.version), NewRecord::of_version(row))).collect())
}

/// The items of these records, as far as the scope may see their history. Every query of this file over items starts here.
fn items(scope: &Scope, record_ids: &[Uuid]) -> Select<record_event_item::Entity> {
    use record_event_item::Column as I;
    record_event_item::Entity::find()
        .filter(I::RecordId.is_in(record_ids.iter().copied()))
        .filter(I::RecordId.in_subquery(seen(scope, record_ids.iter().copied())))
}

/// Of these ids, those of records whose history the scope may see.
fn seen(scope: &Scope, ids: impl Iterator<Item = Uuid>) -> SelectStatement {
    known(scope).filter(record::Column::Id.is_in(ids)).select_only().column(record::Column::Id).into_query()
}

/// The events of these items, by their ids.
async fn of_items<'r>(
    db: &Reader,
    scope: &Scope,
    items: impl Iterator<Item = &'r (String, record_event_item::Model)>,
) -> Result<HashMap<Uuid, record_event::Model>> {
    let ids: BTreeSet<Uuid> = items.map(|(_, item)| item.event_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let events = record_event::Entity::find()
        .filter(record_event::Column::OrgId.eq(scope.org_id()))
        .filter(record_event::Column::Id.is_in(ids))
        .all(db)
        .await
        .doing("reading the history of records")?;
    Ok(events.into_iter().map(|event| (event.id, event)).collect())
}

/// The page of events that a page of items is.
fn told(
    page: Page<record_event_item::Model>,
    events: &HashMap<Uuid, record_event::Model>,
) -> Result<Page<RecordEvent>> {
    let event = |(cursor, item): (String, record_event_item::Model)| {
        let event = events.get(&item.event_id).ok_or_else(|| Error::internal("an item has its event"))?;
        Ok((cursor, RecordEvent::of(&item, event)))
    };
    let rows = page.rows.into_iter().map(event).collect::<Result<_>>()?;
    Ok(Page { rows, has_next: page.has_next, has_previous: page.has_previous })
}

impl RecordEvent {
    fn of(item: &record_event_item::Model, event: &record_event::Model) -> Self {
        Self {
            record_id: item.record_id,
            version: item.version,
            at: event.at,
            kind: event.kind,
            source: event.source,
            member_id: event.member_id,
            import_id: event.import_id,
            count: event.count,
        }
    }
}

/// The latest version first: the only order of a record's events. Versions, unlike times, have no ties.
const LATEST: ByNumber<record_event_item::Entity> = ByNumber {
    number: record_event_item::Column::Version,
    id: record_event_item::Column::EventId,
    direction: Direction::Desc,
    of: |item| (item.version.into(), item.event_id),
};
