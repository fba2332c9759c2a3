//! Carries out a file of records: the new ones are added, those that are otherwise are changed, by a statement each.
//!
//! Not here: the transaction around it (`carry_out.rs`). What a reader would get wrong: new records are written the last first,
//! because their ids rise that way, and an index that grows at its end is written once.

use chrono::{DateTime, Utc};
use entity::{
    import_record, record,
    record_event::{RecordEventKind, RecordEventSource},
};
use sea_orm::{
    Value,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use super::{SAME, after, check_reached, count, label_after, place, too_costly};
use crate::{
    auth::{Scope, qualified},
    db::Transaction,
    error::Result,
    imports::{
        Import,
        check::Counts,
        fields::{self, RECORD},
        statement::{OURS, lock, ours, run},
    },
    records::history::{self, Happening},
    sheet::{Field, Survey},
};

/// Refuses to write into accounts that are out of reach by now.
pub async fn check_reach(tx: &Transaction, scope: &Scope, import: &Import) -> Result<()> {
    let sql = format!("SELECT DISTINCT s.account_id AS id FROM import_record AS s WHERE {OURS}");
    let refusal = "the file has rows of accounts that you do not see any more";
    check_reached(tx, scope, (&sql, ours(import)), refusal).await
}

/// Writes what the rows say. Answers what they came to.
pub async fn commit(
    tx: &Transaction,
    scope: &Scope,
    import: &Import,
    survey: &Survey,
    now: DateTime<Utc>,
) -> Result<Counts> {
    let org_id = scope.org_id();
    lock_known(tx, import).await?;
    place(tx, import, survey).await?;
    too_costly(tx, import).await?.refuse()?;
    let counts = count(tx, import).await?;
    let happening = |kind| Happening {
        kind,
        source: RecordEventSource::Import,
        member_id: scope.author().member_id,
        import_id: Some(import.id),
    };
    history::keep(tx, org_id, changed(import)).await?;
    change(tx, import, survey, now).await?;
    change_remarks(tx, import, survey).await?;
    history::write(tx, org_id, now, happening(RecordEventKind::Updated), changed_versions(import)).await?;
    add(tx, import, now).await?;
    add_remarks(tx, import, survey).await?;
    history::write(tx, org_id, now, happening(RecordEventKind::Created), added_versions(import)).await?;
    Ok(counts)
}

/// Nobody changes the records that the rows are of until the transaction ends.
async fn lock_known(tx: &Transaction, import: &Import) -> Result<()> {
    let sql = format!("SELECT r.id FROM record AS r JOIN import_record AS s ON {SAME} WHERE {OURS} ORDER BY r.id");
    let [import_id, attempt] = ours(import);
    lock(tx, &sql, [import_id, attempt, import.org_id.into()]).await
}

async fn change(tx: &Transaction, import: &Import, survey: &Survey, now: DateTime<Utc>) -> Result<()> {
    use Field as F;
    let is_own = |field: &Field| !matches!(field, F::ReturnLabelCost | F::OrderRemark | F::ServiceRemark);
    let mut sets: Vec<String> = fields::filled(&RECORD, survey)
        .filter(|(field, _)| is_own(field))
        .map(|(_, column)| format!("{column} = {}", after(column)))
        .collect();
    if survey.has(F::ItemName) {
        sets.push(format!("item_name_folded = {}", fields::after_with(&RECORD, "item_name", "item_name_folded", "r")));
    }
    if survey.has(F::Status) || survey.has(F::ReturnLabelCost) {
        sets.push(format!("return_label_cost_cents = {}", label_after()));
    }
    sets.extend(["version = r.version + 1".to_owned(), "updated_at = $3".to_owned()]);
    let sql = format!(
        "UPDATE record AS r SET {} FROM import_record AS s WHERE {OURS} AND s.differs AND r.id = s.known_id",
        sets.join(", ")
    );
    let [import_id, attempt] = ours(import);
    run(tx, &sql, [import_id, attempt, now.into()]).await.map(drop)
}

async fn change_remarks(tx: &Transaction, import: &Import, survey: &Survey) -> Result<()> {
    if !has_remarks(survey) {
        return Ok(());
    }
    let [order, service] = ["order_remark", "service_remark"].map(|column| fields::after(&RECORD, column, "m"));
    let sql = format!(
        "INSERT INTO record_remark (record_id, org_id, order_remark, service_remark)
            SELECT s.known_id, $3, {order}, {service}
            FROM import_record AS s LEFT JOIN record_remark AS m ON m.record_id = s.known_id
            WHERE {OURS} AND s.differs
                AND (m.record_id IS NOT NULL OR s.order_remark IS NOT NULL OR s.service_remark IS NOT NULL)
            ON CONFLICT (record_id) DO UPDATE
                SET order_remark = excluded.order_remark, service_remark = excluded.service_remark"
    );
    let [import_id, attempt] = ours(import);
    run(tx, &sql, [import_id, attempt, import.org_id.into()]).await.map(drop)
}

async fn add(tx: &Transaction, import: &Import, now: DateTime<Utc>) -> Result<()> {
    let sql = format!(
        "INSERT INTO record (id, org_id, account_id, ebay_order_id, sale_date, item_name, item_name_folded, qty,
                sale_price_cents, ebay_fees_cents, amazon_price_cents, amazon_tax_cents, amazon_shipping_cents,
                amazon_order_id, status, return_label_cost_cents, version, created_at, updated_at)
            SELECT s.id, $3, s.account_id, s.ebay_order_id, s.sale_date, s.item_name, s.item_name_folded,
                COALESCE(s.qty, 1), s.sale_price_cents, s.ebay_fees_cents, s.amazon_price_cents, s.amazon_tax_cents,
                s.amazon_shipping_cents, s.amazon_order_id, COALESCE(s.status, 'SUCCESSFUL'),
                CASE WHEN s.status = 'REFUND_NO_RETURN' THEN 0 ELSE s.return_label_cost_cents END, 1, $4, $4
            FROM import_record AS s WHERE {OURS} AND s.known_id IS NULL ORDER BY s.line DESC"
    );
    let [import_id, attempt] = ours(import);
    run(tx, &sql, [import_id, attempt, import.org_id.into(), Value::from(now)]).await.map(drop)
}

