//! What is changed at work: the root of changes, but for those of administration. Each field calls one operation of the domain and checks nothing itself.

use async_graphql::{Context, Object, Result};

use super::{
    actor, app,
    collection_change::{
        CancelCollectionRunInput, CancelCollectionRunPayload, PauseCollectionRunInput, PauseCollectionRunPayload,
        RerunCollectionRunInput, RerunCollectionRunPayload, ResumeCollectionRunInput, ResumeCollectionRunPayload,
        RetryCollectionFailuresInput, RetryCollectionFailuresPayload, StartCollectionRunInput,
        StartCollectionRunPayload,
    },
    collection_settings::{UpdateCollectionSettingsInput, UpdateCollectionSettingsPayload},
    export_change::{
        CancelExportInput, CancelExportPayload, DeleteExportInput, DeleteExportPayload, RetryExportInput,
        RetryExportPayload, StartExportInput, StartExportPayload,
    },
    import_change::{
        CommitImportInput, CommitImportPayload, DiscardImportInput, DiscardImportPayload, RollbackImportInput,
        RollbackImportPayload, StartImportInput, StartImportPayload, UpdateImportReadingInput,
        UpdateImportReadingPayload,
    },
    preset_change::{
        CreatePresetInput, CreatePresetPayload, DeletePresetInput, DeletePresetPayload, UpdatePresetInput,
        UpdatePresetPayload,
    },
    record_change::{CreateRecordInput, CreateRecordPayload, UpdateRecordInput, UpdateRecordPayload},
    record_deletion::{DeleteRecordsInput, DeleteRecordsPayload, RestoreRecordsInput, RestoreRecordsPayload},
    schedule_change::{
        CreateScheduleInput, CreateSchedulePayload, DeleteScheduleInput, DeleteSchedulePayload, TriggerScheduleInput,
        TriggerSchedulePayload, UpdateScheduleInput, UpdateSchedulePayload,
    },
    seller_change::{
        AddSellersInput, AddSellersPayload, DeleteSellersInput, DeleteSellersPayload, FlagSellersInput,
        FlagSellersPayload, RenameSellerInput, RenameSellerPayload, RestoreSellersInput, RestoreSellersPayload, named,
    },
};
use crate::{collection, exports, imports, records, schedules, sellers};

/// What is changed at work.
#[derive(Debug)]
pub struct WorkMutation;

