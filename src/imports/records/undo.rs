//! Undoes a file of records: what it added goes, what it changed is again what it was.
//!
//! Not here: the transaction around it (`undo.rs` above). What a reader would get wrong: each record gets one more version,
//! which says what it said before the import; nothing is taken out of the history. What somebody deleted since stays deleted,
//! and is what it was before the import if they restore it.

use chrono::{DateTime, Utc};
use entity::{
    record,
    record_event::{self, RecordEventKind, RecordEventSource},
    record_event_item,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, Select,
    sea_query::{ExprTrait, Query, SelectStatement},
};

use super::{check_reached, table_of};
use crate::{
    auth::{Scope, qualified},
    db::Transaction,
    error::Result,
    imports::{
        Import,
        fields::RECORD,
        statement::{done_by, lock, run},
        undo::refuse_taken,
    },
    records::history::{self, Happening},
};

/// What the import did: `$1` the organisation, `$2` the import.
const DONE: &str = "record_event_item AS i JOIN record_event AS e ON e.id = i.event_id
    AND e.org_id = $1 AND e.import_id = $2 AND e.source = 'IMPORT'";

/// The live records that were edited since the import, of those it wrote.
pub fn edited(import: &Import) -> Select<record::Entity> {
    use record::Column as R;
    let changed_since = qualified(record_event_item::Column::Version).ne(qualified(R::Version));
    let since = done(import, None)
        .inner_join(record::Entity, qualified(R::Id).eq(qualified(record_event_item::Column::RecordId)))
        .and_where(changed_since)
        .take();
    record::Entity::find()
        .filter(R::OrgId.eq(import.org_id))
        .filter(R::DeletedAt.is_null())
        .filter(R::Id.in_subquery(since))
}

/// Refuses to undo what was written into accounts that are out of reach by now.
pub async fn check_reach(tx: &Transaction, scope: &Scope, import: &Import) -> Result<()> {
    let sql =
        format!("SELECT DISTINCT r.account_id AS id FROM record AS r WHERE r.id IN (SELECT i.record_id FROM {DONE})");
    let refusal = "it wrote into accounts that you do not see any more";
    check_reached(tx, scope, (&sql, done_by(import)), refusal).await
}

/// Undoes what the import did. Answers to how many records.
pub async fn undo(tx: &Transaction, scope: &Scope, import: &Import, now: DateTime<Utc>) -> Result<u64> {
    let ids = format!("SELECT i.record_id FROM {DONE}");
    lock(tx, &format!("SELECT r.id FROM record AS r WHERE r.id IN ({ids}) ORDER BY r.id"), done_by(import)).await?;
    let removed = remove_added(tx, scope, import, now).await?;
    refuse_orders(tx, import).await?;
    Ok(removed + restore_changed(tx, scope, import, now).await?)
}

async fn remove_added(tx: &Transaction, scope: &Scope, import: &Import, now: DateTime<Utc>) -> Result<u64> {
    use RecordEventKind as K;
    history::keep(tx, import.org_id, live(import, K::Created).column(record::Column::Id).take()).await?;
    let items = next_versions(live(import, K::Created));
    let removed = history::write(tx, import.org_id, now, happening(scope, import, K::Deleted), items).await?;
    let sql = format!(
        "UPDATE record SET deleted_at = $3, updated_at = $3, version = version + 1
            WHERE org_id = $1 AND deleted_at IS NULL
                AND id IN (SELECT i.record_id FROM {DONE} WHERE e.kind = 'CREATED')"
    );
    let [org_id, id] = done_by(import);
    run(tx, &sql, [org_id, id, now.into()]).await?;
    Ok(removed)
}

async fn restore_changed(tx: &Transaction, scope: &Scope, import: &Import, now: DateTime<Utc>) -> Result<u64> {
    use RecordEventKind as K;
    let all = |kind| of_import(import, kind);
    history::keep(tx, import.org_id, all(K::Updated).column(record::Column::Id).take()).await?;
    let items = next_versions(all(K::Updated));
    let restored = history::write(tx, import.org_id, now, happening(scope, import, K::Updated), items).await?;
    restore(tx, import, now).await?;
    restore_remarks(tx, import).await?;
    Ok(restored)
}

