//! What can be done to schedules: inputs, payloads and refusals of their mutations.

use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};
use uuid::Uuid;

use super::{
    change::{names_one, payload},
    schedule::{OverlapPolicy, Schedule},
    schedule_fire::ScheduleFire,
    scheduled_export::ScheduledExportInput,
    user_error::user_error,
};
use crate::{
    error::{Error, Result},
    id::IdKind,
    schedules::{self, NewSchedule, ScheduleChange, Target},
};

/// What to make. Exactly one of `presetId` and `export` says what it starts.
#[derive(Debug, InputObject)]
pub struct CreateScheduleInput {
    /// Its name, at most 200 characters; unique whatever its case.
    name: String,
    /// The preset to collect each time.
    preset_id: Option<ID>,
    /// The file to make each time.
    export: Option<ScheduledExportInput>,
    /// When: a cron expression of five fields (minute, hour, day of month, month, day of week), or `@monthly` and its kin.
    /// Nothing more often than every 5 minutes unless configured otherwise. See `cronPreview`.
    #[graphql(default_with = "Some(schedules::USUAL_CRON.to_owned())")]
    cron: Option<String>,
    /// Where its clock hangs: an IANA name, `Europe/Berlin`.
    #[graphql(default_with = "Some(\"UTC\".to_owned())")]
    time_zone: Option<String>,
    /// What a time does while a run is active.
    #[graphql(default_with = "Some(OverlapPolicy::BufferOne)")]
    overlap: Option<OverlapPolicy>,
    /// How many seconds late it may still start what it missed: 0 to 604,800.
    #[graphql(default_with = "Some(schedules::USUAL_WINDOW)")]
    catchup_window_seconds: Option<i32>,
    /// Whether you are told by e-mail how it went.
    #[graphql(default_with = "Some(false)")]
    notify_email: Option<bool>,
    /// Where a signed request says how it went, `https://…`; nowhere when absent. See `Schedule.webhookSecret`.
    webhook_url: Option<String>,
    /// Whether it fires by itself.
    #[graphql(default_with = "Some(true)")]
    is_enabled: Option<bool>,
}

impl TryFrom<CreateScheduleInput> for NewSchedule {
    type Error = Error;

    fn try_from(input: CreateScheduleInput) -> Result<Self> {
        let target = target(input.preset_id, input.export)?
            .ok_or_else(|| Error::bad_input("INVALID_TARGET", "say what it starts: give `presetId` or `export`"))?;
        Ok(Self {
            name: input.name,
            target,
            cron: input.cron.unwrap_or_else(|| schedules::USUAL_CRON.to_owned()),
            time_zone: input.time_zone.unwrap_or_else(|| "UTC".to_owned()),
            is_enabled: input.is_enabled.unwrap_or(true),
            overlap: input.overlap.unwrap_or(OverlapPolicy::BufferOne).into(),
            catchup_window_seconds: input.catchup_window_seconds.unwrap_or(schedules::USUAL_WINDOW),
            notify_email: input.notify_email.unwrap_or_default(),
            webhook_url: input.webhook_url,
        })
    }
}

/// What to change. What is absent or null stays as it is, but for `webhookUrl`. From then on it fires as you.
#[derive(Debug, InputObject)]
pub struct UpdateScheduleInput {
    /// The schedule's id.
    id: ID,
    /// Another name, at most 200 characters; unique whatever its case.
    name: Option<String>,
    /// Another preset to collect, in place of what it started.
    preset_id: Option<ID>,
    /// Another file to make, in place of what it started.
    export: Option<ScheduledExportInput>,
    /// Another cron expression. Times that are over are not made up for.
    cron: Option<String>,
    /// Another time zone: an IANA name, `Europe/Berlin`.
    time_zone: Option<String>,
    /// What a time does while a run is active.
    overlap: Option<OverlapPolicy>,
    /// How many seconds late it may still start what it missed: 0 to 604,800.
    catchup_window_seconds: Option<i32>,
    /// Whether you are told by e-mail how it went.
    notify_email: Option<bool>,
    /// Where a signed request says how it went, `https://…`; null for nowhere.
    webhook_url: MaybeUndefined<String>,
    /// Whether it fires by itself. What waits is dropped when it no longer does.
    is_enabled: Option<bool>,
}

