//! The ladder of searches for a product, from the surest down: by its number, by brand and model, by its first words.
//!
//! A marketplace wants every word of a search in a title, so a whole Amazon title finds nothing. What a reader would get
//! wrong: a query never has more than 100 characters, of which the rest would be cut off silently, even in mid-word.

use super::{Product, Rung};

/// Longer queries are cut by the marketplace without a word.
pub(super) const LONGEST_QUERY: usize = 100;
/// Each further word finds less; fewer find what is something else.
const WORDS: usize = 6;
/// How far into a title its model stands, if it has one.
const MODEL_WITHIN: usize = 8;
/// Say nothing about what a thing is.
const STOP_WORDS: [&str; 46] = [
    "a",
    "an",
    "and",
    "at",
    "best",
    "brand",
    "by",
    "compatible",
    "count",
    "das",
    "de",
    "der",
    "des",
    "die",
    "el",
    "et",
    "for",
    "from",
    "für",
    "gift",
    "gifts",
    "great",
    "hot",
    "in",
    "it",
    "la",
    "le",
    "les",
    "mit",
    "new",
    "of",
    "on",
    "or",
    "pack",
    "para",
    "per",
    "piece",
    "pieces",
    "sale",
    "set",
    "the",
    "to",
    "und",
    "up",
    "with",
    "your",
];

/// One search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Where on the ladder it stands.
    pub(super) rung: Rung,
    /// A number on the first rung, else words.
    pub(super) query: String,
}

/// The searches for a product, the surest first; none for one that nothing is known of.
pub(super) fn ladder(product: &Product) -> Vec<Step> {
    let words = words(&product.title);
    let rungs = [
        (Rung::Gtin, product.gtin.as_deref().and_then(gtin)),
        (Rung::BrandModel, brand_and_model(product, &words)),
        (Rung::Words, query(words.iter().copied().filter(|word| is_significant(word)))),
    ];
    let mut steps: Vec<Step> = Vec::new();
    for (rung, query) in rungs {
        // The same words are not searched twice.
        let query = query.filter(|query| steps.iter().all(|step| step.query != *query));
        steps.extend(query.map(|query| Step { rung, query }));
    }
    steps
}

/// A UPC, EAN or GTIN that is one: the last digit checks the others.
fn gtin(text: &str) -> Option<String> {
    let text = text.trim();
    let digits: Vec<u32> = text.chars().map(|letter| letter.to_digit(10)).collect::<Option<_>>()?;
    let weights = [1, 3].into_iter().cycle();
    let sum: u32 = digits.iter().rev().zip(weights).map(|(digit, weight)| digit * weight).sum();
    ([8, 12, 13, 14].contains(&digits.len()) && sum > 0 && sum.is_multiple_of(10)).then(|| text.to_owned())
}

/// As the source says, or the first word of the title and the first that looks like a model.
fn brand_and_model(product: &Product, title: &[&str]) -> Option<String> {
    let (brand, model) = match (&product.brand, &product.model) {
        (Some(brand), Some(model)) => (words(brand), words(model)),
        (Some(brand), None) => (words(brand), vec![model(title)?]),
        (None, Some(model)) => (vec![*title.first()?], words(model)),
        (None, None) => (vec![*title.first()?], vec![model(title.get(1..)?)?]),
    };
    if brand.is_empty() || model.is_empty() { None } else { query(brand.into_iter().chain(model)) }
}

/// Letters and digits mixed, and no measure: `KX-1201`, not `12oz` or `1080p`.
fn model<'t>(title: &[&'t str]) -> Option<&'t str> {
    title.iter().copied().take(MODEL_WITHIN).find(|word| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let capitals = word.chars().filter(char::is_ascii_uppercase).count();
        let is_code = word.chars().all(|letter| letter.is_ascii_alphanumeric() || "-./".contains(letter));
        is_code && word.chars().count() >= 4 && digits >= 2 && capitals >= 1
    })
}

/// What stands between spaces and marks, without the marks around it. The marks have meanings in a search.
fn words(text: &str) -> Vec<&str> {
    text.split(|letter: char| !letter.is_alphanumeric() && !"-.'/+&".contains(letter))
        .map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect()
}

fn is_significant(word: &str) -> bool {
    // A lone letter or digit tells nothing; a lone CJK character is a word.
    let is_lone = word.len() == 1;
    !is_lone && !STOP_WORDS.contains(&word.to_lowercase().as_str())
}

/// As many words as there are, different ones, and as fit. A first word that does not fit is cut: nothing else is left.
fn query<'t>(words: impl Iterator<Item = &'t str>) -> Option<String> {
    let mut query = String::new();
    let mut taken: Vec<String> = Vec::new();
    for word in words {
        let folded = word.to_lowercase();
        if taken.contains(&folded) {
            continue;
        }
        let space = usize::from(!query.is_empty());
        if length(&query) + space + length(word) > LONGEST_QUERY {
            if query.is_empty() {
                query = cut(word);
            }
            break;
        }
        query.push_str(" ".get(..space).unwrap_or_default());
        query.push_str(word);
        taken.push(folded);
        if taken.len() == WORDS {
            break;
        }
    }
    (!query.is_empty()).then_some(query)
}

