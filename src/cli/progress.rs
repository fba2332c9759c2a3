//! Progress bars of long commands: on standard error, and only when somebody is looking.

use std::time::Duration;

use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressState, ProgressStyle};

/// How often a bar moves without news, so that it is seen to be alive.
const TICK: Duration = Duration::from_millis(200);

/// A bar over `total` of something.
pub(super) fn bar(what: &'static str, total: u64) -> ProgressBar {
    let bar = plain_bar(what, total);
    bar.enable_steady_tick(TICK);
    bar
}

/// The same below others.
pub(super) fn bar_below(others: &MultiProgress, what: &'static str, total: u64) -> ProgressBar {
    let bar = others.add(plain_bar(what, total));
    bar.enable_steady_tick(TICK);
    bar
}

/// A line of words below others.
pub(super) fn words_below(others: &MultiProgress) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    let line = others.add(ProgressBar::new_spinner().with_style(style));
    line.enable_steady_tick(TICK);
    line
}

fn plain_bar(what: &'static str, total: u64) -> ProgressBar {
    let count = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        // A bar that cannot be drawn is no reason to stop.
        let _ = write!(out, "{} of {}", HumanCount(state.pos()), HumanCount(state.len().unwrap_or_default()));
    };
    let style = ProgressStyle::with_template("{msg:18} {bar:32} {count} ({eta} left)")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("count", count);
    ProgressBar::new(total).with_style(style).with_message(what)
}

/// A counter of bytes whose end is not known.
pub(super) fn bytes(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:18} {spinner} {bytes} ({bytes_per_sec})")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::new_spinner().with_style(style).with_message(what);
    bar.enable_steady_tick(TICK);
    bar
}
