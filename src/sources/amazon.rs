//! What the readers of Amazon's best sellers share: an entry of a list, whoever read it.
//!
//! What a reader would get wrong: an entry that is not a product is left out, and the rest of its page stays good; a price
//! that is missing, zero or unreadable is no price, never a guess.

use super::{Category, FaultKind, Product, Size, answer::Failure, money::Amount};
use crate::text::LONGEST_NAME;

/// Milliseconds a page takes: whoever is asked fetches it while we wait.
pub(super) const CALL_MS: u64 = 6_000;
/// Amazon shows a hundred best sellers, on two pages.
pub(super) const PAGES: u32 = 2;
pub(super) const PER_PAGE: i32 = 50;
/// Amazon's ids.
const ASIN: usize = 10;

/// An entry as it came.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) asin: Option<String>,
    pub(super) title: Option<String>,
    pub(super) price: Option<(Amount, String)>,
    pub(super) rank: Option<i64>,
    pub(super) url: Option<String>,
}

impl Entry {
    /// The product, if it is one.
    pub(super) fn product(self, page: u32) -> Option<Product> {
        let asin = self.asin.map(|asin| asin.trim().to_ascii_uppercase())?;
        let is_asin = asin.len() == ASIN && asin.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let title: String = self.title?.replace('\0', "").trim().chars().take(LONGEST_NAME).collect();
        if !is_asin || title.is_empty() {
            return None;
        }
        let price = self.price.and_then(|(amount, currency)| amount.price(&currency)).filter(|price| price.cents > 0);
        Some(Product {
            url: self.url.and_then(|url| address(&url)).or_else(|| Some(format!("https://www.amazon.com/dp/{asin}"))),
            rank: self.rank.and_then(|rank| rank_of(rank, page)),
            asin,
            title,
            price,
            gtin: None,
            brand: None,
            model: None,
        })
    }
}

/// Some count anew on each page.
fn rank_of(rank: i64, page: u32) -> Option<i32> {
    let before = i32::try_from(page.saturating_sub(1)).ok()?.checked_mul(PER_PAGE)?;
    let rank = i32::try_from(rank).ok().filter(|rank| *rank > 0)?;
    if rank <= before && rank <= PER_PAGE { rank.checked_add(before) } else { Some(rank) }
}

/// Theirs may lack the host; what leads anywhere else is not kept.
fn address(url: &str) -> Option<String> {
    let url = url.trim();
    let is_short = url.len() <= 2_000 && !url.contains(|letter: char| letter.is_control() || letter.is_whitespace());
    match url {
        whole if is_short && whole.starts_with("https://") => Some(whole.to_owned()),
        path if is_short && path.starts_with('/') && !path.starts_with("//") => {
            Some(format!("https://www.amazon.com{path}"))
        }
        _ => None,
    }
}

/// What there is to read of a category, as far as is known before.
pub(super) fn size() -> Size {
    Size { products: PAGES * PER_PAGE.unsigned_abs(), calls: PAGES }
}

/// Amazon's number of a category, which a file of one's own may lack.
pub(super) fn node(category: &Category) -> Result<&str, Failure> {
    let node = category.node.trim();
    if node.is_empty() {
        return Err(Failure::for_good(FaultKind::BadRequest, "needs the browse node of a category, and it has none"));
    }
    Ok(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(asin: &str, url: Option<&str>) -> Entry {
        let own = |text: &str| text.to_owned();
        Entry { asin: Some(own(asin)), title: Some(own(" A thing\0 ")), url: url.map(own), rank: Some(3), price: None }
    }

    #[test]
    fn an_entry_is_a_product_or_it_is_left_out() {
        let product = entry("b000000001", Some("/dp/B000000001?ref=x")).product(1).unwrap();
        assert_eq!((&*product.asin, &*product.title, product.rank), ("B000000001", "A thing", Some(3)));
        assert_eq!(product.url.unwrap(), "https://www.amazon.com/dp/B000000001?ref=x");
        let script = entry("B000000001", Some("javascript:alert(1)")).product(1).unwrap();
        assert_eq!(script.url.unwrap(), "https://www.amazon.com/dp/B000000001");
        assert_eq!(entry("B00", None).product(1), None);
        assert_eq!(Entry { title: Some("\0 ".to_owned()), ..entry("B000000001", None) }.product(1), None);
    }

    #[test]
    fn ranks_go_on_over_the_pages() {
        assert_eq!([rank_of(1, 1), rank_of(50, 1), rank_of(1, 2), rank_of(51, 2)], [1, 50, 51, 51].map(Some));
        assert_eq!([rank_of(0, 1), rank_of(-1, 2), rank_of(i64::MAX, 1)], [None; 3]);
    }
}
