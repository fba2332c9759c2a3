//! Records in the schema.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result, SimpleObject, dataloader::DataLoader};
use uuid::Uuid;

use super::{
    account::Account,
    actor, app,
    connection::{OrderDirection, connection, ids, page_request, total},
    loader::{AccountKey, Loader, PageKey, RemarksKey, TotalsKey, unanswered},
    record_event::RecordEventConnection,
    record_loader::EventsKey,
    scalar::{Cents, Date, DateTime},
};
use crate::{
    auth::Permission,
    error::Error,
    id::IdKind,
    page::{Page, PageRequest},
    records::{self, RecordFilter, RecordOrder, Remarks, Totals},
};

/// How a sale ended. Any status may follow any other.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "records::RecordStatus")]
pub enum RecordStatus {
    /// Sold and kept. Profit is earnings less cost of goods.
    Successful,
    /// A return label was sent. Profit is earnings less cost of goods less the label.
    ReturnLabelProvided,
    /// The return came back. The label is all that is left: profit is its cost, negative.
    ReturnClosed,
    /// Refunded, and nothing came back; the label costs 0. Profit is earnings less cost of goods.
    RefundNoReturn,
}

/// One eBay sale and what it earned. Money is of the whole order; the quantity multiplies nothing.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct Record {
    /// Its global id.
    pub(super) id: ID,
    /// eBay's order id; one live record each per account.
    ebay_order_id: String,
    /// The day of the sale.
    sale_date: Date,
    /// What was sold, as it was given.
    item_name: String,
    /// Pieces, 1 or more.
    qty: i32,
    /// What the buyer paid.
    sale_price_cents: Cents,
    /// eBay's fees; null when not known, which counts as 0.
    ebay_fees_cents: Option<Cents>,
    /// Sale price less eBay's fees.
    earnings_net_cents: Cents,
    /// What the goods cost; null when not known, which counts as 0.
    amazon_price_cents: Option<Cents>,
    /// Tax on the goods; null when not known, which counts as 0.
    amazon_tax_cents: Option<Cents>,
    /// Shipping of the goods; null when not known, which counts as 0.
    amazon_shipping_cents: Option<Cents>,
    /// Price, tax and shipping of the goods together.
    cogs_total_cents: Cents,
    /// Amazon's order id; null when not known.
    amazon_order_id: Option<String>,
    /// How the sale ended.
    status: RecordStatus,
    /// What the return label cost; null when there was none, which counts as 0.
    return_label_cost_cents: Option<Cents>,
    /// What the sale earned, by its status.
    profit_cents: Cents,
    /// Rises by one with every change.
    version: i32,
    /// When it was stored.
    created_at: DateTime,
    /// When it was last changed.
    updated_at: DateTime,
    /// When it was deleted; null while it is live.
    deleted_at: Option<DateTime>,
    #[graphql(skip)]
    key: Uuid,
    #[graphql(skip)]
    account_key: Uuid,
}

impl From<records::Record> for Record {
    fn from(row: records::Record) -> Self {
        Self {
            id: IdKind::Record.show(row.id).into(),
            ebay_order_id: row.ebay_order_id,
            sale_date: Date(row.sale_date),
            item_name: row.item_name,
            qty: row.qty,
            sale_price_cents: Cents(row.sale_price_cents),
            ebay_fees_cents: row.ebay_fees_cents.map(Cents),
            earnings_net_cents: Cents(row.earnings_net_cents),
            amazon_price_cents: row.amazon_price_cents.map(Cents),
            amazon_tax_cents: row.amazon_tax_cents.map(Cents),
            amazon_shipping_cents: row.amazon_shipping_cents.map(Cents),
            cogs_total_cents: Cents(row.cogs_total_cents),
            amazon_order_id: row.amazon_order_id,
            status: row.status.into(),
            return_label_cost_cents: row.return_label_cost_cents.map(Cents),
            profit_cents: Cents(row.profit_cents),
            version: row.version,
            created_at: DateTime(row.created_at),
            updated_at: DateTime(row.updated_at),
            deleted_at: row.deleted_at.map(DateTime),
            key: row.id,
            account_key: row.account_id,
        }
    }
}

