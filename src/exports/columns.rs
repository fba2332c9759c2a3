//! Which columns a file can have: one table for each kind, used by every format, the list of choices and the query.
//!
//! Not here: how a cell is written. What a reader would get wrong: a column that the viewer may not read is absent when
//! columns are defaulted or named by a set, and refused when it is asked for by name.

use entity::{record, record_remark, seller};
use sea_orm::sea_query::SimpleExpr;
use serde::{Deserialize, Serialize};

use crate::{
    auth::{Permission, Scope, qualified},
    db::CellKind,
    error::{Error, Result},
    id::IdKind,
};

/// What an export is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExportKind {
    /// Order records.
    Records,
    /// Sellers.
    Sellers,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An id, shown with its type.
    Id(IdKind),
    /// Text somebody else wrote.
    Text,
    /// A word of ours.
    Word,
    /// A whole number.
    Int,
    /// A fraction.
    Float,
    /// True or false.
    Bool,
    /// A day.
    Date,
    /// A moment, UTC.
    Time,
    /// US cents.
    Cents,
}

/// One column of a file.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in requests and files.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What its cells are.
    pub shape: Shape,
    /// Whether it is there when no columns are named.
    pub is_default: bool,
    /// Whether its cells may be empty, for formats that have to say.
    pub is_nullable: bool,
    /// The named sets it belongs to, besides `all`.
    sets: &'static [&'static str],
    needs: Option<Permission>,
    expr: fn() -> SimpleExpr,
}

/// The set that every column belongs to.
const ALL: &str = "all";
/// Whether a column's cells may be empty.
const GIVEN: bool = false;
const MAYBE: bool = true;
const NO_SETS: &[&str] = &[];
const FINANCIAL: &[&str] = &["financial"];
const BOTH: &[&str] = &["essential", "financial"];

macro_rules! column {
    ($key:literal, $label:literal, $shape:expr, $sets:expr, $default:literal, $nullable:expr, $needs:expr, $column:expr) => {
        Column {
            key: $key,
            label: $label,
            shape: $shape,
            is_default: $default,
            is_nullable: $nullable,
            sets: $sets,
            needs: $needs,
            expr: || qualified($column),
        }
    };
}

macro_rules! record {
    ($key:literal, $label:literal, $shape:expr, $nullable:expr, $sets:expr, $column:ident) => {
        column!($key, $label, $shape, $sets, true, $nullable, None, record::Column::$column)
    };
}

macro_rules! seller {
    ($key:literal, $label:literal, $shape:expr, $nullable:expr, $default:literal, $column:ident) => {
        column!($key, $label, $shape, NO_SETS, $default, $nullable, None, seller::Column::$column)
    };
}

const RECORDS: &[Column] = &[
    record!("id", "ID", Shape::Id(IdKind::Record), GIVEN, NO_SETS, Id),
    record!("ebay_order_id", "eBay order", Shape::Text, GIVEN, BOTH, EbayOrderId),
    record!("sale_date", "Sale date", Shape::Date, GIVEN, BOTH, SaleDate),
    record!("item_name", "Item", Shape::Text, GIVEN, BOTH, ItemName),
    record!("qty", "Quantity", Shape::Int, GIVEN, NO_SETS, Qty),
    record!("sale_price_cents", "Sale price", Shape::Cents, GIVEN, BOTH, SalePriceCents),
    record!("ebay_fees_cents", "eBay fees", Shape::Cents, MAYBE, FINANCIAL, EbayFeesCents),
    record!("earnings_net_cents", "Net earnings", Shape::Cents, GIVEN, FINANCIAL, EarningsNetCents),
    record!("amazon_price_cents", "Amazon price", Shape::Cents, MAYBE, FINANCIAL, AmazonPriceCents),
    record!("amazon_tax_cents", "Amazon tax", Shape::Cents, MAYBE, FINANCIAL, AmazonTaxCents),
    record!("amazon_shipping_cents", "Amazon shipping", Shape::Cents, MAYBE, FINANCIAL, AmazonShippingCents),
    record!("cogs_total_cents", "Cost of goods", Shape::Cents, GIVEN, FINANCIAL, CogsTotalCents),
    record!("amazon_order_id", "Amazon order", Shape::Text, MAYBE, NO_SETS, AmazonOrderId),
    record!("status", "Status", Shape::Word, GIVEN, BOTH, Status),
    record!("return_label_cost_cents", "Return label", Shape::Cents, MAYBE, FINANCIAL, ReturnLabelCostCents),
    record!("profit_cents", "Profit", Shape::Cents, GIVEN, FINANCIAL, ProfitCents),
    column!(
        "order_remark",
        "Order remark",
        Shape::Text,
        NO_SETS,
        false,
        MAYBE,
        Some(Permission::ReadOrderRemark),
        record_remark::Column::OrderRemark
    ),
    column!(
        "service_remark",
        "Service remark",
        Shape::Text,
        NO_SETS,
        false,
        MAYBE,
        Some(Permission::ReadServiceRemark),
        record_remark::Column::ServiceRemark
    ),
];

