//! The same page of several lists at once, as a page of a connection's rows needs it: one statement for all of them.
//!
//! What a reader would get wrong: what is wrong with a cursor is the answer of its list alone.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryResult, QuerySelect, QueryTrait, Select,
    sea_query::{Asterisk, Expr, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use super::{Fingerprint, Ordering, Page, PageRequest, Window, windowed};
use crate::error::{Context, Result};

/// Beside the columns of a row that was read with those of other lists: which list it is of.
const LIST_ID: &str = "list_id";

/// One of several lists that are paged alike.
#[derive(Debug)]
pub struct List<E: EntityTrait> {
    /// What its rows have in common, as `list_of` answers it.
    pub id: Uuid,
    /// Its rows, filtered and not ordered.
    pub select: Select<E>,
    /// See [`Fingerprint`].
    pub fingerprint: Fingerprint,
}

/// Reads the same page of several lists in one statement; each list has its own answer.
///
/// # Errors
/// The database's own failure. What is wrong with a cursor is the answer of the list it was used with.
pub async fn read_each<E>(
    db: &impl ConnectionTrait,
    lists: Vec<List<E>>,
    order: impl Ordering<E>,
    request: &PageRequest,
    list_of: impl Fn(&E::Model) -> Uuid,
) -> Result<HashMap<Uuid, Result<Page<E::Model>>>>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
{
    let of_list = |row: E::Model| (list_of(&row), row);
    read_lists(db, lists, order, request, of_list).await
}

/// The same for lists that share rows, which do not tell of which list they are.
///
/// # Errors
/// As [`read_each`].
pub async fn read_each_shared<E>(
    db: &impl ConnectionTrait,
    lists: Vec<List<E>>,
    order: impl Ordering<E>,
    request: &PageRequest,
) -> Result<HashMap<Uuid, Result<Page<E::Model>>>>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
{
    let of_list = |row: OfList<E::Model>| (row.list_id, row.row);
    read_lists(db, lists, order, request, of_list).await
}

/// A row, and the list that it is of here.
struct OfList<M> {
    list_id: Uuid,
    row: M,
}

impl<M: FromQueryResult> FromQueryResult for OfList<M> {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self { list_id: row.try_get(prefix, LIST_ID)?, row: M::from_query_result(row, prefix)? })
    }
}

async fn read_lists<E, R>(
    db: &impl ConnectionTrait,
    lists: Vec<List<E>>,
    order: impl Ordering<E>,
    request: &PageRequest,
    of_list: impl Fn(R) -> (Uuid, E::Model),
) -> Result<HashMap<Uuid, Result<Page<E::Model>>>>
where
    E: EntityTrait,
    R: FromQueryResult + Send + Sync,
{
    let mut answers = HashMap::new();
    let mut windows = Vec::new();
    let mut union: Option<SelectStatement> = None;
    for list in lists {
        match Window::of(request, list.fingerprint, |key| order.fits(key)) {
            Err(error) => {
                answers.insert(list.id, Err(error));
            }
            Ok(window) => {
                let branch = windowed(list.select, order, &window).into_query();
                let branch = Query::select()
                    .column(Asterisk)
                    .expr_as(Expr::value(list.id), LIST_ID)
                    .from_subquery(branch, "list")
                    .take();
                match &mut union {
                    None => union = Some(branch),
                    Some(first) => {
                        first.union(UnionType::All, branch);
                    }
                }
                windows.push((list.id, list.fingerprint, window));
            }
        }
    }
    let Some(union) = union else { return Ok(answers) };
    let rows = R::find_by_statement(db.get_database_backend().build(&union))
        .all(db)
        .await
        .doing("reading pages of several lists")?;
    let mut by_list: HashMap<Uuid, Vec<E::Model>> = HashMap::new();
    for (list_id, row) in rows.into_iter().map(of_list) {
        by_list.entry(list_id).or_default().push(row);
    }
    for (id, fingerprint, window) in windows {
        let rows = window.sorted(by_list.remove(&id).unwrap_or_default(), order);
        answers.insert(id, Ok(window.page(rows, order, fingerprint)));
    }
    Ok(answers)
}

/// How many rows there are of each value of a column, an id that none of them lacks.
///
/// # Errors
/// The database's own failure.
pub async fn count_each<E: EntityTrait>(
    db: &impl ConnectionTrait,
    rows: Select<E>,
    of: E::Column,
) -> Result<HashMap<Uuid, u64>> {
    let counts = rows.select_only().column(of).column_as(of.count(), "rows").group_by(of).into_tuple();
    let counts: Vec<(Uuid, i64)> = counts.all(db).await.doing("counting the rows of lists")?;
    Ok(counts.into_iter().map(|(id, count)| (id, u64::try_from(count).unwrap_or_default())).collect())
}
