//! What the command line states of a file.
//!
//! What a reader would get wrong: a mapping names headers, an import knows columns by their place; so a file with a mapping is
//! looked into once more, before everything else.

use std::path::{Path, PathBuf};

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::super::{failure::Failure, shown};
use crate::{
    app::App,
    error::Error,
    sheet::{
        self, DateFormat, DecimalSeparator, Delimiter, Encoding, Field, Formulas, Limits, MoneyUnit, Reading,
        SheetFormat, SheetKind, SurveyedColumn,
    },
};

const MONEY: &[&str] = &["cents", "decimal"];
const DATES: &[&str] =
    &["iso", "iso-slash", "us-slash", "eu-slash", "us-dash", "eu-dash", "eu-dot", "us-name", "eu-name"];
const ENCODINGS: &[&str] = &["utf-8", "utf-16-le", "utf-16-be", "windows-1252"];
const FORMATS: &[&str] = &["csv", "json", "ndjson", "xlsx"];
const DELIMITERS: &[&str] = &["comma", "semicolon", "tab", "bar"];
const SEPARATORS: &[&str] = &["point", "comma"];

#[derive(Debug, Args)]
pub(super) struct Stated {
    /// The unit of money, for columns whose header does not say it
    #[arg(long, value_parser = named::<MoneyUnit>(MONEY))]
    money: Option<MoneyUnit>,
    /// What stands before the cents
    #[arg(long, value_parser = named::<DecimalSeparator>(SEPARATORS))]
    decimal_separator: Option<DecimalSeparator>,
    /// How days are written: iso 2026-11-21, us-slash 11/21/2026, eu-slash 21/11/2026, eu-dot 21.11.2026, us-name Nov 21, 2026 …
    #[arg(long, value_parser = named::<DateFormat>(DATES))]
    dates: Option<DateFormat>,
    /// How characters are written
    #[arg(long, value_parser = named::<Encoding>(ENCODINGS))]
    encoding: Option<Encoding>,
    /// What the file is
    #[arg(long, value_parser = named::<SheetFormat>(FORMATS))]
    format: Option<SheetFormat>,
    /// What stands between the values of a CSV
    #[arg(long, value_parser = named::<Delimiter>(DELIMITERS))]
    delimiter: Option<Delimiter>,
    /// The file was exported with raw formulas: texts stay as they are
    #[arg(long)]
    raw_formulas: bool,
    /// The sheet of a workbook
    #[arg(long)]
    sheet: Option<String>,
    /// What a column fills, as "Header=field"; "Header=" passes it over; may be repeated
    #[arg(long, value_name = "HEADER=FIELD", value_parser = mapped)]
    map: Vec<(String, String)>,
}

impl Stated {
    /// What is stated of the file at `path`.
    pub(super) async fn reading(&self, app: &App, kind: SheetKind, path: &Path) -> Result<Reading, Failure> {
        let mut reading = Reading {
            format: self.format,
            encoding: self.encoding,
            delimiter: self.delimiter,
            money: self.money,
            decimal_separator: self.decimal_separator,
            dates: self.dates,
            formulas: self.raw_formulas.then_some(Formulas::Raw),
            sheet: self.sheet.clone(),
            ..Reading::default()
        };
        if !self.map.is_empty() {
            let columns = columns(app, kind, &reading, path).await?;
            let mapping = self.map.iter().map(|(header, key)| place(kind, &columns, header, key));
            reading.mapping = Some(mapping.collect::<Result<_, _>>()?);
        }
        Ok(reading)
    }
}

/// The columns of a file.
async fn columns(app: &App, kind: SheetKind, reading: &Reading, path: &Path) -> Result<Vec<SurveyedColumn>, Failure> {
    let limits = Limits { bytes: app.config.import_max_bytes, ..Limits::default() };
    let (reading, path): (Reading, PathBuf) = (reading.clone(), path.to_owned());
    let survey = move || sheet::survey(&path, kind, &reading, &limits, &|_| {}, &CancellationToken::new());
    let survey = tokio::task::spawn_blocking(survey).await;
    let survey = survey.map_err(|error| Error::caused("looking into a file", error))?;
    Ok(survey.map_err(|error| Failure::new(format!("{error}; nothing was imported")))?.columns)
}

/// What a mapping says, with the column's place for its header.
fn place(
    kind: SheetKind,
    columns: &[SurveyedColumn],
    header: &str,
    key: &str,
) -> Result<(usize, Option<Field>), Failure> {
    let is_it = |column: &&SurveyedColumn| column.header.trim().eq_ignore_ascii_case(header.trim());
    let column = columns.iter().find(is_it).ok_or_else(|| {
        let headers: Vec<String> = columns.iter().map(|column| shown(&column.header)).collect();
        Failure::new(format!("the file has no column `{}`; its columns are {}", shown(header), headers.join(", ")))
    })?;
    if key.is_empty() {
        return Ok((column.index, None));
    }
    let field = Field::find(kind, key).ok_or_else(|| {
        let keys: Vec<&str> = Field::of_kind(kind).map(Field::key).collect();
        Failure::new(format!("{} have no field `{}`; the fields are {}", kind.name(), shown(key), keys.join(", ")))
    })?;
    Ok((column.index, Some(field)))
}

/// One of the words of a closed set.
fn named<T>(names: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).try_map(|name| read::<T>(&name))
}

/// The names are those of the API, in the small letters of a command line.
fn read<T: DeserializeOwned>(name: &str) -> Result<T, serde_json::Error> {
    serde_json::from_value(name.to_ascii_uppercase().replace('-', "_").into())
}

fn mapped(text: &str) -> Result<(String, String), String> {
    // A header may have a `=` in it, a field has none.
    let (header, field) = text.rsplit_once('=').ok_or("must be HEADER=FIELD")?;
    Ok((header.to_owned(), field.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all<T: DeserializeOwned>(names: &[&str]) {
        for name in names {
            assert!(read::<T>(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn every_word_that_is_offered_is_understood() {
        all::<MoneyUnit>(MONEY);
        all::<DateFormat>(DATES);
        all::<Encoding>(ENCODINGS);
        all::<SheetFormat>(FORMATS);
        all::<Delimiter>(DELIMITERS);
        all::<DecimalSeparator>(SEPARATORS);
    }

    #[test]
    fn a_mapping_is_cut_at_its_last_sign() {
        assert_eq!(mapped("Order=ebay_order_id"), Ok(("Order".to_owned(), "ebay_order_id".to_owned())));
        assert_eq!(mapped("a=b=qty"), Ok(("a=b".to_owned(), "qty".to_owned())));
        assert_eq!(mapped("Notes="), Ok(("Notes".to_owned(), String::new())));
        assert!(mapped("Notes").is_err());
    }
}
