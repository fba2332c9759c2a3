//! The history of sellers in the schema: what happened, who or what did it, and to whom.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result, SimpleObject, dataloader::DataLoader};
use uuid::Uuid;

use super::{
    actor, app,
    collection_loader::RunKey,
    collection_run::CollectionRun,
    connection::{connection, id, page_request, total},
    import::Import,
    import_loader::ImportKey,
    loader::{Loader, MemberKey, unanswered},
    member::Member,
    scalar::{BigInt, DateTime},
    seller::{Seller, SellerConnection, SellerSource},
    seller_loader::{EventCountKey, EventKey, EventsOfKey, EverKey, ItemsKey},
};
use crate::{
    error::Error,
    id::IdKind,
    page::{Page, PageRequest},
    sellers::{self, SellerEventFilter},
};

/// What was done to sellers.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sellers::SellerEventKind")]
pub enum SellerEventKind {
    /// They were added.
    Added,
    /// One was renamed.
    Renamed,
    /// They were marked.
    Flagged,
    /// Their marks were taken off.
    Unflagged,
    /// They were deleted.
    Deleted,
    /// They were restored.
    Restored,
    /// They left as a file. The sellers of a file are not kept one by one; its filter is in `exportLog`.
    Exported,
    /// Something else about them was changed.
    Updated,
}

/// What did something.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sellers::ChangeSource")]
pub enum ChangeSource {
    /// A person, by hand.
    Manual,
    /// A collection run.
    CollectionRun,
    /// An import.
    Import,
    /// An export.
    Export,
}

/// One thing that happened to sellers. Kept for ever.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct SellerEvent {
    /// Its global id.
    pub(super) id: ID,
    /// Its number in the organisation, from 1, without gaps.
    seq: BigInt,
    /// When; `sellers(asOf: { at: … })` of this time are those after it.
    at: DateTime,
    /// What was done.
    kind: SellerEventKind,
    /// What did it.
    source: ChangeSource,
    /// The global id of the import that did it; null when none did.
    import_id: Option<ID>,
    /// How many sellers it was about.
    count: i32,
    #[graphql(skip)]
    key: Uuid,
    #[graphql(skip)]
    run_id: Option<Uuid>,
    #[graphql(skip)]
    member_id: Option<Uuid>,
    #[graphql(skip)]
    import: Option<ImportKey>,
}

impl From<sellers::SellerEvent> for SellerEvent {
    fn from(row: sellers::SellerEvent) -> Self {
        Self {
            id: IdKind::SellerEvent.show(row.id).into(),
            seq: BigInt(row.seq),
            at: DateTime(row.at),
            kind: row.kind.into(),
            source: row.source.into(),
            import_id: row.import_id.map(|id| IdKind::Import.show(id).into()),
            count: row.count,
            key: row.id,
            run_id: row.run_id,
            member_id: row.member_id,
            import: row.import_id.map(ImportKey),
        }
    }
}

#[ComplexObject]
impl SellerEvent {
    /// The collection run that did it; null when none did.
    async fn run(&self, ctx: &Context<'_>) -> Result<Option<CollectionRun>> {
        let Some(id) = self.run_id else { return Ok(None) };
        let run = ctx.data::<DataLoader<Loader>>()?.load_one(RunKey(id)).await?;
        Ok(run.map(Into::into))
    }

    /// The import that did it, or whose undoing did; null when none did, and when you may not see it.
    async fn import(&self, ctx: &Context<'_>) -> Result<Option<Import>> {
        let Some(key) = self.import else { return Ok(None) };
        let import = ctx.data::<DataLoader<Loader>>()?.load_one(key).await?;
        Ok(import.map(Into::into))
    }

    /// Who did it, or on whose behalf: yourself, or anybody for an admin. Null when they are no longer a member, and for the
    /// operator of the service.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        let Some(id) = self.member_id else { return Ok(None) };
        let member = ctx.data::<DataLoader<Loader>>()?.load_one(MemberKey(id)).await?;
        Ok(member.map(Into::into))
    }

    /// The sellers it was about as they are now, deleted ones among them, the latest added first. Those of an export are not
    /// kept: there are none here, and `exportLog` has the filter of the file.
    async fn sellers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<SellerConnection> {
        let page = self.page_of_items(ctx, page_request(first, after, last, before)).await?;
        let keys = page.rows.iter().map(|(_, item)| EverKey(item.seller_id));
        let mut found = ctx.data::<DataLoader<Loader>>()?.load_many(keys).await?;
        let seller = |item: sellers::SellerEventItem| found.remove(&EverKey(item.seller_id));
        Ok(SellerConnection::new(mapped(page, seller), SellerSource::Event(self.kept())))
    }

    /// The sellers it was about, with what was changed where that is one value: the name of one that was renamed.
    async fn items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<SellerEventItemConnection> {
        let page = self.page_of_items(ctx, page_request(first, after, last, before)).await?;
        Ok(SellerEventItemConnection::new(page, self.kept()))
    }
}

impl SellerEvent {
    async fn page_of_items(&self, ctx: &Context<'_>, request: PageRequest) -> Result<Page<sellers::SellerEventItem>> {
        let page = ctx.data::<DataLoader<Loader>>()?.load_one(ItemsKey(self.key, request)).await?;
        Ok(page.ok_or_else(unanswered)??)
    }

