//! What is offered for a product on the built-in marketplace, by whom and on which terms.
//!
//! What a reader would get wrong: an offer is made from the id and the price of its product alone, so nothing is kept;
//! whoever asks about another product, or about one at another price, gets other offers.

use super::{dice::Dice, sellers};
use crate::sources::{Condition, ListedSeller, Listing, Price, Product, Rung, SearchSettings, money};

/// An offer, with what the settings of a search look at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Offer {
    pub(super) listing: Listing,
    pub(super) condition: Condition,
    pub(super) shipping_cents: i64,
    pub(super) country: String,
    /// The surest search that finds it; less sure ones do too.
    pub(super) found_by: Rung,
}

impl Offer {
    /// Whether a search with these settings, in this window of prices, shows it.
    pub(super) fn suits(&self, settings: &SearchSettings, window: (i64, i64), currency: &str) -> bool {
        let price = &self.listing.price;
        (settings.condition == Condition::Any || settings.condition == self.condition)
            && (!settings.free_shipping || self.shipping_cents == 0)
            && settings.item_country.eq_ignore_ascii_case(&self.country)
            && price.currency == currency
            && (window.0..=window.1).contains(&price.cents)
    }
}

/// All offers of a product, in no order: eight to fourteen as the default settings want them, and some as they do not.
pub(super) fn of(product: &Product, price: &Price) -> Vec<Offer> {
    let mut dice = Dice::of(&["offers", &product.asin]);
    // A few things nobody else sells.
    if dice.percent(1) {
        return Vec::new();
    }
    let found_by = match dice.below(100) {
        0..78 => Rung::Gtin,
        78..93 => Rung::BrandModel,
        _ => Rung::Words,
    };
    let usual = dice.between(8, 14);
    let odd = dice.between(2, 7);
    let mut offers = Vec::new();
    for number in 0..usual + odd {
        let seller = sellers::any(&mut dice);
        let mut offer = Offer {
            listing: listing(&mut dice, (product, price), number, seller),
            condition: Condition::New,
            shipping_cents: 0,
            country: "US".to_owned(),
            found_by,
        };
        if number >= usual {
            make_odd(&mut dice, &mut offer, price);
        }
        offers.push(offer);
    }
    offers
}

fn listing(dice: &mut Dice, (product, price): (&Product, &Price), number: i64, seller: ListedSeller) -> Listing {
    let id = format!("v1|{}{number:02}|0", dice.between(1_100_000_000, 3_999_999_999));
    let title: String = product.title.chars().take(80).collect();
    Listing {
        url: Some(format!("https://www.ebay.com/itm/{}", id.split('|').nth(1).unwrap_or_default())),
        price: Price { cents: price.cents * dice.between(1_800, 2_200) / 1_000, currency: price.currency.clone() },
        title: title.trim_end().to_owned(),
        seller,
        id,
    }
}

/// Something about it is not as most want it.
fn make_odd(dice: &mut Dice, offer: &mut Offer, price: &Price) {
    match dice.below(5) {
        0 => offer.condition = Condition::Used,
        1 => offer.shipping_cents = dice.between(399, 1_899),
        2 => offer.country = dice.one(&["CN", "GB", "DE", "HK", "CA"]).to_owned(),
        3 => offer.listing.price.cents = price.cents * dice.between(1_050, 1_780) / 1_000,
        _ => offer.listing.price.cents = price.cents * dice.between(2_230, 3_400) / 1_000,
    }
}

/// Those that a search with these settings shows, the cheapest first.
pub(super) fn chosen(offers: Vec<Offer>, product: &Price, settings: &SearchSettings) -> Vec<Listing> {
    let Some(window) = money::window(product, settings) else { return Vec::new() };
    let suits = offers.into_iter().filter(|offer| offer.suits(settings, window, &product.currency));
    let mut listings: Vec<Listing> = suits.map(|offer| offer.listing).collect();
    listings.sort_by(|a, b| (a.price.cents, &a.id).cmp(&(b.price.cents, &b.id)));
    listings.truncate(usize::try_from(settings.max_listings).unwrap_or(usize::MAX));
    listings
}
