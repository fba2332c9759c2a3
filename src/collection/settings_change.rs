//! Changing within which limits an organisation collects.
//!
//! What a reader would get wrong: runs that are under way keep what they were started with; only the number of active runs
//! and the block list count at once.

use std::collections::HashSet;

use sea_orm::ActiveModelTrait;
use serde_json::{Map, Value as Json, json};

use super::{
    choice::MOST_COST_CENTS,
    settings::{self, CollectionSettings},
};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::{Actor, Permission},
    error::{Context, Error, Result},
    id::{Id, IdKind},
    sources::{Prices, Provider},
    text,
};

/// Most runs at the same time, and most workers of a run: the tables hold no more.
const MOST_AT_ONCE: i32 = 20;
/// Most that a call can cost, in millionths of a US dollar: a thousand dollars, to catch a slip of the hand.
const MOST_A_CALL: i64 = 1_000_000_000;
/// Most sellers that are left out.
const MOST_BLOCKED: usize = 10_000;

/// What is to change of the settings; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SettingsChange {
    /// Runs that may be active at the same time, 1 to 20.
    pub max_active_runs: Option<i32>,
    /// Workers of a run, 1 to 20.
    pub workers: Option<i32>,
    /// Most that one run may cost, US cents; within, none for no limit.
    pub max_cost_cents: Option<Option<i64>>,
    /// What a call costs, millionths of a US dollar; of providers that are not named it stays.
    pub prices: Vec<(Provider, i64)>,
    /// Names and platform ids of sellers that are left out, in place of all there were.
    pub blocked: Option<Vec<String>>,
}

/// Changes the settings of the actor's organisation.
///
/// # Errors
/// `FORBIDDEN` without `admin.automation`; `INVALID_LIMIT`, `INVALID_PRICE`, `TOO_MANY_NAMES`, `INVALID_TEXT`.
pub async fn update_settings(app: &App, actor: &Actor, change: SettingsChange) -> Result<CollectionSettings> {
    let scope = actor.require(Permission::Automation)?;
    change.check()?;
    let (org_id, now) = (scope.org_id(), app.clock.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let mut settings = settings::lock(tx, org_id, now).await?;
                let before = noted(&settings);
                change.apply(&mut settings);
                settings::row(org_id, &settings, now)?.update(tx).await.doing("changing the settings of collection")?;
                let entry = Entry::of(Action::CollectionSettingsUpdated).on(Id(IdKind::Organisation, org_id));
                audit::write(tx, &scope, now, entry.changed(before, noted(&settings))).await?;
                Ok(settings)
            })
        })
        .await
}

/// The settings as the audit shows them. Of the block list it shows how long it is: it may hold 10,000 names.
fn noted(settings: &CollectionSettings) -> Map<String, Json> {
    Map::from_iter([
        ("maxActiveRuns".to_owned(), json!(settings.max_active_runs)),
        ("workers".to_owned(), json!(settings.workers)),
        ("maxCostCents".to_owned(), json!(settings.max_cost_cents)),
        ("prices".to_owned(), json!(settings.prices)),
        ("blockList".to_owned(), json!(settings.blocked.len())),
    ])
}

impl SettingsChange {
    fn check(&self) -> Result<()> {
        for (name, number) in [("maxActiveRuns", self.max_active_runs), ("workers", self.workers)] {
            if number.is_some_and(|number| !(1..=MOST_AT_ONCE).contains(&number)) {
                let message = format!("`{name}` must be 1 to {MOST_AT_ONCE}");
                return Err(Error::bad_input("INVALID_LIMIT", message));
            }
        }
        if self.max_cost_cents.flatten().is_some_and(|cents| !(0..=MOST_COST_CENTS).contains(&cents)) {
            let message = format!("`maxCostCents` must be 0 to {MOST_COST_CENTS}, or null for no limit");
            return Err(Error::bad_input("INVALID_LIMIT", message));
        }
        if let Some((provider, _)) = self.prices.iter().find(|(_, price)| !(0..=MOST_A_CALL).contains(price)) {
            let message = format!("a call to {} must cost 0 to {MOST_A_CALL} millionths of a dollar", provider.name());
            return Err(Error::bad_input("INVALID_PRICE", message));
        }
        self.blocked.as_deref().map_or(Ok(()), check_names)
    }

    fn apply(self, settings: &mut CollectionSettings) {
        settings.max_active_runs = self.max_active_runs.unwrap_or(settings.max_active_runs);
        settings.workers = self.workers.unwrap_or(settings.workers);
        settings.max_cost_cents = self.max_cost_cents.unwrap_or(settings.max_cost_cents);
        let Prices(prices) = &mut settings.prices;
        prices.extend(self.prices);
        if let Some(blocked) = self.blocked {
            // As they were written, each once however it is written.
            let mut seen = HashSet::new();
            settings.blocked = blocked.into_iter().filter(|name| seen.insert(text::normalize(name))).collect();
        }
    }
}

fn check_names(names: &[String]) -> Result<()> {
    if names.len() > MOST_BLOCKED {
        let message = format!("at most {MOST_BLOCKED} sellers can be left out");
        return Err(Error::bad_input("TOO_MANY_NAMES", message));
    }
    for name in names {
        if text::normalize(name).is_empty() {
            return Err(Error::bad_input("INVALID_TEXT", "a name in `blockList` must not be empty"));
        }
        text::check("blockList", name, text::LONGEST_NAME)?;
    }
    Ok(())
}
