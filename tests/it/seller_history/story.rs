//! Random histories: whatever people and runs do to sellers, every past moment and every difference is that of the model.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::seller_history;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use sea_orm::EntityTrait;
use sellerbook::sources::ListedSeller;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::{
    at,
    files::{File, Row},
    model::{Known, Listed, Model, SHOWN, differing, shown},
    now,
};
use crate::{
    TestApp,
    collection::scripted::Script,
    collection_api::{change, refusal},
    on_both,
    seed::{self, Person},
};

/// Histories, and steps of each: few and long, for imports are undone long after others have come; seconds, not minutes.
const CASES: u32 = 8;
const STEPS: std::ops::RangeInclusive<usize> = 20..=50;

/// What happens. People and names are numbers; there are few, so that they meet.
#[derive(Clone, Debug)]
enum Step {
    Add(Vec<usize>),
    Rename(usize, usize),
    Flag(Vec<usize>, bool),
    Delete(Vec<usize>),
    Restore(Vec<usize>),
    /// Names, platform ids, feedbacks.
    Run(Vec<(usize, Option<usize>, Option<i32>)>),
    /// A file; whether it is carried out later.
    Import(File, bool),
    /// A file that was left for later, whichever.
    CarryOut(usize),
    /// An import that was ever carried out, whichever; with what was edited since or without.
    RollBack(usize, bool),
}

/// Steps, each so many minutes after the one before: at once too, and by a clock that is set back.
type Story = Vec<(i64, Step)>;

fn step() -> impl Strategy<Value = Step> {
    let some = || prop::collection::vec(0..20_usize, 1..4);
    let name = || 0..12_usize;
    let listed = (name(), prop::option::of(0..5_usize), prop::option::of(0..3));
    prop_oneof![
        3 => prop::collection::vec(name(), 1..5).prop_map(Step::Add),
        3 => (0..20_usize, name()).prop_map(|(who, name)| Step::Rename(who, name)),
        2 => (some(), any::<bool>()).prop_map(|(who, flagged)| Step::Flag(who, flagged)),
        2 => some().prop_map(Step::Delete),
        2 => some().prop_map(Step::Restore),
        2 => prop::collection::vec(listed, 1..4).prop_map(Step::Run),
        4 => (file(), prop::bool::weighted(0.3)).prop_map(|(file, is_left)| Step::Import(file, is_left)),
        1 => (0..5_usize).prop_map(Step::CarryOut),
        3 => (0..20_usize, any::<bool>()).prop_map(|(which, with_edited)| Step::RollBack(which, with_edited)),
    ]
}

fn file() -> impl Strategy<Value = File> {
    let row = (0..12_usize, prop::option::of(0..5_usize), any::<Option<bool>>(), prop::option::of(0..3));
    let row = (row, prop::option::of(0..3)).prop_map(|((number, platform, flagged, feedback_count), times_seen)| Row {
        name: name(number),
        platform_id: platform.map(platform_id),
        flagged,
        feedback_count,
        times_seen,
    });
    let rows = prop::collection::vec(row, 1..5);
    (any::<bool>(), any::<[bool; 4]>(), rows).prop_map(|(is_csv, columns, rows)| File { is_csv, columns, rows })
}

fn story() -> impl Strategy<Value = (Story, Vec<(usize, usize)>)> {
    let minutes = prop_oneof![6 => 1..4_i64, 2 => Just(0), 1 => Just(-5)];
    let pairs = prop::collection::vec((0..60_usize, 0..60_usize), 6);
    (prop::collection::vec((minutes, step()), STEPS), pairs)
}

/// Twelve spellings of eight names.
fn name(number: usize) -> String {
    let name = format!("seller {}", number % 8);
    if number < 8 { name } else { name.to_uppercase() }
}

fn platform_id(number: usize) -> String {
    format!("platform id {number}")
}

/// An organisation whose history is told.
pub(super) struct Telling<'a> {
    pub app: &'a TestApp,
    script: &'a Script,
    org: Uuid,
    pub admin: Person,
    pub model: Model,
    /// Runs, and when they ended.
    runs: Vec<(String, DateTime<Utc>)>,
    /// Files that were checked and are left for later.
    pub left: Vec<(Uuid, File)>,
    /// Imports that were carried out, those that were undone among them.
    pub imports: Vec<Uuid>,
}

