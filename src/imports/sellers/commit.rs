//! Carries out a file of sellers: the new ones are added, those that are otherwise are changed, by a statement each.
//!
//! Not here: the transaction around it (`carry_out.rs`). What a reader would get wrong: the history is written before the change,
//! while the old values are still there to be told.

use chrono::{DateTime, Utc};
use entity::{
    import_seller, seller,
    seller_event::{ChangeSource, SellerEventKind as K},
};
use sea_orm::{
    Value,
    sea_query::{Alias, Expr, ExprTrait, JoinType, Query, SelectStatement},
};

use super::{TABLE, place};
use crate::{
    auth::Scope,
    db::Transaction,
    error::Result,
    imports::{
        Import,
        check::Counts,
        fields::{self, SELLER},
        statement::{OURS, count_of, counted, ours, run},
    },
    sellers::history::{self, Happening, History},
    sheet::{Field, Survey},
};

/// The rows and the sellers that they are of.
const PAIRS: &str = "import_seller AS s JOIN seller AS r ON r.id = s.known_id";
/// Columns whose change is an event `UPDATED`.
const OTHERS: [&str; 4] = ["platform_id", "feedback_percent", "feedback_count", "times_seen"];

/// Writes what the rows say. Answers what they came to.
pub async fn commit(
    tx: &Transaction,
    scope: &Scope,
    import: &Import,
    survey: &Survey,
    now: DateTime<Utc>,
) -> Result<Counts> {
    let mut history = history::open(tx, scope.org_id(), now).await?;
    place(tx, import, survey).await?.refuse()?;
    if is_written_now(tx, import, &history).await? {
        history.move_on().await?;
    }
    history.keep(changed(import)).await?;
    tell_changes(tx, scope, import, &mut history).await?;
    change(tx, import, survey, &history).await?;
    add(tx, import, &history).await?;
    let added = staged(import).and_where(Expr::cust("s.known_id IS NULL")).take();
    let counts = counted(tx, import, TABLE).await?;
    let count = usize::try_from(counts.added).unwrap_or(usize::MAX);
    history.write_from(happening(scope, import, K::Added), count, without_values(added, "s.id")).await?;
    Ok(counts)
}

/// Whether a seller that is changed was written at this very moment.
async fn is_written_now(tx: &Transaction, import: &Import, history: &History<'_>) -> Result<bool> {
    let [import_id, attempt] = ours(import);
    let from = format!("{PAIRS} WHERE {OURS} AND s.differs AND r.updated_at >= $3");
    Ok(count_of(tx, &from, [import_id, attempt, history.at().into()]).await? > 0)
}

/// One event for each way in which sellers change.
async fn tell_changes(tx: &Transaction, scope: &Scope, import: &Import, history: &mut History<'_>) -> Result<()> {
    let differs = |column| fields::differs(&SELLER, column, "r");
    let renamed = differs("display_name");
    let [flagged, unflagged] = ["s.flagged", "NOT s.flagged"].map(|is| format!("({} AND {is})", differs("flagged")));
    let otherwise = OTHERS.map(differs).join(" OR ");
    for (kind, condition) in
        [(K::Renamed, renamed), (K::Flagged, flagged), (K::Unflagged, unflagged), (K::Updated, otherwise)]
    {
        let of_them = format!("({condition})");
        let from = format!("{PAIRS} WHERE {OURS} AND s.differs AND {of_them}");
        let count = count_of(tx, &from, ours(import)).await?;
        let known = known(import).and_where(Expr::cust(of_them)).take();
        let items = match kind {
            K::Renamed => with_values(known, "r.display_name", "s.display_name"),
            _ => without_values(known, "s.known_id"),
        };
        history.write_from(happening(scope, import, kind), count, items).await?;
    }
    Ok(())
}

async fn change(tx: &Transaction, import: &Import, survey: &Survey, history: &History<'_>) -> Result<()> {
    let [import_id, attempt] = ours(import);
    let at = Value::from(history.at());
    // The names they went by.
    let names = format!(
        "INSERT INTO seller_name (seller_id, name_hash, display_name, first_seen_at)
            SELECT r.id, r.name_hash, r.display_name, $3 FROM import_seller AS s JOIN seller AS r ON r.id = s.known_id
            WHERE {OURS} AND s.differs AND {} ON CONFLICT (seller_id, name_hash) DO NOTHING",
        fields::differs(&SELLER, "display_name", "r")
    );
    run(tx, &names, [import_id.clone(), attempt.clone(), at.clone()]).await?;
    let mut sets: Vec<String> = fields::filled(&SELLER, survey)
        .map(|(_, column)| format!("{column} = {}", fields::after(&SELLER, column, "r")))
        .collect();
    if survey.has(Field::DisplayName) {
        sets.extend(["normalized_name = s.normalized_name".to_owned(), "name_hash = s.name_hash".to_owned()]);
    }
    let sql = format!(
        "UPDATE seller AS r SET {}, updated_at = $3 FROM import_seller AS s
            WHERE {OURS} AND s.differs AND r.id = s.known_id",
        sets.join(", ")
    );
    run(tx, &sql, [import_id, attempt, at]).await.map(drop)
}

async fn add(tx: &Transaction, import: &Import, history: &History<'_>) -> Result<()> {
    let sql = format!(
        "INSERT INTO seller (id, org_id, display_name, normalized_name, name_hash, platform, platform_id,
                feedback_percent, feedback_count, times_seen, flagged, created_at, updated_at)
            SELECT s.id, $3, s.display_name, s.normalized_name, s.name_hash, s.platform, s.platform_id,
                s.feedback_percent, s.feedback_count, COALESCE(s.times_seen, 0), COALESCE(s.flagged, FALSE), $4, $4
            FROM import_seller AS s WHERE {OURS} AND s.known_id IS NULL ORDER BY s.line DESC"
    );
    let [import_id, attempt] = ours(import);
    run(tx, &sql, [import_id, attempt, import.org_id.into(), Value::from(history.at())]).await.map(drop)
}

fn happening(scope: &Scope, import: &Import, kind: K) -> Happening {
    let member_id = scope.author().member_id;
    Happening { kind, source: ChangeSource::Import, run_id: None, member_id, import_id: Some(import.id) }
}

/// The rows of this attempt, called `s`.
fn staged(import: &Import) -> SelectStatement {
    use import_seller::Column as S;
    let own = |column: S| Expr::col((Alias::new("s"), column));
    Query::select()
        .from_as(import_seller::Entity, Alias::new("s"))
        .and_where(own(S::ImportId).eq(import.id))
        .and_where(own(S::Attempt).eq(i64::from(import.attempt)))
        .take()
}

/// Those that change a seller, called `r`.
fn known(import: &Import) -> SelectStatement {
    staged(import)
        .join_as(JoinType::InnerJoin, seller::Entity, Alias::new("r"), Expr::cust("r.id = s.known_id"))
        .and_where(Expr::cust("s.differs"))
        .take()
}

/// The sellers that are changed.
fn changed(import: &Import) -> SelectStatement {
    known(import).expr(Expr::cust("s.known_id")).take()
}

fn with_values(mut items: SelectStatement, old: &'static str, new: &'static str) -> SelectStatement {
    items.expr(Expr::cust("s.known_id")).expr(Expr::cust(old)).expr(Expr::cust(new)).take()
}

fn without_values(mut items: SelectStatement, id: &'static str) -> SelectStatement {
    let no_value = || Expr::value(None::<String>);
    items.expr(Expr::cust(id)).expr(no_value()).expr(no_value()).take()
}