/// Characters as the marketplace may count them at most: a rare one can be two.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn cut(word: &str) -> String {
    let mut used = 0;
    let fits = word.chars().take_while(|letter| {
        used += letter.len_utf16();
        used <= LONGEST_QUERY
    });
    fits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(title: &str, gtin: Option<&str>, brand: Option<&str>, model: Option<&str>) -> Product {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Product {
            asin: "B000000001".to_owned(),
            title: title.to_owned(),
            price: None,
            rank: None,
            url: None,
            gtin: own(gtin),
            brand: own(brand),
            model: own(model),
        }
    }

    fn steps(product: &Product) -> Vec<(&'static str, String)> {
        ladder(product).into_iter().map(|step| (step.rung.name(), step.query)).collect()
    }

    fn of_title(title: &str) -> Vec<(&'static str, String)> {
        steps(&product(title, None, None, None))
    }

    #[test]
    fn all_three_rungs_come_in_order() {
        let title = "Norvek KX-1201 Cordless Drill with Case, for Home and Office (2 Pack)";
        let known = product(title, Some(" 036000291452 "), Some("Norvek"), Some("KX-1201"));
        let expected = [
            ("GTIN", "036000291452".to_owned()),
            ("BRAND_MODEL", "Norvek KX-1201".to_owned()),
            ("WORDS", "Norvek KX-1201 Cordless Drill Case Home".to_owned()),
        ];
        assert_eq!(steps(&known), expected);
        // Best sellers say neither brand nor model; titles do.
        assert_eq!(of_title(title), expected[1..]);
    }

    #[test]
    fn a_number_that_does_not_check_is_not_searched() {
        for gtin in ["036000291453", "036000291452a", "", "00000000", "12345", "4006381333932"] {
            assert_eq!(ladder(&product("Thing", Some(gtin), None, None)).len(), 1, "{gtin}");
        }
        for gtin in ["036000291452", "4006381333931", "73513537", "00012345600012"] {
            assert_eq!(ladder(&product("Thing", Some(gtin), None, None))[0].rung, Rung::Gtin, "{gtin}");
        }
    }

    #[test]
    fn measures_are_no_models() {
        for title in
            ["Acme Bottle 12oz Blue", "Acme Projector 1080p", "Acme 5 L Jug", "Acme 2-Pack Towels", "12 Towels"]
        {
            assert!(of_title(title).iter().all(|(rung, _)| *rung == "WORDS"), "{title}");
        }
        assert_eq!(of_title("Sony WH-1000XM5 Headphones")[0].1, "Sony WH-1000XM5");
    }

    #[test]
    fn no_query_is_ever_longer_than_a_hundred_characters_nor_ends_in_mid_word() {
        let long = "Extraordinarily ".repeat(3) + &"Supercalifragilisticexpialidocious-Antidisestablishment ".repeat(5);
        let distinct: String = (0..40).map(|at| format!("Counterrevolutionaries{at} ")).collect();
        let cjk = "日本製ワイヤレスイヤホン、ノイズキャンセリング【升级版】蓝牙耳机".repeat(8);
        let astral = "𠀀".repeat(300);
        for title in [&long, &distinct, &cjk, &astral, &"x".repeat(250), &"é".repeat(101)] {
            for (rung, query) in of_title(title) {
                assert!(length(&query) <= 100, "{rung} {query}");
                let is_whole = query.split(' ').all(|word| words(title).contains(&word));
                assert!(is_whole || !query.contains(' '), "{query}");
            }
        }
        assert_eq!(of_title(&distinct)[0].1.split(' ').count(), 4);
        assert_eq!(of_title(&"x".repeat(250)), [("WORDS", "x".repeat(100))]);
        assert_eq!(of_title(&astral)[0].1.chars().count(), 50);
    }

    #[test]
    fn marks_and_pictures_are_left_out_and_words_come_once() {
        let title = "🎧 =SUM( -Acme \"Pro\" Stand, 2-in-1 | Acme* stand ⭐⭐ for the Desk";
        assert_eq!(of_title(title), [("WORDS", "SUM Acme Pro Stand 2-in-1 Desk".to_owned())]);
        assert_eq!(of_title("蓝牙耳机 5.3 【升级版】 the"), [("WORDS", "蓝牙耳机 5.3 升级版".to_owned())]);
    }

    #[test]
    fn of_nothing_significant_nothing_is_searched() {
        for title in ["", "   ", "🎧⭐", "the with of 2 – — , !", "- + &"] {
            assert_eq!(of_title(title), [], "{title}");
        }
        assert_eq!(ladder(&product("", None, Some(""), Some("?"))), []);
    }
}
