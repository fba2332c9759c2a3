//! What a fire starts, as whom, and why it could not.
//!
//! What a reader would get wrong: a refusal is an answer and gets its row; a failure of ours is none: it undoes the whole
//! transaction, and the next tick tries again.

use chrono::{DateTime, Utc};
use entity::schedule;
use uuid::Uuid;

use super::{
    ScheduledExport, Target,
    times::{stored_zone, zoned_day},
    turn::{Turn, recipients},
};
use crate::{
    auth::{self, Actor, Channel, Origin, Permission},
    collection::{self, NewRun, RunCause},
    error::{Error, Result},
    exports::{self, ExportCause, ExportFilter, ExportRequest, NewExport},
};

/// Characters of a schedule's name in that of a run: the day follows.
const LONGEST_PREFIX: usize = 180;

/// What was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Started {
    /// A run.
    Run(Uuid),
    /// An export.
    Export(Uuid),
}

/// Starts what a schedule is for; the reason when that is refused, a stable code.
pub(super) async fn launch(
    turn: &mut Turn<'_>,
    schedule: &schedule::Model,
    planned_at: DateTime<Utc>,
) -> Result<Result<Started, String>> {
    let started = answered(start(turn, schedule, planned_at).await)?;
    match started {
        Ok(Started::Run(id)) => turn.done.runs.push(id),
        Ok(Started::Export(id)) => turn.done.exports.push(id),
        Err(_) => {}
    }
    Ok(started)
}

/// As whom a schedule acts.
pub(super) async fn acting(turn: &Turn<'_>, schedule: &schedule::Model) -> Result<Actor> {
    let member_id = schedule.member_id.ok_or(Error::NotFound { what: "member" })?;
    let actor = auth::of_member_in(turn.tx, member_id).await?;
    Ok(actor.asking_from(Origin::of(Channel::Schedule)))
}

/// Tells refusals, which are answers, from failures of ours.
pub(super) fn answered<T>(result: Result<T>) -> Result<Result<T, String>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.is_ours() => Err(error),
        Err(Error::NotFound { what }) => Ok(Err(format!("{}_GONE", what.to_uppercase().replace(' ', "_")))),
        Err(error) => Ok(Err(error.code().to_owned())),
    }
}

async fn start(turn: &Turn<'_>, schedule: &schedule::Model, planned_at: DateTime<Utc>) -> Result<Started> {
    let actor = acting(turn, schedule).await?;
    // Who may no longer automate starts nothing, whatever else they may do.
    actor.require(Permission::Automation)?;
    match Target::of(schedule)? {
        Target::Collection { preset_id } => {
            let name = run_name(schedule, planned_at)?;
            let new = NewRun { preset_id: Some(preset_id), name: Some(name), ..NewRun::default() };
            let cause = RunCause { schedule_id: Some(schedule.id), notify: recipients(schedule) };
            let run = collection::start_in(turn.tx, &turn.app, &actor, new, cause).await?;
            Ok(Started::Run(run.id))
        }
        Target::Export(export) => {
            let request = resolved(turn, &actor, export).await?;
            let new = NewExport { request, idempotency_key: None, notify: false };
            let cause = ExportCause { schedule_id: Some(schedule.id), notify: recipients(schedule) };
            let job = exports::start_in(turn.tx, turn.now, &actor, new, cause).await?;
            Ok(Started::Export(job.id))
        }
    }
}

/// The export as it is to be now.
async fn resolved(turn: &Turn<'_>, actor: &Actor, export: ScheduledExport) -> Result<ExportRequest> {
    let ScheduledExport { mut request, latest_run_sellers } = export;
    if latest_run_sellers && let ExportFilter::Sellers(filter) = &mut request.filter {
        let scope = actor.require(Permission::ReadSellers)?;
        let latest = collection::latest_completed(turn.tx, &scope).await?;
        let nothing = || Error::bad_input("NO_COMPLETED_RUN", "no run of the organisation has completed yet");
        filter.first_seen_in_run = Some(latest.ok_or_else(nothing)?);
    }
    Ok(request)
}

/// The schedule's name and the day, as the clock on its wall shows it.
fn run_name(schedule: &schedule::Model, planned_at: DateTime<Utc>) -> Result<String> {
    let prefix: String = schedule.name.chars().take(LONGEST_PREFIX).collect();
    Ok(format!("{prefix} {}", zoned_day(stored_zone(&schedule.time_zone)?, planned_at)))
}
