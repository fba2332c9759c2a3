//! Collection runs: from the best sellers of categories to who sells them elsewhere.
//!
//! Not here: who is asked (`sources`), which rows sellers become (`sellers`), leases and further tries (`jobs`). What a
//! reader would get wrong: what an item brought, the counters, the events and the item's end are one transaction under the
//! run's lease; whatever was paid for and committed is never bought again.

mod activity;
mod choice;
mod departments;
mod entry;
mod estimate;
mod list;
mod overlap;
mod own;
mod pace;
mod parts;
mod preset_change;
mod presets;
mod run;
mod settings;
mod settings_change;
mod start;
mod steer;
mod watch;

use serde::{Deserialize, Serialize};

pub use activity::activity;
pub use departments::{category_ids, category_name, departments};
/// What happened in a run.
pub use entity::collection_event::CollectionEventKind;
/// What a piece of work is.
pub use entity::collection_item::ItemKind;
/// What a run is at.
pub use entity::collection_run::CollectionPhase;
/// How far a run is.
pub use entity::collection_run::CollectionRunStatus;
/// What a worker of a run does.
pub use entity::collection_worker::WorkerState;
pub use estimate::{CollectionEstimate, Effort, estimate};
pub use list::{CollectionRunFilter, count, find_many, get, list};
pub use overlap::{active, cancel_active, check_preset, hold_starts, latest_completed};
pub use pace::{Pace, ProviderCalls, cents, provider};
pub use parts::{CategoryResult, category_results, events, failures, workers};
pub use preset_change::{NewPreset, PresetChange, create_preset, delete_preset, update_preset};
pub use presets::{Preset, count_presets, find_presets, list_presets};
pub use run::{cancelled, gave_up, put_back, run};
pub use settings::{CollectionSettings, settings};
pub use settings_change::{SettingsChange, update_settings};
pub use start::{NewRun, RunCause, start, start_in, told};
pub use steer::{cancel, pause, rerun, resume, retry_failures};
pub use watch::{LiveRun, watch, watch_all};

/// One run.
pub type CollectionRun = entity::collection_run::Model;
/// One thing that happened in a run.
pub type CollectionEvent = entity::collection_event::Model;
/// One worker of a run.
pub type CollectionWorker = entity::collection_worker::Model;
/// One piece of work of a run.
pub type CollectionItem = entity::collection_item::Model;

/// Which of a run's sellers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunScope {
    /// Those the run added.
    New,
    /// All it saw.
    Seen,
}

/// How a run stands that has not ended.
const ACTIVE: [CollectionRunStatus; 3] =
    [CollectionRunStatus::Pending, CollectionRunStatus::Running, CollectionRunStatus::Paused];
