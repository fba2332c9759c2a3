//! How fast an export job goes, and how long it will take: worked out from its row, stored nowhere.

use super::{ExportJob, ExportJobStatus};
use crate::progress::{rate, seconds, share};

/// The pace of an export job.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Share of the rows that is done, 0 to 100; none before they are counted.
    pub percent: Option<f64>,
    /// Rows a second since the beginning of this try; none before a row was written.
    pub rows_per_second: Option<f64>,
    /// Seconds to the end at this pace; none when it does not run.
    pub eta_seconds: Option<i64>,
}

impl Progress {
    /// The pace of a job, as of its last change.
    #[must_use]
    pub fn of(job: &ExportJob) -> Self {
        let is_whole = matches!(job.status, ExportJobStatus::Completed | ExportJobStatus::Expired);
        let percent = job.rows_total.map(|total| if is_whole { 100.0 } else { share(job.rows_done, total) });
        let until = job.completed_at.unwrap_or(job.updated_at);
        let rows_per_second = job.started_at.and_then(|from| rate(job.rows_done, from, until));
        let left = job.rows_total.map(|total| (total - job.rows_done).max(0));
        let eta_seconds = left.zip(rows_per_second).map(|(left, rate)| seconds(left, rate));
        Self {
            percent,
            rows_per_second,
            eta_seconds: eta_seconds.filter(|_| job.status == ExportJobStatus::Processing),
        }
    }
}
