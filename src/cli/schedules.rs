//! `sellerbook schedules`: the schedules of an organisation, or of all, with their next times.
//!
//! What a reader would get wrong: times are told twice, as clocks in the schedule's time zone show them and in UTC; the first
//! is the one that people mean, and they are not always a day apart.

use std::fmt::Write;

use chrono::{SecondsFormat, TimeZone};
use clap::Args;

use super::{database, failure::Failure, note, say, settings::Settings, shown};
use crate::{
    app::App,
    auth::Actor,
    clock::rfc3339,
    collection,
    error::Result,
    id::IdKind,
    organisations,
    page::PageRequest,
    schedules::{self, MOST_TIMES, Schedule, Target},
};

/// Schedules that are read at a time.
const TOGETHER: i32 = 100;

#[derive(Debug, Args)]
pub(super) struct Schedules {
    /// The organisation's slug; those of all organisations when absent
    #[arg(long)]
    org: Option<String>,
    /// How many of the next times, 1 to 50
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(i32).range(1..=i64::from(MOST_TIMES)))]
    times: i32,
}

impl Schedules {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let app = database::open(settings).await?;
        let mut slugs = match self.org {
            Some(slug) => vec![slug],
            None => organisations::slugs(&app).await?,
        };
        slugs.sort_unstable();
        let count = schedules::checked_count(self.times)?;
        let mut is_none = true;
        for slug in slugs {
            let actor = database::operator(&app, &slug).await?;
            is_none &= !list(&app, &actor, &slug, count).await?;
        }
        if is_none {
            note("there are no schedules");
        }
        Ok(())
    }
}

/// Says all of an organisation; whether there were any.
async fn list(app: &App, actor: &Actor, slug: &str, count: usize) -> Result<bool, Failure> {
    let mut after = None;
    let mut is_any = false;
    loop {
        let request = PageRequest { first: Some(TOGETHER), after: after.take(), ..PageRequest::default() };
        let page = schedules::list(app, actor, &request).await?;
        for (cursor, schedule) in page.rows {
            say(block(app, actor, slug, &schedule, count).await?.trim_end())?;
            after = Some(cursor);
            is_any = true;
        }
        if !page.has_next {
            return Ok(is_any);
        }
    }
}

/// One schedule, a line for each thing that is to be known of it.
async fn block(app: &App, actor: &Actor, slug: &str, schedule: &Schedule, count: usize) -> Result<String> {
    let zone = schedules::time_zone(&schedule.time_zone)?;
    let words = schedules::describe(app, schedule)?;
    let mut block = format!(
        "{}  {}\n  organisation  {slug}\n  starts        {}\n  when          {}  {}: {words}\n",
        IdKind::Schedule.show(schedule.id),
        shown(&schedule.name),
        target(app, actor, schedule).await?,
        schedule.cron,
        schedule.time_zone,
    );
    if !schedule.is_enabled {
        block.push_str("  next          never: it is disabled\n");
    }
    for (place, at) in schedules::next_times(app, schedule, count)?.into_iter().enumerate() {
        let label = if place == 0 { "next" } else { "" };
        let local = zone.from_utc_datetime(&at.naive_utc()).to_rfc3339_opts(SecondsFormat::Secs, false);
        // Writing to a string does not fail.
        let _ = writeln!(block, "  {label:<12}  {local}  {}", rfc3339(at));
    }
    Ok(block)
}

/// What it starts.
async fn target(app: &App, actor: &Actor, schedule: &Schedule) -> Result<String> {
    match &schedule.target {
        Target::Collection { preset_id } => {
            let preset = collection::find_presets(app, actor, &[*preset_id]).await?.pop();
            Ok(match preset {
                Some(preset) => format!("a collection run of {}", shown(&preset.name)),
                None => "a collection run of a preset that is gone".to_owned(),
            })
        }
        Target::Export(export) => {
            let of = if export.latest_run_sellers { ", those new in the latest run" } else { "" };
            let (kind, format) = (export.request.filter.kind().name(), export.request.format.name());
            Ok(format!("an export of {kind} as {format}{of}"))
        }
    }
}
