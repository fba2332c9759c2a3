//! Keyset pages: what a client asks for, the cursor it is given, and the query between.
//!
//! A page costs the same however deep it lies, and rows that come and go while one pages lose and double nothing.
//! What a reader would get wrong: a cursor belongs to one list, order and filter; used with another it is refused,
//! because it would silently skip rows.

mod lists;
mod order;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, Order, SimpleExpr, Value},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use lists::{List, count_each, read_each, read_each_shared};
pub use order::{ById, ByNumber, ByText, Direction, Key, Newest, Ordering};

use crate::error::{Context, Error, Result};

/// Rows of a page when the client does not say.
pub const DEFAULT_SIZE: u64 = 25;
/// Most rows of a page; more is refused, not cut.
pub const LARGEST_SIZE: u64 = 100;

/// What a client asked for, as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// The first so many rows …
    pub first: Option<i32>,
    /// … after this cursor.
    pub after: Option<String>,
    /// The last so many rows …
    pub last: Option<i32>,
    /// … before this cursor.
    pub before: Option<String>,
}

/// Which list, order and filter a cursor belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 8]);

impl Fingerprint {
    /// Of a list: its name, its organisation, its order and its filter.
    ///
    /// # Errors
    /// Internal, when the filter cannot be written as JSON.
    pub fn of(list: &str, org_id: Uuid, order: &impl Serialize, filter: &impl Serialize) -> Result<Self> {
        let text = serde_json::to_vec(&(list, org_id, order, filter))
            .map_err(|error| Error::caused("writing down a filter", error))?;
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(text));
        Ok(Self([a, b, c, d, e, f, g, h]))
    }
}

/// Rows of a page with their cursors.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// In the order of the list, whichever way one pages.
    pub rows: Vec<(String, T)>,
    /// Whether there are rows after the last.
    pub has_next: bool,
    /// Whether there are rows before the first.
    pub has_previous: bool,
}

/// A request that has been checked.
#[derive(Debug)]
struct Window {
    size: u64,
    backward: bool,
    after: Option<Cursor>,
    before: Option<Cursor>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Cursor(Key, Uuid);

/// Reads one page of `select`, which must be filtered and not ordered.
///
/// # Errors
/// `PAGE_SIZE`, `PAGE_DIRECTION` or `INVALID_CURSOR` for a request that cannot be answered.
pub async fn read<E>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    order: impl Ordering<E>,
    request: &PageRequest,
    fingerprint: Fingerprint,
) -> Result<Page<E::Model>>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
{
    let window = Window::of(request, fingerprint, |key| order.fits(key))?;
    let rows = windowed(select, order, &window).all(db).await.doing("reading a page")?;
    Ok(window.page(rows, order, fingerprint))
}

/// Reads one page of a list that begins with something that is no row: `first`, before all rows of `select`.
///
/// # Errors
/// As [`read`].
pub async fn read_behind<E>(
    db: &impl ConnectionTrait,
    first: E::Model,
    select: Select<E>,
    order: impl Ordering<E>,
    request: &PageRequest,
    fingerprint: Fingerprint,
) -> Result<Page<E::Model>>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
{
    let window = Window::of(request, fingerprint, |key| order.fits(key))?;
    let mut rows = windowed(select, order, &window).all(db).await.doing("reading a page")?;
    let (key, id) = order.key_of(&first);
    // Every cursor stands at the first or behind it.
    let is_before = window.before.as_ref().is_none_or(|before| *before != Cursor(key, id));
    if window.after.is_none() && is_before {
        rows.insert(if window.backward { rows.len() } else { 0 }, first);
    }
    Ok(window.page(rows, order, fingerprint))
}

/// One row more than the page, to know whether there are more.
fn windowed<E: EntityTrait>(mut select: Select<E>, order: impl Ordering<E>, window: &Window) -> Select<E> {
    let descending = order.direction() == Direction::Desc;
    if let Some(cursor) = &window.after {
        select = select.filter(beyond(order, cursor, descending));
    }
    if let Some(cursor) = &window.before {
        select = select.filter(beyond(order, cursor, !descending));
    }
    let direction = if descending == window.backward { Order::Asc } else { Order::Desc };
    select
        .order_by(order.expr(), direction.clone())
        .order_by(Expr::col(order.id().as_column_ref()), direction)
        .limit(window.size + 1)
}

/// A row comparison: PostgreSQL answers `(a, id) < (x, y)` from an index and the spelled-out form by a scan.
fn beyond<E: EntityTrait>(order: impl Ordering<E>, cursor: &Cursor, smaller: bool) -> SimpleExpr {
    let row = Expr::tuple([order.expr(), Expr::col(order.id().as_column_ref())]);
    let Cursor(key, id) = cursor;
    let bound = Expr::tuple([Expr::value(Value::from(key.clone())), Expr::value(*id)]);
    if smaller { row.lt(bound) } else { row.gt(bound) }
}

fn cursor_of<E: EntityTrait>(order: impl Ordering<E>, row: &E::Model, fingerprint: Fingerprint) -> String {
    let (key, id) = order.key_of(row);
    Cursor(key, id).show(fingerprint)
}

