//! What a schedule starts: a run of a preset, or an export.

use entity::schedule;
use uuid::Uuid;

use crate::{
    app::App,
    auth::Actor,
    collection,
    error::{Error, Result},
    exports::{self, ExportKind, ExportRequest},
};

/// What a schedule starts.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "an organisation has few schedules, and a page of them is all that is held"
)]
pub enum Target {
    /// A run of this preset, which may be gone by now.
    Collection {
        /// The preset.
        preset_id: Uuid,
    },
    /// An export.
    Export(ScheduledExport),
}

/// A file that a schedule makes.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledExport {
    /// The file.
    pub request: ExportRequest,
    /// Whether it holds the new sellers of the latest finished run, as of the moment it fires.
    pub latest_run_sellers: bool,
}

impl Target {
    /// As it is stored.
    pub(super) fn of(row: &schedule::Model) -> Result<Self> {
        match (row.preset_id, &row.export) {
            (Some(preset_id), None) => Ok(Self::Collection { preset_id }),
            (None, Some(export)) => {
                let request = serde_json::from_str(export)
                    .map_err(|error| Error::caused("reading the export of a schedule", error))?;
                Ok(Self::Export(ScheduledExport { request, latest_run_sellers: row.latest_run_sellers }))
            }
            _ => Err(Error::internal("a schedule has one target")),
        }
    }

    /// Refuses what the actor could not start now, as far as permissions go.
    pub(super) fn check_allowed(&self, actor: &Actor) -> Result<()> {
        match self {
            Self::Collection { .. } => Ok(()),
            Self::Export(export) => exports::check(actor, &export.request),
        }
    }

    /// The columns it is stored in: `preset_id`, `export`, `latest_run_sellers`.
    pub(super) fn stored(&self) -> Result<(Option<Uuid>, Option<String>, bool)> {
        match self {
            Self::Collection { preset_id } => Ok((Some(*preset_id), None, false)),
            Self::Export(export) => {
                let request = serde_json::to_string(&export.request)
                    .map_err(|error| Error::caused("storing the export of a schedule", error))?;
                Ok((None, Some(request), export.latest_run_sellers))
            }
        }
    }
}

/// Refuses a target that could not be started now.
///
/// # Errors
/// `NOT_FOUND` for a preset or run that is not there; `FORBIDDEN` and those of an export's columns, format and filter;
/// `INVALID_FILTER` for records of the latest run.
pub(super) async fn check_target(app: &App, actor: &Actor, target: &Target) -> Result<()> {
    match target {
        Target::Collection { preset_id } => collection::check_preset(app, actor, *preset_id).await,
        Target::Export(export) => {
            if export.latest_run_sellers && export.request.filter.kind() != ExportKind::Sellers {
                let message = "only an export of sellers can hold those of the latest run";
                return Err(Error::bad_input("INVALID_FILTER", message));
            }
            exports::named(app, actor, &export.request).await.map(drop)
        }
    }
}