/// What is changed at work.
#[Object]
impl WorkMutation {
    /// Starts to make a file in the background, as you: what you may not read is not in it. Needs `order_tracking.read` or
    /// `seller_collection.read`, by its kind.
    async fn start_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to make.")] input: StartExportInput,
    ) -> Result<StartExportPayload> {
        let started = async { exports::start(app(ctx)?, actor(ctx)?, input.try_into()?).await };
        Ok(StartExportPayload::of(started.await)?)
    }

    /// Stops an export that waits or runs, and leaves nothing of it. Your own; an admin, everybody's.
    async fn cancel_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: CancelExportInput,
    ) -> Result<CancelExportPayload> {
        Ok(CancelExportPayload::of(exports::cancel(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Makes an export again that failed, was cancelled or has expired, as who asked for it. Your own; an admin, everybody's.
    async fn retry_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RetryExportInput,
    ) -> Result<RetryExportPayload> {
        Ok(RetryExportPayload::of(exports::retry(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Deletes an export that has ended, and its file. Your own; an admin, everybody's. The log of exports keeps its line.
    async fn delete_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeleteExportInput,
    ) -> Result<DeleteExportPayload> {
        Ok(DeleteExportPayload::of(exports::delete(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Starts to import a file of records or sellers: it is checked to its end, and nothing is written before
    /// `commitImport`. The file comes along (`multipart/form-data`), or goes to the import's `uploadUrl`. Needs
    /// `order_tracking.import` for records, `seller_collection.write` for sellers.
    async fn start_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to import.")] input: StartImportInput,
    ) -> Result<StartImportPayload> {
        Ok(StartImportPayload::of(input.start(ctx).await)?)
    }

    /// States otherwise how the file of an import is to be read, and checks it again. Your own; an admin, everybody's.
    async fn update_import_reading(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How to read which.")] input: UpdateImportReadingInput,
    ) -> Result<UpdateImportReadingPayload> {
        Ok(UpdateImportReadingPayload::of(input.change(ctx).await)?)
    }

    /// Carries out an import that is ready, as you: all of it, or nothing. Your own; an admin, everybody's. A file that fills
    /// a remark needs the permission to write that.
    async fn commit_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: CommitImportInput,
    ) -> Result<CommitImportPayload> {
        Ok(CommitImportPayload::of(input.commit(ctx).await)?)
    }

    /// Undoes an import, within 24 hours: what it added goes, what it changed is again what it was. Your own; an admin,
    /// everybody's.
    async fn rollback_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RollbackImportInput,
    ) -> Result<RollbackImportPayload> {
        Ok(input.roll_back(ctx).await?)
    }

    /// Gives up an import that was not carried out, and removes its file. Your own; an admin, everybody's.
    async fn discard_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DiscardImportInput,
    ) -> Result<DiscardImportPayload> {
        Ok(DiscardImportPayload::of(imports::discard(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Makes a preset. Needs `admin.automation`.
    async fn create_preset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to make.")] input: CreatePresetInput,
    ) -> Result<CreatePresetPayload> {
        let made = async { collection::create_preset(app(ctx)?, actor(ctx)?, input.try_into()?).await };
        Ok(CreatePresetPayload::of(made.await)?)
    }

    /// Changes a preset; runs that were started with it stay as they are. Needs `admin.automation`.
    async fn update_preset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdatePresetInput,
    ) -> Result<UpdatePresetPayload> {
        let id = input.id()?;
        let changed = async { collection::update_preset(app(ctx)?, actor(ctx)?, id, input.try_into()?).await };
        Ok(UpdatePresetPayload::of(changed.await)?)
    }

    /// Deletes a preset; runs that were started with it stay as they are. Needs `admin.automation`.
    async fn delete_preset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeletePresetInput,
    ) -> Result<DeletePresetPayload> {
        Ok(DeletePresetPayload::of(collection::delete_preset(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Changes within which limits your organisation collects. Needs `admin.automation`.
    async fn update_collection_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateCollectionSettingsInput,
    ) -> Result<UpdateCollectionSettingsPayload> {
        let changed = collection::update_settings(app(ctx)?, actor(ctx)?, input.into()).await;
        Ok(UpdateCollectionSettingsPayload::of(changed)?)
    }

    /// Starts a collection run. Needs `admin.automation`.
    async fn start_collection_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to start.")] input: StartCollectionRunInput,
    ) -> Result<StartCollectionRunPayload> {
        let started = async { collection::start(app(ctx)?, actor(ctx)?, input.try_into()?).await };
        Ok(StartCollectionRunPayload::of(started.await)?)
    }

    /// Pauses a run after the products in hand; it rests until somebody lets it go on. Needs `admin.automation`.
    async fn pause_collection_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: PauseCollectionRunInput,
    ) -> Result<PauseCollectionRunPayload> {
        Ok(PauseCollectionRunPayload::of(collection::pause(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Lets a run go on that rests, for whatever reason, or that is about to. Needs `admin.automation`.
    async fn resume_collection_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ResumeCollectionRunInput,
    ) -> Result<ResumeCollectionRunPayload> {
        Ok(ResumeCollectionRunPayload::of(collection::resume(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Ends a run after the products in hand. What it has found stays. Needs `admin.automation`.
    async fn cancel_collection_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: CancelCollectionRunInput,
    ) -> Result<CancelCollectionRunPayload> {
        Ok(CancelCollectionRunPayload::of(collection::cancel(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Starts a run like another one, with the same categories, settings and limits. Needs `admin.automation`.
    async fn rerun_collection_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RerunCollectionRunInput,
    ) -> Result<RerunCollectionRunPayload> {
        Ok(RerunCollectionRunPayload::of(collection::rerun(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Tries again what failed in a run, and only that. Needs `admin.automation`.
    async fn retry_collection_failures(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which run.")] input: RetryCollectionFailuresInput,
    ) -> Result<RetryCollectionFailuresPayload> {
        Ok(RetryCollectionFailuresPayload::of(collection::retry_failures(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Makes a schedule; it fires as you. Needs `admin.automation`, and for an export what its kind needs.
    async fn create_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to make.")] input: CreateScheduleInput,
    ) -> Result<CreateSchedulePayload> {
        let made = async { schedules::create_schedule(app(ctx)?, actor(ctx)?, input.try_into()?).await };
        Ok(CreateSchedulePayload::of(made.await)?)
    }

    /// Changes a schedule; from then on it fires as you. It never fires for times that are over, and what it has started
    /// stays as it is. Needs `admin.automation`, and for an export what its kind needs.
    async fn update_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateScheduleInput,
    ) -> Result<UpdateSchedulePayload> {
        let id = input.id()?;
        let changed = async { schedules::update_schedule(app(ctx)?, actor(ctx)?, id, input.try_into()?).await };
        Ok(UpdateSchedulePayload::of(changed.await)?)
    }

    /// Deletes a schedule and what became of its times; what it has started stays. Needs `admin.automation`.
    async fn delete_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeleteScheduleInput,
    ) -> Result<DeleteSchedulePayload> {
        Ok(DeleteSchedulePayload::of(schedules::delete_schedule(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Fires a schedule now, whether it is enabled or not, as who changed it last; its overlap policy holds. Needs
    /// `admin.automation`.
    async fn trigger_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TriggerScheduleInput,
    ) -> Result<TriggerSchedulePayload> {
        let triggered = async {
            let (app, actor, id) = (app(ctx)?, actor(ctx)?, input.id()?);
            let fire = schedules::trigger(app, actor, id).await?;
            Ok((schedules::get(app, actor, id).await?, fire))
        };
        Ok(TriggerSchedulePayload::of(triggered.await)?)
    }

    /// Adds a record to an account. Needs `order_tracking.read` and the permissions of all fields that are given, so at
    /// least `order_tracking.write.basic_fields` and `order_tracking.write.order_fields`.
    async fn create_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to add.")] input: CreateRecordInput,
    ) -> Result<CreateRecordPayload> {
        let account_id = input.account_id()?;
        let created = records::create(app(ctx)?, actor(ctx)?, account_id, input.into()).await;
        Ok(CreateRecordPayload::of(created)?)
    }

    /// Changes fields of a record, if nobody has changed it since you saw it. What says nothing new changes nothing, and
    /// the version stays. Needs `order_tracking.read` and the permissions of all fields that are given.
    async fn update_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateRecordInput,
    ) -> Result<UpdateRecordPayload> {
        let (id, version) = input.version()?;
        let updated = records::update(app(ctx)?, actor(ctx)?, id, version, input.into()).await;
        Ok(UpdateRecordPayload::of(updated)?)
    }

    /// Deletes records, all at one moment. For 30 days they can be restored. Needs `order_tracking.read` and
    /// `order_tracking.delete`.
    async fn delete_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeleteRecordsInput,
    ) -> Result<DeleteRecordsPayload> {
        Ok(DeleteRecordsPayload::of(records::delete(app(ctx)?, actor(ctx)?, input.ids()?).await)?)
    }

    /// Restores records that were deleted in the last 30 days, with their remarks and their history: all of them or none.
    /// Needs `order_tracking.read` and `order_tracking.delete`.
    async fn restore_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RestoreRecordsInput,
    ) -> Result<RestoreRecordsPayload> {
        Ok(RestoreRecordsPayload::of(records::restore(app(ctx)?, actor(ctx)?, input.ids()?).await)?)
    }

    /// Adds sellers by their names; a name that a seller has is known, and nothing is done to that one. One that was deleted
    /// under a name is not found again: a new seller is added. All or none. Needs `seller_collection.write`.
    async fn add_sellers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to add.")] input: AddSellersInput,
    ) -> Result<AddSellersPayload> {
        Ok(AddSellersPayload::of(sellers::add(app(ctx)?, actor(ctx)?, input.names).await)?)
    }

    /// Renames a seller; its old name stays among its `names`. Needs `seller_collection.write`.
    async fn rename_seller(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom to rename, and how.")] input: RenameSellerInput,
    ) -> Result<RenameSellerPayload> {
        let renamed = sellers::rename(app(ctx)?, actor(ctx)?, input.id()?, &input.display_name).await;
        Ok(RenameSellerPayload::of(renamed)?)
    }

    /// Flags sellers, or takes the flag off them; all at once. Needs `seller_collection.write`.
    async fn flag_sellers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: FlagSellersInput,
    ) -> Result<FlagSellersPayload> {
        let flagged = sellers::flag_many(app(ctx)?, actor(ctx)?, named(&input.ids)?, input.flagged).await;
        Ok(FlagSellersPayload::of(flagged)?)
    }

    /// Deletes sellers; all at once. They can be restored at any time. Needs `seller_collection.write`.
    async fn delete_sellers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: DeleteSellersInput,
    ) -> Result<DeleteSellersPayload> {
        Ok(DeleteSellersPayload::of(sellers::delete_many(app(ctx)?, actor(ctx)?, named(&input.ids)?).await)?)
    }

    /// Restores deleted sellers with their ids, flags and history; all or none. Needs `seller_collection.write`.
    async fn restore_sellers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: RestoreSellersInput,
    ) -> Result<RestoreSellersPayload> {
        Ok(RestoreSellersPayload::of(sellers::restore_many(app(ctx)?, actor(ctx)?, named(&input.ids)?).await)?)
    }
}