const SELLERS: &[Column] = &[
    seller!("display_name", "Name", Shape::Text, GIVEN, true, DisplayName),
    seller!("normalized_name", "Normalised name", Shape::Text, GIVEN, true, NormalizedName),
    seller!("platform", "Platform", Shape::Word, GIVEN, true, Platform),
    seller!("platform_id", "Platform id", Shape::Text, MAYBE, true, PlatformId),
    seller!("times_seen", "Times seen", Shape::Int, GIVEN, true, TimesSeen),
    seller!("feedback_percent", "Feedback %", Shape::Float, MAYBE, true, FeedbackPercent),
    seller!("feedback_count", "Feedbacks", Shape::Int, MAYBE, true, FeedbackCount),
    seller!("flagged", "Flagged", Shape::Bool, GIVEN, true, Flagged),
    seller!("created_at", "Added at", Shape::Time, GIVEN, true, CreatedAt),
    seller!("discovered_at", "Discovered at", Shape::Time, GIVEN, false, CreatedAt),
    seller!("feedback_score", "Feedback score", Shape::Int, MAYBE, false, FeedbackCount),
    seller!("first_seen_run_id", "First seen in run", Shape::Id(IdKind::Run), MAYBE, false, FirstSeenRunId),
    seller!("last_seen_run_id", "Last seen in run", Shape::Id(IdKind::Run), MAYBE, false, LastSeenRunId),
    seller!("source_product", "Source product", Shape::Text, MAYBE, false, SourceProduct),
];

impl ExportKind {
    /// Its name in requests and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Sellers => "sellers",
        }
    }

    /// What one must hold to export it at all.
    #[must_use]
    pub fn permission(self) -> Permission {
        match self {
            Self::Records => Permission::ReadRecords,
            Self::Sellers => Permission::ReadSellers,
        }
    }

    /// The columns the scope may read, in their usual order.
    pub fn columns(self, scope: &Scope) -> impl Iterator<Item = Column> {
        let table = match self {
            Self::Records => RECORDS,
            Self::Sellers => SELLERS,
        };
        table.iter().copied().filter(|column| column.needs.is_none_or(|needed| scope.holds(needed)))
    }

    /// The columns asked for, in the order asked for: names, or names of sets; the default ones when none are named.
    ///
    /// # Errors
    /// `UNKNOWN_COLUMN`, naming it and those there are; `DUPLICATE_COLUMN`; `FORBIDDEN` for one the scope may not read.
    pub fn chosen(self, scope: &Scope, names: Option<&[String]>) -> Result<Vec<Column>> {
        let Some(names) = names else {
            return Ok(self.columns(scope).filter(|column| column.is_default).collect());
        };
        let mut chosen: Vec<Column> = Vec::new();
        for name in names {
            for column in self.named(scope, name)? {
                if chosen.iter().any(|other| other.key == column.key) {
                    let message = format!("the column `{}` is asked for twice", column.key);
                    return Err(Error::bad_input("DUPLICATE_COLUMN", message));
                }
                chosen.push(column);
            }
        }
        if chosen.is_empty() {
            return Err(Error::bad_input(
                "UNKNOWN_COLUMN",
                format!("name at least one column: {}", self.choices(scope)),
            ));
        }
        Ok(chosen)
    }

    fn named(self, scope: &Scope, name: &str) -> Result<Vec<Column>> {
        if let Some(column) = self.columns(scope).find(|column| column.key == name) {
            return Ok(vec![column]);
        }
        let set: Vec<Column> = self.columns(scope).filter(|column| column.sets().any(|set| set == name)).collect();
        if !set.is_empty() {
            return Ok(set);
        }
        match RECORDS.iter().find(|column| self == Self::Records && column.key == name).and_then(|column| column.needs)
        {
            Some(needed) => Err(Error::Forbidden { permission: needed.key() }),
            None => {
                let shown: String = name.chars().take(60).collect();
                let message =
                    format!("there is no column `{}`; the columns are {}", shown.escape_debug(), self.choices(scope));
                Err(Error::bad_input("UNKNOWN_COLUMN", message))
            }
        }
    }

    fn choices(self, scope: &Scope) -> String {
        self.columns(scope).map(|column| column.key).collect::<Vec<_>>().join(", ")
    }
}

impl Column {
    /// The named sets it belongs to.
    pub fn sets(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.sets.iter().copied().chain([ALL])
    }

    /// Its value in SQL.
    pub(super) fn expr(&self) -> SimpleExpr {
        (self.expr)()
    }

    /// Whether its value is in the table of remarks.
    pub(super) fn is_remark(&self) -> bool {
        self.needs.is_some()
    }

    /// How the database hands it over.
    pub(super) fn cell_kind(&self) -> CellKind {
        match self.shape {
            Shape::Id(_) => CellKind::Uuid,
            Shape::Text | Shape::Word => CellKind::Text,
            Shape::Int | Shape::Cents => CellKind::Int,
            Shape::Float => CellKind::Float,
            Shape::Bool => CellKind::Bool,
            Shape::Date => CellKind::Date,
            Shape::Time => CellKind::Time,
        }
    }

    /// Its name at the head of a file, where money may be dollars.
    pub(super) fn header(&self, money: Money) -> &'static str {
        match (self.shape, money) {
            (Shape::Cents, Money::Decimal) => self.key.strip_suffix("_cents").unwrap_or(self.key),
            _ => self.key,
        }
    }
}

/// How money is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Money {
    /// Whole US cents.
    #[default]
    Cents,
    /// US dollars with two digits after the point.
    Decimal,
}

/// Columns by name, for tests of the encoders.
#[cfg(test)]
pub(super) fn of(kind: ExportKind, names: &[&str]) -> Vec<Column> {
    let table = match kind {
        ExportKind::Records => RECORDS,
        ExportKind::Sellers => SELLERS,
    };
    names.iter().filter_map(|name| table.iter().find(|column| column.key == *name).copied()).collect()
}
