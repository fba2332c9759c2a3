//! Many keys in one parameter: a set of any size that a statement can look into.
//!
//! SQLite takes 32,766 parameters a statement and PostgreSQL 65,535; people select a hundred thousand rows and change them
//! all at once. So the keys travel as one JSON array of hex digits, and the database makes rows of it. What a reader would
//! get wrong: this is a set to look into, not a list; nothing is said of the order of what is found.

use sea_orm::{
    DbBackend,
    sea_query::{Alias, Expr, ExprTrait, Func, IntoColumnRef, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

/// The name of the rows that a database makes of an array.
const KEYS: &str = "key_set";

/// Selects these ids, in one column: for `IN (…)`, and for `INSERT … SELECT`.
#[must_use]
pub fn id_set(backend: DbBackend, ids: &[Uuid]) -> SelectStatement {
    let digits = array(ids.iter().map(Uuid::as_bytes).map(<[u8; 16]>::as_slice));
    let key = match backend {
        DbBackend::Postgres => value().cast_as("uuid"),
        _ => unhex(),
    };
    rows(backend, digits, key)
}

/// Selects these bytes, in one column: hashes, by which names are unique.
#[must_use]
pub fn bytes_set<'a>(backend: DbBackend, keys: impl Iterator<Item = &'a [u8]>) -> SelectStatement {
    let key = match backend {
        DbBackend::Postgres => Func::cust("decode").args([value(), Expr::value("hex")]).into(),
        _ => unhex(),
    };
    rows(backend, array(keys), key)
}

/// The rows of an array: PostgreSQL and SQLite have a function for it each, and both call its column `value`.
fn rows(backend: DbBackend, digits: String, key: SimpleExpr) -> SelectStatement {
    let elements = match backend {
        DbBackend::Postgres => Func::cust("json_array_elements_text").arg(Expr::value(digits).cast_as("json")),
        _ => Func::cust("json_each").arg(digits),
    };
    Query::select().expr(key).from_function(elements, KEYS).to_owned()
}

fn value() -> SimpleExpr {
    Expr::col((Alias::new(KEYS), Alias::new("value")).into_column_ref())
}

/// SQLite keeps ids as their bytes.
fn unhex() -> SimpleExpr {
    Func::cust("unhex").arg(value()).into()
}

fn array<'a>(keys: impl Iterator<Item = &'a [u8]>) -> String {
    let mut array = String::from("[");
    for (place, key) in keys.enumerate() {
        array.push_str(if place == 0 { "\"" } else { ",\"" });
        for byte in key {
            array.extend([byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16).unwrap_or_default()));
        }
        array.push('"');
    }
    array.push(']');
    array
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_an_array_of_hex_digits() {
        let keys: [&[u8]; 2] = [&[0x00, 0xff], &[0x1a]];
        assert_eq!(array(keys.into_iter()), r#"["00ff","1a"]"#);
        assert_eq!(array(std::iter::empty()), "[]");
    }
}
