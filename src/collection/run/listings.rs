//! Listings of a product become sellers and sightings.

use std::collections::HashSet;

use entity::{
    collection_event::CollectionEventKind as Kind,
    collection_item::{self, ItemState},
    sighting,
};
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};
use uuid::Uuid;

use super::{item::Step, page::LONGEST_URL};
use crate::{
    collection::entry::{Entry, Telling},
    db::Transaction,
    error::{Context, Result},
    sellers::{self, Saw, Seeing},
    sources::{Found, Listing},
    text::cleaned,
};

/// Sightings a statement writes.
const BATCH: usize = 500;
/// Most characters of the title of a listing that are kept.
const LONGEST_TITLE: usize = 500;
/// Most characters of the id of a listing; longer ones are none.
const LONGEST_ID: usize = 200;

impl Step {
    /// Adds the sellers, or sees them again. Answers the result in words.
    pub(super) async fn take_listings(
        &self,
        tx: &Transaction,
        entry: &mut Entry,
        row: &mut collection_item::ActiveModel,
        found: &Found,
    ) -> Result<String> {
        self.close(row, ItemState::Done, None);
        let mut ids = HashSet::new();
        let is_usable = |listing: &&Listing| {
            !listing.id.is_empty() && listing.id.len() <= LONGEST_ID && !self.left_out.has(&listing.seller)
        };
        let listings: Vec<&Listing> =
            found.listings.iter().filter(is_usable).filter(|listing| ids.insert(&listing.id)).collect();
        let title = self.item.title.as_deref().unwrap_or_default();
        let seeing = Seeing {
            scope: &self.scope,
            run_id: self.run_id,
            member_id: self.member_id,
            now: self.now,
            product: title,
        };
        let listed: Vec<_> = listings.iter().map(|listing| &listing.seller).collect();
        let saw = sellers::see(tx, seeing, &listed).await?;
        self.write_sightings(tx, found, &listings, &saw).await?;
        let words = self.tell_sellers(entry, row, found, listings.len(), saw);
        Ok(words)
    }

    async fn write_sightings(&self, tx: &Transaction, found: &Found, listings: &[&Listing], saw: &[Saw]) -> Result<()> {
        let rows: Vec<sighting::ActiveModel> = listings
            .iter()
            .zip(saw)
            .map(|(listing, saw)| sighting::ActiveModel {
                item_id: Set(self.item.id),
                listing_id: Set(listing.id.clone()),
                org_id: Set(self.scope.org_id()),
                run_id: Set(self.run_id),
                seller_id: Set(saw.id),
                title: Set(cleaned(&listing.title, LONGEST_TITLE).unwrap_or_default()),
                price_cents: Set(listing.price.cents.max(0)),
                currency: Set(listing.price.currency.clone()),
                url: Set(listing.url.as_deref().and_then(|url| cleaned(url, LONGEST_URL))),
                rung: Set(found.rung.map(|rung| rung.name().to_owned())),
            })
            .collect();
        for rows in rows.chunks(BATCH) {
            // Of an item that is tried again, some may be there.
            let unless_there = OnConflict::new().do_nothing().to_owned();
            let written = sighting::Entity::insert_many(rows.to_vec()).on_conflict(unless_there);
            written.exec_without_returning(tx).await.doing("writing why sellers are here")?;
        }
        Ok(())
    }

    /// The counters and the events of what was seen.
    fn tell_sellers(
        &self,
        entry: &mut Entry,
        row: &mut collection_item::ActiveModel,
        found: &Found,
        listings: usize,
        mut saw: Vec<Saw>,
    ) -> String {
        let mut once = HashSet::<Uuid>::new();
        saw.retain(|saw| once.insert(saw.id));
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let new = count(saw.iter().filter(|saw| saw.is_new).count());
        entry.run.sellers_found += count(saw.iter().filter(|saw| saw.is_first).count());
        entry.run.sellers_new += new;
        row.rung = Set(found.rung.map(|rung| rung.name().to_owned()));
        (row.listings, row.sellers_found, row.sellers_new) = (Set(count(listings)), Set(count(saw.len())), Set(new));
        let by = found.rung.map(|rung| format!(", by {}", rung.name())).unwrap_or_default();
        let words = format!("{listings} listings of {} sellers, {new} of them new{by}", saw.len());
        entry.tell(Kind::Found, self.telling(&words));
        for saw in saw {
            let kind = if saw.is_new { Kind::SellerAdded } else { Kind::SellerSeen };
            let telling = Telling {
                worker: Some(self.number),
                category_id: Some(self.item.category_id.clone()),
                product: self.item.title.clone(),
                seller_id: Some(saw.id),
                ..Telling::default()
            };
            entry.tell(kind, telling);
        }
        words
    }
}
