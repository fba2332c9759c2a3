//! Schedules: what starts by itself, when, and what became of it.

mod cron;
mod zone;

pub use cron::Cron;
pub use zone::time_zone;
