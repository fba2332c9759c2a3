//! What is seen of a run in a terminal: a bar for each phase; lines where nobody sees bars.
//!
//! What a reader would get wrong: lines are the answer and go to standard output, the bars to standard error; a line is
//! written only while the bars step aside.

use std::{
    collections::HashMap,
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar};
use tokio::time::Instant;
use uuid::Uuid;

use super::words;
use crate::{
    app::App,
    auth::Actor,
    cli::{failure::Failure, progress, say},
    collection::{CollectionEvent, CollectionPhase, CollectionRun, CollectionRunStatus},
    error::Result,
    sellers,
};

/// How often a line says how far the run is, where there are no bars.
const EVERY: Duration = Duration::from_secs(10);

/// What is seen of one run.
#[derive(Debug)]
pub(super) struct View {
    bars: Option<Bars>,
    is_verbose: bool,
    /// Number of the last event that was told.
    told: i64,
    standing: Option<Standing>,
    said_at: Instant,
}

#[derive(Debug)]
struct Bars {
    all: MultiProgress,
    categories: ProgressBar,
    products: ProgressBar,
    totals: ProgressBar,
}

/// A line is due when it changes.
type Standing = (CollectionRunStatus, Option<CollectionPhase>, Option<String>);

impl View {
    /// Of a run that has just been started.
    pub(super) fn of(run: &CollectionRun, is_verbose: bool) -> Self {
        let is_seen = io::stdout().is_terminal() && io::stderr().is_terminal();
        let bars = is_seen.then(|| Bars::of(run));
        Self { bars, is_verbose, told: 0, standing: None, said_at: Instant::now() }
    }

    /// Whether events are told.
    pub(super) fn is_verbose(&self) -> bool {
        self.is_verbose
    }

    /// Whether there is something to tell, up to this number.
    pub(super) fn awaits_events(&self, last: i64) -> bool {
        self.is_verbose && self.told < last
    }

    /// Shows how far the run is.
    pub(super) fn state(&mut self, run: &CollectionRun) -> Result<(), Failure> {
        if let Some(bars) = &self.bars {
            bars.show(run);
        }
        let standing = (run.status, run.phase, run.reason.clone());
        let is_news = self.standing.as_ref() != Some(&standing);
        if is_news || (self.bars.is_none() && self.said_at.elapsed() >= EVERY) {
            self.say(&words::state(run))?;
            (self.standing, self.said_at) = (Some(standing), Instant::now());
        }
        Ok(())
    }

    /// Tells what happened, with the names of the sellers.
    pub(super) async fn events(
        &mut self,
        app: &App,
        actor: &Actor,
        events: Vec<Result<CollectionEvent>>,
    ) -> Result<(), Failure> {
        let events = events.into_iter().collect::<Result<Vec<_>>>()?;
        let ids: Vec<Uuid> = events.iter().filter_map(|event| event.seller_id).collect();
        let mut names = HashMap::new();
        if !ids.is_empty() {
            let found = sellers::find_many(app, actor, &ids).await?;
            names.extend(found.into_iter().map(|seller| (seller.id, seller.display_name)));
        }
        let category = |event: &CollectionEvent| app.sources.categories.find(event.category_id.as_deref()?);
        let lines: Vec<String> = events
            .iter()
            .map(|event| {
                let seller = event.seller_id.and_then(|id| names.get(&id)).map(String::as_str);
                words::event(event, category(event).map(|category| category.name.as_str()), seller)
            })
            .collect();
        self.told = events.last().map_or(self.told, |event| event.seq);
        self.say(&lines.join("\n"))
    }

    /// Says something beside the answer.
    pub(super) fn note(&self, words: &str) -> Result<(), Failure> {
        self.beside_bars(|| crate::cli::note(words));
        Ok(())
    }

    /// Takes the bars away.
    pub(super) fn close(&self) {
        if let Some(bars) = &self.bars {
            bars.close();
        }
    }

    fn say(&self, line: &str) -> Result<(), Failure> {
        self.beside_bars(|| say(line))
    }

    fn beside_bars<T>(&self, say: impl FnOnce() -> T) -> T {
        match &self.bars {
            Some(bars) => bars.all.suspend(say),
            None => say(),
        }
    }
}

impl Bars {
    fn of(run: &CollectionRun) -> Self {
        let all = MultiProgress::new();
        let categories = progress::bar_below(&all, "categories", count(run.categories_total));
        let products = progress::bar_below(&all, "products", count(run.products_total));
        let totals = progress::words_below(&all);
        let bars = Self { all, categories, products, totals };
        bars.show(run);
        bars
    }

    fn show(&self, run: &CollectionRun) {
        for (bar, done, total) in [
            (&self.categories, run.categories_done, run.categories_total),
            (&self.products, run.products_done, run.products_total),
        ] {
            // Of nothing, all would be done.
            match count(total) {
                0 => bar.unset_length(),
                total => bar.set_length(total),
            }
            bar.set_position(count(done));
        }
        self.totals.set_message(words::totals(run));
    }

    fn close(&self) {
        for bar in [&self.categories, &self.products, &self.totals] {
            bar.finish_and_clear();
        }
    }
}

fn count(count: i32) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
