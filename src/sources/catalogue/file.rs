//! A marketplace of one's own, from a JSON file.
//!
//! ```json
//! {
//!   "products": [
//!     { "asin": "B000000001", "title": "Norvek KX-1201 Cordless Drill", "category_ids": ["tools-power-hand"],
//!       "price": "89.99", "currency": "USD", "rank": 1, "url": "https://…", "gtin": "036000291452",
//!       "brand": "Norvek", "model": "KX-1201" }
//!   ],
//!   "listings": [
//!     { "asin": "B000000001", "id": "v1|1|0", "title": "Cordless Drill", "price": "179.00", "currency": "USD",
//!       "url": "https://…", "condition": "NEW", "shipping": "0.00", "country": "US", "found_by": "GTIN",
//!       "seller": { "name": "best.tools", "platform_id": "a1", "feedback_percent": 98.6, "feedback_count": 1234 } }
//!   ]
//! }
//! ```
//!
//! Needed are `asin`, `title` and `category_ids` of a product, `asin`, `id`, `price` and `seller.name` of a listing. Prices
//! are decimals, in texts or as numbers; `currency` is USD, `condition` NEW, `shipping` 0, `country` US and `found_by`
//! (GTIN, BRAND_MODEL or WORDS) WORDS where nothing is said. Unknown names are refused, and so are categories that are not
//! among those that can be collected.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use serde::Deserialize;

use super::offers::Offer;
use crate::{
    error::{Error, Result},
    sources::{Categories, Condition, ListedSeller, Listing, Price, Product, Rung, money::Amount},
};

