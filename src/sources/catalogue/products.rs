//! What is sold on the built-in marketplace: fifty best sellers in every category, made when they are asked for.
//!
//! Every category has fifty products of its own; most also show a best seller or two of the next category of their
//! department. So the 75 built-in categories have 3,750 products between them, in somewhat longer lists. A category of
//! one's own file has fifty too, named after it.

use std::{collections::HashMap, sync::OnceLock};

use super::dice::Dice;
use crate::sources::{Category, Price, Product};

/// Products that a category has to itself.
pub(super) const OWN: u32 = 50;

/// What is sold in the built-in categories, and what it costs there.
const WORDS: &str = include_str!("../../../assets/catalogue.csv");
/// Brands of a department.
const BRANDS: u64 = 12;

const HEADS: [&str; 24] = [
    "Nor", "Vel", "Kas", "Tri", "Lum", "Bren", "Zan", "Ori", "Fen", "Mar", "Quil", "Hav", "Sol", "Dra", "Ely", "Gro",
    "Pex", "Ruv", "Tol", "Umb", "Wyn", "Yar", "Cal", "Jin",
];
const TAILS: [&str; 24] = [
    "vek", "dana", "ton", "ora", "lix", "well", "mo", "zen", "craft", "ika", "dell", "quist", "bury", "ario", "fit",
    "haus", "line", "nova", "pro", "rise", "sen", "tek", "vana", "wood",
];
const TRAITS: [&str; 20] = [
    "Wireless",
    "Portable",
    "Waterproof",
    "Foldable",
    "Heavy Duty",
    "Rechargeable",
    "Stainless Steel",
    "Premium",
    "Mini",
    "Professional",
    "Adjustable",
    "Extra Large",
    "Quiet",
    "Magnetic",
    "Eco Friendly",
    "Universal",
    "Upgraded",
    "Compact",
    "Reusable",
    "Original",
];
const FEATURES: [&str; 20] = [
    "with Carry Case",
    "with Remote, Timer & Batteries",
    "with Storage Bag and Cleaning Brush",
    "with Non-Slip Base",
    "with Quick Release",
    "with 3 Speeds and Memory Function",
    "with Gift Box",
    "with Lifetime Support",
    "BPA Free and Dishwasher Safe",
    "Easy to Install, No Tools Needed",
    "Fast Charging, Up to 40 Hours",
    "Tested for 10,000 Cycles",
    "Doctor Recommended",
    "12\" x 18\"",
    "32 oz",
    "1,5 L – für Küche & Büro",
    "Odor Free, Fragrance Free",
    "Made from Recycled Materials",
    "Space Saving Design",
    "Compatible with Most Models",
];
const USES: [&str; 16] = [
    "for Home and Office",
    "for Women and Men",
    "for Kids Ages 3 and Up",
    "for Travel, Camping and Hiking",
    "for Beginners and Professionals",
    "for Small Spaces",
    "for Everyday Use",
    "for Indoor and Outdoor",
    "for Kitchen, Bathroom and Garage",
    "for Gifts, Birthdays and Holidays",
    "for Large Families",
    "for Dorm Rooms",
    "for Seniors",
    "for Workshop and Garage",
    "for Sensitive Users",
    "for Apartments and RVs",
];
const ENDS: [&str; 16] = [
    "Black",
    "White",
    "2 Pack",
    "Set of 6",
    "Grey",
    "Navy Blue",
    "1 Count",
    "Large",
    "Medium",
    "Rose Gold",
    "Family Size",
    "(Pack of 3)",
    "2026 Version",
    "Green/Natural",
    "Value Pack – 12 Count",
    "Sky Blue ⭐",
];