impl Telling<'_> {
    async fn tell(&mut self, step: &Step) {
        match step {
            Step::Add(names) => self.add(names).await,
            Step::Rename(who, new) => {
                let Some(id) = self.model.somebody(*who) else { return };
                if self.model.sellers[&id].is_deleted {
                    return;
                }
                let new = name(*new);
                let input = json!({ "id": id, "displayName": new });
                self.change("renameSeller", input, &[id], |known| known.name.clone_from(&new)).await;
            }
            Step::Flag(who, flagged) => {
                let ids = self.ids(who);
                let input = json!({ "ids": ids, "flagged": flagged });
                let flag = |known: &mut Known| known.flagged = if known.is_deleted { known.flagged } else { *flagged };
                self.change("flagSellers", input, &ids, flag).await;
            }
            Step::Delete(who) => {
                let ids = self.ids(who);
                self.change("deleteSellers", json!({ "ids": ids }), &ids, |known| known.is_deleted = true).await;
            }
            Step::Restore(who) => {
                let ids = self.ids(who);
                self.change("restoreSellers", json!({ "ids": ids }), &ids, |known| known.is_deleted = false).await;
            }
            Step::Run(listed) => self.run(listed).await,
            Step::Import(file, is_left) => self.import(file, *is_left).await,
            Step::CarryOut(which) => self.carry_out_left(*which).await,
            Step::RollBack(which, with_edited) => self.roll_back(*which, *with_edited).await,
        }
    }

    fn ids(&self, who: &[usize]) -> Vec<String> {
        let mut ids: Vec<String> = who.iter().filter_map(|number| self.model.somebody(*number)).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// What is refused changes nobody.
    async fn change(&mut self, mutation: &str, input: Value, ids: &[String], make: impl Fn(&mut Known)) {
        let payload = change(self.app, &self.admin.token, mutation, input, "__typename").await;
        if payload["userErrors"] != json!([]) {
            assert_eq!(refusal(&payload).0, "SELLER_EXISTS", "{mutation}");
            return;
        }
        let Some(at) = self.last_at().await else { return };
        self.model.change(ids, at, make);
        self.model.remember(at);
    }

    async fn add(&mut self, names: &[usize]) {
        let names: Vec<String> = names.iter().map(|number| name(*number)).collect();
        let payload =
            change(self.app, &self.admin.token, "addSellers", json!({ "names": names }), "added { id displayName }");
        let payload = payload.await;
        let at = self.last_at().await.unwrap();
        let mut added = payload["added"].as_array().unwrap().iter();
        for name in names {
            if !self.model.is_known(&name) {
                let seller = added.next().unwrap();
                assert_eq!(seller["displayName"], name);
                self.model.sellers.insert(seller["id"].as_str().unwrap().to_owned(), Known::new(&name, at));
            }
        }
        assert!(added.next().is_none(), "{payload:#}");
        self.model.remember(at);
    }

    async fn run(&mut self, listed: &[(usize, Option<usize>, Option<i32>)]) {
        let listed: Vec<Listed> = listed
            .iter()
            .map(|(number, platform_id, feedback_count)| Listed {
                name: name(*number),
                platform_id: platform_id.map(self::platform_id),
                feedback_count: *feedback_count,
            })
            .collect();
        let shown = |listed: &Listed| ListedSeller {
            name: listed.name.clone(),
            platform_id: listed.platform_id.clone(),
            feedback_percent: None,
            feedback_count: listed.feedback_count,
        };
        self.script.sells("product 000", &listed.iter().map(shown).collect::<Vec<_>>());
        let input = json!({ "collection": { "categoryIds": ["appliances-cooktops"] } });
        let started = change(self.app, &self.admin.token, "startCollectionRun", input, "collectionRun { id }").await;
        self.app.run_jobs().await;
        let run = started["collectionRun"]["id"].as_str().unwrap().to_owned();
        let at = self.last_at().await.unwrap();
        let new = self.model.see(&run, at, &listed);
        let query = "query ($run: ID!) { sellers(first: 100, filter: { firstSeenInRun: $run }) { nodes { id displayName platformId } } }";
        let added = self.app.data(&self.admin.token, query, json!({ "run": run })).await;
        let added = added["sellers"]["nodes"].as_array().unwrap().clone();
        assert_eq!(added.len(), new.len(), "{added:#?}");
        for known in new {
            let is_it =
                |row: &&Value| row["displayName"] == known.name && row["platformId"] == json!(known.platform_id);
            let id = added.iter().find(is_it).unwrap()["id"].as_str().unwrap().to_owned();
            self.model.sellers.insert(id, known);
        }
        self.model.remember(at);
        self.runs.push((run, self.app.now()));
    }

    /// When the latest change was; the product's clocks never go back.
    pub(super) async fn last_at(&self) -> Option<DateTime<Utc>> {
        let row = seller_history::Entity::find_by_id(self.org).one(self.app.app.db.read()).await.unwrap();
        row.and_then(|row| row.last_at)
    }

    /// Every moment at which something changed, the moments just before, now, and the ends of the runs.
    async fn check_moments(&self) {
        for moment in self.model.moments() {
            for moment in [moment, moment - TimeDelta::microseconds(1)] {
                assert_eq!(self.list(at(moment)).await, shown(&self.model.as_of(moment)), "as of {moment}");
            }
        }
        assert_eq!(self.list(now()).await, shown(&self.model.sellers));
        for (run, ended_at) in &self.runs {
            assert_eq!(
                self.list(json!({ "runId": run })).await,
                shown(&self.model.as_of(*ended_at)),
                "as of the end of {run}"
            );
        }
    }

    async fn list(&self, moment: Value) -> BTreeMap<String, Value> {
        let query = format!(
            "query ($asOf: SellerMoment) {{ sellers(first: 100, asOf: $asOf) {{ nodes {{ {SHOWN} }} totalCount }} }}"
        );
        let list = self.app.data(&self.admin.token, &query, json!({ "asOf": moment })).await["sellers"].clone();
        let list_of = by_id(&list["nodes"]);
        assert_eq!(list["totalCount"], list_of.len());
        list_of
    }

    async fn check_difference(&self, from: DateTime<Utc>, to: DateTime<Utc>) {
        let query = format!(
            "query ($from: SellerMoment!, $to: SellerMoment!) {{ sellerDiff(from: $from, to: $to) {{
                added(first: 100) {{ nodes {{ {SHOWN} }} totalCount }} removed(first: 100) {{ nodes {{ {SHOWN} }} totalCount }}
                changed(first: 100, fields: [DISPLAY_NAME, PLATFORM_ID, FLAGGED, FEEDBACK_PERCENT, FEEDBACK_COUNT, TIMES_SEEN]) {{
                    nodes {{ before {{ {SHOWN} }} after {{ {SHOWN} }} fields }} totalCount }} }} }}"
        );
        let told =
            self.app.data(&self.admin.token, &query, json!({ "from": at(from), "to": at(to) })).await["sellerDiff"]
                .clone();
        let (before, after) = (shown(&self.model.as_of(from)), shown(&self.model.as_of(to)));
        let without = |these: &BTreeMap<String, Value>, others: &BTreeMap<String, Value>| -> BTreeMap<String, Value> {
            these
                .iter()
                .filter(|(id, _)| !others.contains_key(*id))
                .map(|(id, shown)| (id.clone(), shown.clone()))
                .collect()
        };
        assert_eq!(by_id(&told["added"]["nodes"]), without(&after, &before), "added from {from} to {to}");
        assert_eq!(by_id(&told["removed"]["nodes"]), without(&before, &after), "removed from {from} to {to}");
        let mut changed: Vec<Value> = after
            .iter()
            .filter_map(|(id, after)| {
                let before = before.get(id)?;
                let fields = differing(before, after);
                (!fields.is_empty()).then(|| json!({ "before": before, "after": after, "fields": fields }))
            })
            .collect();
        changed.sort_by_key(|change| {
            let after = &change["after"];
            (after["normalizedName"].as_str().unwrap().to_owned(), after["id"].as_str().unwrap().to_owned())
        });
        assert_eq!(told["changed"]["nodes"], json!(changed), "changed from {from} to {to}");
        assert_eq!(told["changed"]["totalCount"], changed.len());
    }
}

