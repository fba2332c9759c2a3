//! The rows of the demonstration: as many as asked for, the same every time but for the day they are counted back from.
//!
//! Newest first, as lists show them. What a reader would get wrong: nothing is kept, so a million rows are made as they
//! are written.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use uuid::Uuid;

use super::names;
use crate::{
    records::{NewRecord, RecordStatus},
    sellers::NewSeller,
};

const SEED: u64 = 2026;
/// The sales of a year and a half: enough for a comparison with the year before.
const DAYS: f64 = 548.0;
/// How the rows lie in those days: above 1, business grows.
const GROWTH: f64 = 1.3;

/// Multiplying by a number that shares no factor with the modulus reaches every number once: unique, yet looks random.
const ORDERS: u64 = 250_000_000_000;
const ORDER_STEP: u64 = 154_508_497_187;
/// As above, over the numbers that end sellers' names.
const NAMES: u64 = 10_000_000;
const NAME_STEP: u64 = 6_180_337;

/// How many of `of` rows are done, and so how long ago the next one was.
#[derive(Debug)]
struct Place {
    at: u64,
    of: u64,
    now: DateTime<Utc>,
}

impl Place {
    /// The moment of the next row; none after the last.
    #[expect(clippy::cast_precision_loss, reason = "a moment of a demonstration may be off by a little")]
    fn next(&mut self) -> Option<(u64, DateTime<Utc>)> {
        if self.at >= self.of {
            return None;
        }
        let days = DAYS * (self.at as f64 / self.of as f64).powf(GROWTH);
        let at = self.at;
        self.at += 1;
        // Whole milliseconds: eighteen months of them fit a hundred thousand times over.
        #[expect(clippy::cast_possible_truncation, reason = "548 days are far fewer milliseconds than an i64 holds")]
        let ago = TimeDelta::milliseconds((days * 86_400_000.0) as i64);
        Some((at, self.now - ago))
    }
}

/// The records: an account, when it was stored, what was written.
#[derive(Debug)]
pub(super) struct Records {
    rng: SmallRng,
    place: Place,
    /// The busiest first.
    accounts: [Uuid; 3],
}

impl Records {
    pub(super) fn new(count: u64, now: DateTime<Utc>, accounts: [Uuid; 3]) -> Self {
        Self { rng: SmallRng::seed_from_u64(SEED), place: Place { at: 0, of: count, now }, accounts }
    }

    fn record(&mut self, number: u64, sold_at: DateTime<Utc>) -> NewRecord {
        let rng = &mut self.rng;
        let order = u128::from(number + 1) * u128::from(ORDER_STEP) % u128::from(ORDERS);
        let (head, middle, tail) = (order / 10_000_000_000 + 2, order / 100_000 % 100_000, order % 100_000);
        let status = status(rng);
        // Most things are cheap, a few are not.
        let price: i64 = rng.random_range(799..4_999) * if rng.random_bool(0.08) { 7 } else { 1 };
        let share = |rng: &mut SmallRng, from: i64, to: i64| price * rng.random_range(from..to) / 1000;
        let is_bought = rng.random_bool(0.96);
        let cost = is_bought.then(|| share(rng, 480, 760));
        NewRecord {
            ebay_order_id: format!("{head:02}-{middle:05}-{tail:05}"),
            sale_date: sold_at.date_naive(),
            item_name: names::item(rng),
            qty: if rng.random_bool(0.09) { rng.random_range(2..6) } else { 1 },
            sale_price_cents: price,
            ebay_fees_cents: rng.random_bool(0.97).then_some(price * 1325 / 10_000 + 30),
            amazon_price_cents: cost,
            amazon_tax_cents: cost.filter(|_| rng.random_bool(0.7)).map(|cost| cost * rng.random_range(0..95) / 1000),
            amazon_shipping_cents: cost.filter(|_| rng.random_bool(0.3)).map(|_| rng.random_range(0..3) * 299),
            amazon_order_id: is_bought.then(|| {
                let (middle, tail) = (rng.random_range(0..10_000_000), rng.random_range(0..10_000_000));
                format!("{}-{middle:07}-{tail:07}", rng.random_range(111..115))
            }),
            status,
            return_label_cost_cents: match status {
                RecordStatus::Successful => None,
                RecordStatus::ReturnLabelProvided | RecordStatus::ReturnClosed => Some(rng.random_range(495..1_895)),
                RecordStatus::RefundNoReturn => Some(0),
            },
            order_remark: rng.random_bool(0.07).then(|| names::order_remark(rng)),
            service_remark: (status != RecordStatus::Successful && rng.random_bool(0.5))
                .then(|| names::service_remark(rng)),
        }
    }
}

