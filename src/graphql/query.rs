//! What is asked at work: the root of queries, but for those of collection and of administration. Each field calls one
//! operation of the domain and checks nothing itself.

use async_graphql::{Context, ID, Object, Result};

use super::{
    account::{AccountConnection, AccountFilterInput, AccountSource},
    actor, app,
    connection::page_request,
    export::{ExportColumn, ExportEstimate, ExportInput, ExportKind},
    export_job::{ExportJob, ExportJobConnection, ExportJobFilterInput},
    export_log::ExportLogConnection,
    import::{Import, ImportConnection, ImportFilterInput},
    import_reading::{ImportField, ImportKind},
    node::{self, Node},
    record::{RecordConnection, RecordFilterInput, RecordOrderInput, RecordSource},
    record_deletion::DeletedRecordConnection,
    record_event::RecordEventConnection,
    seller::{SellerConnection, SellerFilterInput, SellerOrderInput},
    seller_diff::SellerDiff,
    seller_event::{SellerEventConnection, SellerEventFilterInput, SellerEventSource},
    seller_moment::{SellerMomentInput, filter_as_of},
    viewer::Viewer,
};
use crate::{
    accounts, auth,
    exports::{self, ExportRequest},
    id::IdKind,
    imports, records, sellers,
};

/// What is asked at work.
#[derive(Debug)]
pub struct WorkQuery;

