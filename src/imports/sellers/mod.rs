//! A file of sellers and the sellers there are: which of its rows are new, which say something new, and which do not.
//!
//! Not here: writing them (`commit.rs`) and undoing that (`undo.rs`). What a reader would get wrong: a file with platform ids
//! says who is who, and a row without one is the seller of that name who has none; a file without them names sellers only, and
//! its names find anyone.

mod commit;
mod undo;

use sea_orm::FromQueryResult;

pub use commit::commit;
pub use undo::{edited, undo};

use super::{
    Import,
    check::Counts,
    faults::{Faults, Found},
    fields::{self, SELLER},
    statement::{OURS, counted, ours, rows, run},
};
use crate::{
    db::Transaction,
    error::Result,
    sheet::{Field, Survey},
};

/// The table of the rows.
const TABLE: &str = "import_seller";
/// The sellers that a row may be: `$3` the organisation.
const LIVE: &str = "r.org_id = $3 AND r.platform = s.platform AND r.deleted_at IS NULL";
/// Those who have the name of the row, and a platform id.
const NAMESAKES: &str = "r.name_hash = s.name_hash AND r.platform_id IS NOT NULL";

/// Finds out what each row is to what is stored. Answers what it comes to, and the faults that only this shows.
pub async fn compare(tx: &Transaction, import: &Import, survey: &Survey) -> Result<(Counts, Faults)> {
    let faults = place(tx, import, survey).await?;
    Ok((counted(tx, import, TABLE).await?, faults))
}

/// Notes for each row which seller it is of, and whether it says something new of it. Answers the rows that may be of several.
pub(super) async fn place(tx: &Transaction, import: &Import, survey: &Survey) -> Result<Faults> {
    let forget = format!(
        "UPDATE import_seller AS s SET known_id = NULL, differs = NULL WHERE {OURS} AND s.known_id IS NOT NULL"
    );
    run(tx, &forget, ours(import)).await?;
    find(tx, import, "s.platform_id IS NOT NULL AND r.platform_id = s.platform_id").await?;
    find(tx, import, "s.platform_id IS NULL AND r.name_hash = s.name_hash AND r.platform_id IS NULL").await?;
    let mut faults = Faults::default();
    if !survey.has(Field::PlatformId) {
        faults = of_several(tx, import).await?;
        find(tx, import, &format!("s.known_id IS NULL AND {NAMESAKES}")).await?;
    }
    let differs: Vec<String> =
        fields::filled(&SELLER, survey).map(|(_, column)| fields::differs(&SELLER, column, "r")).collect();
    let compare = format!(
        "UPDATE import_seller AS s SET differs = ({}) FROM seller AS r WHERE {OURS} AND r.id = s.known_id",
        differs.join(" OR ")
    );
    run(tx, &compare, ours(import)).await?;
    Ok(faults)
}

async fn find(tx: &Transaction, import: &Import, same: &str) -> Result<()> {
    let sql =
        format!("UPDATE import_seller AS s SET known_id = r.id FROM seller AS r WHERE {OURS} AND {LIVE} AND {same}");
    let [import_id, attempt] = ours(import);
    run(tx, &sql, [import_id, attempt, import.org_id.into()]).await.map(drop)
}

/// Rows that name several sellers, and nobody who is known by that name alone.
async fn of_several(tx: &Transaction, import: &Import) -> Result<Faults> {
    #[derive(FromQueryResult)]
    struct Row {
        line: i64,
        display_name: String,
    }
    let sql = format!(
        "SELECT s.line AS line, s.display_name AS display_name FROM import_seller AS s WHERE {OURS}
            AND s.known_id IS NULL AND (SELECT count(*) FROM seller AS r WHERE {LIVE} AND {NAMESAKES}) > 1
            ORDER BY s.line"
    );
    let [import_id, attempt] = ours(import);
    let mut faults = Faults::default();
    for Row { line, display_name } in rows(tx, &sql, [import_id, attempt, import.org_id.into()]).await? {
        let reason = "several sellers have this name; say which by a column platform_id";
        let fault = Found::of_row(line.unsigned_abs(), "AMBIGUOUS_SELLER", reason);
        faults.push(Found { cell: Some(display_name.chars().take(200).collect()), ..fault });
    }
    Ok(faults)
}