fn status(rng: &mut SmallRng) -> RecordStatus {
    match rng.random_range(0..100_u32) {
        0..91 => RecordStatus::Successful,
        91..93 => RecordStatus::ReturnLabelProvided,
        93..97 => RecordStatus::ReturnClosed,
        _ => RecordStatus::RefundNoReturn,
    }
}

impl Iterator for Records {
    type Item = (Uuid, DateTime<Utc>, NewRecord);

    fn next(&mut self) -> Option<Self::Item> {
        let (number, sold_at) = self.place.next()?;
        let record = self.record(number, sold_at);
        // Bookkeeping writes down the sales of a day on the next.
        let next_day = record.sale_date.checked_add_days(Days::new(1)).unwrap_or(record.sale_date);
        let stored_at = next_day.and_time(NaiveTime::MIN).and_utc()
            + (sold_at - sold_at.date_naive().and_time(NaiveTime::MIN).and_utc()) / 3;
        let [busy, middling, quiet] = self.accounts;
        let account = match self.rng.random_range(0..100_u32) {
            0..55 => busy,
            55..85 => middling,
            _ => quiet,
        };
        Some((account, stored_at.min(self.place.now), record))
    }
}

/// The sellers: when each was stored, and what was written.
#[derive(Debug)]
pub(super) struct Sellers {
    rng: SmallRng,
    place: Place,
}

impl Sellers {
    pub(super) fn new(count: u64, now: DateTime<Utc>) -> Self {
        Self { rng: SmallRng::seed_from_u64(SEED), place: Place { at: 0, of: count, now } }
    }
}

impl Iterator for Sellers {
    type Item = (DateTime<Utc>, NewSeller);

    fn next(&mut self) -> Option<Self::Item> {
        let (number, at) = self.place.next()?;
        let rng = &mut self.rng;
        let own = number * NAME_STEP % NAMES + number / NAMES * NAMES;
        // Tens to hundreds of thousands of feedbacks, as many sellers in each order of magnitude.
        let feedback_count =
            rng.random_bool(0.96).then(|| 10_i32.pow(rng.random_range(1..6)) * rng.random_range(1..10) / 3);
        let seller = NewSeller {
            display_name: names::seller(rng, own),
            platform_id: rng.random_bool(0.6).then(|| format!("usr{:010}", own * 7 + 3)),
            feedback_percent: feedback_count
                .map(|_| f64::from(1000 - rng.random_range(0..60_i32).min(rng.random_range(0..60))) / 10.0),
            feedback_count,
            times_seen: rng.random_range(1..=18).min(rng.random_range(1..=18)),
            flagged: rng.random_bool(0.03),
            ..NewSeller::default()
        };
        Some((at, seller))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::text;

    const NOW: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();

    #[test]
    fn orders_and_names_are_unique_and_the_same_every_time() {
        let accounts = [Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3)];
        let orders: HashSet<String> =
            Records::new(50_000, NOW, accounts).map(|(_, _, record)| record.ebay_order_id).collect();
        assert_eq!(orders.len(), 50_000);
        let names: HashSet<String> =
            Sellers::new(50_000, NOW).map(|(_, seller)| text::normalize(&seller.display_name)).collect();
        assert_eq!(names.len(), 50_000);
        assert!(Sellers::new(500, NOW).eq(Sellers::new(500, NOW)));
    }

    #[test]
    fn the_newest_comes_first_and_nothing_is_from_tomorrow() {
        let accounts = [Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3)];
        let rows: Vec<_> = Records::new(5_000, NOW, accounts).collect();
        assert!(rows.windows(2).all(|pair| pair[0].2.sale_date >= pair[1].2.sale_date));
        assert!(rows.iter().all(|(_, at, record)| *at <= NOW && record.sale_date <= at.date_naive()));
    }
}
