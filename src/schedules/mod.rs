//! Schedules: collection runs and exports by the clock, each planned time once, with nothing skipped in silence.
//!
//! Not here: what a run or an export does, and who is told how (`notifications`). What a reader would get wrong: the clockwork
//! only says when to look; `next_run_at` and the rows of fires are the truth. Whoever moves `next_run_at` on writes the fire
//! and starts what it starts in the same transaction, so that it does not matter how many look, or who dies.

mod change;
mod cron;
mod fire;
mod fires;
mod launch;
mod list;
mod retime;
mod secret;
mod target;
mod tick;
mod times;
mod trigger;
mod turn;
mod zone;

pub use change::{
    NewSchedule, ScheduleChange, USUAL_CRON, USUAL_WINDOW, create_schedule, delete_schedule, update_schedule,
};
pub use cron::{Cron, CronFire, CronPreview, MOST_TIMES, checked_count, preview};
pub use fires::{count_fires, find_fires, fires};
pub use list::{Schedule, count, find_many, get, list};
pub use secret::{webhook_secret, webhook_url};
pub use target::{ScheduledExport, Target};
pub use tick::{release, tick};
pub use times::{describe, next_times};
pub use trigger::trigger;
pub use zone::time_zone;

/// What a fire does when a run is active.
pub use entity::schedule::OverlapPolicy;
/// What became of a planned time.
pub use entity::schedule_fire::FireOutcome;
/// One planned time of a schedule, or one that a person asked for.
pub type ScheduleFire = entity::schedule_fire::Model;
