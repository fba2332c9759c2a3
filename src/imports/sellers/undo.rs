//! Undoes a file of sellers: whom it added goes, whom it changed is again what they were.
//!
//! Not here: the transaction around it (`undo.rs` above). What a reader would get wrong: a run that has seen a seller since is no
//! edit, and what it found stays: feedback, how often they were seen, and a platform id that was not known before. Whom somebody
//! deleted since stays deleted.

use chrono::{DateTime, Utc};
use entity::{
    seller,
    seller_event::{self, ChangeSource, SellerEventKind as K},
    seller_event_item,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, Select, Value,
    sea_query::{Alias, Expr, ExprTrait, JoinType, Query, SelectStatement},
};

use crate::{
    auth::{Scope, qualified},
    db::Transaction,
    error::Result,
    imports::{
        Import,
        statement::{count_of, done_by, run},
        undo::refuse_taken,
    },
    sellers::history::{self, Happening, History},
};

/// What the import changed of sellers: `$1` the organisation, `$2` the import; `v` is what they were, `r` what they are. Its
/// undoing, later, has events of its own.
const CHANGED: &str = "(SELECT DISTINCT i.seller_id, e.at FROM seller_event_item AS i
        JOIN seller_event AS e ON e.id = i.event_id
        WHERE e.org_id = $1 AND e.import_id = $2 AND e.kind <> 'ADDED' AND e.at = (
            SELECT min(own.at) FROM seller_event AS own WHERE own.org_id = $1 AND own.import_id = $2
        )) AS c
    JOIN seller_version AS v ON v.seller_id = c.seller_id AND v.valid_to = c.at
    JOIN seller AS r ON r.id = c.seller_id";
/// A run has seen the seller since.
const SEEN_SINCE: &str = "(r.last_seen_run_id IS DISTINCT FROM v.last_seen_run_id)";

/// The live sellers that were edited since the import, of those it wrote.
pub fn edited(import: &Import) -> Select<seller::Entity> {
    use seller_event::Column as E;
    let own = E::ImportId.eq(import.id);
    let last = Query::select()
        .expr(Expr::col(E::Seq).max())
        .from(seller_event::Entity)
        .and_where(E::OrgId.eq(import.org_id))
        .and_where(E::ImportId.eq(import.id))
        .take();
    let since = items(import)
        .and_where(qualified(E::Seq).gt(last))
        .and_where(E::Kind.is_in([K::Renamed, K::Flagged, K::Unflagged, K::Updated]))
        .and_where(E::Source.ne(ChangeSource::CollectionRun))
        .take();
    seller::Entity::find()
        .filter(seller::Column::OrgId.eq(import.org_id))
        .filter(seller::Column::DeletedAt.is_null())
        .filter(seller::Column::Id.in_subquery(items(import).and_where(own).take()))
        .filter(seller::Column::Id.in_subquery(since))
}

/// Undoes what the import did. Answers to how many sellers.
pub async fn undo(tx: &Transaction, scope: &Scope, import: &Import, now: DateTime<Utc>) -> Result<u64> {
    let mut history = history::open(tx, scope.org_id(), now).await?;
    history.move_on().await?;
    let removed = remove_added(tx, scope, import, &mut history).await?;
    refuse_names(tx, import).await?;
    Ok(removed + restore_changed(tx, scope, import, &mut history).await?)
}

async fn remove_added(tx: &Transaction, scope: &Scope, import: &Import, history: &mut History<'_>) -> Result<u64> {
    let added = "r.deleted_at IS NULL AND r.id IN (SELECT i.seller_id FROM seller_event_item AS i
        JOIN seller_event AS e ON e.id = i.event_id WHERE e.org_id = $1 AND e.import_id = $2 AND e.kind = 'ADDED')";
    let count = count_of(tx, &format!("seller AS r WHERE {added}"), done_by(import)).await?;
    let ids = || {
        use seller_event::Column as E;
        let added = items(import).and_where(E::ImportId.eq(import.id)).and_where(E::Kind.eq(K::Added)).take();
        Query::select()
            .column(seller::Column::Id)
            .from(seller::Entity)
            .and_where(seller::Column::DeletedAt.is_null())
            .and_where(seller::Column::Id.in_subquery(added))
            .take()
    };
    history.keep(ids()).await?;
    let no_value = || Expr::value(None::<String>);
    let items = ids().expr(no_value()).expr(no_value()).take();
    history.write_from(happening(scope, import, K::Deleted), count, items).await?;
    let sql = format!("UPDATE seller AS r SET deleted_at = $3, updated_at = $3 WHERE {added}");
    let [org_id, id] = done_by(import);
    run(tx, &sql, [org_id, id, Value::from(history.at())]).await
}

