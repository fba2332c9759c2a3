//! What things and sellers are called in the demonstration: as on a marketplace, with everything that breaks bad readers
//! of CSV: commas, quotes, umlauts, emoji, CJK, line breaks, and a leading `=`, `+`, `-` or `@`.

use rand::{Rng, rngs::SmallRng, seq::IndexedRandom};

const BRANDS: [&str; 16] = [
    "Anker",
    "Bosch",
    "Casio",
    "Dyson",
    "Fiskars",
    "Garmin",
    "HOKA",
    "iRobot",
    "KitchenAid",
    "LEGO",
    "Makita",
    "Nivea",
    "OXO",
    "Philips",
    "Søstrene",
    "Zwilling",
];
const TRAITS: [&str; 16] = [
    "Wireless",
    "Portable",
    "Waterproof",
    "Foldable",
    "Heavy Duty",
    "Rechargeable",
    "Stainless Steel",
    "Kids'",
    "Mini",
    "Professional",
    "Adjustable",
    "Extra Large",
    "Silent",
    "Magnetic",
    "Solar",
    "Universal",
];
const THINGS: [&str; 24] = [
    "Earbuds",
    "Desk Lamp",
    "Backpack",
    "Water Bottle",
    "Cutting Board",
    "Yoga Mat",
    "Phone Holder",
    "Drill Bit Set",
    "Air Fryer",
    "Robot Vacuum",
    "Coffee Grinder",
    "Night Light",
    "Travel Pillow",
    "Garden Hose",
    "Dog Bed",
    "Keyboard",
    "Power Bank",
    "Picnic Blanket",
    "Tool Box",
    "Shower Head",
    "Baby Monitor",
    "Bike Pump",
    "Knife Set",
    "Wall Clock",
];
const DETAILS: [&str; 16] = [
    "Black",
    "2 Pack",
    "for iPhone 15, 14 and 13",
    "with Carry Case",
    "USB-C, 65W",
    "32 oz, BPA free",
    "Set of 6",
    "12\" x 18\"",
    "Grün/Weiß",
    "1,5 L",
    "with Remote, Timer & Batteries",
    "Refurbished",
    "5 m",
    "(Renewed)",
    "Size M/L",
    "№ 7",
];
/// One item in sixteen is one of these.
const ODDITIES: [&str; 14] = [
    "Monitor Stand 27\", \"Gaming\" Edition",
    "Küchenmaschine 1,5 L – Edelstahl, spülmaschinenfest",
    "Crème Brûlée Set, 6 pièces",
    "🎧 Headset Stand with 🔌 USB Hub",
    "日本製 ワイヤレスイヤホン、ノイズキャンセリング",
    "蓝牙耳机 5.3 【升级版】",
    "무선 충전기 15W",
    "=SUM( Calculator Cover, Black",
    "+Size Rain Poncho, Yellow",
    "-20°C Sleeping Bag, \"Arctic\"",
    "@Home Smart Plug, 4 Pack",
    "'90s Retro Alarm Clock",
    "Ёлочные игрушки, 12 шт.",
    "  Gift Wrap, 3 Rolls ",
];
const WITH_LINE_BREAKS: [&str; 2] =
    ["Puzzle, 1000 Pieces\n\"Lighthouse at Dawn\"", "Camping Chair\r\nFoldable, with Cup Holder"];

const ORDER_REMARKS: [&str; 8] = [
    "Buyer asked for gift wrapping",
    "Address changed before shipping, see message of the 3rd",
    "Bought from the second seller: \"Amazon Warehouse\"",
    "Split into two packages",
    "Lieferung an Packstation, Kundennummer erfragt",
    "=REFUND? buyer wrote twice",
    "Backorder\n- ordered again\n- arrives Friday",
    "VIP ⭐",
];
const SERVICE_REMARKS: [&str; 6] = [
    "Return label sent, waiting for tracking",
    "Buyer keeps the item, refunded in full",
    "Damaged in transit, photos received",
    "Wrong size; exchange offered, declined",
    "Case opened with eBay: closed in our favour",
    "+1 reminder sent",
];

const HEADS: [&str; 20] = [
    "deals", "best", "mega", "top", "happy", "urban", "nordic", "prime", "lucky", "smart", "müller", "garden", "retro",
    "pixel", "ocean", "señor", "blue", "ünique", "atlas", "rapid",
];
const TAILS: [&str; 16] = [
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
];

fn one<'a>(rng: &mut SmallRng, of: &[&'a str]) -> &'a str {
    of.choose(rng).copied().unwrap_or_default()
}

/// The name of something sold.
pub(super) fn item(rng: &mut SmallRng) -> String {
    match rng.random_range(0..4096_u32) {
        0..4 => one(rng, &WITH_LINE_BREAKS).to_owned(),
        4..260 => one(rng, &ODDITIES).to_owned(),
        _ => format!("{} {} {}, {}", one(rng, &BRANDS), one(rng, &TRAITS), one(rng, &THINGS), one(rng, &DETAILS)),
    }
}

/// What somebody noted about an order.
pub(super) fn order_remark(rng: &mut SmallRng) -> String {
    one(rng, &ORDER_REMARKS).to_owned()
}

/// What somebody noted about a return.
pub(super) fn service_remark(rng: &mut SmallRng) -> String {
    one(rng, &SERVICE_REMARKS).to_owned()
}

/// The name of a seller; `number` makes it one of a kind.
pub(super) fn seller(rng: &mut SmallRng, number: u64) -> String {
    let (head, tail) = (one(rng, &HEADS), one(rng, &TAILS));
    match rng.random_range(0..64_u32) {
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