impl Window {
    /// The page of the rows that were read: one more than its size, in reading order.
    fn page<E: EntityTrait>(
        &self,
        mut rows: Vec<E::Model>,
        order: impl Ordering<E>,
        fingerprint: Fingerprint,
    ) -> Page<E::Model> {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let has_more = rows.len() > size;
        rows.truncate(size);
        if self.backward {
            rows.reverse();
        }
        let rows = rows.into_iter().map(|row| (cursor_of(order, &row, fingerprint), row)).collect();
        let (has_next, has_previous) =
            if self.backward { (self.before.is_some(), has_more) } else { (has_more, self.after.is_some()) };
        Page { rows, has_next, has_previous }
    }

    /// In reading order again: a union promises none.
    fn sorted<E: EntityTrait>(&self, mut rows: Vec<E::Model>, order: impl Ordering<E>) -> Vec<E::Model> {
        let descending = (order.direction() == Direction::Desc) != self.backward;
        rows.sort_by(|left, right| {
            let ordering = order.key_of(left).partial_cmp(&order.key_of(right)).unwrap_or(std::cmp::Ordering::Equal);
            if descending { ordering.reverse() } else { ordering }
        });
        rows
    }

    fn of(request: &PageRequest, fingerprint: Fingerprint, fits: impl Fn(&Key) -> bool) -> Result<Self> {
        let (size, backward) = match (request.first, request.last) {
            (Some(_), Some(_)) => {
                return Err(Error::bad_input("PAGE_DIRECTION", "give `first` or `last`, not both"));
            }
            (None, None) => (DEFAULT_SIZE, request.before.is_some() && request.after.is_none()),
            (Some(first), None) => (page_size("first", first)?, false),
            (None, Some(last)) => (page_size("last", last)?, true),
        };
        let cursor = |name, text: &Option<String>| {
            text.as_deref().map(|text| Cursor::read(name, text, fingerprint, &fits)).transpose()
        };
        Ok(Self { size, backward, after: cursor("after", &request.after)?, before: cursor("before", &request.before)? })
    }
}

fn page_size(name: &str, asked: i32) -> Result<u64> {
    match u64::try_from(asked) {
        Ok(size @ 1..=LARGEST_SIZE) => Ok(size),
        _ => Err(Error::bad_input("PAGE_SIZE", format!("`{name}` must be 1 to {LARGEST_SIZE}, not {asked}"))),
    }
}

impl Cursor {
    fn show(&self, fingerprint: Fingerprint) -> String {
        let mut bytes = fingerprint.0.to_vec();
        // Writing a key and an id as JSON cannot fail; an empty cursor would be refused when it comes back.
        bytes.extend(serde_json::to_vec(self).unwrap_or_default());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn read(name: &str, text: &str, fingerprint: Fingerprint, fits: impl Fn(&Key) -> bool) -> Result<Self> {
        let refused = |why: &str| Error::bad_input("INVALID_CURSOR", format!("`{name}` {why}"));
        let unreadable = || refused("is not a cursor of this API; take one from `pageInfo` or an edge");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| unreadable())?;
        let (print, json) = bytes.split_at_checked(8).ok_or_else(unreadable)?;
        let cursor: Self = serde_json::from_slice(json).map_err(|_| unreadable())?;
        if print != fingerprint.0 {
            return Err(refused("comes from another list, filter or order; start again without it"));
        }
        if !cursor.0.can_be_stored() || !fits(&cursor.0) {
            return Err(unreadable());
        }
        Ok(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(filter: &str) -> Fingerprint {
        Fingerprint::of("list", Uuid::nil(), &Direction::Asc, &filter).unwrap()
    }

    #[test]
    fn a_cursor_is_read_as_it_was_given() {
        let time = chrono::DateTime::from_timestamp(1_800_000_000, 123_456_000).unwrap();
        for key in [
            Key::Int(-5),
            Key::Float(0.025_869_037_995_149_554),
            Key::Text("ü\"\u{1f600}".to_owned()),
            Key::Date(time.date_naive()),
            Key::Time(time),
            Key::Id(Uuid::now_v7()),
        ] {
            let cursor = Cursor(key, Uuid::now_v7());
            assert_eq!(Cursor::read("after", &cursor.show(print("a")), print("a"), |_| true).unwrap(), cursor);
        }
    }

    #[test]
    fn a_cursor_of_another_filter_is_refused() {
        let text = Cursor(Key::Int(1), Uuid::nil()).show(print("a"));
        let error = Cursor::read("after", &text, print("b"), |_| true).unwrap_err();
        assert_eq!(error.code(), "INVALID_CURSOR");
        assert!(error.to_string().contains("another list"), "{error}");
        for nonsense in ["", "x", "a\0b", "AAAAAAAAAAAAAAAAAAAA", &text[..text.len() - 4]] {
            assert_eq!(Cursor::read("after", nonsense, print("a"), |_| true).unwrap_err().code(), "INVALID_CURSOR");
        }
    }

    #[test]
    fn sizes_outside_the_limits_are_refused() {
        for (first, last) in [(Some(0), None), (Some(-1), None), (Some(101), None), (None, Some(0)), (Some(1), Some(1))]
        {
            let request = PageRequest { first, last, ..PageRequest::default() };
            assert!(Window::of(&request, print("a"), |_| true).is_err(), "{request:?}");
        }
    }
}
