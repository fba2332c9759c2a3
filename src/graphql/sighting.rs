//! Sightings in the schema: why a seller is here.

use async_graphql::{Enum, ID, SimpleObject};

use super::scalar::Cents;
use crate::{id::IdKind, sellers, sources};

/// How the listings of a product were found. They are tried in this order.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "sources::Rung")]
pub enum Rung {
    /// By its UPC or EAN.
    Gtin,
    /// By its brand and model.
    BrandModel,
    /// By the first significant words of its title.
    Words,
}

/// A listing by which a collection run saw a seller.
#[derive(Clone, Debug, SimpleObject)]
pub struct Sighting {
    /// The global id of the run.
    run_id: ID,
    /// The title of the product that was searched; null when it is not known.
    product: Option<String>,
    /// The marketplace's id of the listing.
    listing_id: String,
    /// The title of the listing.
    title: String,
    /// Its price: whole cents of `currency`.
    price_cents: Cents,
    /// The currency of the price, ISO 4217.
    currency: String,
    /// The page of the listing; null when the marketplace did not give it.
    url: Option<String>,
    /// How the listing was found; null when that is not known.
    rung: Option<Rung>,
}

impl From<sellers::Sighting> for Sighting {
    fn from(row: sellers::Sighting) -> Self {
        let rung = row.rung.and_then(|name| RUNGS.into_iter().find(|rung| rung.name() == name));
        Self {
            run_id: IdKind::Run.show(row.run_id).into(),
            product: row.product,
            listing_id: row.listing_id,
            title: row.title,
            price_cents: Cents(row.price_cents),
            currency: row.currency,
            url: row.url,
            rung: rung.map(Into::into),
        }
    }
}

const RUNGS: [sources::Rung; 3] = [sources::Rung::Gtin, sources::Rung::BrandModel, sources::Rung::Words];
