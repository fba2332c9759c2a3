//! What the marketplace of a test sells: things by category, offers by their words.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sellerbook::sources::Categories;

/// One of the best sellers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    pub asin: String,
    pub title: String,
    /// None: the source does not know it.
    pub cents: Option<i64>,
}

/// Who sells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seller {
    pub username: String,
    pub user_id: Option<String>,
    pub percent: &'static str,
    pub score: i64,
}

/// One listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub id: String,
    pub title: String,
    pub gtin: Option<String>,
    pub cents: i64,
    /// 1000 is new, 3000 used.
    pub condition: u32,
    pub shipping_cents: i64,
    pub country: &'static str,
    pub seller: Seller,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Goods {
    /// By browse node.
    pub things: BTreeMap<String, Vec<Thing>>,
    offers: Vec<Offer>,
    places: HashMap<String, BTreeSet<usize>>,
}

/// Lower case, and split at whatever is neither letter nor digit, as a search does it.
pub fn words(text: &str) -> Vec<String> {
    let folded = text.to_lowercase();
    folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// A word that holds a number, and no digit.
fn spelled(number: usize) -> String {
    let letters = number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect::<String>();
    format!("Zeta{letters}")
}

impl Goods {
    /// So many best sellers in each of the built-in categories, so many listings of each that the default settings want
    /// (and two that they do not), from a pool of so many sellers. Always the same.
    ///
    /// The first thing of each category is also the last of the next. Of every 13 things one has no price, of every 11
    /// one is sold by nobody, of every 7 one has no model in its title and is found by words alone.
    pub fn generated(things: usize, offers: usize, sellers: usize) -> Self {
        let mut goods = Self::default();
        let mut before: Option<Thing> = None;
        for (place, category) in Categories::load(None).unwrap().all().enumerate() {
            let own: Vec<Thing> = (0..things).map(|at| thing(place * things + at)).collect();
            for (at, thing) in own.iter().enumerate() {
                goods.add_offers(place * things + at, thing, offers, sellers);
            }
            let first = own.first().cloned();
            goods.things.insert(category.node.clone(), own.into_iter().chain(before).collect());
            before = first;
        }
        goods
    }

    /// One more best seller.
    pub fn thing(mut self, node: &str, thing: Thing) -> Self {
        self.things.entry(node.to_owned()).or_default().push(thing);
        self
    }

    /// One more listing.
    pub fn offer(mut self, offer: Offer) -> Self {
        self.add(offer);
        self
    }

    /// Those whose titles have every word, in the order they were added.
    pub fn with_words(&self, query: &str) -> Vec<&Offer> {
        let mut found: Option<BTreeSet<usize>> = None;
        for word in words(query) {
            let places = self.places.get(&word).cloned().unwrap_or_default();
            found = Some(found.map_or(places.clone(), |found| &found & &places));
        }
        found.unwrap_or_default().into_iter().map(|place| &self.offers[place]).collect()
    }

    /// Those with that number.
    pub fn with_gtin(&self, gtin: &str) -> Vec<&Offer> {
        self.offers.iter().filter(|offer| offer.gtin.as_deref() == Some(gtin)).collect()
    }

    fn add(&mut self, offer: Offer) {
        for word in words(&offer.title) {
            self.places.entry(word).or_default().insert(self.offers.len());
        }
        self.offers.push(offer);
    }

    fn add_offers(&mut self, number: usize, thing: &Thing, count: usize, sellers: usize) {
        let Some(cents) = thing.cents.filter(|_| number % 11 != 5) else { return };
        for at in 0..count + 2 {
            let (part, step) = (180 + (number * 7 + at * 13) % 41, i64::try_from(number * 100 + at).unwrap());
            let mut offer = Offer {
                id: format!("v1|{}|0", 110_000_000_000 + step),
                title: format!("{} Home, Fast Ship {at}", thing.title.split(" for ").next().unwrap()),
                gtin: None,
                cents: cents * i64::try_from(part).unwrap() / 100,
                condition: 1000,
                shipping_cents: 0,
                country: "US",
                seller: seller((number * 31 + at * 17) % sellers),
            };
            if at == count {
                offer.cents = cents * 3;
            } else if at > count {
                offer.condition = 3000;
            }
            self.add(offer);
        }
    }
}

fn thing(number: usize) -> Thing {
    let name = if number % 7 == 3 { spelled(number) } else { format!("KX-{number:04}") };
    let cents = 1_000 + i64::try_from(number * 37 % 5_000).unwrap();
    Thing {
        asin: format!("B0{number:08}"),
        title: format!("Norvek {name} Cordless Drill with Case, for Home and Office, 12\" x 18\" – Grün ⭐"),
        cents: (number % 13 != 7).then_some(cents),
    }
}

/// The seller with that number, always the same; one of ten has a name that breaks bad readers.
pub fn seller(number: usize) -> Seller {
    let username = if number.is_multiple_of(10) { format!("=seller,\"{number}\"") } else { format!("seller_{number}") };
    Seller {
        username,
        user_id: (!number.is_multiple_of(3)).then(|| format!("u{number:08}")),
        percent: ["98.6", "100.0", "99", "0.0"][number % 4],
        score: i64::try_from(number * 13).unwrap(),
    }
}
