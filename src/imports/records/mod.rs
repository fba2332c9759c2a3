//! A file of records and the records there are: which of its rows are new, which say something new, and which do not.
//!
//! Not here: writing them (`commit.rs`) and undoing that (`undo.rs`). What a reader would get wrong: what was compared when the
//! file was checked is compared anew when it is carried out; somebody may have been there meanwhile.

mod commit;
mod undo;

use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

pub use commit::{check_reach, commit};
pub use undo::{check_reach as check_reach_of_undoing, edited, undo};

use super::{
    Import,
    check::Counts,
    faults::{Faults, Found},
    fields::{self, RECORD},
    statement::{OURS, counted, ours, rows, run},
};
use crate::{
    accounts,
    auth::Scope,
    db::Transaction,
    error::{Error, Result},
    sheet::{Field, MOST_CENTS, Survey},
};

/// The stored record of a row: `$3` the organisation.
pub(super) const SAME: &str = "r.org_id = $3 AND r.account_id = s.account_id AND r.ebay_order_id = s.ebay_order_id
    AND r.deleted_at IS NULL";
/// A status with which no label is paid for.
const FREE: &str = "REFUND_NO_RETURN";

/// Finds out what each row is to what is stored. Answers what it comes to, and the faults that only this shows.
pub async fn compare(tx: &Transaction, import: &Import, survey: &Survey) -> Result<(Counts, Faults)> {
    let mut faults = twice(tx, import, survey).await?;
    if faults.is_empty() {
        place(tx, import, survey).await?;
        faults = too_costly(tx, import).await?;
    }
    Ok((count(tx, import).await?, faults))
}

/// Notes for each row which record it is of, and whether it says something new of it. Only what is otherwise than it was noted
/// before is written.
pub(super) async fn place(tx: &Transaction, import: &Import, survey: &Survey) -> Result<()> {
    let [import_id, attempt] = ours(import);
    let gone = format!(
        "UPDATE import_record AS s SET known_id = NULL, differs = NULL WHERE {OURS} AND s.known_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM record AS r WHERE r.id = s.known_id AND {SAME})"
    );
    run(tx, &gone, [import_id.clone(), attempt.clone(), import.org_id.into()]).await?;
    let differs = differs(survey);
    let found = format!(
        "UPDATE import_record AS s SET known_id = r.id, differs = {differs}
            FROM record AS r LEFT JOIN record_remark AS m ON m.record_id = r.id
            WHERE {OURS} AND {SAME}
            AND (s.known_id IS DISTINCT FROM r.id OR s.differs IS DISTINCT FROM {differs})"
    );
    run(tx, &found, [import_id, attempt, import.org_id.into()]).await.map(drop)
}

/// Whether a row says something new.
fn differs(survey: &Survey) -> String {
    let mut differs: Vec<String> = fields::filled(&RECORD, survey)
        .filter(|(field, _)| *field != Field::ReturnLabelCost)
        .map(|(field, column)| fields::differs(&RECORD, column, table_of(field)))
        .collect();
    if survey.has(Field::Status) || survey.has(Field::ReturnLabelCost) {
        differs.push(format!("{} IS DISTINCT FROM r.return_label_cost_cents", label_after()));
    }
    // Compared as it is stored: true or false, never null.
    match differs.is_empty() {
        true => "(1 = 0)".to_owned(),
        false => format!("({})", differs.join(" OR ")),
    }
}

/// Remarks are in a table of their own.
fn table_of(field: Field) -> &'static str {
    if matches!(field, Field::OrderRemark | Field::ServiceRemark) { "m" } else { "r" }
}

/// What a field of a known record will be.
pub(super) fn after(column: &str) -> String {
    fields::after(&RECORD, column, "r")
}

/// What the label of a known record will cost.
pub(super) fn label_after() -> String {
    let (status, label) = (after("status"), after("return_label_cost_cents"));
    format!("(CASE WHEN ({status}) = '{FREE}' THEN 0 ELSE ({label}) END)")
}

/// Orders that two rows name: one by its account's code, the other because it is the file's account.
async fn twice(tx: &Transaction, import: &Import, survey: &Survey) -> Result<Faults> {
    let mut faults = Faults::default();
    if !survey.has(Field::AccountCode) || import.account_id.is_none() {
        return Ok(faults);
    }
    let sql = format!(
        "SELECT max(s.line) AS line, min(s.line) AS first FROM import_record AS s WHERE {OURS}
            GROUP BY s.account_id, s.ebay_order_id HAVING count(*) > 1 ORDER BY 1"
    );
    for Twice { line, first } in rows(tx, &sql, ours(import)).await? {
        faults.push(Found::of_row(line.unsigned_abs(), "DUPLICATE_ROW", format!("is the same as on line {first}")));
    }
    Ok(faults)
}

/// Known records whose costs would be more than can be shown exactly, with what is stored already.
pub(super) async fn too_costly(tx: &Transaction, import: &Import) -> Result<Faults> {
    let money = |column: &str| format!("COALESCE({}, 0)", after(column));
    let cost = ["amazon_price_cents", "amazon_tax_cents", "amazon_shipping_cents"].map(money).join(" + ");
    let (fees, price, label) = (money("ebay_fees_cents"), after("sale_price_cents"), label_after());
    let sql = format!(
        "SELECT s.line AS line FROM import_record AS s JOIN record AS r ON r.id = s.known_id
            WHERE {OURS} AND s.differs AND (({cost}) > {MOST_CENTS}
                OR {fees} + {cost} + COALESCE({label}, 0) - ({price}) > {MOST_CENTS})
            ORDER BY s.line"
    );
    let mut faults = Faults::default();
    for Line { line } in rows(tx, &sql, ours(import)).await? {
        let reason = format!("the costs come to more than {MOST_CENTS} cents, together with what is stored already");
        faults.push(Found::of_row(line.unsigned_abs(), "TOO_LARGE", reason));
    }
    Ok(faults)
}

/// Refuses to go on when an account that `sql` finds, as `id`, is out of reach by now; nobody archives one of them afterwards.
async fn check_reached<const N: usize>(
    tx: &Transaction,
    scope: &Scope,
    (sql, values): (&str, [Value; N]),
    refusal: &str,
) -> Result<()> {
    let used: Vec<Used> = rows(tx, sql, values).await?;
    let ids: Vec<Uuid> = used.into_iter().map(|account| account.id).collect();
    match accounts::hold(tx, scope, &ids).await? {
        true => Ok(()),
        false => Err(Error::conflict("ACCOUNT_OUT_OF_REACH", refusal)),
    }
}

/// What the rows come to.
pub(super) async fn count(tx: &Transaction, import: &Import) -> Result<Counts> {
    counted(tx, import, "import_record").await
}

#[derive(FromQueryResult)]
struct Used {
    id: Uuid,
}

#[derive(FromQueryResult)]
struct Line {
    line: i64,
}

#[derive(FromQueryResult)]
struct Twice {
    line: i64,
    first: i64,
}
