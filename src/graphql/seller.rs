//! Sellers in the schema.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result, SimpleObject, dataloader::DataLoader};
use uuid::Uuid;

use super::{
    actor, app,
    collection_loader::RunKey,
    collection_run::CollectionRun,
    connection::{OrderDirection, connection, id, ids, page_request, total},
    loader::{Loader, NamesKey, SightingsKey},
    scalar::DateTime,
    seller_event::SellerEventConnection,
    seller_moment::SellerMomentInput,
    sighting::Sighting,
};
use crate::{
    error::Error,
    id::IdKind,
    sellers::{self, SellerFilter, SellerOrder},
    text,
};

/// The marketplace a seller sells on.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sellers::Platform")]
pub enum Platform {
    /// eBay.
    Ebay,
}

/// A marketplace seller worth watching. Sellers belong to the whole organisation.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct Seller {
    /// Its global id.
    pub(super) id: ID,
    /// The name as it was given.
    display_name: String,
    /// The name for comparing: Unicode NFKC, lower case, trimmed, every run of white space one space.
    normalized_name: String,
    /// The marketplace.
    platform: Platform,
    /// The marketplace's own id of the seller; null when not known.
    platform_id: Option<String>,
    /// Share of positive feedback, 0 to 100; null when not known.
    feedback_percent: Option<f64>,
    /// Number of feedbacks; null when not known.
    feedback_count: Option<i32>,
    /// Collection runs it was seen in.
    times_seen: i32,
    /// Whether a person marked it.
    flagged: bool,
    /// Title of the product that brought it; null when no collection run added it.
    source_product: Option<String>,
    /// When it was first stored.
    created_at: DateTime,
    /// When it was last changed; as of a moment, when it became what it was then.
    updated_at: DateTime,
    /// When it was deleted; null while it is not. Lists hold none that is.
    deleted_at: Option<DateTime>,
    #[graphql(skip)]
    key: Uuid,
    #[graphql(skip)]
    first_seen_run_id: Option<Uuid>,
    #[graphql(skip)]
    last_seen_run_id: Option<Uuid>,
}

impl From<sellers::Seller> for Seller {
    fn from(row: sellers::Seller) -> Self {
        Self {
            id: IdKind::Seller.show(row.id).into(),
            display_name: row.display_name,
            normalized_name: row.normalized_name,
            platform: row.platform.into(),
            platform_id: row.platform_id,
            feedback_percent: row.feedback_percent,
            feedback_count: row.feedback_count,
            times_seen: row.times_seen,
            flagged: row.flagged,
            source_product: row.source_product,
            key: row.id,
            first_seen_run_id: row.first_seen_run_id,
            last_seen_run_id: row.last_seen_run_id,
            created_at: DateTime(row.created_at),
            updated_at: DateTime(row.updated_at),
            deleted_at: row.deleted_at.map(DateTime),
        }
    }
}

#[ComplexObject]
impl Seller {
    /// The collection run that added it; null when a person or an import did.
    async fn first_seen_run(&self, ctx: &Context<'_>) -> Result<Option<CollectionRun>> {
        run(ctx, self.first_seen_run_id).await
    }

    /// The collection run that saw it last; null when none has.
    async fn last_seen_run(&self, ctx: &Context<'_>) -> Result<Option<CollectionRun>> {
        run(ctx, self.last_seen_run_id).await
    }

    /// The names it has been seen under, the oldest first, the present one among them. Null when they cannot be read.
    async fn names(&self, ctx: &Context<'_>) -> Option<Result<Vec<String>>> {
        Some(self.known_names(ctx).await)
    }

    /// The listings by which collection runs saw it: why it is here. The newest run first; null when they cannot be read.
    async fn sightings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Most of them, 1 to 100.", default = 25)] first: i32,
    ) -> Option<Result<Vec<Sighting>>> {
        Some(self.seen(ctx, first).await)
    }

    /// What happened to it, the latest first; exports are left out, which say only how many they held. Null when it cannot be
    /// read.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Option<Result<SellerEventConnection>> {
        let request = page_request(first, after, last, before);
        Some(SellerEventConnection::of_seller(ctx, self.key, request).await)
    }
}

async fn run(ctx: &Context<'_>, id: Option<Uuid>) -> Result<Option<CollectionRun>> {
    let Some(id) = id else { return Ok(None) };
    let run = ctx.data::<DataLoader<Loader>>()?.load_one(RunKey(id)).await?;
    Ok(run.map(Into::into))
}

impl Seller {
    async fn known_names(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let found = ctx.data::<DataLoader<Loader>>()?.load_one(NamesKey(self.key)).await?;
        let mut names = found.unwrap_or_default();
        if names.iter().all(|name| text::normalize(name) != self.normalized_name) {
            names.push(self.display_name.clone());
        }
        Ok(names)
    }

