//! What a run would collect: categories, search settings and limits, checked, and put together from a preset and what
//! stands in its place.
//!
//! Presets, estimates and starts all pass here, so that what can be kept can be estimated and started. What a reader would
//! get wrong: a preset may name a category that the file no longer has; it is refused when the preset is used.

use std::collections::HashSet;

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{
    NewRun,
    presets::{self, Preset},
};
use crate::{
    error::{Error, Result},
    sources::{Categories, SearchSettings},
    text,
};

/// Longest name of a preset or a run, in characters: a line of a list.
pub(super) const LONGEST_NAME: usize = 200;
/// Most that a limit of cost can say, US cents: a thousand million dollars, far from the end of the numbers it is counted in.
pub(super) const MOST_COST_CENTS: i64 = 100_000_000_000;
/// Largest factor of a price: more is no search for the same thing.
const LARGEST_FACTOR: f64 = 100.0;
/// Most listings of a product: eBay shows no more of a search.
const MOST_LISTINGS: u32 = 10_000;

/// What a run would collect.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    /// The preset it was chosen with.
    pub preset_id: Option<Uuid>,
    /// Ids of categories, at least one, each once.
    pub category_ids: Vec<String>,
    /// What listings to search for.
    pub search: SearchSettings,
    /// What people will call it.
    pub name: String,
}

/// Puts together what somebody wants to collect. Without a name it is called after the preset, or its categories, and
/// the day.
///
/// # Errors
/// `NOT_FOUND` for a preset that is not there; `NOTHING_TO_COLLECT`, `UNKNOWN_CATEGORY`, `DUPLICATE_CATEGORY`;
/// `INVALID_SEARCH`; `INVALID_LIMIT`; `INVALID_TEXT` for the name.
pub(super) async fn resolve(
    db: &impl ConnectionTrait,
    categories: &Categories,
    org_id: Uuid,
    new: &NewRun,
    today: NaiveDate,
) -> Result<Choice> {
    let preset = match new.preset_id {
        Some(id) => Some(presets::find(db, categories, org_id, id).await?.ok_or_else(presets::not_found)?),
        None => None,
    };
    let kept = preset.as_ref();
    let category_ids = new.category_ids.clone().or_else(|| kept.map(|preset| preset.category_ids.clone()));
    let category_ids = category_ids.unwrap_or_default();
    check_categories(categories, &category_ids)?;
    let search = new.search.clone().or_else(|| kept.map(|preset| preset.search.clone())).unwrap_or_default();
    check_search(&search)?;
    check_limits(new)?;
    let name = match &new.name {
        Some(name) => {
            text::check_name(name, LONGEST_NAME)?;
            name.clone()
        }
        None => format!("{} {today}", title(categories, kept, &category_ids)),
    };
    Ok(Choice { preset_id: new.preset_id, category_ids, search, name })
}

/// Refuses categories that are not there, none, and one twice.
///
/// # Errors
/// `NOTHING_TO_COLLECT`; `UNKNOWN_CATEGORY` and `DUPLICATE_CATEGORY`, naming the first.
pub(super) fn check_categories(categories: &Categories, ids: &[String]) -> Result<()> {
    if ids.is_empty() {
        let message = "choose at least one category, or a preset";
        return Err(Error::bad_input("NOTHING_TO_COLLECT", message));
    }
    let mut seen = HashSet::with_capacity(ids.len());
    for id in ids {
        let shown = || id.chars().take(60).collect::<String>().escape_debug().to_string();
        if categories.find(id).is_none() {
            let message = format!("there is no category `{}`; `departments` lists them", shown());
            return Err(Error::bad_input("UNKNOWN_CATEGORY", message));
        }
        if !seen.insert(id) {
            return Err(Error::bad_input("DUPLICATE_CATEGORY", format!("the category `{}` is named twice", shown())));
        }
    }
    Ok(())
}

/// Refuses search settings that find nothing, or that no marketplace takes.
///
/// # Errors
/// `INVALID_SEARCH`, saying what to change.
pub(super) fn check_search(search: &SearchSettings) -> Result<()> {
    let refused = |message: String| Err(Error::bad_input("INVALID_SEARCH", message));
    let (min, max) = (search.min_price_factor, search.max_price_factor);
    for (name, factor) in [("minPriceFactor", min), ("maxPriceFactor", max)] {
        // What is not a number is not above zero either.
        if !(factor > 0.0 && factor <= LARGEST_FACTOR) {
            return refused(format!("`{name}` must be above 0 and at most {LARGEST_FACTOR}"));
        }
    }
    if min > max {
        return refused("`minPriceFactor` must not be larger than `maxPriceFactor`".to_owned());
    }
    if !(1..=MOST_LISTINGS).contains(&search.max_listings) {
        return refused(format!("`maxListings` must be 1 to {MOST_LISTINGS}"));
    }
    let country = search.item_country.as_bytes();
    if country.len() != 2 || !country.iter().all(u8::is_ascii_uppercase) {
        return refused("`itemCountry` must be two capital letters, as in ISO 3166-1: US".to_owned());
    }
    Ok(())
}

fn check_limits(new: &NewRun) -> Result<()> {
    if new.max_calls.is_some_and(|calls| calls < 1) {
        return Err(Error::bad_input("INVALID_LIMIT", "`maxCalls` must be at least 1"));
    }
    if new.max_cost_cents.is_some_and(|cents| !(0..=MOST_COST_CENTS).contains(&cents)) {
        let message = format!("`maxCostCents` must be 0 to {MOST_COST_CENTS}");
        return Err(Error::bad_input("INVALID_LIMIT", message));
    }
    Ok(())
}

/// What people would call these categories.
fn title(categories: &Categories, preset: Option<&Preset>, ids: &[String]) -> String {
    match (preset, ids) {
        // The longest names leave room for the day.
        (Some(preset), _) => preset.name.chars().take(LONGEST_NAME - 20).collect(),
        (None, [id]) => categories.find(id).map_or_else(|| id.clone(), |category| category.name.clone()),
        (None, ids) => format!("{} categories", ids.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(result: Result<T>) -> Option<&'static str> {
        result.err().map(|error| error.code())
    }

    #[test]
    fn categories_are_known_and_named_once() {
        let categories = Categories::load(None).unwrap();
        let check = |ids: &[&str]| {
            code(check_categories(&categories, &ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()))
        };
        assert_eq!(check(&["appliances-cooktops", "appliances-freezers"]), None);
        assert_eq!(check(&[]), Some("NOTHING_TO_COLLECT"));
        assert_eq!(check(&["appliances-cooktops", "x"]), Some("UNKNOWN_CATEGORY"));
        assert_eq!(check(&["appliances-cooktops", "appliances-cooktops"]), Some("DUPLICATE_CATEGORY"));
    }

    #[test]
    fn settings_that_find_nothing_are_refused() {
        let usual = SearchSettings::default;
        assert_eq!(code(check_search(&usual())), None);
        for wrong in [
            SearchSettings { min_price_factor: 0.0, ..usual() },
            SearchSettings { min_price_factor: f64::NAN, ..usual() },
            SearchSettings { min_price_factor: 2.3, ..usual() },
            SearchSettings { max_price_factor: 100.5, ..usual() },
            SearchSettings { max_listings: 0, ..usual() },
            SearchSettings { max_listings: 10_001, ..usual() },
            SearchSettings { item_country: "us".to_owned(), ..usual() },
            SearchSettings { item_country: "USA".to_owned(), ..usual() },
        ] {
            assert_eq!(code(check_search(&wrong)), Some("INVALID_SEARCH"), "{wrong:?}");
        }
    }
}
