//! Which records: one filter for lists, sums, downloads and jobs.

use chrono::{DateTime, NaiveDate, Utc};
use entity::record::{self, RecordStatus};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait, Func},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    auth::qualified,
    condition::{check_count, containing},
    error::{Error, Result},
    text::{self, LONGEST_SEARCH},
};

/// All conditions must hold; what is absent is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordFilter {
    /// Of one of these accounts.
    pub account_ids: Option<Vec<Uuid>>,
    /// Of one of these statuses.
    pub statuses: Option<Vec<RecordStatus>>,
    /// Sold on this day or later.
    pub sale_date_from: Option<NaiveDate>,
    /// Sold on this day or earlier.
    pub sale_date_to: Option<NaiveDate>,
    /// Part of the item name, or the start of either order id; case ignored.
    pub search: Option<String>,
    /// Profit of at least so many cents.
    pub min_profit_cents: Option<i64>,
    /// Profit of at most so many cents.
    pub max_profit_cents: Option<i64>,
    /// Changed at this moment or later.
    pub updated_since: Option<DateTime<Utc>>,
    /// One of these.
    pub ids: Option<Vec<Uuid>>,
}

impl RecordFilter {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<()> {
        if self.sale_date_from.zip(self.sale_date_to).is_some_and(|(from, to)| from > to) {
            return Err(Error::bad_input("INVALID_FILTER", "the first sale date must not be after the last"));
        }
        if self.min_profit_cents.zip(self.max_profit_cents).is_some_and(|(min, max)| min > max) {
            return Err(Error::bad_input("INVALID_FILTER", "the least profit must not be above the most"));
        }
        check_count("records", self.ids.as_ref())?;
        check_count("accounts", self.account_ids.as_ref())?;
        self.search.as_deref().map_or(Ok(()), |search| text::check("search", search, LONGEST_SEARCH))
    }

    /// The same filter for one account; nothing when the filter names other accounts only.
    #[must_use]
    pub fn of_account(&self, account_id: Uuid) -> Self {
        let is_asked = self.account_ids.as_ref().is_none_or(|ids| ids.contains(&account_id));
        Self { account_ids: Some(if is_asked { vec![account_id] } else { Vec::new() }), ..self.clone() }
    }

    pub(crate) fn condition(&self) -> Condition {
        use record::Column as C;
        Condition::all()
            .add_option(self.account_ids.as_ref().map(|ids| C::AccountId.is_in(ids.iter().copied())))
            .add_option(self.statuses.as_ref().map(|statuses| C::Status.is_in(statuses.iter().copied())))
            .add_option(self.sale_date_from.map(|from| C::SaleDate.gte(from)))
            .add_option(self.sale_date_to.map(|to| C::SaleDate.lte(to)))
            .add_option(self.search.as_deref().and_then(search_condition))
            .add_option(self.min_profit_cents.map(|min| C::ProfitCents.gte(min)))
            .add_option(self.max_profit_cents.map(|max| C::ProfitCents.lte(max)))
            .add_option(self.updated_since.map(|since| C::UpdatedAt.gte(since)))
            .add_option(self.ids.as_ref().map(|ids| C::Id.is_in(ids.iter().copied())))
    }
}

/// A search of nothing but white space is no condition.
fn search_condition(search: &str) -> Option<Condition> {
    let folded = text::normalize(search);
    if folded.is_empty() {
        return None;
    }
    let name = qualified(record::Column::ItemNameFolded).like(containing(&folded));
    let start = search.trim().to_ascii_lowercase();
    let starts = |column| {
        let length = i32::try_from(start.chars().count()).unwrap_or(i32::MAX);
        let head = Func::cust("substr").args([qualified(column), Expr::value(1), Expr::value(length)]);
        // Order ids are ASCII; both databases fold that alike.
        Expr::expr(Func::lower(Expr::expr(head))).eq(start.clone())
    };
    Some(Condition::any().add(name).add(starts(record::Column::EbayOrderId)).add(starts(record::Column::AmazonOrderId)))
}
