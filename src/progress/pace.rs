//! How far something is and how fast it goes, in numbers for people.

use chrono::{DateTime, TimeDelta, Utc};

/// The share that is done, 0 to 100; 0 of nothing.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a share for people")]
pub fn share(done: i64, total: i64) -> f64 {
    if total <= 0 { 0.0 } else { (done as f64 * 100.0 / total as f64).clamp(0.0, 100.0) }
}

/// How many were done in a second; none before the first.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
pub fn rate(done: i64, from: DateTime<Utc>, until: DateTime<Utc>) -> Option<f64> {
    let took = (until - from).max(TimeDelta::zero()).num_milliseconds();
    (done > 0 && took > 0).then(|| done as f64 * 1000.0 / took as f64)
}

/// The seconds that what is left takes at so many a second.
#[must_use]
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a guess for people")]
pub fn seconds(left: i64, rate: f64) -> i64 {
    (left as f64 / rate).ceil() as i64
}
