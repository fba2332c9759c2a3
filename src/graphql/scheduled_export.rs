//! Exports that schedules make: what is asked for, and how it is shown.

use async_graphql::{InputObject, SimpleObject};

use super::export::{ExportFormat, ExportInput, ExportKind, MoneyFormat};
use crate::{
    error::{Error, Result},
    exports::{self, ExportRequest},
    schedules,
};

/// A file to be made each time, as in `startExport`.
#[derive(Clone, Debug, InputObject)]
pub struct ScheduledExportInput {
    /// The file.
    #[graphql(flatten)]
    export: ExportInput,
    /// Whether it holds the sellers that the latest completed run added, as of the time it is made; for sellers alone.
    #[graphql(default_with = "Some(false)")]
    latest_run_sellers: Option<bool>,
}

impl TryFrom<ScheduledExportInput> for schedules::ScheduledExport {
    type Error = Error;

    fn try_from(input: ScheduledExportInput) -> Result<Self> {
        Ok(Self { request: input.export.try_into()?, latest_run_sellers: input.latest_run_sellers.unwrap_or_default() })
    }
}

/// A file that a schedule makes.
#[derive(Clone, Debug, SimpleObject)]
pub struct ScheduledExport {
    /// What it is of.
    kind: ExportKind,
    /// What it is.
    format: ExportFormat,
    /// Keys of columns, or names of sets, in the order wanted; null for the default ones.
    columns: Option<Vec<String>>,
    /// Whether it holds the sellers that the latest completed run added, as of the time it is made.
    latest_run_sellers: bool,
    /// How money is written.
    money: MoneyFormat,
    /// Whether a CSV begins with a byte order mark.
    bom: bool,
    /// Whether a CSV leaves texts as they are that a spreadsheet would take for formulas.
    raw_formulas: bool,
    /// The path of a download with the same filter, to read or to try; the latest run is not in it.
    path: String,
}

impl From<schedules::ScheduledExport> for ScheduledExport {
    fn from(export: schedules::ScheduledExport) -> Self {
        let path = exports::stream_path(&export.request);
        let ExportRequest { filter, format, columns, style } = export.request;
        Self {
            kind: filter.kind().into(),
            format: format.into(),
            columns,
            latest_run_sellers: export.latest_run_sellers,
            money: style.money.into(),
            bom: style.bom,
            raw_formulas: style.raw_formulas,
            path,
        }
    }
}
