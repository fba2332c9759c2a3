//! What differs between two moments: who was added, who was removed, who was changed and how.
//!
//! Who was added or removed is a list like any other, `added_since` ([`SellerFilter`](super::SellerFilter)); here is who was
//! there at both moments. What a reader would get wrong: it is a comparison of two states. Who was changed and changed back
//! differs in nothing, and of who was deleted and restored only what else became of them is told.

use std::collections::HashMap;

use entity::seller;
use sea_orm::{
    ColumnTrait, Condition, PaginatorTrait, QueryFilter, Select,
    sea_query::{BinOper, ExprTrait},
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Seller, SellerMoment, SellerOrder, SellerOrderField,
    as_of::{other, visible_at, was_there},
    moment::Moment,
};
use crate::{
    app::App,
    auth::{Actor, Permission, Scope, qualified},
    error::{Context, Error, Result},
    page::{self, Direction, Fingerprint, Page, PageRequest},
};

/// What a seller can differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum SellerField {
    /// The name as it was given.
    DisplayName,
    /// The marketplace's own id.
    PlatformId,
    /// Whether a person marked it.
    Flagged,
    /// Share of positive feedback.
    FeedbackPercent,
    /// Number of feedbacks.
    FeedbackCount,
    /// Runs it was seen in.
    TimesSeen,
}

/// Two moments to compare; the earlier need not be the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct SellerDiff {
    /// What is compared from.
    pub from: SellerMoment,
    /// What is compared to.
    pub to: SellerMoment,
}

/// A seller that was there at both moments, and differs.
#[derive(Clone, Debug, PartialEq)]
pub struct SellerChange {
    /// As of the first moment.
    pub before: Seller,
    /// As of the second.
    pub after: Seller,
    /// In what they differ, of what was compared.
    pub fields: Vec<SellerField>,
}

/// The order of the lists of a difference.
pub const BY_NAME: SellerOrder = SellerOrder { field: SellerOrderField::DisplayName, direction: Direction::Asc };

/// Checks that two moments can be compared.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; `NOT_FOUND` for a run that is not there; `RUN_NOT_ENDED`.
pub async fn diff(app: &App, actor: &Actor, from: SellerMoment, to: SellerMoment) -> Result<SellerDiff> {
    let scope = actor.require(Permission::ReadSellers)?;
    let diff = SellerDiff { from, to };
    diff.find(app, &scope).await?;
    Ok(diff)
}

/// A page of the sellers that were there at both moments and differ in one of these fields, by name.
///
/// # Errors
/// As [`diff`]; `INVALID_FILTER` for no fields; a page that cannot be answered.
pub async fn list_changed(
    app: &App,
    actor: &Actor,
    diff: &SellerDiff,
    fields: &[SellerField],
    request: &PageRequest,
) -> Result<Page<SellerChange>> {
    let scope = actor.require(Permission::ReadSellers)?;
    let fingerprint = Fingerprint::of("changed_sellers", scope.org_id(), &fields, diff)?;
    let (from, to) = diff.find(app, &scope).await?;
    let page = page::read(app.db.read(), changed(&scope, from, to, fields)?, BY_NAME, request, fingerprint).await?;
    let ids = page.rows.iter().map(|(_, after)| after.id);
    let before = visible_at(&scope, from).filter(seller::Column::Id.is_in(ids)).all(app.db.read()).await;
    let before = before.doing("reading what sellers were before")?;
    let mut before: HashMap<Uuid, Seller> = before.into_iter().map(|row| (row.id, row)).collect();
    // Who has changed again between the two statements, which only `now` can be about, may be gone.
    let change = |(cursor, after): (String, Seller)| {
        let before = before.remove(&after.id)?;
        let fields = fields.iter().copied().filter(|field| field.differs(&before, &after)).collect();
        Some((cursor, SellerChange { before, after, fields }))
    };
    let rows = page.rows.into_iter().filter_map(change).collect();
    Ok(Page { rows, has_next: page.has_next, has_previous: page.has_previous })
}

/// How many there are on all pages.
///
/// # Errors
/// As [`list_changed`].
pub async fn count_changed(app: &App, actor: &Actor, diff: &SellerDiff, fields: &[SellerField]) -> Result<u64> {
    let scope = actor.require(Permission::ReadSellers)?;
    let (from, to) = diff.find(app, &scope).await?;
    changed(&scope, from, to, fields)?.count(app.db.read()).await.doing("counting the sellers that differ")
}

/// The sellers as of the second moment that were there at the first, such that one of these fields was another.
fn changed(scope: &Scope, from: Moment, to: Moment, fields: &[SellerField]) -> Result<Select<seller::Entity>> {
    if fields.is_empty() {
        return Err(Error::bad_input("INVALID_FILTER", "name at least one field to compare"));
    }
    let was_another = |of: &SellerField| {
        // Unknown is a value like any other here.
        let differs = BinOper::Custom("IS DISTINCT FROM");
        other(of.column()).binary(differs, qualified(of.column()))
    };
    let such = fields.iter().map(was_another).fold(Condition::any(), Condition::add);
    Ok(visible_at(scope, to).filter(was_there(scope, from, such)))
}

impl SellerDiff {
    async fn find(&self, app: &App, scope: &Scope) -> Result<(Moment, Moment)> {
        Ok((self.from.find(app.db.read(), scope).await?, self.to.find(app.db.read(), scope).await?))
    }
}

impl SellerField {
    fn column(self) -> seller::Column {
        match self {
            Self::DisplayName => seller::Column::DisplayName,
            Self::PlatformId => seller::Column::PlatformId,
            Self::Flagged => seller::Column::Flagged,
            Self::FeedbackPercent => seller::Column::FeedbackPercent,
            Self::FeedbackCount => seller::Column::FeedbackCount,
            Self::TimesSeen => seller::Column::TimesSeen,
        }
    }

    fn differs(self, before: &Seller, after: &Seller) -> bool {
        match self {
            Self::DisplayName => before.display_name != after.display_name,
            Self::PlatformId => before.platform_id != after.platform_id,
            Self::Flagged => before.flagged != after.flagged,
            Self::FeedbackPercent => before.feedback_percent != after.feedback_percent,
            Self::FeedbackCount => before.feedback_count != after.feedback_count,
            Self::TimesSeen => before.times_seen != after.times_seen,
        }
    }
}
