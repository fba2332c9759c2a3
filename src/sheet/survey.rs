//! The first pass over a file: what is in it.
//!
//! Not here: the rows themselves, which the second pass reads. What a reader would get wrong: units, separators and
//! formats are decided by all rows of a column, so the file is read to its end before the first cell can be understood.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{
    content::{self, Content, broken_text},
    csv::{self, CsvRows},
    day, encoding,
    fault::{Fault, FaultCode, SheetError, shown},
    field::{Field, FieldShape},
    header,
    json::Keys,
    money,
    reading::{
        DateFormat, DecimalSeparator, Delimiter, Encoding, Formulas, Limits, MoneyUnit, Reading, SheetFormat,
        SheetKind, Step,
    },
    rows::{self, Opening},
    table::{Cell, TableRow},
    xlsx::{self, Book},
};

/// Rows between two signs of progress.
const STEP: u64 = 4_096;

/// What is in a file, and how its second pass is to read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// What the rows are of.
    pub kind: SheetKind,
    /// The format.
    pub format: SheetFormat,
    /// How the characters are written; none in a workbook.
    pub encoding: Option<Encoding>,
    /// What stands between values; none where nothing does.
    pub delimiter: Option<Delimiter>,
    /// Whether our `'` comes off.
    pub formulas: Formulas,
    /// Whether the first line names the columns; without, every line is a seller's name.
    pub has_header: bool,
    /// The sheets that are read, in their order; none but in a workbook.
    pub sheets: Vec<String>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Rows, the header aside. Blank ones are none.
    pub rows: u64,
    /// The columns, in their order.
    pub columns: Vec<SurveyedColumn>,
    /// What is wrong before any row can be understood; with one of these the second pass is refused.
    pub faults: Vec<Fault>,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurveyedColumn {
    /// Its place, from 0.
    pub index: usize,
    /// Its header, as given.
    pub header: String,
    /// Whether it is one of our own files' that is computed or ours to give, and so passed over.
    pub is_ours: bool,
    /// What it seems to fill.
    pub suggestion: Option<Suggestion>,
    /// What it fills: as stated, else as suggested.
    pub mapped: Option<Field>,
    /// The unit of its money, where it is money and the unit is stated.
    pub money: Option<StatedUnit>,
    /// What stands before the cents, where it is money.
    pub separator: Option<DecimalSeparator>,
    /// How its days are written, where it is days in text.
    pub dates: Option<DateFormat>,
}

/// A field that a header seems to mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The field.
    pub field: Field,
    /// How sure it is, to 1.
    pub score: f64,
    /// How it was found.
    pub by: SuggestedBy,
}

/// How a suggestion was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SuggestedBy {
    /// The header is a name of the field.
    Alias,
    /// The header is like a name of the field.
    Similarity,
}

/// The unit of a column's money, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedUnit {
    /// The unit.
    pub unit: MoneyUnit,
    /// Whether the header says it, rather than the person.
    pub by_header: bool,
}

impl Survey {
    /// The fields that are filled, in the order of the columns.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        self.columns.iter().filter_map(|column| column.mapped)
    }

    /// Whether a column fills the field.
    #[must_use]
    pub fn has(&self, field: Field) -> bool {
        self.fields().any(|other| other == field)
    }
}