async fn restore_changed(tx: &Transaction, scope: &Scope, import: &Import, history: &mut History<'_>) -> Result<u64> {
    let [id, percent, feedbacks, times] =
        [platform_id(), unless_seen("feedback_percent"), unless_seen("feedback_count"), unless_seen("times_seen")];
    let others = format!(
        "(({id}) IS DISTINCT FROM r.platform_id OR ({percent}) IS DISTINCT FROM r.feedback_percent
            OR ({feedbacks}) IS DISTINCT FROM r.feedback_count OR ({times}) IS DISTINCT FROM r.times_seen)"
    );
    // Whom somebody has made again what they were is left alone: what has no event is no change.
    let differs = format!("(r.display_name <> v.display_name OR r.flagged <> v.flagged OR {others})");
    history.keep(changed(import).and_where(Expr::cust(differs.clone())).expr(Expr::cust("r.id")).take()).await?;
    for (kind, condition) in [
        (K::Renamed, "r.display_name <> v.display_name".to_owned()),
        (K::Flagged, "v.flagged AND NOT r.flagged".to_owned()),
        (K::Unflagged, "r.flagged AND NOT v.flagged".to_owned()),
        (K::Updated, others),
    ] {
        let count = count_of(tx, &format!("{CHANGED} WHERE {condition}"), done_by(import)).await?;
        let values = if kind == K::Renamed { ["r.display_name", "v.display_name"] } else { ["NULL", "NULL"] };
        let mut items = changed(import).and_where(Expr::cust(condition)).expr(Expr::cust("r.id")).take();
        items.exprs(values.map(|value| Expr::cust(format!("CAST({value} AS text)"))));
        history.write_from(happening(scope, import, kind), count, items).await?;
    }
    let sql = format!(
        "UPDATE seller AS t SET display_name = b.display_name, normalized_name = b.normalized_name,
                name_hash = b.name_hash, flagged = b.flagged, platform_id = b.platform_id,
                feedback_percent = b.feedback_percent, feedback_count = b.feedback_count, times_seen = b.times_seen,
                updated_at = $3
            FROM (SELECT r.id AS id, v.display_name, v.normalized_name, v.name_hash, v.flagged, {id} AS platform_id,
                {percent} AS feedback_percent, {feedbacks} AS feedback_count, {times} AS times_seen
                FROM {CHANGED} WHERE {differs}) AS b
            WHERE t.id = b.id"
    );
    let [org_id, import_id] = done_by(import);
    run(tx, &sql, [org_id, import_id, Value::from(history.at())]).await
}

/// The platform id that somebody will have: one that a run has found since stays.
fn platform_id() -> String {
    format!("CASE WHEN v.platform_id IS NULL AND {SEEN_SINCE} THEN r.platform_id ELSE v.platform_id END")
}

/// What a run has found since stays.
fn unless_seen(column: &str) -> String {
    format!("CASE WHEN {SEEN_SINCE} THEN r.{column} ELSE v.{column} END")
}

/// Refuses to give sellers back what others are known by now: a platform id, or, of those who will have none, a name.
async fn refuse_names(tx: &Transaction, import: &Import) -> Result<()> {
    let id = platform_id();
    let sql = format!(
        "SELECT v.display_name AS name FROM {CHANGED}
            JOIN seller AS o ON o.org_id = r.org_id AND o.platform = r.platform AND o.deleted_at IS NULL AND o.id <> r.id
                AND (o.platform_id = ({id}) OR (({id}) IS NULL AND o.platform_id IS NULL AND o.name_hash = v.name_hash))
            WHERE r.deleted_at IS NULL AND (r.platform_id IS DISTINCT FROM ({id}) OR r.name_hash <> v.name_hash)"
    );
    let what = "other sellers are known by these names or their platform ids by now";
    refuse_taken(tx, import, &sql, "SELLER_EXISTS", what).await
}

fn happening(scope: &Scope, import: &Import, kind: K) -> Happening {
    let member_id = scope.author().member_id;
    Happening { kind, source: ChangeSource::Import, run_id: None, member_id, import_id: Some(import.id) }
}

/// The sellers of the organisation's events.
fn items(import: &Import) -> SelectStatement {
    use seller_event::Column as E;
    use seller_event_item::Column as I;
    Query::select()
        .expr(qualified(I::SellerId))
        .from(seller_event_item::Entity)
        .inner_join(seller_event::Entity, qualified(E::Id).eq(qualified(I::EventId)))
        .and_where(E::OrgId.eq(import.org_id))
        .take()
}

/// As [`CHANGED`], for the history to build on.
fn changed(import: &Import) -> SelectStatement {
    use seller_event::Column as E;
    let first = Query::select()
        .expr(Expr::col(E::At).min())
        .from(seller_event::Entity)
        .and_where(E::OrgId.eq(import.org_id))
        .and_where(E::ImportId.eq(import.id))
        .take();
    let events = items(import)
        .distinct()
        .expr(qualified(E::At))
        .and_where(E::ImportId.eq(import.id))
        .and_where(E::Kind.ne(K::Added))
        .and_where(qualified(E::At).eq(first))
        .take();
    let [v, r] = [Alias::new("v"), Alias::new("r")];
    Query::select()
        .from_subquery(events, Alias::new("c"))
        .join_as(
            JoinType::InnerJoin,
            entity::seller_version::Entity,
            v,
            Expr::cust("v.seller_id = c.seller_id AND v.valid_to = c.at"),
        )
        .join_as(JoinType::InnerJoin, seller::Entity, r, Expr::cust("r.id = c.seller_id"))
        .take()
}