fn by_id(nodes: &Value) -> BTreeMap<String, Value> {
    let nodes = nodes.as_array().unwrap().iter();
    nodes.map(|node| (node["id"].as_str().unwrap().to_owned(), node.clone())).collect()
}

/// One history in an organisation of its own, and everything about it compared.
async fn compare(app: &TestApp, script: &Script, story: &Story, pairs: &[(usize, usize)]) {
    let org = seed::organisation(&app.app, &format!("org-{}", Uuid::now_v7().simple())).await;
    let admin = seed::person(&app.app, org, &format!("{org}@acme.example"), entity::member::Role::Admin, "").await;
    let (runs, left, imports) = (Vec::new(), Vec::new(), Vec::new());
    let mut telling = Telling { app, script, org, admin, model: Model::default(), runs, left, imports };
    for (minutes, step) in story {
        app.pass(TimeDelta::minutes(*minutes));
        telling.tell(step).await;
    }
    telling.check_moments().await;
    let moments = telling.model.moments();
    if !moments.is_empty() {
        for (from, to) in pairs {
            telling.check_difference(moments[from % moments.len()], moments[to % moments.len()]).await;
        }
    }
}

on_both! {
    async fn every_past_moment_is_that_of_the_model(app: TestApp) {
        let mut app = app;
        let script = Script::new(1);
        script.install(&mut app);
        let config = Config { cases: CASES, max_shrink_iters: 100, failure_persistence: None, ..Config::default() };
        let (app, script, runtime) = (&app, &script, Handle::current());
        let outcome = tokio::task::block_in_place(|| {
            TestRunner::new(config).run(&story(), |(story, pairs)| {
                runtime.block_on(compare(app, script, &story, &pairs));
                Ok(())
            })
        });
        outcome.unwrap();
    }
}
