//! Who sells on the built-in marketplace: some thirty thousand, of whom a run meets about twenty thousand.
//!
//! What a reader would get wrong: their names are as bad as real ones, with a leading `=`, quotes, commas and every script;
//! whatever shows or exports them must stand that.

use super::dice::Dice;
use crate::sources::ListedSeller;

/// Those who sell a little of everything, and so turn up again and again.
const BIG: u64 = 600;
/// All others.
const SMALL: u64 = 31_000;
/// How often, of a hundred listings, the seller is one of the big ones.
const BIG_SHARE: u64 = 24;

const HEADS: [&str; 32] = [
    "deals",
    "best",
    "mega",
    "top",
    "happy",
    "urban",
    "nordic",
    "value",
    "lucky",
    "smart",
    "müller",
    "garden",
    "retro",
    "pixel",
    "ocean",
    "señor",
    "blue",
    "ünique",
    "atlas",
    "rapid",
    "golden",
    "sunny",
    "maple",
    "liberty",
    "pacific",
    "lonestar",
    "cozy",
    "prairie",
    "northside",
    "evergreen",
    "kind",
    "quick",
];
const TAILS: [&str; 20] = [
    "outlet",
    "store",
    "shop",
    "4u",
    "trading",
    "goods",
    "depot",
    "bazaar",
    "warehouse",
    "corner",
    "imports",
    "hub",
    "market",
    "direct",
    "garage",
    "boutique",
    "finds",
    "supply",
    "liquidators",
    "traders",
];

/// Whoever has the next listing.
pub(super) fn any(dice: &mut Dice) -> ListedSeller {
    let number = if dice.percent(BIG_SHARE) { dice.below(BIG) } else { BIG + dice.below(SMALL) };
    seller(number)
}

/// The seller with that number, always the same.
pub(super) fn seller(number: u64) -> ListedSeller {
    let mut dice = Dice::of(&["seller", &number.to_string()]);
    let platform_id = dice.percent(66).then(|| platform_id(&mut dice));
    let name = name(&mut dice, number);
    // A few are shown by their id in place of a name.
    let is_hidden = dice.percent(1);
    let name = platform_id.clone().filter(|_| is_hidden).unwrap_or(name);
    let feedback_count = dice.percent(97).then(|| feedback_count(&mut dice, number));
    ListedSeller { name, platform_id, feedback_percent: feedback_count.map(|_| percent(&mut dice)), feedback_count }
}

/// As many in each order of magnitude; big sellers have the most.
fn feedback_count(dice: &mut Dice, number: u64) -> i32 {
    let magnitude = if number < BIG { dice.between(4, 6) } else { dice.between(1, 4) };
    let magnitude = 10_i64.pow(u32::try_from(magnitude).unwrap_or(1));
    i32::try_from(dice.between(1, 9) * magnitude + dice.between(0, magnitude)).unwrap_or(i32::MAX)
}

/// From 94.0 to 100, most near the upper end.
fn percent(dice: &mut Dice) -> f64 {
    let lost = dice.between(0, 60).min(dice.between(0, 60));
    f64::from(1_000 - i32::try_from(lost).unwrap_or_default()) / 10.0
}

/// Immutable, and as unreadable as theirs.
fn platform_id(dice: &mut Dice) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    (0..11).map(|_| char::from(dice.one(LETTERS))).collect()
}

/// The number makes it one of a kind.
fn name(dice: &mut Dice, number: u64) -> String {
    let (head, tail) = (dice.one(&HEADS), dice.one(&TAILS));
    match dice.below(64) {
        0 => format!("\"{head}\" {tail} {number}"),
        1 => format!("{head} {tail} {number}, LLC"),
        2 => format!("={head}={tail}={number}"),
        3 => format!("🎧{head}_{tail}_{number}"),
        4 => format!("{head}商店{number}"),
        5 => format!("+{head}_{number}"),
        6 => format!("-{tail}{number}-"),
        7 => format!("@{head}.{tail}{number}"),
        8 => format!("{head} & {tail} № {number}"),
        9..20 => format!("{}{}-{number}", head.to_uppercase(), tail),
        20..34 => format!("{head}.{tail}.{number}"),
        34..48 => format!("{head}{tail}{number}"),
        _ => format!("{head}_{tail}_{number}"),
    }
}