/// The versions that the import replaced.
const BEFORE: &str = "JOIN record_version AS v ON v.record_id = i.record_id AND v.version = i.version - 1";

async fn restore(tx: &Transaction, import: &Import, now: DateTime<Utc>) -> Result<()> {
    let own = RECORD.iter().filter(|(field, _)| table_of(*field) == "r").map(|(_, column)| *column);
    let columns = own.chain(["ebay_order_id", "item_name_folded"]);
    let sets = columns.map(|column| format!("{column} = b.{column}")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "UPDATE record AS r SET {sets}, version = r.version + 1, updated_at = $3
            FROM (SELECT v.* FROM {DONE} AND e.kind = 'UPDATED' {BEFORE}) AS b WHERE r.id = b.record_id"
    );
    let [org_id, id] = done_by(import);
    run(tx, &sql, [org_id, id, now.into()]).await.map(drop)
}

async fn restore_remarks(tx: &Transaction, import: &Import) -> Result<()> {
    let sql = format!(
        "INSERT INTO record_remark (record_id, org_id, order_remark, service_remark)
            SELECT v.record_id, v.org_id, v.order_remark, v.service_remark
            FROM {DONE} AND e.kind = 'UPDATED' {BEFORE} LEFT JOIN record_remark AS m ON m.record_id = v.record_id
            WHERE v.order_remark IS DISTINCT FROM m.order_remark OR v.service_remark IS DISTINCT FROM m.service_remark
            ON CONFLICT (record_id) DO UPDATE
                SET order_remark = excluded.order_remark, service_remark = excluded.service_remark"
    );
    run(tx, &sql, done_by(import)).await.map(drop)
}

/// Refuses to give records back the order ids that others have by now.
async fn refuse_orders(tx: &Transaction, import: &Import) -> Result<()> {
    let sql = format!(
        "SELECT v.ebay_order_id AS name FROM {DONE} AND e.kind = 'UPDATED' {BEFORE}
            JOIN record AS r ON r.id = v.record_id AND r.deleted_at IS NULL AND r.ebay_order_id <> v.ebay_order_id
            JOIN record AS o ON o.org_id = r.org_id AND o.account_id = r.account_id
                AND o.ebay_order_id = v.ebay_order_id AND o.deleted_at IS NULL"
    );
    refuse_taken(tx, import, &sql, "RECORD_EXISTS", "other records have these order ids by now").await
}

fn happening(scope: &Scope, import: &Import, kind: RecordEventKind) -> Happening {
    let member_id = scope.author().member_id;
    Happening { kind, source: RecordEventSource::Rollback, member_id, import_id: Some(import.id) }
}

/// The ids of the records that the import wrote, of a kind of event or of both.
fn done(import: &Import, kind: Option<RecordEventKind>) -> SelectStatement {
    use record_event::Column as E;
    use record_event_item::Column as I;
    let mut done = Query::select();
    done.expr(qualified(I::RecordId))
        .from(record_event_item::Entity)
        .inner_join(record_event::Entity, qualified(E::Id).eq(qualified(I::EventId)))
        .and_where(E::OrgId.eq(import.org_id))
        .and_where(E::ImportId.eq(import.id))
        .and_where(E::Source.eq(RecordEventSource::Import));
    if let Some(kind) = kind {
        done.and_where(E::Kind.eq(kind));
    }
    done
}

/// The records that the import wrote so, still without columns.
fn of_import(import: &Import, kind: RecordEventKind) -> SelectStatement {
    Query::select()
        .from(record::Entity)
        .and_where(record::Column::OrgId.eq(import.org_id))
        .and_where(record::Column::Id.in_subquery(done(import, Some(kind))))
        .take()
}

/// Those of them that live.
fn live(import: &Import, kind: RecordEventKind) -> SelectStatement {
    of_import(import, kind).and_where(record::Column::DeletedAt.is_null()).take()
}

/// Their ids and the versions they will have.
fn next_versions(mut records: SelectStatement) -> SelectStatement {
    records.column(record::Column::Id).expr(qualified(record::Column::Version).add(1)).take()
}
