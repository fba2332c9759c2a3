//! What differs between two moments of the sellers, in the schema.

use async_graphql::{ComplexObject, Context, Enum, Object, Result, SimpleObject};

use super::{
    actor, app,
    connection::{connection, page_request, total},
    seller::{Seller, SellerConnection},
};
use crate::{
    page::PageRequest,
    sellers::{self, BY_NAME, SellerFilter, SellerMoment},
};

/// What a seller can differ in.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sellers::SellerField")]
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
    /// Collection runs it was seen in.
    TimesSeen,
}

/// What people change, and what makes a seller another: compared unless the client says otherwise.
const COMPARED: [SellerField; 3] = [SellerField::DisplayName, SellerField::PlatformId, SellerField::Flagged];

/// What differs between two moments, each part by name. Of a seller that was changed and changed back, nothing does.
#[derive(Clone, Copy, Debug)]
pub struct SellerDiff(sellers::SellerDiff);

impl From<sellers::SellerDiff> for SellerDiff {
    fn from(diff: sellers::SellerDiff) -> Self {
        Self(diff)
    }
}

/// What differs between two moments, each part by name. Of a seller that was changed and changed back, nothing does.
#[Object]
impl SellerDiff {
    /// Those that are there at `to` and were not at `from`, as of `to`; the same as `sellers(asOf: to, filter: { addedSince:
    /// from })`.
    async fn added(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<SellerConnection> {
        there(ctx, self.0.to, self.0.from, page_request(first, after, last, before)).await
    }

    /// Those that were there at `from` and are not at `to`, as of `from`.
    async fn removed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<SellerConnection> {
        there(ctx, self.0.from, self.0.to, page_request(first, after, last, before)).await
    }

    /// Those that were there at both moments and differ in one of `fields`, by the name they have at `to`.
    async fn changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "What is compared; at least one.", default_with = "Some(COMPARED.to_vec())")] fields: Option<
            Vec<SellerField>,
        >,
    ) -> Result<SellerChangeConnection> {
        let fields = fields.unwrap_or_else(|| COMPARED.to_vec()).into_iter().map(Into::into).collect();
        let compared = Compared { diff: self.0, fields };
        let request = page_request(first, after, last, before);
        let page = sellers::list_changed(app(ctx)?, actor(ctx)?, &compared.diff, &compared.fields, &request).await?;
        Ok(SellerChangeConnection::new(page, compared))
    }
}

/// A page of those that are there at one moment and not at another.
async fn there(
    ctx: &Context<'_>,
    as_of: SellerMoment,
    not_at: SellerMoment,
    request: PageRequest,
) -> Result<SellerConnection> {
    let filter = SellerFilter { as_of: Some(as_of), added_since: Some(not_at), ..SellerFilter::default() };
    let page = sellers::list(app(ctx)?, actor(ctx)?, &filter, BY_NAME, &request).await?;
    Ok(SellerConnection::new(page, filter.into()))
}

/// A seller that was there at both moments, and differs.
#[derive(Clone, Debug, SimpleObject)]
pub struct SellerChange {
    /// As of the first moment.
    before: Seller,
    /// As of the second moment.
    after: Seller,
    /// In what they differ, of what was compared.
    fields: Vec<SellerField>,
}

impl From<sellers::SellerChange> for SellerChange {
    fn from(change: sellers::SellerChange) -> Self {
        Self {
            before: change.before.into(),
            after: change.after.into(),
            fields: change.fields.into_iter().map(Into::into).collect(),
        }
    }
}

/// Which comparison a connection is a page of.
#[derive(Clone, Debug)]
pub struct Compared {
    diff: sellers::SellerDiff,
    fields: Vec<sellers::SellerField>,
}

connection!(
    SellerChangeConnection,
    SellerChangeEdge,
    SellerChange,
    Compared,
    "A page of the sellers that differ between two moments, by name."
);

#[ComplexObject]
impl SellerChangeConnection {
    /// The sellers of this page, without their cursors.
    async fn nodes(&self) -> Vec<&SellerChange> {
        self.rows()
    }

    /// How many there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let count = async {
            let Compared { diff, fields } = &self.source;
            let count = sellers::count_changed(app(ctx)?, actor(ctx)?, diff, fields).await?;
            Ok(total(count))
        };
        Some(count.await)
    }
}