async fn add_remarks(tx: &Transaction, import: &Import, survey: &Survey) -> Result<()> {
    if !has_remarks(survey) {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO record_remark (record_id, org_id, order_remark, service_remark)
            SELECT s.id, $3, s.order_remark, s.service_remark FROM import_record AS s
            WHERE {OURS} AND s.known_id IS NULL AND (s.order_remark IS NOT NULL OR s.service_remark IS NOT NULL)
            ORDER BY s.line DESC"
    );
    let [import_id, attempt] = ours(import);
    run(tx, &sql, [import_id, attempt, import.org_id.into()]).await.map(drop)
}

fn has_remarks(survey: &Survey) -> bool {
    survey.has(Field::OrderRemark) || survey.has(Field::ServiceRemark)
}

/// The rows of this attempt.
fn staged(import: &Import) -> SelectStatement {
    use import_record::Column as S;
    let mut staged = Query::select();
    staged
        .from(import_record::Entity)
        .and_where(qualified(S::ImportId).eq(import.id))
        .and_where(qualified(S::Attempt).eq(i64::from(import.attempt)));
    staged
}

/// The records that are changed.
fn changed(import: &Import) -> SelectStatement {
    use import_record::Column as S;
    staged(import).expr(qualified(S::KnownId)).and_where(qualified(S::Differs).eq(true)).take()
}

/// The records that were changed, and the versions they have now.
fn changed_versions(import: &Import) -> SelectStatement {
    use import_record::Column as S;
    staged(import)
        .expr(qualified(record::Column::Id))
        .expr(qualified(record::Column::Version))
        .inner_join(record::Entity, qualified(record::Column::Id).eq(qualified(S::KnownId)))
        .and_where(qualified(S::Differs).eq(true))
        .take()
}

/// The records that were added, in their first version.
fn added_versions(import: &Import) -> SelectStatement {
    use import_record::Column as S;
    staged(import).expr(qualified(S::Id)).expr(Expr::value(1)).and_where(qualified(S::KnownId).is_null()).take()
}