/// Surveys a file.
pub(super) fn survey(
    path: &Path,
    kind: SheetKind,
    reading: &Reading,
    limits: &Limits,
    on_step: &dyn Fn(Step),
    stop: &CancellationToken,
) -> Result<Survey, SheetError> {
    let bytes = path.metadata().map_err(SheetError::Unreadable)?.len();
    if bytes > limits.bytes {
        return Err(SheetError::TooLarge(format!("the file has more than {} bytes", limits.bytes)));
    }
    let is_stopped = || stop.is_cancelled();
    let content = content::look(path, kind, reading, &is_stopped)?;
    if content.format == SheetFormat::Xlsx {
        xlsx::check(path, limits, &is_stopped)?;
    }
    let start = Start::of(path, kind, reading, content)?;
    let mut survey = start.survey(kind, reading, content, bytes);
    if !survey.faults.is_empty() {
        return Ok(survey);
    }
    let mut watches = Watches::default();
    watches.watch(kind, reading, start.header.iter().map(String::as_str));
    let mut keys = Keys::default();
    survey.rows = rows::for_each(&Opening::of(path, &survey), &mut keys, limits, stop, &mut |row, place| {
        watches.watch(kind, reading, place.keys.names().iter().map(String::as_str));
        watches.look(row);
        if place.rows % STEP == 0 {
            on_step(Step::Surveying(place.bytes.min(bytes), bytes));
        }
        Ok(())
    })?;
    let headers = if content.format.is_json() { keys.names() } else { &start.header };
    survey.columns = header::columns(kind, headers, reading);
    // JSON without any key has no rows, or none that is whole: its columns are not what is wrong.
    if !survey.columns.is_empty() || !content.format.is_json() {
        survey.faults = header::faults(kind, start.line, &survey.columns, reading);
    }
    watches.decide(&mut survey, reading, start.line);
    Ok(survey)
}

impl SheetFormat {
    fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson)
    }
}

/// What is known of a file before its rows.
#[derive(Debug, Default)]
struct Start {
    header: Vec<String>,
    has_header: bool,
    /// The line of the header.
    line: u64,
    delimiter: Option<Delimiter>,
    sheets: Vec<String>,
    /// Whether its lines are parted alike, as far as was looked.
    is_even: bool,
    /// What is wrong with the header as a row.
    fault: Option<Fault>,
}

impl Start {
    fn of(path: &Path, kind: SheetKind, reading: &Reading, content: Content) -> Result<Self, SheetError> {
        let start = match content.format {
            SheetFormat::Json | SheetFormat::Ndjson => return Ok(Self { line: 1, ..Self::default() }),
            SheetFormat::Xlsx => {
                let is_known = |name: &str| header::is_known(kind, name);
                let chosen = Book::open(path)?.choose(reading, &is_known)?;
                Self {
                    header: chosen.header,
                    line: chosen.line,
                    sheets: chosen.sheets,
                    is_even: true,
                    ..Self::default()
                }
            }
            SheetFormat::Csv => Self::of_csv(path, reading, content.encoding.unwrap_or(Encoding::Utf8))?,
        };
        Ok(start.named(kind, reading))
    }

    fn of_csv(path: &Path, reading: &Reading, encoding: Encoding) -> Result<Self, SheetError> {
        let start = content::start(path, encoding)?;
        let stated = reading.delimiter.or_else(|| csv::stated_delimiter(start.as_bytes()).map(|(sign, _)| sign));
        let sign = stated.or_else(|| csv::find_delimiter(&start)).unwrap_or_default();
        let (delimiter, is_even) = (Some(sign), stated.is_some() || csv::is_even(&start, sign));
        let (text, _) = encoding::open(path, encoding)?;
        let mut row = TableRow::default();
        if !CsvRows::open(text, delimiter).and_then(|mut rows| rows.read(&mut row)).map_err(broken_text)? {
            return Err(SheetError::Empty);
        }
        let fault = row.wrong.clone().map(|wrong| Fault::of_row(row.line, wrong.code, wrong.reason));
        let header = row.cells().map(Cell::shown).collect();
        Ok(Self { header, line: row.line, delimiter, is_even, fault, ..Self::default() })
    }

    /// Tells whether the first line names the columns. Sellers in a single column under no name that is known are a plain
    /// list of names, which begins with a name; so are lines that have a comma here and there.
    fn named(mut self, kind: SheetKind, reading: &Reading) -> Self {
        let is_table = self.header.iter().any(|name| header::is_known(kind, name)) || reading.mapping.is_some();
        let is_list = kind == SheetKind::Sellers && !is_table && (self.header.len() == 1 || !self.is_even);
        self.has_header = reading.header.unwrap_or(!is_list);
        if self.has_header {
            return self;
        }
        self.fault = None;
        if is_list {
            // Whatever stands in a line belongs to the name.
            self.delimiter = None;
            self.header = vec![Field::DisplayName.label().to_owned()];
        } else {
            self.header = (1..=self.header.len()).map(|column| format!("column {column}")).collect();
        }
        self
    }

