//! What an item brought, written down: its rows, the counters, the events and its own end, in one transaction.
//!
//! Not here: which sellers are who (`sellers::see`), and asking (`worker.rs`). What a reader would get wrong: an item that
//! was refused because the run may not go on is no failure; it stays pending, and is asked for again when it does.

use std::{ops::Range, sync::Arc};

use chrono::{DateTime, Utc};
use entity::{
    collection_event::CollectionEventKind as Kind,
    collection_item::{self, ItemKind, ItemState},
    collection_worker,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    IntoActiveModel,
};
use uuid::Uuid;

use super::{
    Session,
    halt::Reason,
    outcome::{Brought, Outcome},
    running,
    worker::{Post, refusal_in_words, write_post},
};
use crate::{
    auth::Scope,
    collection::{
        CollectionItem,
        entry::{Entry, Telling},
        own::LeftOut,
    },
    db::Transaction,
    error::{Context, Result},
    jobs::Lease,
    sellers,
    sources::{Categories, Fault, FaultKind, Refusal},
};

/// Failures one after another that pause a run.
pub(super) const FAILURES_IN_ROW: i32 = 5;
/// Part of a limit from which on people are warned, in percent.
const WARN_AT: i64 = 80;

/// One item, and all that is needed to write down what came of it.
pub(super) struct Step {
    pub lease: Lease,
    pub scope: Scope,
    pub run_id: Uuid,
    pub member_id: Option<Uuid>,
    pub left_out: Arc<LeftOut>,
    pub categories: Arc<Categories>,
    pub now: DateTime<Utc>,
    pub number: i32,
    pub item: CollectionItem,
    pub outcome: Outcome,
}

impl Session<'_> {
    /// Writes down what came of an item, and what its worker is at next.
    pub(super) async fn write_down(
        &self,
        number: i32,
        item: &CollectionItem,
        outcome: Outcome,
        next: Option<CollectionItem>,
    ) -> Result<()> {
        let step = Step {
            lease: self.lease.clone(),
            scope: self.scope.clone(),
            run_id: self.id,
            member_id: self.member_id,
            left_out: Arc::clone(&self.left_out),
            categories: Arc::clone(&self.app.sources.categories),
            now: self.app.clock.now(),
            number,
            item: item.clone(),
            outcome,
        };
        let post = self.post(&Post { number, item: next, last_result: None });
        let (reason, added) = self.app.db.write(move |tx| Box::pin(async move { step.write(tx, post).await })).await?;
        if let Some(reason) = reason {
            self.halt.because(reason);
        }
        self.teller.changed();
        sellers::tell(self.app, self.scope.org_id());
        self.app.db.refresh_if_grown("seller", added).await;
        Ok(())
    }
}

impl Step {
    /// All of it. Answers why the run is not to go on, if it is not; and how many sellers it had added before, and has now.
    async fn write(
        self,
        tx: &Transaction,
        mut post: collection_worker::ActiveModel,
    ) -> Result<(Option<Reason>, Range<u64>)> {
        if self.outcome.is_success() {
            self.lease.hold_and_get_on(tx).await?;
        } else {
            self.lease.hold(tx).await?;
        }
        let mut entry = Entry::of(running(tx, self.scope.org_id(), self.run_id).await?, self.now);
        let before = entry.run.sellers_new;
        self.tell_notes(&mut entry);
        let mut row = self.item.clone().into_active_model();
        row.attempts = Set(self.item.attempts + 1);
        let (reason, words) = self.take(tx, &mut entry, &mut row).await?;
        self.count(&mut entry, &mut row);
        let state = *row.state.as_ref();
        row.update(tx).await.doing("ending an item of a run")?;
        self.count_end(tx, &mut entry, state).await?;
        warn(&mut entry);
        let is_pause_asked = entry.run.pause_asked_at.is_some();
        let added = u64::from(before.unsigned_abs())..u64::from(entry.run.sellers_new.unsigned_abs());
        entry.write(tx).await?;
        post.last_result = Set(Some(words));
        write_post(tx, post).await?;
        Ok((reason.or_else(|| is_pause_asked.then_some(Reason::PauseAsked)), added))
    }

    /// What it brought; why the run is not to go on; and the result in words.
    async fn take(
        &self,
        tx: &Transaction,
        entry: &mut Entry,
        row: &mut collection_item::ActiveModel,
    ) -> Result<(Option<Reason>, String)> {
        match &self.outcome.brought {
            Brought::Page(page) => Ok((None, self.take_page(tx, entry, row, page).await?)),
            Brought::Listings(found) => Ok((None, self.take_listings(tx, entry, row, found).await?)),
            Brought::Skipped(code, message) => {
                self.close(row, ItemState::Skipped, Some((code, message)));
                entry.tell(Kind::Skipped, Telling { error_code: Some((*code).to_owned()), ..self.telling(message) });
                Ok((None, format!("skipped: {message}")))
            }
            Brought::Refused(refusal) => Ok(self.take_refusal(entry, row, refusal)),
        }
    }

