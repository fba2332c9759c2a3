//! Which sellers: one filter for lists, downloads and jobs.

use chrono::{DateTime, Utc};
use entity::{run_seller, seller};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, Func, SelectStatement, SimpleExpr},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::SellerMoment;
use crate::{
    auth::qualified,
    condition::{check_count, containing},
    error::{Error, Result},
    text::{self, LONGEST_SEARCH},
};

/// All conditions must hold; what is absent is no condition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SellerFilter {
    /// Part of the display name; case and white space ignored.
    pub search: Option<String>,
    /// Marked by a person, or not.
    pub flagged: Option<bool>,
    /// Added by this run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen_in_run: Option<Uuid>,
    /// Seen by this run, added or seen again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_in_run: Option<Uuid>,
    /// Seen in at least so many runs.
    pub min_times_seen: Option<i32>,
    /// Positive feedback of at least so many percent.
    pub min_feedback_percent: Option<f64>,
    /// At least so many feedbacks.
    pub min_feedback_count: Option<i32>,
    /// Stored at this moment or later.
    pub created_from: Option<DateTime<Utc>>,
    /// Stored at this moment or earlier.
    pub created_to: Option<DateTime<Utc>>,
    /// One of these.
    pub ids: Option<Vec<Uuid>>,
    /// As they were at this moment; as they are now when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<SellerMoment>,
    /// Not there at this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added_since: Option<SellerMoment>,
}

impl SellerFilter {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<()> {
        if self.created_from.zip(self.created_to).is_some_and(|(from, to)| from > to) {
            return Err(Error::bad_input("INVALID_FILTER", "the first moment must not be after the last"));
        }
        if self.min_feedback_percent.is_some_and(|percent| !(0.0..=100.0).contains(&percent)) {
            return Err(Error::bad_input("INVALID_FILTER", "a feedback percentage must be 0 to 100"));
        }
        check_count("sellers", self.ids.as_ref())?;
        self.search.as_deref().map_or(Ok(()), |search| text::check("search", search, LONGEST_SEARCH))
    }

    /// The conditions on a seller in hand, in the organisation whose sellers are asked for; moments are
    /// [`matching`](super::matching)'s.
    pub(crate) fn condition(&self, org_id: Uuid) -> Condition {
        use seller::Column as C;
        Condition::all()
            .add_option(self.search.as_deref().and_then(search_condition))
            .add_option(self.flagged.map(|flagged| C::Flagged.eq(flagged)))
            .add_option(self.first_seen_in_run.map(|run_id| C::Id.in_subquery(of_run(org_id, run_id, true))))
            .add_option(self.seen_in_run.map(|run_id| C::Id.in_subquery(of_run(org_id, run_id, false))))
            .add_option(self.min_times_seen.map(|min| C::TimesSeen.gte(min)))
            .add_option(self.min_feedback_percent.map(|min| C::FeedbackPercent.gte(min)))
            .add_option(self.min_feedback_count.map(|min| C::FeedbackCount.gte(min)))
            .add_option(self.created_from.map(|from| C::CreatedAt.gte(from)))
            .add_option(self.created_to.map(|to| C::CreatedAt.lte(to)))
            .add_option(self.ids.as_ref().map(|ids| C::Id.is_in(ids.iter().copied())))
    }
}

/// The sellers of a run. The run of another organisation has none.
fn of_run(org_id: Uuid, run_id: Uuid, only_new: bool) -> SelectStatement {
    use run_seller::Column as C;
    let sellers = run_seller::Entity::find().select_only().column(C::SellerId).filter(C::RunId.eq(run_id));
    let sellers = sellers.filter(C::OrgId.eq(org_id));
    if only_new { sellers.filter(C::IsNew.eq(true)) } else { sellers }.into_query()
}

/// A search of nothing but white space is no condition.
fn search_condition(search: &str) -> Option<SimpleExpr> {
    let folded = text::normalize(search).replace(' ', "");
    let name =
        Func::cust("replace").args([qualified(seller::Column::NormalizedName), Expr::value(" "), Expr::value("")]);
    (!folded.is_empty()).then(|| Expr::expr(name).like(containing(&folded)))
}