    fn survey(&self, kind: SheetKind, reading: &Reading, content: Content, bytes: u64) -> Survey {
        Survey {
            kind,
            format: content.format,
            encoding: content.encoding,
            delimiter: self.delimiter,
            formulas: reading.formulas.unwrap_or_default(),
            has_header: self.has_header,
            sheets: self.sheets.clone(),
            bytes,
            rows: 0,
            columns: Vec::new(),
            faults: self.fault.iter().cloned().collect(),
        }
    }
}

/// What the cells of the columns say about how they are to be read.
#[derive(Debug, Default)]
struct Watches(Vec<Watch>);

#[derive(Debug)]
enum Watch {
    Nothing,
    Money { separators: money::Separators, is_used: bool },
    Days(day::Formats),
}

impl Watches {
    /// Watches columns that are new: what a column means is stated, or its header says it, whatever the others say.
    fn watch<'a>(&mut self, kind: SheetKind, reading: &Reading, headers: impl Iterator<Item = &'a str>) {
        for (index, header) in headers.enumerate().skip(self.0.len()) {
            let field = match header::stated(reading, index) {
                Some(stated) => stated,
                None => header::suggestion(kind, header).map(|suggestion| suggestion.field),
            };
            self.0.push(match field.map(Field::shape) {
                Some(FieldShape::Money) => Watch::Money { separators: money::Separators::default(), is_used: false },
                Some(FieldShape::Day) => Watch::Days(day::Formats::default()),
                _ => Watch::Nothing,
            });
        }
    }

    fn look(&mut self, row: &TableRow) {
        if row.wrong.is_some() {
            return;
        }
        for (index, watch) in self.0.iter_mut().enumerate() {
            let cell = row.cell(index);
            match watch {
                Watch::Nothing => {}
                Watch::Money { separators, is_used } => {
                    *is_used |= !cell.is_blank();
                    separators.look(row.line, cell);
                }
                Watch::Days(formats) => formats.look(row.line, cell),
            }
        }
    }

    /// Puts down how the columns are to be read, or what no row decides.
    fn decide(&self, survey: &mut Survey, reading: &Reading, header_line: u64) {
        for (column, watch) in survey.columns.iter_mut().zip(&self.0) {
            let shape = column.mapped.map(Field::shape);
            let decided = match watch {
                Watch::Money { separators, is_used } if shape == Some(FieldShape::Money) => {
                    decide_money(column, separators, *is_used, reading, header_line)
                }
                Watch::Days(formats) if shape == Some(FieldShape::Day) => decide_days(column, formats, reading),
                _ => Ok(()),
            };
            survey.faults.extend(decided.err());
        }
    }
}

fn decide_money(
    column: &mut SurveyedColumn,
    separators: &money::Separators,
    is_used: bool,
    reading: &Reading,
    line: u64,
) -> Result<(), Fault> {
    let unit = match column.money {
        Some(money) => money.unit,
        None if !is_used => return Ok(()),
        None => {
            let reason = "does not say whether it is cents or dollars; state the unit of money";
            return Err(Fault::of_column(line, &column.header, FaultCode::MoneyUnitNotStated, reason));
        }
    };
    column.separator = match (unit, reading.decimal_separator) {
        (MoneyUnit::Cents, _) => None,
        (MoneyUnit::Decimal, Some(stated)) => Some(stated),
        (MoneyUnit::Decimal, None) => Some(separators.decide().map_err(|(line, text)| {
            let reason = format!("has {}, and no row says what stands before the cents; state it", shown(text));
            Fault::of_column(*line, &column.header, FaultCode::AmbiguousNumber, reason)
        })?),
    };
    Ok(())
}

fn decide_days(column: &mut SurveyedColumn, formats: &day::Formats, reading: &Reading) -> Result<(), Fault> {
    let decided = match reading.dates {
        Some(stated) => Ok(Some(stated)),
        None => formats.decide(),
    };
    column.dates = decided.map_err(|(line, [one, other])| {
        let (one, other) = (one.pattern(), other.pattern());
        let reason = format!("has a day that may be {one} or {other}, and no row decides; state how days are written");
        Fault::of_column(line, &column.header, FaultCode::AmbiguousDate, reason)
    })?;
    Ok(())
}
