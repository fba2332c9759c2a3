//! The first line: what each column seems to fill, and what is wrong with all of them together.
//!
//! Not here: the names of fields (`field.rs`). What a reader would get wrong: a header is compared by its words, without
//! the unit it may say; and likeness is asked for what two names do not share, since `amazon order date` is very like
//! `amazon order id` and means something else.

use super::{
    fault::{Fault, FaultCode, shown},
    field::{Field, FieldShape, ours},
    reading::{MoneyUnit, Reading, SheetKind},
    survey::{StatedUnit, SuggestedBy, Suggestion, SurveyedColumn},
};

/// Likeness above which a header means a field.
const LIKE_ENOUGH: f64 = 0.70;
/// Likeness that the words need that two names do not share.
const LIKE_AT_ALL: f64 = 0.50;
/// What a column's own name, another of its names, and the likest name score.
const NAME: f64 = 1.0;
const ALIAS: f64 = 0.99;
const LIKEST: f64 = 0.98;
/// Longest header that is compared: comparing takes time by the square.
const LONGEST_COMPARED: usize = 100;

/// What the headers seem to mean, and what is stated instead.
pub(super) fn columns(kind: SheetKind, headers: &[String], reading: &Reading) -> Vec<SurveyedColumn> {
    let mut columns: Vec<SurveyedColumn> = headers
        .iter()
        .enumerate()
        .map(|(index, header)| SurveyedColumn {
            index,
            header: header.clone(),
            is_ours: ours(kind).contains(&plain(header).as_str()),
            suggestion: suggestion(kind, header),
            mapped: stated(reading, index).flatten(),
            money: None,
            separator: None,
            dates: None,
        })
        .collect();
    let taken: Vec<Field> = columns.iter().filter_map(|column| column.mapped).collect();
    let best = |columns: &[SurveyedColumn], field| {
        let of_field = columns.iter().filter_map(|column| column.suggestion).filter(|other| other.field == field);
        of_field.map(|suggestion| suggestion.score).fold(0.0, f64::max)
    };
    for index in 0..columns.len() {
        let Some(found) = columns.get(index).and_then(|column| column.suggestion) else { continue };
        let most = best(&columns, found.field);
        let likest = columns.iter().position(|column| {
            column.suggestion.is_some_and(|other| other.field == found.field && other.score >= most)
        });
        // Of names that are only like the field's, the likest; of those that are its own, all: that is a fault.
        let is_best = found.score >= most && (found.score >= ALIAS || likest == Some(index));
        let is_free = stated(reading, index).is_none() && !taken.contains(&found.field);
        if let Some(column) = columns.get_mut(index).filter(|_| is_best && is_free) {
            column.mapped = Some(found.field);
        }
    }
    for column in &mut columns {
        column.money = column.mapped.and_then(|field| unit(field, &column.header, reading));
    }
    columns
}

/// What a column is stated to fill, if anything is stated of it.
pub(super) fn stated(reading: &Reading, index: usize) -> Option<Option<Field>> {
    let mapping = reading.mapping.iter().flatten();
    mapping.filter(|(column, _)| *column == index).map(|(_, field)| *field).next_back()
}

/// Whether a header is a name that is known, rather than only like one.
pub(super) fn is_known(kind: SheetKind, header: &str) -> bool {
    ours(kind).contains(&plain(header).as_str())
        || suggestion(kind, header).is_some_and(|found| found.by == SuggestedBy::Alias)
}

/// What a header seems to mean.
pub(super) fn suggestion(kind: SheetKind, header: &str) -> Option<Suggestion> {
    let header = plain(header);
    if header.is_empty() || header.len() > LONGEST_COMPARED || ours(kind).contains(&header.as_str()) {
        return None;
    }
    let scored = Field::of_kind(kind).map(|field| (field, score(field, &header)));
    let (field, score) = scored.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let by = if score >= ALIAS { SuggestedBy::Alias } else { SuggestedBy::Similarity };
    (score > LIKE_ENOUGH).then_some(Suggestion { field, score, by })
}

fn score(field: Field, header: &str) -> f64 {
    let joined = |text: &str| text.replace(' ', "");
    let is = |name: &str| joined(&plain(name)) == joined(header);
    if is(field.key()) || is(field.label()) {
        return NAME;
    }
    if field.aliases().iter().any(|alias| is(alias)) {
        return ALIAS;
    }
    let names = [field.key(), field.label()].into_iter().chain(field.aliases().iter().copied());
    names.map(|name| likeness(&plain(name), header)).fold(0.0, f64::max).min(LIKEST)
}

