//! How both databases spell the same thing in raw SQL.
//!
//! The migrations are written as SQL: CHECKs, partial indexes and generated columns read better so, and are the same
//! text on both databases but for the names of a few types and the collation. Those, and only those, are here.

use sea_orm_migration::prelude::*;

/// Replaces `{uuid}`, `{blob}`, `{time}`, `{date}`, `{real}`, `{bool}`, `{text}`, `{false}` by the database's own names and runs each statement.
///
/// Text compares by bytes on both (`COLLATE "C"` on PostgreSQL), so that orders and cursors agree.
pub async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let sqlite = manager.get_database_backend() == sea_orm_migration::sea_orm::DbBackend::Sqlite;
    let names: [(&str, &str); 8] = if sqlite {
        [
            ("{uuid}", "blob"),
            ("{blob}", "blob"),
            ("{time}", "text"),
            ("{date}", "text"),
            ("{real}", "double"),
            ("{bool}", "boolean"),
            ("{text}", "text"),
            ("{false}", "0"),
        ]
    } else {
        [
            ("{uuid}", "uuid"),
            ("{blob}", "bytea"),
            ("{time}", "timestamptz"),
            ("{date}", "date"),
            ("{real}", "double precision"),
            ("{bool}", "boolean"),
            ("{text}", "text COLLATE \"C\""),
            ("{false}", "false"),
        ]
    };
    for statement in statements {
        let mut sql = (*statement).to_owned();
        for (placeholder, name) in names {
            sql = sql.replace(placeholder, name);
        }
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}
