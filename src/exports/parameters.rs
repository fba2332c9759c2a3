//! Reads an export from the parameters of a link or a command.
//!
//! One table for each kind; a parameter that is not in it is refused, because a mistyped filter would silently export
//! too much. Lists come repeated or with commas. What is empty counts as absent, as forms send it.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{CsvStyle, ExportFilter, ExportFormat, ExportKind, ExportRequest, Money};
use crate::{
    clock::{read_day, read_moment, rfc3339},
    error::{Error, Result},
    id::IdKind,
    records::{RecordFilter, RecordStatus},
    sellers::{SellerFilter, SellerMoment},
};

const OF_ALL: [&str; 6] = ["columns", "money", "bom", "formulas", "search", "ids"];
const OF_RECORDS: [&str; 7] =
    ["account_id", "status", "date_from", "date_to", "min_profit_cents", "max_profit_cents", "updated_since"];
const OF_SELLERS: [&str; 11] = [
    "flagged",
    "run_id",
    "run_scope",
    "seen_in_run",
    "min_times_seen",
    "min_feedback_percent",
    "min_feedback_count",
    "created_from",
    "created_to",
    "as_of",
    "added_since",
];

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

/// The parameters that [`read`] reads as this request; its kind and format are in the path.
pub fn write(request: &ExportRequest) -> Vec<(&'static str, String)> {
    let mut parameters = match &request.filter {
        ExportFilter::Records(filter) => of_records(filter),
        ExportFilter::Sellers(filter) => of_sellers(filter),
    };
    parameters.extend([
        ("columns", request.columns.as_ref().map(|columns| columns.join(","))),
        ("money", (request.style.money == Money::Decimal).then(|| "decimal".to_owned())),
        ("bom", request.style.bom.then(|| "true".to_owned())),
        ("formulas", request.style.raw_formulas.then(|| "raw".to_owned())),
    ]);
    parameters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

type Written = Vec<(&'static str, Option<String>)>;

fn of_records(filter: &RecordFilter) -> Written {
    use sea_orm::ActiveEnum;
    vec![
        ("account_id", filter.account_ids.as_deref().map(|ids| shown(IdKind::Account, ids))),
        ("status", filter.statuses.as_ref().map(|of| joined(of.iter().map(ActiveEnum::to_value)))),
        ("date_from", filter.sale_date_from.map(|day| day.to_string())),
        ("date_to", filter.sale_date_to.map(|day| day.to_string())),
        ("search", filter.search.clone()),
        ("min_profit_cents", filter.min_profit_cents.map(|cents| cents.to_string())),
        ("max_profit_cents", filter.max_profit_cents.map(|cents| cents.to_string())),
        ("updated_since", filter.updated_since.map(rfc3339)),
        ("ids", filter.ids.as_deref().map(|ids| shown(IdKind::Record, ids))),
    ]
}

fn of_sellers(filter: &SellerFilter) -> Written {
    let run = |id: Option<Uuid>| id.map(|id| IdKind::Run.show(id));
    vec![
        ("search", filter.search.clone()),
        ("flagged", filter.flagged.map(|flagged| flagged.to_string())),
        ("run_id", run(filter.first_seen_in_run)),
        ("seen_in_run", run(filter.seen_in_run)),
        ("min_times_seen", filter.min_times_seen.map(|times| times.to_string())),
        ("min_feedback_percent", filter.min_feedback_percent.map(|percent| percent.to_string())),
        ("min_feedback_count", filter.min_feedback_count.map(|count| count.to_string())),
        ("created_from", filter.created_from.map(rfc3339)),
        ("created_to", filter.created_to.map(rfc3339)),
        ("ids", filter.ids.as_deref().map(|ids| shown(IdKind::Seller, ids))),
        ("as_of", filter.as_of.map(shown_moment)),
        ("added_since", filter.added_since.map(shown_moment)),
    ]
}

/// A list of none is a list: empty, it would count as absent.
fn joined(values: impl Iterator<Item = String>) -> String {
    let values: Vec<String> = values.collect();
    if values.is_empty() { ",".to_owned() } else { values.join(",") }
}

fn shown(kind: IdKind, ids: &[Uuid]) -> String {
    joined(ids.iter().map(|id| kind.show(*id)))
}

fn shown_moment(moment: SellerMoment) -> String {
    match moment {
        SellerMoment::At(at) => rfc3339(at),
        SellerMoment::Run(id) => IdKind::Run.show(id),
        SellerMoment::Now => "now".to_owned(),
    }
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
    let (first_seen_in_run, seen_in_run) = runs(given)?;
    Ok(SellerFilter {
        search: given.text("search")?,
        flagged: given.bool("flagged")?,
        first_seen_in_run,
        seen_in_run,
        min_times_seen: given.number("min_times_seen")?,
        min_feedback_percent: given.number("min_feedback_percent")?,
        min_feedback_count: given.number("min_feedback_count")?,
        created_from: given.moment("created_from")?,
        created_to: given.moment("created_to")?,
        ids: given.ids("ids", IdKind::Seller)?,
        as_of: given.seller_moment("as_of")?,
        added_since: given.seller_moment("added_since")?,
    })
}

/// The run that added the sellers, and the run that saw them. `run_scope` says which of the two `run_id` is.
fn runs(given: &Given<'_>) -> Result<(Option<Uuid>, Option<Uuid>)> {
    let (run, seen_in) = (given.id("run_id", IdKind::Run)?, given.id("seen_in_run", IdKind::Run)?);
    let scope = given.one("run_scope", "`new` or `seen`", |text| match text {
        "new" => Some(RunScope::New),
        "seen" => Some(RunScope::Seen),
        _ => None,
    })?;
    let refused = |message: &str| Err(Error::bad_input("INVALID_PARAMETER", message));
    match (run, scope, seen_in) {
        (None, Some(_), _) => refused("`run_scope` goes with a `run_id`"),
        (Some(_), Some(RunScope::Seen), Some(_)) => {
            refused("`run_id` with the `run_scope` `seen` is `seen_in_run`; give one of them")
        }
        (run, Some(RunScope::Seen), None) => Ok((None, run)),
        (run, _, seen_in) => Ok((run, seen_in)),
    }
}

/// Which of a run's sellers.
#[derive(Clone, Copy, Debug)]
enum RunScope {
    New,
    Seen,
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

    fn seller_moment(&self, name: &str) -> Result<Option<SellerMoment>> {
        let run = |text: &str| IdKind::Run.read(text).ok().map(SellerMoment::Run);
        self.one(name, "`now`, the id of a collection run, or a moment as in RFC 3339", |text| match text {
            "now" => Some(SellerMoment::Now),
            _ => read_moment(text).map(SellerMoment::At).or_else(|| run(text)),
        })
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

    fn id(&self, name: &str, kind: IdKind) -> Result<Option<Uuid>> {
        self.text(name)?.map(|text| kind.read(&text)).transpose()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same_request() {
        let moment = read_moment("2026-11-20T08:00:00.5Z");
        let ids = vec![Uuid::now_v7(), Uuid::now_v7()];
        let records = RecordFilter {
            account_ids: Some(ids.clone()),
            statuses: Some(vec![RecordStatus::Successful, RecordStatus::RefundNoReturn]),
            sale_date_from: read_day("2026-01-02"),
            sale_date_to: read_day("2026-11-20"),
            search: Some("a, b & \u{fc}".to_owned()),
            min_profit_cents: Some(-5),
            max_profit_cents: Some(70),
            updated_since: moment,
            ids: Some(Vec::new()),
        };
        let sellers = SellerFilter {
            search: Some("x=1".to_owned()),
            flagged: Some(false),
            first_seen_in_run: Some(Uuid::now_v7()),
            seen_in_run: Some(Uuid::now_v7()),
            min_times_seen: Some(3),
            min_feedback_percent: Some(98.6),
            min_feedback_count: Some(0),
            created_from: moment,
            created_to: moment,
            ids: Some(ids),
            as_of: moment.map(SellerMoment::At),
            added_since: Some(SellerMoment::Run(Uuid::now_v7())),
        };
        let as_of_now = SellerFilter { as_of: Some(SellerMoment::Now), ..SellerFilter::default() };
        let style = CsvStyle { money: Money::Decimal, bom: true, raw_formulas: true };
        let columns = Some(vec!["id".to_owned()]);
        let requests = [
            ExportRequest { filter: ExportFilter::Records(records), format: ExportFormat::Csv, columns, style },
            ExportRequest { filter: ExportFilter::Sellers(sellers), format: ExportFormat::Json, columns: None, style },
            ExportRequest {
                filter: ExportFilter::Sellers(as_of_now),
                format: ExportFormat::Text,
                columns: None,
                style,
            },
            ExportRequest {
                filter: ExportFilter::Records(RecordFilter::default()),
                format: ExportFormat::Xlsx,
                columns: None,
                style: CsvStyle::default(),
            },
        ];
        for request in requests {
            let written: Vec<(String, String)> =
                write(&request).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            assert_eq!(read(request.filter.kind(), request.format, &written).unwrap(), request);
        }
    }

    #[test]
    fn a_run_is_named_with_its_scope() {
        let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
        let (run, seen_in) = (("run_id", IdKind::Run.show(one)), ("seen_in_run", IdKind::Run.show(other)));
        let read = |given: &[(&str, String)]| {
            let given: Vec<_> = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            seller_filter(&Given(&given)).map(|filter| (filter.first_seen_in_run, filter.seen_in_run))
        };
        let scope = |of: &str| ("run_scope", of.to_owned());
        assert_eq!(read(&[]).unwrap(), (None, None));
        assert_eq!(read(std::slice::from_ref(&run)).unwrap(), (Some(one), None));
        assert_eq!(read(&[run.clone(), scope("")]).unwrap(), (Some(one), None));
        assert_eq!(read(&[run.clone(), scope("new")]).unwrap(), (Some(one), None));
        assert_eq!(read(&[run.clone(), scope("seen")]).unwrap(), (None, Some(one)));
        assert_eq!(read(std::slice::from_ref(&seen_in)).unwrap(), (None, Some(other)));
        assert_eq!(read(&[run.clone(), scope("new"), seen_in.clone()]).unwrap(), (Some(one), Some(other)));
        for refused in [
            vec![scope("new")],
            vec![("run_id", String::new()), scope("new")],
            vec![run.clone(), scope("NEW")],
            vec![run.clone(), run.clone()],
            vec![run.clone(), scope("seen"), seen_in.clone()],
        ] {
            assert_eq!(read(&refused).unwrap_err().code(), "INVALID_PARAMETER", "{refused:?}");
        }
        assert_eq!(read(&[("run_id", IdKind::Seller.show(one))]).unwrap_err().code(), "INVALID_ID");
    }
}