/// How like a name a header is; not at all when the words that only one of them has are not alike themselves.
fn likeness(name: &str, header: &str) -> f64 {
    let without = |text: &str, other: &str| -> String {
        text.split(' ').filter(|word| !other.split(' ').any(|same| same == *word)).collect()
    };
    let (named, said) = (without(name, header), without(header, name));
    // A word more is another thing; a word less is the same said shortly.
    let is_other = if named.is_empty() { !said.is_empty() } else { false };
    let is_unlike = !said.is_empty() && strsim::normalized_damerau_levenshtein(&named, &said) < LIKE_AT_ALL;
    if is_other || is_unlike { 0.0 } else { strsim::normalized_damerau_levenshtein(name, header) }
}

/// The words of a header in small letters, without those that say the unit.
fn plain(header: &str) -> String {
    let words = words(header);
    let named = words.iter().filter(|word| unit_of_word(word).is_none());
    named.map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// `salePrice`, `SALE_PRICE`, `Sale price ($)` → `sale`, `price` …
fn words(header: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut was_small, mut was_sign) = (false, false);
    for letter in header.chars() {
        let is_sign = matches!(letter, '$' | '¢' | '%');
        let is_part = letter.is_alphanumeric() || is_sign;
        if !is_part || is_sign || was_sign || was_small && letter.is_uppercase() {
            words.push(String::new());
        }
        if is_part && let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
        (was_small, was_sign) = (letter.is_lowercase() || letter.is_numeric(), is_sign);
    }
    words.retain(|word| !word.is_empty());
    words
}

fn unit_of_word(word: &str) -> Option<MoneyUnit> {
    match word {
        "cents" | "cent" | "¢" => Some(MoneyUnit::Cents),
        "usd" | "dollars" | "dollar" | "$" => Some(MoneyUnit::Decimal),
        _ => None,
    }
}

/// The unit of a column's money: what its header says in words, else what is stated, else what its name is in our files.
fn unit(field: Field, header: &str, reading: &Reading) -> Option<StatedUnit> {
    if field.shape() != FieldShape::Money {
        return None;
    }
    let by_header = |unit| StatedUnit { unit, by_header: true };
    let said = words(header).iter().find_map(|word| unit_of_word(word)).map(by_header);
    let stated = reading.money.map(|unit| StatedUnit { unit, by_header: false });
    // Ours say cents in the name, or are dollars.
    let named = (header.trim() == field.key()).then(|| by_header(MoneyUnit::Decimal));
    said.or(stated).or(named)
}

/// What is wrong with the headers, found on this line.
pub(super) fn faults(kind: SheetKind, line: u64, columns: &[SurveyedColumn], reading: &Reading) -> Vec<Fault> {
    let mut faults = wrong_mapping(kind, line, columns, reading);
    for (at, column) in columns.iter().enumerate() {
        let earlier = columns.get(..at).unwrap_or_default();
        let place = |other: &SurveyedColumn| other.index + 1;
        if !column.header.is_empty()
            && let Some(same) = earlier.iter().find(|other| other.header == column.header)
        {
            let reason = format!("is the header of two columns, {} and {}", place(same), place(column));
            faults.push(Fault::of_column(line, &column.header, FaultCode::DuplicateHeader, reason));
        } else if let Some(field) = column.mapped
            && let Some(same) = earlier.iter().find(|other| other.mapped == Some(field))
        {
            let (name, other) = (field.label(), shown(&same.header));
            let reason = format!("says the same ({name}) as the column {other}; keep one of them, or say which it is");
            faults.push(Fault::of_column(line, &column.header, FaultCode::DuplicateField, reason));
        }
    }
    for field in Field::of_kind(kind).filter(|field| field.is_required()) {
        if !columns.iter().any(|column| column.mapped == Some(field)) {
            let reason = format!("the column {} ({}) is missing", field.key(), field.label());
            faults.push(Fault::of_row(line, FaultCode::MissingColumn, reason));
        }
    }
    faults
}

