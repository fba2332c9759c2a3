//! Statements over all rows of an import, in SQL.
//!
//! Raw, because they are the same text on both databases and sea-query has no `UPDATE … FROM` with a condition for each column.
//! What a reader would get wrong: `s` is always the table of the file's rows, `r` the real one.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement, Value};

use super::{Import, check::Counts};
use crate::{
    db::Transaction,
    error::{Context, Error, Result},
};

/// Carries a statement out. Answers how many rows it changed.
pub async fn run<const N: usize>(db: &impl ConnectionTrait, sql: &str, values: [Value; N]) -> Result<u64> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await.map_err(taken)?.rows_affected())
}

/// The rows of a query.
pub async fn rows<T: FromQueryResult, const N: usize>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: [Value; N],
) -> Result<Vec<T>> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    T::find_by_statement(statement).all(db).await.doing("asking about the rows of an import")
}

/// How many rows a `FROM` has.
pub async fn count_of<const N: usize>(db: &impl ConnectionTrait, from: &str, values: [Value; N]) -> Result<usize> {
    #[derive(FromQueryResult)]
    struct Count {
        count: i64,
    }
    let found: Vec<Count> = rows(db, &format!("SELECT count(*) AS count FROM {from}"), values).await?;
    Ok(found.first().and_then(|found| usize::try_from(found.count).ok()).unwrap_or_default())
}

/// The rows of this attempt: `$1` the import, `$2` its attempt.
pub const OURS: &str = "s.import_id = $1 AND s.attempt = $2";

/// What [`OURS`] wants.
pub fn ours(import: &Import) -> [Value; 2] {
    [import.id.into(), i64::from(import.attempt).into()]
}

/// What the rows of this attempt in a table come to.
pub async fn counted(tx: &Transaction, import: &Import, table: &str) -> Result<Counts> {
    #[derive(Default, FromQueryResult)]
    struct Found {
        total: i64,
        known: i64,
        changed: i64,
    }
    let sql = format!(
        "SELECT count(*) AS total, count(s.known_id) AS known, count(CASE WHEN s.differs THEN 1 END) AS changed
            FROM {table} AS s WHERE {OURS}"
    );
    let found: Vec<Found> = rows(tx, &sql, ours(import)).await?;
    let Found { total, known, changed } = found.into_iter().next().unwrap_or_default();
    Ok(Counts {
        added: (total - known).unsigned_abs(),
        changed: changed.unsigned_abs(),
        unchanged: (known - changed).unsigned_abs(),
    })
}

/// What a statement over what an import did wants: `$1` the organisation, `$2` the import.
pub fn done_by(import: &Import) -> [Value; 2] {
    [import.org_id.into(), import.id.into()]
}

/// Code of the refusal when somebody stored the same between our look and our write.
pub const RACED: &str = "IMPORT_RACED";

fn taken(error: DbErr) -> Error {
    let message = "somebody else stored or changed some of these rows meanwhile; nothing was written, try again";
    Error::of_write("changing the rows of an import", error, || Error::conflict(RACED, message))
}

/// Locks the real rows of a query, in its order, until the transaction ends. SQLite lets nobody else write in any case.
pub async fn lock<const N: usize>(tx: &Transaction, select: &str, values: [Value; N]) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    let sql = format!("SELECT count(*) FROM ({select} FOR NO KEY UPDATE OF r) AS locked");
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    tx.query_one_raw(statement).await.doing("locking the rows of an import").map(drop)
}
