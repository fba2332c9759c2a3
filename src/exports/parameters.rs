//! Reads an export from the parameters of a link or a command.
//!
//! One table for each kind; a parameter that is not in it is refused, because a mistyped filter would silently export
//! too much. Lists come repeated or with commas. What is empty counts as absent, as forms send it.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{CsvStyle, ExportFilter, ExportFormat, ExportKind, ExportRequest, Money};
use crate::{
    clock::{read_day, read_moment},
    error::{Error, Result},
    id::IdKind,
    records::{RecordFilter, RecordStatus},
    sellers::SellerFilter,
};

const OF_ALL: [&str; 6] = ["columns", "money", "bom", "formulas", "search", "ids"];
const OF_RECORDS: [&str; 7] =
    ["account_id", "status", "date_from", "date_to", "min_profit_cents", "max_profit_cents", "updated_since"];
const OF_SELLERS: [&str; 6] =
    ["flagged", "min_times_seen", "min_feedback_percent", "min_feedback_count", "created_from", "created_to"];

/// Reads a request.
pub fn read(kind: ExportKind, format: ExportFormat, parameters: &[(String, String)]) -> Result<ExportRequest> {
    let given = Given(parameters);
    given.refuse_unknown(kind)?;
    let filter = match kind {
        ExportKind::Records => ExportFilter::Records(record_filter(&given)?),
        ExportKind::Sellers => ExportFilter::Sellers(seller_filter(&given)?),
    };
    let style = CsvStyle {
        money: given
            .one("money", "`cents` or `decimal`", |text| match text {
                "cents" => Some(Money::Cents),
                "decimal" => Some(Money::Decimal),
                _ => None,
            })?
            .unwrap_or_default(),
        bom: given.bool("bom")?.unwrap_or_default(),
        raw_formulas: given
            .one("formulas", "`raw` or `escaped`", |text| match text {
                "raw" => Some(true),
                "escaped" => Some(false),
                _ => None,
            })?
            .unwrap_or_default(),
    };
    Ok(ExportRequest { filter, format, columns: given.list("columns"), style })
}

fn record_filter(given: &Given<'_>) -> Result<RecordFilter> {
    Ok(RecordFilter {
        account_ids: given.ids("account_id", IdKind::Account)?,
        statuses: given.statuses()?,
        sale_date_from: given.day("date_from")?,
        sale_date_to: given.day("date_to")?,
        search: given.text("search")?,
        min_profit_cents: given.number("min_profit_cents")?,
        max_profit_cents: given.number("max_profit_cents")?,
        updated_since: given.moment("updated_since")?,
        ids: given.ids("ids", IdKind::Record)?,
    })
}

fn seller_filter(given: &Given<'_>) -> Result<SellerFilter> {
    Ok(SellerFilter {
        search: given.text("search")?,
        flagged: given.bool("flagged")?,
        min_times_seen: given.number("min_times_seen")?,
        min_feedback_percent: given.number("min_feedback_percent")?,
        min_feedback_count: given.number("min_feedback_count")?,
        created_from: given.moment("created_from")?,
        created_to: given.moment("created_to")?,
        ids: given.ids("ids", IdKind::Seller)?,
    })
}

/// The parameters as they came.
struct Given<'p>(&'p [(String, String)]);

impl Given<'_> {
    fn refuse_unknown(&self, kind: ExportKind) -> Result<()> {
        let own: &[&str] = match kind {
            ExportKind::Records => &OF_RECORDS,
            ExportKind::Sellers => &OF_SELLERS,
        };
        let known: Vec<&str> = own.iter().chain(&OF_ALL).copied().collect();
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => {
                let shown: String = name.chars().take(60).collect();
                let message =
                    format!("there is no parameter `{}`; there are {}", shown.escape_debug(), known.join(", "));
                Err(Error::bad_input("UNKNOWN_PARAMETER", message))
            }
        }
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(given, value)| given == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> Result<Option<String>> {
        let mut values = self.values(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(Error::bad_input("INVALID_PARAMETER", format!("`{name}` is given twice")));
        }
        Ok(first.map(str::to_owned))
    }

    fn one<T>(&self, name: &str, expected: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        read(&text).map(Some).ok_or_else(|| refused(name, expected, &text))
    }

    fn bool(&self, name: &str) -> Result<Option<bool>> {
        self.one(name, "`true` or `false`", |text| text.parse().ok())
    }

    fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>> {
        self.one(name, "a number", |text| text.parse().ok())
    }

    fn day(&self, name: &str) -> Result<Option<NaiveDate>> {
        self.one(name, "a day as YYYY-MM-DD", read_day)
    }

    fn moment(&self, name: &str) -> Result<Option<DateTime<Utc>>> {
        self.one(name, "a moment as in RFC 3339, such as 2026-11-20T08:00:00Z", read_moment)
    }

    /// None when the parameter is absent.
    fn list(&self, name: &str) -> Option<Vec<String>> {
        let parts: Vec<String> = self
            .values(name)
            .flat_map(|value| value.split(','))
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect();
        (self.values(name).next().is_some()).then_some(parts)
    }

    fn ids(&self, name: &str, kind: IdKind) -> Result<Option<Vec<Uuid>>> {
        self.list(name).map(|texts| texts.iter().map(|text| kind.read(text)).collect()).transpose()
    }

    fn statuses(&self) -> Result<Option<Vec<RecordStatus>>> {
        let read = |text: &String| {
            status(text).ok_or_else(|| {
                let expected = "SUCCESSFUL, RETURN_LABEL_PROVIDED, RETURN_CLOSED or REFUND_NO_RETURN";
                refused("status", expected, text)
            })
        };
        self.list("status").map(|texts| texts.iter().map(read).collect()).transpose()
    }
}

fn status(text: &str) -> Option<RecordStatus> {
    use sea_orm::{ActiveEnum, Iterable};
    RecordStatus::iter().find(|status| status.to_value() == text)
}

fn refused(name: &str, expected: &str, text: &str) -> Error {
    let shown: String = text.chars().take(60).collect();
    Error::bad_input("INVALID_PARAMETER", format!("`{name}` must be {expected}, not `{}`", shown.escape_debug()))
}
