//! Relay connections: pages of the domain as edges, nodes and page information.
//!
//! A macro rather than the library's generic type, which leaves connections and edges without descriptions of their own.

use async_graphql::ID;
use uuid::Uuid;

use crate::{error::Result, id::IdKind, page::PageRequest};

/// The direction of an order.
#[derive(async_graphql::Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "crate::page::Direction")]
pub enum OrderDirection {
    /// The smallest, earliest or first of the alphabet comes first.
    Asc,
    /// The largest, latest or last of the alphabet comes first.
    Desc,
}

/// The id of a filter.
pub fn id(kind: IdKind, id: Option<ID>) -> Result<Option<Uuid>> {
    id.map(|id| kind.read(&id)).transpose()
}

/// The ids of a filter.
pub fn ids(kind: IdKind, ids: Option<Vec<ID>>) -> Result<Option<Vec<Uuid>>> {
    ids.map(|ids| ids.iter().map(|id| kind.read(id)).collect()).transpose()
}

/// The four arguments of every list, as one.
pub fn page_request(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> PageRequest {
    PageRequest { first, after, last, before }
}

/// How many rows a list has, as the schema gives it.
pub fn total(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Where a page lies in its list.
#[derive(Clone, Debug, async_graphql::SimpleObject)]
pub struct PageInfo {
    /// Whether there are rows after this page.
    pub has_next_page: bool,
    /// Whether there are rows before this page.
    pub has_previous_page: bool,
    /// The cursor of the first row; null when the page is empty.
    pub start_cursor: Option<String>,
    /// The cursor of the last row; null when the page is empty.
    pub end_cursor: Option<String>,
}

/// Defines `XConnection` and `XEdge` of a node `X`; `$source` is what the fields of the connection itself need.
macro_rules! connection {
    ($connection:ident, $edge:ident, $node:ident, $source:ty, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, async_graphql::SimpleObject)]
        #[graphql(complex)]
        pub struct $connection {
            /// The rows of this page, each with its cursor.
            edges: Vec<$edge>,
            /// Where this page lies in the list.
            page_info: crate::graphql::connection::PageInfo,
            #[graphql(skip)]
            source: $source,
        }

        /// One row of a page and the cursor that stands for its place.
        #[derive(Debug, async_graphql::SimpleObject)]
        pub struct $edge {
            /// Give it as `after` or `before` to continue from here, with the same filter and order.
            cursor: String,
            /// The row.
            node: $node,
        }

        impl $connection {
            /// The connection of a page.
            pub fn new<T: Into<$node>>(page: crate::page::Page<T>, source: $source) -> Self {
                let page_info = crate::graphql::connection::PageInfo {
                    has_next_page: page.has_next,
                    has_previous_page: page.has_previous,
                    start_cursor: page.rows.first().map(|(cursor, _)| cursor.clone()),
                    end_cursor: page.rows.last().map(|(cursor, _)| cursor.clone()),
                };
                let edges = page.rows.into_iter().map(|(cursor, row)| $edge { cursor, node: row.into() }).collect();
                Self { edges, page_info, source }
            }

            fn rows(&self) -> Vec<&$node> {
                self.edges.iter().map(|edge| &edge.node).collect()
            }
        }
    };
}

pub(super) use connection;