/// What the file holds, by what is asked for.
#[derive(Debug, Default)]
pub(super) struct OwnFile {
    products: HashMap<String, Vec<Product>>,
    offers: HashMap<String, Vec<Offer>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    products: Vec<ProductLine>,
    #[serde(default)]
    listings: Vec<ListingLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductLine {
    asin: String,
    title: String,
    category_ids: Vec<String>,
    price: Option<Amount>,
    #[serde(default = "dollars")]
    currency: String,
    rank: Option<i32>,
    url: Option<String>,
    gtin: Option<String>,
    brand: Option<String>,
    model: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListingLine {
    asin: String,
    id: String,
    #[serde(default)]
    title: String,
    price: Amount,
    #[serde(default = "dollars")]
    currency: String,
    url: Option<String>,
    #[serde(default = "new")]
    condition: Condition,
    shipping: Option<Amount>,
    #[serde(default = "us")]
    country: String,
    #[serde(default = "by_words")]
    found_by: Rung,
    seller: SellerLine,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SellerLine {
    name: String,
    platform_id: Option<String>,
    feedback_percent: Option<f64>,
    feedback_count: Option<i32>,
}

fn dollars() -> String {
    "USD".to_owned()
}

fn us() -> String {
    "US".to_owned()
}

fn new() -> Condition {
    Condition::New
}

fn by_words() -> Rung {
    Rung::Words
}

impl OwnFile {
    /// # Errors
    /// `CONFIG`, saying what is wrong with the file.
    pub(super) fn load(file: &Path, categories: &Categories) -> Result<Self> {
        let bytes = std::fs::read(file).map_err(|error| refused(&format!("cannot be read ({})", error.kind())))?;
        Self::read(&bytes, categories)
    }

    fn read(bytes: &[u8], categories: &Categories) -> Result<Self> {
        let content: Content = serde_json::from_slice(bytes).map_err(|error| refused(&error.to_string()))?;
        let (mut own, mut known) = (Self::default(), HashSet::new());
        for line in content.products {
            let places = line.category_ids.clone();
            let product = product(line)?;
            if !known.insert(product.asin.clone()) {
                return Err(refused(&format!("has the product `{}` twice", product.asin)));
            }
            for category in places {
                if categories.find(&category).is_none() {
                    return Err(refused(&format!("names a category that there is not, `{category}`")));
                }
                own.products.entry(category).or_default().push(product.clone());
            }
        }
        for products in own.products.values_mut() {
            products.sort_by_key(|product| product.rank.unwrap_or(i32::MAX));
        }
        for line in content.listings {
            let asin = line.asin.clone();
            if !known.contains(&asin) {
                return Err(refused(&format!("has a listing of a product that there is not, `{asin}`")));
            }
            own.offers.entry(asin).or_default().push(offer(line)?);
        }
        Ok(own)
    }

    /// The best sellers of a category.
    pub(super) fn products(&self, category: &str) -> &[Product] {
        self.products.get(category).map(Vec::as_slice).unwrap_or_default()
    }

    /// What is offered for a product.
    pub(super) fn offers(&self, asin: &str) -> Vec<Offer> {
        self.offers.get(asin).cloned().unwrap_or_default()
    }
}

fn product(line: ProductLine) -> Result<Product> {
    let price = line.price.as_ref().map(|amount| price(amount, &line.currency, &line.asin)).transpose()?;
    Ok(Product {
        asin: line.asin,
        title: line.title,
        price,
        rank: line.rank,
        url: line.url,
        gtin: line.gtin,
        brand: line.brand,
        model: line.model,
    })
}

fn offer(line: ListingLine) -> Result<Offer> {
    let shipping = line.shipping.as_ref().map(|amount| price(amount, &line.currency, &line.id)).transpose()?;
    Ok(Offer {
        listing: Listing {
            price: price(&line.price, &line.currency, &line.id)?,
            id: line.id,
            title: line.title,
            url: line.url,
            seller: ListedSeller {
                name: line.seller.name,
                platform_id: line.seller.platform_id,
                feedback_percent: line.seller.feedback_percent,
                feedback_count: line.seller.feedback_count,
            },
        },
        condition: line.condition,
        shipping_cents: shipping.map_or(0, |shipping| shipping.cents),
        country: line.country,
        found_by: line.found_by,
    })
}

fn price(amount: &Amount, currency: &str, of: &str) -> Result<Price> {
    amount.price(currency).ok_or_else(|| refused(&format!("has no price for `{of}` that is a decimal and a currency")))
}

fn refused(what: &str) -> Error {
    Error::bad_input("CONFIG", format!("the file that `catalogue_file` names {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Result<OwnFile> {
        OwnFile::read(file.as_bytes(), &Categories::load(None).unwrap())
    }

    #[test]
    fn a_file_of_ones_own_is_read() {
        let file = r#"{"products":[{"asin":"A","title":"a","category_ids":["pet-cats","pet-dogs"],"price":19.99},
            {"asin":"B","title":"b","category_ids":["pet-cats"],"rank":1}],
            "listings":[{"asin":"A","id":"1","price":"40.00","found_by":"GTIN","seller":{"name":"=s"}}]}"#;
        let own = read(file).unwrap();
        let asins: Vec<&str> = own.products("pet-cats").iter().map(|product| &*product.asin).collect();
        assert_eq!(asins, ["B", "A"]);
        assert_eq!(own.products("pet-dogs")[0].price.as_ref().unwrap().cents, 1_999);
        let [offer] = &own.offers("A")[..] else { panic!("one") };
        assert_eq!((offer.listing.price.cents, offer.found_by, &*offer.country), (4_000, Rung::Gtin, "US"));
        assert!(own.offers("B").is_empty() && own.products("pet-fish").is_empty());
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        for file in [
            "",
            r#"{"products":[{"asin":"A","title":"a","category_ids":[],"price":"1.999"}]}"#,
            r#"{"products":[{"asin":"A","title":"a","category_ids":[],"colour":"red"}]}"#,
            r#"{"products":[{"asin":"A","title":"a","category_ids":["pet-rocks"]}]}"#,
            r#"{"products":[],"listings":[{"asin":"A","id":"1","price":1,"seller":{"name":"s"}}]}"#,
        ] {
            assert_eq!(read(file).unwrap_err().code(), "CONFIG", "{file}");
        }
    }
}
