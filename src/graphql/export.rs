//! Exports in the schema: what can be asked for, which columns a file can have, and how much it would be.

use async_graphql::{Enum, InputObject, SimpleObject};

use super::{record::RecordFilterInput, scalar::small, seller::SellerFilterInput};
use crate::{
    error::{Error, Result},
    exports::{self, CsvStyle, ExportFilter, ExportRequest},
};

/// What an export is of.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "exports::ExportKind")]
pub enum ExportKind {
    /// Order records.
    Records,
    /// Sellers.
    Sellers,
}

/// A column that a file can have.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExportColumn {
    /// Its name in requests and files.
    key: &'static str,
    /// Its name for people.
    label: &'static str,
    /// Whether it is there when no columns are named.
    is_default: bool,
    /// The named sets it belongs to; a set's name may stand for its columns.
    sets: Vec<&'static str>,
}

impl From<exports::Column> for ExportColumn {
    fn from(column: exports::Column) -> Self {
        Self { key: column.key, label: column.label, is_default: column.is_default, sets: column.sets().collect() }
    }
}

/// What a file is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "exports::ExportFormat")]
pub enum ExportFormat {
    /// Comma-separated values, RFC 4180.
    Csv,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// An Excel workbook.
    Xlsx,
    /// Names of sellers, one a line.
    Text,
    /// Apache Parquet, with typed columns.
    Parquet,
}

/// How money is written. XLSX always holds dollars.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "exports::Money")]
pub enum MoneyFormat {
    /// Whole US cents.
    Cents,
    /// US dollars with two digits; `_cents` is dropped from the columns' names.
    Decimal,
}

/// What is to be in a file, and how.
#[derive(Clone, Debug, InputObject)]
pub struct ExportInput {
    /// What it is of.
    kind: ExportKind,
    /// What it is.
    format: ExportFormat,
    /// Keys of columns, or names of sets, in the order wanted; the default ones when absent. See `exportColumns`.
    columns: Option<Vec<String>>,
    /// Which records, when it is of records; all when absent.
    record_filter: Option<RecordFilterInput>,
    /// Which sellers, when it is of sellers; all when absent.
    seller_filter: Option<SellerFilterInput>,
    /// How money is written.
    #[graphql(default_with = "Some(MoneyFormat::Cents)")]
    money: Option<MoneyFormat>,
    /// Whether a CSV begins with a byte order mark, for Excel.
    #[graphql(default_with = "Some(false)")]
    bom: Option<bool>,
    /// Whether a CSV leaves texts as they are that a spreadsheet would take for formulas.
    #[graphql(default_with = "Some(false)")]
    raw_formulas: Option<bool>,
}

impl TryFrom<ExportInput> for ExportRequest {
    type Error = Error;

    fn try_from(input: ExportInput) -> Result<Self> {
        let filter = match (input.kind, input.record_filter, input.seller_filter) {
            (ExportKind::Records, filter, None) => {
                ExportFilter::Records(filter.map(TryInto::try_into).transpose()?.unwrap_or_default())
            }
            (ExportKind::Sellers, None, filter) => {
                ExportFilter::Sellers(filter.map(TryInto::try_into).transpose()?.unwrap_or_default())
            }
            _ => {
                let message = "`recordFilter` goes with the kind RECORDS, `sellerFilter` with SELLERS";
                return Err(Error::bad_input("INVALID_FILTER", message));
            }
        };
        let style = CsvStyle {
            money: input.money.map(Into::into).unwrap_or_default(),
            bom: input.bom.unwrap_or_default(),
            raw_formulas: input.raw_formulas.unwrap_or_default(),
        };
        Ok(Self { filter, format: input.format.into(), columns: input.columns, style })
    }
}

/// The better way to get a file.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportMode {
    /// At once, by `streamUrl`: fewer than 10,000 rows.
    Stream,
    /// In the background, by `startExport`. A stream of any size works too.
    Job,
}

/// How much a file would be, and the better way to get it.
#[derive(Clone, Debug, SimpleObject)]
pub struct ExportEstimate {
    /// Rows, as of now.
    rows: i32,
    /// The better way.
    mode: ExportMode,
    /// Where to download it at once: a signed link of yours, good for a quarter of an hour unless configured otherwise.
    stream_url: String,
}

impl ExportEstimate {
    pub(super) fn new(estimate: exports::Estimate, stream_url: String) -> Self {
        let mode = if estimate.is_for_job { ExportMode::Job } else { ExportMode::Stream };
        Self { rows: small(estimate.rows), mode, stream_url }
    }
}