impl UpdateScheduleInput {
    pub(super) fn id(&self) -> Result<Uuid> {
        IdKind::Schedule.read(&self.id)
    }
}

impl TryFrom<UpdateScheduleInput> for ScheduleChange {
    type Error = Error;

    fn try_from(input: UpdateScheduleInput) -> Result<Self> {
        Ok(Self {
            name: input.name,
            target: target(input.preset_id, input.export)?,
            cron: input.cron,
            time_zone: input.time_zone,
            is_enabled: input.is_enabled,
            overlap: input.overlap.map(Into::into),
            catchup_window_seconds: input.catchup_window_seconds,
            notify_email: input.notify_email,
            webhook_url: match input.webhook_url {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(url) => Some(Some(url)),
            },
        })
    }
}

fn target(preset_id: Option<ID>, export: Option<ScheduledExportInput>) -> Result<Option<Target>> {
    match (preset_id, export) {
        (None, None) => Ok(None),
        (Some(id), None) => Ok(Some(Target::Collection { preset_id: IdKind::Preset.read(&id)? })),
        (None, Some(export)) => Ok(Some(Target::Export(export.try_into()?))),
        (Some(_), Some(_)) => {
            let message = "a schedule starts one thing: give `presetId` or `export`, not both";
            Err(Error::bad_input("INVALID_TARGET", message))
        }
    }
}

user_error!(
    /// Why a schedule was not made.
    CreateScheduleError,
    /// Refusals of `createSchedule`.
    CreateScheduleErrorCode {
        /// The name is empty, too long or holds a NUL.
        InvalidText = "INVALID_TEXT" at Some(&["name"]),
        /// There is a schedule of that name, whatever its case.
        ScheduleNameTaken = "SCHEDULE_NAME_TAKEN" at Some(&["name"]),
        /// Neither or both of `presetId` and `export` are given.
        InvalidTarget = "INVALID_TARGET" at None,
        /// The cron expression cannot be meant, never fires, or fires too often.
        InvalidCron = "INVALID_CRON" at Some(&["cron"]),
        /// There is no such time zone.
        InvalidTimeZone = "INVALID_TIME_ZONE" at Some(&["timeZone"]),
        /// The window is not 0 to 604,800 seconds.
        InvalidCatchupWindow = "INVALID_CATCHUP_WINDOW" at Some(&["catchupWindowSeconds"]),
        /// This server sends no e-mail.
        EmailNotConfigured = "EMAIL_NOT_CONFIGURED" at Some(&["notifyEmail"]),
        /// This server has no secret to sign requests with.
        WebhooksNotConfigured = "WEBHOOKS_NOT_CONFIGURED" at Some(&["webhookUrl"]),
        /// The address is none that may be called.
        InvalidWebhookUrl = "INVALID_WEBHOOK_URL" at Some(&["webhookUrl"]),
        /// There is no such column, or none is named.
        UnknownColumn = "UNKNOWN_COLUMN" at Some(&["export", "columns"]),
        /// A column is named twice.
        DuplicateColumn = "DUPLICATE_COLUMN" at Some(&["export", "columns"]),
        /// The filter cannot be meant, or is not of this kind.
        InvalidFilter = "INVALID_FILTER" at Some(&["export"]),
        /// The format does not go with the kind or the columns.
        InvalidParameter = "INVALID_PARAMETER" at Some(&["export", "format"]),
        /// This server was built without the format.
        FormatNotBuilt = "FORMAT_NOT_BUILT" at Some(&["export", "format"]),
        /// The organisation has as many schedules as it may.
        TooManySchedules = "TOO_MANY_SCHEDULES" at None,
    }
);