fn wrong_mapping(kind: SheetKind, line: u64, columns: &[SurveyedColumn], reading: &Reading) -> Vec<Fault> {
    let fault = |reason: String| Fault::of_row(line, FaultCode::BadMapping, reason);
    let wrong = |(index, field): &(usize, Option<Field>)| match field {
        _ if *index >= columns.len() => {
            Some(fault(format!("the file has no column {}; it has {}", index + 1, columns.len())))
        }
        Some(field) if field.kind() != kind => Some(fault(format!("{} have no field {}", kind.name(), field.key()))),
        _ => None,
    };
    reading.mapping.iter().flatten().filter_map(wrong).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDS: SheetKind = SheetKind::Records;

    fn field(kind: SheetKind, header: &str) -> Option<Field> {
        suggestion(kind, header).map(|suggestion| suggestion.field)
    }

    fn read(headers: &[&str], reading: &Reading) -> Vec<SurveyedColumn> {
        columns(RECORDS, &headers.iter().map(|header| (*header).to_owned()).collect::<Vec<_>>(), reading)
    }

    fn codes(headers: &[&str], reading: &Reading) -> Vec<FaultCode> {
        let faults = faults(RECORDS, 1, &read(headers, reading), reading);
        faults.into_iter().map(|fault| fault.code).filter(|code| *code != FaultCode::MissingColumn).collect()
    }

    #[test]
    fn every_name_of_ours_and_every_alias_means_its_field() {
        for kind in [SheetKind::Records, SheetKind::Sellers] {
            for field in Field::of_kind(kind) {
                for name in [field.key(), field.label()].into_iter().chain(field.aliases().iter().copied()) {
                    let found = suggestion(kind, name).unwrap();
                    assert_eq!((found.field, found.by), (field, SuggestedBy::Alias), "{name}");
                }
            }
        }
    }

    #[test]
    fn headers_that_people_write_mean_what_they_mean() {
        for (header, meant) in [
            ("Order ID", Field::EbayOrderId),
            ("ORDER NUMBER", Field::EbayOrderId),
            ("saleDate", Field::SaleDate),
            ("Sold price", Field::SalePrice),
            ("sale_price_cents", Field::SalePrice),
            ("Sale price ($)", Field::SalePrice),
            ("salesprice", Field::SalePrice),
            ("eBay feees", Field::EbayFees),
            ("Amazon shiping", Field::AmazonShipping),
            ("Item nmae", Field::ItemName),
            ("Store", Field::AccountCode),
        ] {
            assert_eq!(field(RECORDS, header), Some(meant), "{header}");
        }
        for header in ["Amazon order date", "Profit margin", "Buyer", "", "id", "profit_cents", "Earnings net", "x"] {
            assert_eq!(field(RECORDS, header), None, "{header}");
        }
        assert_eq!(field(SheetKind::Sellers, "Username"), Some(Field::DisplayName));
        assert_eq!(field(SheetKind::Sellers, "feedback_score"), Some(Field::FeedbackCount));
        assert_eq!(field(SheetKind::Sellers, "Normalised name"), None);
    }

    #[test]
    fn of_headers_that_are_like_one_field_the_likest_fills_it() {
        let reading = Reading::default();
        let mapped = |headers: &[&str]| -> Vec<Option<Field>> {
            read(headers, &reading).into_iter().map(|column| column.mapped).collect()
        };
        assert_eq!(mapped(&["Item nmae", "item_name"]), [None, Some(Field::ItemName)]);
        assert_eq!(mapped(&["Item nmae", "Itm nmae"]), [Some(Field::ItemName), None]);
    }

    #[test]
    fn what_is_stated_is_stronger_than_what_is_suggested() {
        let reading = Reading { mapping: Some(vec![(0, None), (1, Some(Field::ItemName))]), ..Reading::default() };
        let columns = read(&["item_name", "qty", "Title"], &reading);
        assert_eq!(columns.iter().map(|column| column.mapped).collect::<Vec<_>>(), [None, Some(Field::ItemName), None]);
        let reading = Reading { mapping: Some(vec![(7, None), (0, Some(Field::Flagged))]), ..Reading::default() };
        assert_eq!(codes(&["a"], &reading), [FaultCode::BadMapping; 2]);
    }

    #[test]
    fn two_columns_of_one_name_or_one_field_are_a_fault_that_names_both() {
        let reading = Reading::default();
        assert_eq!(codes(&["note", "x", "x"], &reading), [FaultCode::DuplicateHeader]);
        assert_eq!(codes(&["sale_price_cents", "sale_price"], &reading), [FaultCode::DuplicateField]);
        assert_eq!(codes(&["", "", "item_name"], &reading), []);
        let faults = faults(RECORDS, 1, &read(&["Qty", "a", "Qty"], &reading), &reading);
        assert_eq!(faults[0].reason, "is the header of two columns, 1 and 3");
    }

    #[test]
    fn only_a_header_that_says_its_unit_needs_no_statement() {
        let unit = |header: &str, money| {
            let reading = Reading { money, ..Reading::default() };
            read(&[header], &reading)[0].money.map(|money| money.unit)
        };
        assert_eq!(unit("sale_price_cents", None), Some(MoneyUnit::Cents));
        assert_eq!(unit("Sale price (USD)", None), Some(MoneyUnit::Decimal));
        assert_eq!(unit("sale_price", None), Some(MoneyUnit::Decimal));
        assert_eq!(unit("Sale price", None), None);
        assert_eq!(unit("Sale price", Some(MoneyUnit::Cents)), Some(MoneyUnit::Cents));
        assert_eq!(unit("sale_price", Some(MoneyUnit::Cents)), Some(MoneyUnit::Cents));
        assert_eq!(unit("sale_price_cents", Some(MoneyUnit::Decimal)), Some(MoneyUnit::Cents));
    }
}
