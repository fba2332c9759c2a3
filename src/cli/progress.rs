//! Progress bars of long commands: on standard error, and only when somebody is looking.

use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

/// How often a bar moves without news, so that it is seen to be alive.
const TICK: Duration = Duration::from_millis(200);

/// A bar over `total` of something.
pub(super) fn bar(what: &'static str, total: u64) -> ProgressBar {
    let count = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // A bar that cannot be drawn is no reason to stop.
        let _ = write!(out, "{} of {}", HumanCount(state.pos()), HumanCount(state.len().unwrap_or_default()));
    };
    let style = ProgressStyle::with_template("{msg:18} {bar:32} {count} ({eta} left)")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("count", count);
    let bar = ProgressBar::new(total).with_style(style).with_message(what);
    bar.enable_steady_tick(TICK);
    bar
}

/// A counter of bytes whose end is not known.
pub(super) fn bytes(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:18} {spinner} {bytes} ({bytes_per_sec})")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::new_spinner().with_style(style).with_message(what);
    bar.enable_steady_tick(TICK);
    bar
}