/// What is asked at work.
#[Object]
impl WorkQuery {
    /// Who you are and what you may do.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer> {
        Ok(actor(ctx)?.into())
    }

    /// Anything by its global id; null when there is no such thing in your organisation.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A global id: a type, an underscore, 32 hex digits.")] id: ID,
    ) -> Option<Result<Node>> {
        let found = async { Ok(node::find(app(ctx)?, actor(ctx)?, &[id]).await?.pop().flatten()) };
        found.await.transpose()
    }

    /// Several things by their global ids, in that order; null for each that is not there. At most 100.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, of any types.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        Ok(node::find(app(ctx)?, actor(ctx)?, &ids).await?)
    }

    /// The accounts you may see, by code. Needs `accounts.view`, or `admin.members` for those that are archived.
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which accounts; those that are not archived when absent.")] filter: Option<
            AccountFilterInput,
        >,
    ) -> Result<AccountConnection> {
        let filter = filter.map(Into::into).unwrap_or_default();
        let request = page_request(first, after, last, before);
        let page = accounts::list(app(ctx)?, actor(ctx)?, filter, &request).await?;
        Ok(AccountConnection::new(page, AccountSource::All(filter)))
    }

    /// The sellers of your organisation, the newest first unless `orderBy` says otherwise. Needs `seller_collection.read`.
    #[expect(clippy::too_many_arguments, reason = "the arguments of every list")]
    async fn sellers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which sellers; all when absent.")] filter: Option<SellerFilterInput>,
        #[graphql(desc = "In which order; CREATED_AT DESC when absent.")] order_by: Option<SellerOrderInput>,
        #[graphql(desc = "As they were at this moment; the same as `filter.asOf`.")] as_of: Option<SellerMomentInput>,
    ) -> Result<SellerConnection> {
        let filter = filter_as_of(filter, as_of)?;
        let order = order_by.map(Into::into).unwrap_or_default();
        let request = page_request(first, after, last, before);
        let page = sellers::list(app(ctx)?, actor(ctx)?, &filter, order, &request).await?;
        Ok(SellerConnection::new(page, filter.into()))
    }

    /// What happened to the sellers of your organisation, exports among it, the newest first. Needs `seller_collection.read`.
    async fn seller_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which events; all when absent.")] filter: Option<SellerEventFilterInput>,
    ) -> Result<SellerEventConnection> {
        let filter = filter.map(TryInto::try_into).transpose()?.unwrap_or_default();
        let request = page_request(first, after, last, before);
        let page = sellers::list_events(app(ctx)?, actor(ctx)?, &filter, &request).await?;
        Ok(SellerEventConnection::new(page, SellerEventSource::All(filter)))
    }

    /// What differs between the sellers of two moments. Of two collection runs: `sellerDiff(from: { runId: … }, to: { runId: …
    /// })`. `from` may be the later one. Needs `seller_collection.read`.
    async fn seller_diff(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is compared from.")] from: SellerMomentInput,
        #[graphql(desc = "What is compared to.")] to: SellerMomentInput,
    ) -> Result<SellerDiff> {
        Ok(sellers::diff(app(ctx)?, actor(ctx)?, from.try_into()?, to.try_into()?).await?.into())
    }

    /// The records of the accounts you may see, the latest sale first unless `orderBy` says otherwise. Needs
    /// `order_tracking.read`.
    #[expect(clippy::too_many_arguments, reason = "the arguments of every list")]
    async fn records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which records; all when absent.")] filter: Option<RecordFilterInput>,
        #[graphql(desc = "In which order; SALE_DATE DESC when absent.")] order_by: Option<RecordOrderInput>,
    ) -> Result<RecordConnection> {
        let source = RecordSource::of_all(filter, order_by)?;
        let page = source.page(ctx, page_request(first, after, last, before)).await?;
        Ok(RecordConnection::new(page, source))
    }

    /// The deleted records that can still be restored, of the accounts you may see, the latest deletion first. Needs
    /// `order_tracking.read` and `order_tracking.delete`.
    async fn deleted_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which of them; all when absent.")] filter: Option<RecordFilterInput>,
    ) -> Result<DeletedRecordConnection> {
        let filter = filter.map(TryInto::try_into).transpose()?.unwrap_or_default();
        let request = page_request(first, after, last, before);
        let page = records::list_deleted(app(ctx)?, actor(ctx)?, &filter, &request).await?;
        Ok(DeletedRecordConnection::new(page, filter))
    }

    /// What was done to a record, the latest change first. Needs `order_tracking.read`, and for a deleted record
    /// `order_tracking.delete`.
    async fn record_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The record's id.")] record_id: ID,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<RecordEventConnection> {
        let (id, request) = (IdKind::Record.read(&record_id)?, page_request(first, after, last, before));
        let page = records::events(app(ctx)?, actor(ctx)?, id, &request).await?;
        Ok(RecordEventConnection::new(page, id))
    }

    /// The columns that a file of this kind can have, as far as you may read them, in their usual order.
    async fn export_columns(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the file is of.")] kind: ExportKind,
    ) -> Result<Vec<ExportColumn>> {
        Ok(exports::columns(actor(ctx)?, kind.into())?.into_iter().map(Into::into).collect())
    }

    /// How many rows an export would have now, and the better way to get it.
    async fn export_estimate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file.")] input: ExportInput,
    ) -> Result<ExportEstimate> {
        let (app, actor) = (app(ctx)?, actor(ctx)?);
        let request = ExportRequest::try_from(input)?;
        let estimate = exports::estimate(app, actor, &request).await?;
        Ok(ExportEstimate::new(estimate, auth::signed_link(app, actor, &exports::stream_path(&request))))
    }

    /// The fields that the columns of a file of this kind can fill, in the order of our own files.
    async fn import_fields(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the rows of the file are.")] kind: ImportKind,
    ) -> Result<Vec<ImportField>> {
        Ok(imports::fields(actor(ctx)?, kind.into())?.map(Into::into).collect())
    }

    /// One import; null when there is none with this id that you may see.
    async fn import(&self, ctx: &Context<'_>, #[graphql(desc = "The import's id.")] id: ID) -> Option<Result<Import>> {
        let found = async {
            let found = imports::find_many(app(ctx)?, actor(ctx)?, &[IdKind::Import.read(&id)?]).await?.pop();
            Ok(found.map(Into::into))
        };
        found.await.transpose()
    }

    /// The imports you may see, the newest first: your own; an admin, everybody's. Needs `order_tracking.import` or
    /// `seller_collection.write`.
    async fn imports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which imports; all you may see when absent.")] filter: Option<ImportFilterInput>,
    ) -> Result<ImportConnection> {
        let filter = filter.map(Into::into).unwrap_or_default();
        let request = page_request(first, after, last, before);
        let page = imports::list(app(ctx)?, actor(ctx)?, &filter, &request).await?;
        Ok(ImportConnection::new(page, filter))
    }

    /// One export job; null when there is none with this id that you may see.
    async fn export_job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The export job's id.")] id: ID,
    ) -> Option<Result<ExportJob>> {
        let found = async {
            let jobs = exports::find_many(app(ctx)?, actor(ctx)?, &[IdKind::Export.read(&id)?]).await?;
            Ok(jobs.into_iter().next().map(Into::into))
        };
        found.await.transpose()
    }

    /// Your export jobs, an admin's all of the organisation's, the newest first.
    async fn export_jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which export jobs; all when absent.")] filter: Option<ExportJobFilterInput>,
    ) -> Result<ExportJobConnection> {
        let filter = filter.map(Into::into).unwrap_or_default();
        let request = page_request(first, after, last, before);
        let page = exports::list(app(ctx)?, actor(ctx)?, &filter, &request).await?;
        Ok(ExportJobConnection::new(page, filter))
    }

    /// Every file that left or was to leave, streams and jobs, the newest first. Needs `admin.members`.
    async fn export_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<ExportLogConnection> {
        let page = exports::list_log(app(ctx)?, actor(ctx)?, &page_request(first, after, last, before)).await?;
        Ok(ExportLogConnection::new(page, ()))
    }
}