#[ComplexObject]
impl Record {
    /// The account it was sold from.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        let found = ctx.data::<DataLoader<Loader>>()?.load_one(AccountKey(self.account_key)).await?;
        Ok(found.ok_or_else(|| Error::internal("who sees a record sees its account"))?.into())
    }

    /// The order remark. Null when there is none, or when you may not read it (`order_tracking.read.order_remark`).
    async fn order_remark(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.remarks(ctx, Permission::ReadOrderRemark).await.map(|remarks| remarks.order).transpose()
    }

    /// The service remark. Null when there is none, or when you may not read it (`order_tracking.read.service_remark`).
    async fn service_remark(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.remarks(ctx, Permission::ReadServiceRemark).await.map(|remarks| remarks.service).transpose()
    }

    /// What was done to it, the latest change first. What happened before histories were kept is not among it. Null when
    /// that cannot be read.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Option<Result<RecordEventConnection>> {
        Some(self.history(ctx, page_request(first, after, last, before)).await)
    }
}

impl Record {
    /// Asks nothing of the database for who may read nothing; the operation checks again.
    async fn remarks(&self, ctx: &Context<'_>, permission: Permission) -> Result<Remarks> {
        if !actor(ctx)?.permissions.holds(permission) {
            return Ok(Remarks::default());
        }
        Ok(ctx.data::<DataLoader<Loader>>()?.load_one(RemarksKey(self.key)).await?.unwrap_or_default())
    }

    async fn history(&self, ctx: &Context<'_>, request: PageRequest) -> Result<RecordEventConnection> {
        let key = EventsKey(self.key, request);
        let page = ctx.data::<DataLoader<Loader>>()?.load_one(key).await?.ok_or_else(unanswered)??;
        Ok(RecordEventConnection::new(page, self.key))
    }
}

/// Which records. All conditions must hold; what is absent is no condition.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "RecordFilter")]
pub struct RecordFilterInput {
    /// Of one of these accounts.
    account_ids: Option<Vec<ID>>,
    /// Of one of these statuses.
    statuses: Option<Vec<RecordStatus>>,
    /// Sold on this day or later.
    sale_date_from: Option<Date>,
    /// Sold on this day or earlier.
    sale_date_to: Option<Date>,
    /// Part of the item name, or the start of either order id; case ignored. At most 200 characters.
    search: Option<String>,
    /// Profit of at least this.
    min_profit_cents: Option<Cents>,
    /// Profit of at most this.
    max_profit_cents: Option<Cents>,
    /// Changed at this moment or later.
    updated_since: Option<DateTime>,
    /// One of these records; at most 1,000.
    ids: Option<Vec<ID>>,
}

impl TryFrom<RecordFilterInput> for RecordFilter {
    type Error = Error;

    fn try_from(input: RecordFilterInput) -> Result<Self, Error> {
        Ok(Self {
            account_ids: ids(IdKind::Account, input.account_ids)?,
            statuses: input.statuses.map(|statuses| statuses.into_iter().map(Into::into).collect()),
            sale_date_from: input.sale_date_from.map(|day| day.0),
            sale_date_to: input.sale_date_to.map(|day| day.0),
            search: input.search,
            min_profit_cents: input.min_profit_cents.map(|cents| cents.0),
            max_profit_cents: input.max_profit_cents.map(|cents| cents.0),
            updated_since: input.updated_since.map(|time| time.0),
            ids: ids(IdKind::Record, input.ids)?,
        })
    }
}

/// What records can be ordered by. Rows that tie are ordered by id.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "records::RecordOrderField")]
pub enum RecordOrderField {
    /// The day of the sale.
    SaleDate,
    /// When it was stored.
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// What the buyer paid.
    SalePrice,
    /// What it earned.
    Profit,
}

/// An order of records.
#[derive(Clone, Copy, Debug, InputObject)]
#[graphql(name = "RecordOrder")]
pub struct RecordOrderInput {
    /// By what.
    field: RecordOrderField,
    /// Which way.
    direction: OrderDirection,
}