    async fn seen(&self, ctx: &Context<'_>, first: i32) -> Result<Vec<Sighting>> {
        let key = SightingsKey { seller_id: self.key, first: first.try_into()? };
        let found = ctx.data::<DataLoader<Loader>>()?.load_one(key).await?;
        Ok(found.unwrap_or_default().into_iter().map(Into::into).collect())
    }
}

/// Which sellers. All conditions must hold; what is absent is no condition.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "SellerFilter")]
pub struct SellerFilterInput {
    /// Part of the display name; case and white space are ignored. At most 200 characters.
    search: Option<String>,
    /// Marked by a person, or not.
    flagged: Option<bool>,
    /// Added by this collection run.
    first_seen_in_run: Option<ID>,
    /// Seen by this collection run.
    seen_in_run: Option<ID>,
    /// Seen in at least so many runs.
    min_times_seen: Option<i32>,
    /// Positive feedback of at least so many percent, 0 to 100.
    min_feedback_percent: Option<f64>,
    /// At least so many feedbacks.
    min_feedback_count: Option<i32>,
    /// Stored at this moment or later.
    created_from: Option<DateTime>,
    /// Stored at this moment or earlier.
    created_to: Option<DateTime>,
    /// One of these sellers; at most 1,000.
    ids: Option<Vec<ID>>,
    /// As they were at this moment, which the other conditions and the order go by too; as they are now when absent. A client
    /// that keeps things by their id must keep these apart.
    as_of: Option<SellerMomentInput>,
    /// Not there at this moment: added since, or restored.
    added_since: Option<SellerMomentInput>,
}

impl TryFrom<SellerFilterInput> for SellerFilter {
    type Error = Error;

    fn try_from(input: SellerFilterInput) -> Result<Self, Error> {
        Ok(Self {
            search: input.search,
            flagged: input.flagged,
            first_seen_in_run: id(IdKind::Run, input.first_seen_in_run)?,
            seen_in_run: id(IdKind::Run, input.seen_in_run)?,
            min_times_seen: input.min_times_seen,
            min_feedback_percent: input.min_feedback_percent,
            min_feedback_count: input.min_feedback_count,
            created_from: input.created_from.map(|time| time.0),
            created_to: input.created_to.map(|time| time.0),
            ids: ids(IdKind::Seller, input.ids)?,
            as_of: input.as_of.map(TryInto::try_into).transpose()?,
            added_since: input.added_since.map(TryInto::try_into).transpose()?,
        })
    }
}

/// What sellers can be ordered by. Rows that tie are ordered by id.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sellers::SellerOrderField")]
pub enum SellerOrderField {
    /// When it was first stored.
    CreatedAt,
    /// The name, compared in its normalised form, by its first 200 characters.
    DisplayName,
    /// Runs it was seen in.
    TimesSeen,
    /// Share of positive feedback; unknown counts as the lowest.
    FeedbackPercent,
    /// Number of feedbacks; unknown counts as the lowest.
    FeedbackCount,
}

/// An order of sellers.
#[derive(Clone, Copy, Debug, InputObject)]
#[graphql(name = "SellerOrder")]
pub struct SellerOrderInput {
    /// By what.
    field: SellerOrderField,
    /// Which way.
    direction: OrderDirection,
}

impl From<SellerOrderInput> for SellerOrder {
    fn from(input: SellerOrderInput) -> Self {
        Self { field: input.field.into(), direction: input.direction.into() }
    }
}

/// Which list of sellers a connection is a page of.
#[derive(Clone, Debug)]
pub enum SellerSource {
    /// Those of a filter.
    Filter(Box<SellerFilter>),
    /// Those of an event, which knows how many it was about.
    Event(i64),
}

impl From<SellerFilter> for SellerSource {
    fn from(filter: SellerFilter) -> Self {
        Self::Filter(Box::new(filter))
    }
}

connection!(SellerConnection, SellerEdge, Seller, SellerSource, "A page of sellers.");

#[ComplexObject]
impl SellerConnection {
    /// The sellers of this page, without their cursors.
    async fn nodes(&self) -> Vec<&Seller> {
        self.rows()
    }

    /// How many sellers there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        Some(count(ctx, &self.source).await)
    }
}

async fn count(ctx: &Context<'_>, source: &SellerSource) -> Result<i64> {
    match source {
        SellerSource::Filter(filter) => Ok(total(sellers::count(app(ctx)?, actor(ctx)?, filter).await?)),
        SellerSource::Event(count) => Ok(*count),
    }
}