/// A line of the words: what a thing costs about, in dollars, and what things there are.
type Words = (i64, Vec<&'static str>);

fn words(category: &Category) -> Words {
    static TABLE: OnceLock<HashMap<&'static str, Words>> = OnceLock::new();
    let table = TABLE.get_or_init(|| WORDS.lines().skip(1).filter_map(line).collect());
    table.get(category.id.as_str()).cloned().unwrap_or_else(|| (30, Vec::new()))
}

fn line(line: &'static str) -> Option<(&'static str, Words)> {
    let mut fields = line.splitn(3, ',');
    let (id, dollars, things) = (fields.next()?, fields.next()?, fields.next()?);
    Some((id, (dollars.parse().ok()?, things.split('|').collect())))
}

/// The best sellers of a category in the order of their ranks; `next` is the category whose products it shows too.
pub(super) fn of(category: &Category, next: Option<&Category>) -> Vec<Product> {
    let mut dice = Dice::of(&["guests", &category.id]);
    let mut products: Vec<Product> = (0..OWN).map(|number| product(category, number)).collect();
    let guests = dice.below(3);
    for _ in 0..guests {
        let Some(next) = next else { break };
        let number = u32::try_from(dice.below(OWN.into())).unwrap_or_default();
        let guest = product(next, number);
        if products.iter().all(|product| product.asin != guest.asin) {
            let place = usize::try_from(dice.below(products.len() as u64)).unwrap_or_default();
            products.insert(place, guest);
        }
    }
    for (rank, product) in (1..).zip(&mut products) {
        product.rank = Some(rank);
    }
    products
}

fn product(category: &Category, number: u32) -> Product {
    let mut dice = Dice::of(&["product", &category.id, &number.to_string()]);
    let (dollars, things) = words(category);
    let asin = asin(&mut dice);
    let brand = brand(&mut dice, &category.department_id);
    let model = model(&mut dice, number);
    let thing = if things.is_empty() { category.name.as_str() } else { dice.one(&things) };
    let (has_brand, has_model, has_gtin) = (dice.percent(96), dice.percent(85), dice.percent(88));
    let title = title(&mut dice, &brand, has_model.then_some(&*model), thing);
    Product {
        url: Some(format!("https://www.amazon.com/dp/{asin}")),
        title,
        price: price(&mut dice, dollars),
        rank: None,
        gtin: has_gtin.then(|| gtin(&mut dice)),
        brand: has_brand.then_some(brand),
        model: has_model.then_some(model),
        asin,
    }
}

/// `B0` and eight letters or digits, as Amazon's are.
fn asin(dice: &mut Dice) -> String {
    const LETTERS: &[u8] = b"0123456789BCDFGHJKLMNPQRSTVWXYZ";
    let letters: String = (0..8).map(|_| char::from(dice.one(LETTERS))).collect();
    format!("B0{letters}")
}

/// A department has its brands.
fn brand(dice: &mut Dice, department: &str) -> String {
    let which = dice.below(BRANDS).to_string();
    let mut brand = Dice::of(&["brand", department, &which]);
    let name = format!("{}{}", brand.one(&HEADS), brand.one(&TAILS));
    if brand.percent(40) { name.to_uppercase() } else { name }
}

/// The number keeps the models of a category apart.
fn model(dice: &mut Dice, number: u32) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHKLMNPRSTVWX";
    let (first, second) = (char::from(dice.one(LETTERS)), char::from(dice.one(LETTERS)));
    format!("{first}{second}-{}{number:02}", dice.between(10, 99))
}

/// As long as titles are over there: 60 to 200 characters.
fn title(dice: &mut Dice, brand: &str, model: Option<&str>, thing: &str) -> String {
    let mut title = brand.to_owned();
    if let Some(model) = model {
        title.push(' ');
        title.push_str(model);
    }
    for part in [dice.one(&TRAITS), thing] {
        title.push(' ');
        title.push_str(part);
    }
    for _ in 0..dice.between(1, 3) {
        title.push_str(", ");
        title.push_str(dice.one(&FEATURES));
    }
    title.push(' ');
    title.push_str(dice.one(&USES));
    title.push_str(", ");
    title.push_str(dice.one(&ENDS));
    title
}

/// A third to three times what things cost there; a few products have no price.
fn price(dice: &mut Dice, dollars: i64) -> Option<Price> {
    let dollars = (dollars * dice.between(35, 300) / 100).max(5);
    let cents = dollars * 100 + dice.one(&[99_i64, 99, 99, 49, 95, 0, 87]);
    (!dice.percent(2)).then(|| Price { cents, currency: "USD".to_owned() })
}

/// A UPC of twelve digits or an EAN of thirteen, the last of which checks the others.
fn gtin(dice: &mut Dice) -> String {
    let digits: Vec<u64> = if dice.percent(70) {
        [dice.below(9)].into_iter().chain((0..10).map(|_| dice.below(10))).collect()
    } else {
        [4, 0].into_iter().chain((0..10).map(|_| dice.below(10))).collect()
    };
    // From the right, every other digit counts three times.
    let sum: u64 = digits.iter().rev().zip([3, 1].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    digits.iter().chain([&((10 - sum % 10) % 10)]).map(u64::to_string).collect()
}