    /// How many of its sellers are kept one by one.
    fn kept(&self) -> i64 {
        if self.kind == SellerEventKind::Exported { 0 } else { self.count.into() }
    }
}

/// The rows of a page as something else; a row that is nothing else is left out.
fn mapped<T, U>(page: Page<T>, mut map: impl FnMut(T) -> Option<U>) -> Page<U> {
    let rows = page.rows.into_iter().filter_map(|(cursor, row)| Some((cursor, map(row)?))).collect();
    Page { rows, has_next: page.has_next, has_previous: page.has_previous }
}

/// One seller of an event.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct SellerEventItem {
    /// What was changed, as it was; null when the event says all.
    old_value: Option<String>,
    /// What was changed, as it became; null when the event says all.
    new_value: Option<String>,
    #[graphql(skip)]
    seller_id: Uuid,
}

impl From<sellers::SellerEventItem> for SellerEventItem {
    fn from(row: sellers::SellerEventItem) -> Self {
        Self { old_value: row.old_value, new_value: row.new_value, seller_id: row.seller_id }
    }
}

#[ComplexObject]
impl SellerEventItem {
    /// The seller as it is now, even if it has been deleted. Null when it cannot be read.
    async fn seller(&self, ctx: &Context<'_>) -> Result<Option<Seller>> {
        let seller = ctx.data::<DataLoader<Loader>>()?.load_one(EverKey(self.seller_id)).await?;
        Ok(seller.map(Into::into))
    }
}

connection!(
    SellerEventItemConnection,
    SellerEventItemEdge,
    SellerEventItem,
    i64,
    "A page of the sellers of an event, the latest added first."
);

#[ComplexObject]
impl SellerEventItemConnection {
    /// The sellers of this page, without their cursors.
    async fn nodes(&self) -> Vec<&SellerEventItem> {
        self.rows()
    }

    /// How many there are on all pages.
    async fn total_count(&self) -> Option<i64> {
        Some(self.source)
    }
}

/// Which events. All conditions must hold; what is absent is no condition.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "SellerEventFilter")]
pub struct SellerEventFilterInput {
    /// Of one of these kinds.
    kinds: Option<Vec<SellerEventKind>>,
    /// Done by one of these.
    sources: Option<Vec<ChangeSource>>,
    /// Done by this collection run.
    run_id: Option<ID>,
    /// Done by this member, or on their behalf.
    member_id: Option<ID>,
    /// Done by this import.
    import_id: Option<ID>,
    /// About this seller, among others.
    seller_id: Option<ID>,
    /// At this moment or later.
    from: Option<DateTime>,
    /// At this moment or earlier.
    to: Option<DateTime>,
}

impl TryFrom<SellerEventFilterInput> for SellerEventFilter {
    type Error = Error;

    fn try_from(input: SellerEventFilterInput) -> Result<Self, Error> {
        Ok(Self {
            kinds: input.kinds.map(|kinds| kinds.into_iter().map(Into::into).collect()),
            sources: input.sources.map(|sources| sources.into_iter().map(Into::into).collect()),
            run_id: id(IdKind::Run, input.run_id)?,
            member_id: id(IdKind::Member, input.member_id)?,
            import_id: id(IdKind::Import, input.import_id)?,
            seller_id: id(IdKind::Seller, input.seller_id)?,
            from: input.from.map(|time| time.0),
            to: input.to.map(|time| time.0),
        })
    }
}

/// Which list of events a connection is a page of.
#[derive(Clone, Debug)]
pub enum SellerEventSource {
    /// Those of the organisation.
    All(SellerEventFilter),
    /// Those of one seller.
    Of(Uuid),
}

connection!(
    SellerEventConnection,
    SellerEventEdge,
    SellerEvent,
    SellerEventSource,
    "A page of what happened to sellers, the newest first."
);

impl SellerEventConnection {
    /// What happened to one seller.
    pub(super) async fn of_seller(ctx: &Context<'_>, seller_id: Uuid, request: PageRequest) -> Result<Self> {
        let loader = ctx.data::<DataLoader<Loader>>()?;
        let page = loader.load_one(EventsOfKey(seller_id, request)).await?.ok_or_else(unanswered)??;
        let mut events = loader.load_many(page.rows.iter().map(|(_, item)| EventKey(item.event_id))).await?;
        let page = mapped(page, |item| events.remove(&EventKey(item.event_id)));
        Ok(Self::new(page, SellerEventSource::Of(seller_id)))
    }
}

#[ComplexObject]
impl SellerEventConnection {
    /// The events of this page, without their cursors.
    async fn nodes(&self) -> Vec<&SellerEvent> {
        self.rows()
    }

    /// How many events there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let count = async {
            Ok(total(match &self.source {
                SellerEventSource::All(filter) => sellers::count_events(app(ctx)?, actor(ctx)?, filter).await?,
                SellerEventSource::Of(seller_id) => {
                    let count = ctx.data::<DataLoader<Loader>>()?.load_one(EventCountKey(*seller_id)).await?;
                    count.unwrap_or_default()
                }
            }))
        };
        Some(count.await)
    }
}
