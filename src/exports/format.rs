//! The formats a file can have, and what they are called where.

use serde::{Deserialize, Serialize};

use super::columns::ExportKind;
use crate::error::{Error, Result};

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
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
    /// Apache Parquet: typed columns, compressed.
    Parquet,
}

impl ExportFormat {
    const ALL: [Self; 6] = [Self::Csv, Self::Json, Self::Ndjson, Self::Xlsx, Self::Parquet, Self::Text];

    /// The last segment of a download's path, and the value of `--format`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Xlsx => "excel",
            Self::Text => "text",
            Self::Parquet => "parquet",
        }
    }

    /// As it is stored, and in the schema.
    #[must_use]
    pub(super) fn stored(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Ndjson => "NDJSON",
            Self::Xlsx => "XLSX",
            Self::Text => "TEXT",
            Self::Parquet => "PARQUET",
        }
    }

    /// The format that is stored so. The tables let no other in than those of `stored`.
    #[must_use]
    pub fn of_stored(text: &str) -> Self {
        Self::ALL.into_iter().find(|format| format.stored() == text).unwrap_or(Self::Csv)
    }

    /// What a file name ends with.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Text => "txt",
            Self::Csv | Self::Json | Self::Ndjson | Self::Parquet => self.name(),
        }
    }

    /// The media type; that of CSV says that there is a header (RFC 4180, 3).
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Text => "text/plain; charset=utf-8",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// Reads the name of a format that a kind can have.
    ///
    /// # Errors
    /// `UNKNOWN_FORMAT`, saying what there is; `FORMAT_NOT_BUILT` for one that this program was built without.
    pub fn read(kind: ExportKind, name: &str) -> Result<Self> {
        let Some(format) = Self::ALL.into_iter().find(|format| format.name() == name && format.fits(kind)) else {
            let known: Vec<&str> = Self::of_kind(kind).map(Self::name).collect();
            let shown: String = name.chars().take(20).collect();
            let (shown, kind, known) = (shown.escape_debug(), kind.name(), known.join(", "));
            let message = format!("there is no format `{shown}` of {kind}; there are {known}");
            return Err(Error::bad_input("UNKNOWN_FORMAT", message));
        };
        format.check_built()?;
        Ok(format)
    }

    /// The formats a kind can have.
    pub fn of_kind(kind: ExportKind) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |format| format.fits(kind) && format.is_built())
    }

    /// Refuses a format that this program was built without.
    ///
    /// # Errors
    /// `FORMAT_NOT_BUILT`.
    pub fn check_built(self) -> Result<()> {
        if self.is_built() {
            return Ok(());
        }
        let name = self.name();
        let message = format!("this sellerbook was built without the format `{name}` (cargo feature `{name}`)");
        Err(Error::bad_input("FORMAT_NOT_BUILT", message))
    }

    fn is_built(self) -> bool {
        self != Self::Parquet || cfg!(feature = "parquet")
    }

    fn fits(self, kind: ExportKind) -> bool {
        kind == ExportKind::Sellers || self != Self::Text
    }
}

impl ExportKind {
    /// The kind that is stored so. The tables let no other in than those of `stored_kind`.
    #[must_use]
    pub fn of_stored(text: &str) -> Self {
        if text == stored_kind(Self::Sellers) { Self::Sellers } else { Self::Records }
    }
}

/// A kind as it is stored, and in the schema.
pub(super) fn stored_kind(kind: ExportKind) -> &'static str {
    match kind {
        ExportKind::Records => "RECORDS",
        ExportKind::Sellers => "SELLERS",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_that_is_not_built_is_refused_by_name_and_not_offered() {
        let read = ExportFormat::read(ExportKind::Records, "parquet");
        let offered = ExportFormat::of_kind(ExportKind::Records).any(|format| format == ExportFormat::Parquet);
        if cfg!(feature = "parquet") {
            assert!(read.is_ok() && offered);
        } else {
            assert!(read.is_err_and(|error| error.code() == "FORMAT_NOT_BUILT") && !offered);
        }
        let text = ExportFormat::read(ExportKind::Records, "text");
        assert!(text.is_err_and(|error| error.code() == "UNKNOWN_FORMAT"));
    }
}
