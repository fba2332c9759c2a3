//! The formats a file can have, and what they are called where.

use super::columns::ExportKind;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
}

impl ExportFormat {
    const ALL: [Self; 5] = [Self::Csv, Self::Json, Self::Ndjson, Self::Xlsx, Self::Text];

    /// The last segment of a download's path, and the value of `--format`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Xlsx => "excel",
            Self::Text => "text",
        }
    }

    /// What a file name ends with.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Text => "txt",
            Self::Csv | Self::Json | Self::Ndjson => self.name(),
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
        }
    }

    /// The format of that name, where the kind has it.
    #[must_use]
    pub fn of_name(kind: ExportKind, name: &str) -> Option<Self> {
        Self::of_kind(kind).find(|format| format.name() == name)
    }

    /// The formats a kind can have.
    pub fn of_kind(kind: ExportKind) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |format| kind == ExportKind::Sellers || *format != Self::Text)
    }
}
