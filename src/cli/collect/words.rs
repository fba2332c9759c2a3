//! What is said of a run in a terminal.
//!
//! What a reader would get wrong: titles and names were written by strangers; whatever a terminal would take for a command
//! is replaced.

use std::time::Duration;

use indicatif::{HumanCount, HumanDuration};

use crate::{
    cli::shown,
    clock::rfc3339,
    collection::{CollectionEvent, CollectionEventKind, CollectionRun, CollectionRunStatus, Pace, ProviderCalls},
    id::IdKind,
};

/// How far a run is.
pub(super) fn state(run: &CollectionRun) -> String {
    let mut state = status(run.status).to_owned();
    if let (CollectionRunStatus::Paused, Some(why)) = (run.status, &run.reason) {
        state.push_str(&format!(" ({})", reason(why)));
    }
    if let Some(at) = run.resumes_at {
        state.push_str(&format!(", goes on at {}", rfc3339(at)));
    }
    let [categories_done, categories, products_done, products] =
        [run.categories_done, run.categories_total, run.products_done, run.products_total].map(count);
    format!(
        "{state}: categories {categories_done} of {categories}, products {products_done} of {products}, {}",
        totals(run)
    )
}

/// What a run has brought and cost so far.
pub(super) fn totals(run: &CollectionRun) -> String {
    let calls = i64::from(run.best_sellers_calls) + i64::from(run.listings_calls);
    format!(
        "{} sellers ({} new), {} failed, {} calls, {}",
        count(run.sellers_found),
        count(run.sellers_new),
        count(run.failed_items),
        HumanCount(u64::try_from(calls).unwrap_or_default()),
        dollars(Pace::of(run).cost_cents),
    )
}

/// What became of a run.
pub(super) fn summary(run: &CollectionRun) -> String {
    let pace = Pace::of(run);
    let took = pace.duration_seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
    let took = took.map(|took| format!(" after {}", HumanDuration(took))).unwrap_or_default();
    let calls: Vec<String> = ProviderCalls::of(run)
        .iter()
        .map(|of| format!("{} {}", HumanCount(u64::try_from(of.calls).unwrap_or_default()), of.provider.name()))
        .collect();
    let why = reason(run.reason.as_deref().unwrap_or_default());
    let [categories_done, categories, products_done, products] =
        [run.categories_done, run.categories_total, run.products_done, run.products_total].map(count);
    [
        format!("{}  {}", IdKind::Run.show(run.id), shown(&run.name)),
        format!("  {}{took}: {why}", status(run.status)),
        format!("  categories  {categories_done} of {categories}"),
        format!("  products    {products_done} of {products}"),
        format!("  sellers     {} found, {} of them new", count(run.sellers_found), count(run.sellers_new)),
        format!("  failures    {}", count(run.failed_items)),
        format!("  calls       {}", calls.join(", ")),
        format!("  cost        {}", dollars(pace.cost_cents)),
    ]
    .join("\n")
}

/// One event on one line.
pub(super) fn event(event: &CollectionEvent, category: Option<&str>, seller: Option<&str>) -> String {
    let worker = event.worker.map(|worker| format!("w{worker}")).unwrap_or_default();
    let details = [
        seller.map(shown),
        event.product.as_deref().or(category).map(shown),
        event.message.as_deref().map(shown),
        event.error_code.as_deref().map(shown),
        event.attempt.filter(|attempt| *attempt > 1).map(|attempt| format!("try {attempt}")),
        event.duration_ms.map(|millis| format!("{millis} ms")),
    ];
    let details: Vec<String> = details.into_iter().flatten().collect();
    let line = format!(
        "{:>6} {} {worker:<3} {:<12} {}",
        event.seq,
        event.at.format("%H:%M:%S"),
        kind(event.kind),
        details.join(" · ")
    );
    line.trim_end().to_owned()
}

/// A reason in words.
pub(super) fn reason(code: &str) -> String {
    let words = match code {
        "DONE" => "everything was tried",
        "DONE_WITH_FAILURES" => "everything was tried, and some of it failed",
        "REQUESTED" => "somebody asked for it",
        "PROVIDER_FAILING" => "a provider fails again and again",
        "QUOTA_EXHAUSTED" => "the quota of a provider is used up",
        "CALL_CAP_REACHED" => "it has made all the calls it may make",
        "COST_CAP_REACHED" => "it has spent what it may spend",
        code => return shown(code),
    };
    words.to_owned()
}

fn count(count: i32) -> HumanCount {
    HumanCount(u64::try_from(count).unwrap_or_default())
}

fn dollars(cents: i64) -> String {
    format!("${}.{:02}", HumanCount(u64::try_from(cents / 100).unwrap_or_default()), cents.rem_euclid(100))
}

fn status(status: CollectionRunStatus) -> &'static str {
    match status {
        CollectionRunStatus::Pending => "PENDING",
        CollectionRunStatus::Running => "RUNNING",
        CollectionRunStatus::Paused => "PAUSED",
        CollectionRunStatus::Completed => "COMPLETED",
        CollectionRunStatus::Failed => "FAILED",
        CollectionRunStatus::Cancelled => "CANCELLED",
    }
}

fn kind(kind: CollectionEventKind) -> &'static str {
    match kind {
        CollectionEventKind::Started => "STARTED",
        CollectionEventKind::Fetched => "FETCHED",
        CollectionEventKind::Found => "FOUND",
        CollectionEventKind::SellerAdded => "SELLER_ADDED",
        CollectionEventKind::SellerSeen => "SELLER_SEEN",
        CollectionEventKind::Retried => "RETRIED",
        CollectionEventKind::RateLimited => "RATE_LIMITED",
        CollectionEventKind::Skipped => "SKIPPED",
        CollectionEventKind::Failed => "FAILED",
        CollectionEventKind::Warned => "WARNED",
        CollectionEventKind::Paused => "PAUSED",
        CollectionEventKind::Resumed => "RESUMED",
        CollectionEventKind::Done => "DONE",
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_event_is_one_line_that_no_terminal_obeys() {
        let told = CollectionEvent {
            id: Uuid::nil(),
            org_id: Uuid::nil(),
            run_id: Uuid::nil(),
            seq: 12,
            at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            kind: CollectionEventKind::SellerAdded,
            worker: Some(3),
            category_id: Some("1".to_owned()),
            product: Some("Lamp \u{1b}[2J\r\n".to_owned()),
            seller_id: None,
            message: Some("x".repeat(70)),
            duration_ms: Some(240),
            attempt: Some(2),
            error_code: None,
        };
        let cut = "x".repeat(60);
        assert_eq!(
            event(&told, Some("Lamps"), Some("acme\u{202e}")),
            format!(
                "    12 08:00:00 w3  SELLER_ADDED acme\u{fffd} · Lamp \u{fffd}[2J\u{fffd}\u{fffd} · {cut}… · try 2 · 240 ms"
            )
        );
        let bare = CollectionEvent {
            kind: CollectionEventKind::Resumed,
            worker: None,
            product: None,
            message: None,
            duration_ms: None,
            attempt: None,
            ..told
        };
        assert_eq!(event(&bare, None, None), "    12 08:00:00     RESUMED");
    }

    #[test]
    fn cents_are_shown_as_dollars() {
        assert_eq!([0, 5, 199, 123_456].map(dollars), ["$0.00", "$0.05", "$1.99", "$1,234.56"]);
    }
}