impl From<RecordOrderInput> for RecordOrder {
    fn from(input: RecordOrderInput) -> Self {
        Self { field: input.field.into(), direction: input.direction.into() }
    }
}

/// Which list a connection is a page of.
#[derive(Clone, Debug)]
pub struct RecordSource {
    account: Option<Uuid>,
    list: Arc<(RecordFilter, RecordOrder)>,
}

impl RecordSource {
    /// The records of everyone the actor may see.
    pub fn of_all(filter: Option<RecordFilterInput>, order: Option<RecordOrderInput>) -> Result<Self, Error> {
        let filter = filter.map(TryInto::try_into).transpose()?.unwrap_or_default();
        Ok(Self { account: None, list: Arc::new((filter, order.map(Into::into).unwrap_or_default())) })
    }

    /// The records of one account.
    pub fn of_account(
        account: Uuid,
        filter: Option<RecordFilterInput>,
        order: Option<RecordOrderInput>,
    ) -> Result<Self, Error> {
        Ok(Self { account: Some(account), ..Self::of_all(filter, order)? })
    }

    /// A page of the list; those of other accounts that are asked for at the same time share its statement.
    pub async fn page(&self, ctx: &Context<'_>, request: PageRequest) -> Result<Page<records::Record>> {
        let (filter, order) = self.list.as_ref();
        let Some(account_id) = self.account else {
            return Ok(records::list(app(ctx)?, actor(ctx)?, filter, *order, &request).await?);
        };
        let key = PageKey { account_id, list: Arc::clone(&self.list), request };
        Ok(ctx.data::<DataLoader<Loader>>()?.load_one(key).await?.ok_or_else(unanswered)??)
    }

    async fn count(&self, ctx: &Context<'_>) -> Result<i64> {
        if self.account.is_some() {
            return Ok(self.totals(ctx).await?.count);
        }
        let count = records::count(app(ctx)?, actor(ctx)?, &self.list.0).await?;
        Ok(total(count))
    }

    async fn totals(&self, ctx: &Context<'_>) -> Result<Totals> {
        let Some(account_id) = self.account else {
            return Ok(records::totals(app(ctx)?, actor(ctx)?, &self.list.0).await?);
        };
        let key = TotalsKey { account_id, list: Arc::clone(&self.list) };
        Ok(ctx.data::<DataLoader<Loader>>()?.load_one(key).await?.unwrap_or_default())
    }
}

connection!(RecordConnection, RecordEdge, Record, RecordSource, "A page of records.");

#[ComplexObject]
impl RecordConnection {
    /// The records of this page, without their cursors.
    async fn nodes(&self) -> Vec<&Record> {
        self.rows()
    }

    /// How many records the filter has on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        Some(self.source.count(ctx).await)
    }

    /// Sums over every record of the filter, not of the page alone. Computed only when asked for; null
    /// when that fails.
    async fn totals(&self, ctx: &Context<'_>) -> Option<Result<RecordTotals>> {
        Some(self.source.totals(ctx).await.and_then(|totals| Ok(totals.try_into()?)))
    }
}

/// Sums over every record of a filter; what is not known counts as 0.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct RecordTotals {
    /// How many records.
    count: i64,
    /// Sum of the sale prices.
    sale_price_cents: Cents,
    /// Sum of eBay's fees.
    ebay_fees_cents: Cents,
    /// Sum of the earnings.
    earnings_net_cents: Cents,
    /// Sum of the cost of goods.
    cogs_total_cents: Cents,
    /// Sum of the profits.
    profit_cents: Cents,
}

impl TryFrom<Totals> for RecordTotals {
    type Error = Error;

    fn try_from(totals: Totals) -> Result<Self, Error> {
        Ok(Self {
            count: totals.count,
            sale_price_cents: Cents::exact(totals.sale_price_cents)?,
            ebay_fees_cents: Cents::exact(totals.ebay_fees_cents)?,
            earnings_net_cents: Cents::exact(totals.earnings_net_cents)?,
            cogs_total_cents: Cents::exact(totals.cogs_total_cents)?,
            profit_cents: Cents::exact(totals.profit_cents)?,
        })
    }
}