user_error!(
    /// Why a schedule was not changed.
    UpdateScheduleError,
    /// Refusals of `updateSchedule`.
    UpdateScheduleErrorCode {
        /// The name is empty, too long or holds a NUL.
        InvalidText = "INVALID_TEXT" at Some(&["name"]),
        /// There is a schedule of that name, whatever its case.
        ScheduleNameTaken = "SCHEDULE_NAME_TAKEN" at Some(&["name"]),
        /// Both `presetId` and `export` are given.
        InvalidTarget = "INVALID_TARGET" at None,
        /// The cron expression cannot be meant, never fires, or fires too often.
        InvalidCron = "INVALID_CRON" at Some(&["cron"]),
        /// There is no such time zone.
        InvalidTimeZone = "INVALID_TIME_ZONE" at Some(&["timeZone"]),
        /// The window is not 0 to 604,800 seconds.
        InvalidCatchupWindow = "INVALID_CATCHUP_WINDOW" at Some(&["catchupWindowSeconds"]),
        /// This server sends no e-mail.
        EmailNotConfigured = "EMAIL_NOT_CONFIGURED" at Some(&["notifyEmail"]),
        /// This server has no secret to sign requests with.
        WebhooksNotConfigured = "WEBHOOKS_NOT_CONFIGURED" at Some(&["webhookUrl"]),
        /// The address is none that may be called.
        InvalidWebhookUrl = "INVALID_WEBHOOK_URL" at Some(&["webhookUrl"]),
        /// There is no such column, or none is named.
        UnknownColumn = "UNKNOWN_COLUMN" at Some(&["export", "columns"]),
        /// A column is named twice.
        DuplicateColumn = "DUPLICATE_COLUMN" at Some(&["export", "columns"]),
        /// The filter cannot be meant, or is not of this kind.
        InvalidFilter = "INVALID_FILTER" at Some(&["export"]),
        /// The format does not go with the kind or the columns.
        InvalidParameter = "INVALID_PARAMETER" at Some(&["export", "format"]),
        /// This server was built without the format.
        FormatNotBuilt = "FORMAT_NOT_BUILT" at Some(&["export", "format"]),
    }
);

payload!(
    CreateSchedulePayload,
    CreateScheduleError,
    "What `createSchedule` did.",
    schedule: Schedule,
    "The new schedule; null when it was refused."
);
payload!(
    UpdateSchedulePayload,
    UpdateScheduleError,
    "What `updateSchedule` did.",
    schedule: Schedule,
    "The schedule as it is now; null when it was refused."
);
names_one!(DeleteScheduleInput, Schedule, "Which schedule to delete.", "The schedule's id.");
names_one!(TriggerScheduleInput, Schedule, "Which schedule to trigger.", "The schedule's id.");

user_error!(
    /// Why a schedule was not deleted.
    DeleteScheduleError,
    /// Refusals of `deleteSchedule`.
    DeleteScheduleErrorCode {
        /// Never today: a schedule that one may delete is deleted. Here so that others can stand beside it.
        NotDeleted = "NOT_DELETED" at Some(&["id"]),
    }
);

user_error!(
    /// Why a schedule was not triggered.
    TriggerScheduleError,
    /// Refusals of `triggerSchedule`. What the start itself is refused for is the `reason` of the fire.
    TriggerScheduleErrorCode {
        /// Never today: a schedule that one may trigger is triggered. Here so that others can stand beside it.
        NotTriggered = "NOT_TRIGGERED" at Some(&["id"]),
    }
);

payload!(
    DeleteSchedulePayload,
    DeleteScheduleError,
    "What `deleteSchedule` did.",
    schedule: Schedule,
    "The schedule as it was; null when it was refused."
);

/// What `triggerSchedule` did.
#[derive(Debug, SimpleObject)]
pub struct TriggerSchedulePayload {
    /// What became of it: its `outcome` says whether it started, waits or was refused, and `run` or `exportJob` what it
    /// started. Null when it was not triggered.
    fire: Option<ScheduleFire>,
    /// The schedule; null when it was not triggered.
    schedule: Option<Schedule>,
    /// Why nothing was done; empty when it was.
    user_errors: Vec<TriggerScheduleError>,
}

impl TriggerSchedulePayload {
    pub(super) fn of(outcome: Result<(schedules::Schedule, schedules::ScheduleFire)>) -> Result<Self> {
        match outcome {
            Ok((schedule, fire)) => {
                Ok(Self { fire: Some(fire.into()), schedule: Some(schedule.into()), user_errors: Vec::new() })
            }
            Err(error) => Ok(Self { fire: None, schedule: None, user_errors: vec![TriggerScheduleError::of(error)?] }),
        }
    }
}