    fn take_refusal(
        &self,
        entry: &mut Entry,
        row: &mut collection_item::ActiveModel,
        refusal: &Refusal,
    ) -> (Option<Reason>, String) {
        let (code, message) = refusal_in_words(refusal);
        let reason = match refusal {
            Refusal::OutOfCalls => Some(Reason::CallCapReached),
            Refusal::OutOfMoney => Some(Reason::CostCapReached),
            Refusal::Fault(Fault { kind: FaultKind::QuotaExhausted, until, .. }) => {
                Some(Reason::QuotaExhausted(*until))
            }
            Refusal::Fault(fault) => return (self.fail(entry, row, fault), message),
        };
        row.attempts = NotSet;
        if matches!(reason, Some(Reason::QuotaExhausted(_))) {
            let telling = Telling { error_code: Some(code.to_owned()), ..self.telling(&message) };
            entry.tell(Kind::RateLimited, telling);
        }
        (reason, message)
    }

    /// A provider failed. Once that has paused the run, what fails is no failure of the item: it waits for better times.
    fn fail(&self, entry: &mut Entry, row: &mut collection_item::ActiveModel, fault: &Fault) -> Option<Reason> {
        let is_failing = entry.run.failures_in_row >= FAILURES_IN_ROW;
        if fault.kind != FaultKind::NotFound {
            entry.run.failures_in_row = entry.run.failures_in_row.saturating_add(1);
        }
        if !is_failing {
            self.close(row, ItemState::Failed, Some((fault.kind.code(), &fault.message)));
            entry.run.failed_items += 1;
        }
        let telling = Telling { error_code: Some(fault.kind.code().to_owned()), ..self.telling(&fault.message) };
        entry.tell(Kind::Failed, telling);
        (entry.run.failures_in_row >= FAILURES_IN_ROW).then_some(Reason::ProviderFailing)
    }

    /// The item has come to an end, for now.
    pub(super) fn close(&self, row: &mut collection_item::ActiveModel, state: ItemState, error: Option<(&str, &str)>) {
        row.state = Set(state);
        row.error_code = Set(error.map(|(code, _)| code.to_owned()));
        row.error_message = Set(error.map(|(_, message)| message.to_owned()));
        row.finished_at = Set(Some(self.now));
    }

    fn tell_notes(&self, entry: &mut Entry) {
        for note in &self.outcome.notes {
            let kind = if note.kind == FaultKind::RateLimited { Kind::RateLimited } else { Kind::Retried };
            let telling = Telling {
                attempt: Some(note.attempt),
                error_code: Some(note.kind.code().to_owned()),
                duration_ms: None,
                ..self.telling(&note.message)
            };
            entry.tell(kind, telling);
        }
    }

    /// What this item cost, for itself and the run.
    fn count(&self, entry: &mut Entry, row: &mut collection_item::ActiveModel) {
        let (spent, run) = (self.outcome.spent, &mut entry.run);
        row.calls = Set(self.item.calls + spent.calls);
        row.cost_micros = Set(self.item.cost_micros + spent.cost_micros);
        row.duration_ms = Set(Some(self.outcome.millis));
        match self.item.kind {
            ItemKind::Page => run.best_sellers_calls += spent.calls,
            ItemKind::Product => run.listings_calls += spent.calls,
        }
        run.cost_micros += spent.cost_micros;
        if self.outcome.is_success() {
            (run.failures_in_row, run.pauses_in_row) = (0, 0);
        }
    }

    /// What its end means for the progress of the run.
    async fn count_end(&self, tx: &Transaction, entry: &mut Entry, state: ItemState) -> Result<()> {
        match self.item.kind {
            ItemKind::Product => entry.run.products_done += i32::from(state != ItemState::Pending),
            ItemKind::Page => self.count_categories(tx, entry).await?,
        }
        Ok(())
    }

    /// What is told of this item.
    pub(super) fn telling(&self, message: &str) -> Telling {
        Telling {
            worker: Some(self.number),
            category_id: Some(self.item.category_id.clone()),
            product: self.item.title.clone(),
            message: Some(message.to_owned()),
            duration_ms: Some(self.outcome.millis),
            attempt: Some(self.item.attempts + 1),
            ..Telling::default()
        }
    }
}

/// Says once that most of what the run may spend is spent.
fn warn(entry: &mut Entry) {
    let run = &entry.run;
    let calls = i64::from(run.best_sellers_calls) + i64::from(run.listings_calls);
    let is_most = |spent: i64, max: Option<i64>| max.is_some_and(|max| max > 0 && spent * 100 >= max * WARN_AT);
    let is_near = is_most(calls, run.max_calls.map(i64::from)) || is_most(run.cost_micros, run.max_cost_micros);
    if is_near && !run.is_cost_warned {
        entry.run.is_cost_warned = true;
        entry.tell(Kind::Warned, Telling::words(format!("{WARN_AT} % of what the run may spend is spent")));
    }
}
