//! Sellers in memory, as plain as can be: what the lists, histories and differences of the product are held against.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sellerbook::clock::rfc3339;
use serde_json::{Value, json};
use uuid::Uuid;

use super::files::Done;

/// One seller.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub name: String,
    pub platform_id: Option<String>,
    pub feedback_count: Option<i32>,
    pub times_seen: i32,
    pub flagged: bool,
    pub is_deleted: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub first_run: Option<String>,
    pub last_run: Option<String>,
}

/// A seller that a run sees.
#[derive(Clone, Debug)]
pub struct Listed {
    pub name: String,
    pub platform_id: Option<String>,
    pub feedback_count: Option<i32>,
}

/// All sellers, by id.
pub type State = BTreeMap<String, Known>;

/// What sellers are, and what they were.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub sellers: State,
    /// The imports that were carried out and not undone.
    pub(super) done: BTreeMap<Uuid, Done>,
    /// After each change: when it was, and everybody then.
    past: Vec<(DateTime<Utc>, State)>,
}

impl Known {
    pub fn new(name: &str, at: DateTime<Utc>) -> Self {
        Self {
            name: name.to_owned(),
            platform_id: None,
            feedback_count: None,
            times_seen: 0,
            flagged: false,
            is_deleted: false,
            created_at: at,
            updated_at: at,
            first_run: None,
            last_run: None,
        }
    }

    /// As the schema shows it.
    fn shown(&self, id: &str) -> Value {
        let run = |id: &Option<String>| id.as_ref().map(|id| json!({ "id": id }));
        json!({
            "id": id, "displayName": self.name, "normalizedName": self.name.to_lowercase(), "platformId": self.platform_id,
            "feedbackCount": self.feedback_count, "timesSeen": self.times_seen, "flagged": self.flagged,
            "createdAt": rfc3339(self.created_at), "updatedAt": rfc3339(self.updated_at), "deletedAt": null,
            "firstSeenRun": run(&self.first_run), "lastSeenRun": run(&self.last_run),
        })
    }
}

/// What is selected to compare it with [`shown`].
pub const SHOWN: &str =
    "id displayName normalizedName platformId feedbackCount timesSeen flagged createdAt updatedAt deletedAt
    firstSeenRun { id } lastSeenRun { id }";

/// The live ones of a state as the schema shows them, by id.
pub fn shown(state: &State) -> BTreeMap<String, Value> {
    let live = state.iter().filter(|(_, known)| !known.is_deleted);
    live.map(|(id, known)| (id.clone(), known.shown(id))).collect()
}

/// In which of all fields that can be compared two sellers differ.
pub fn differing(before: &Value, after: &Value) -> Vec<&'static str> {
    let fields = [
        ("displayName", "DISPLAY_NAME"),
        ("platformId", "PLATFORM_ID"),
        ("flagged", "FLAGGED"),
        ("feedbackCount", "FEEDBACK_COUNT"),
        ("timesSeen", "TIMES_SEEN"),
    ];
    fields.into_iter().filter(|(field, _)| before[field] != after[field]).map(|(_, field)| field).collect()
}

impl Model {
    /// Remembers everybody as of a change.
    pub fn remember(&mut self, at: DateTime<Utc>) {
        self.past.push((at, self.sellers.clone()));
    }

    /// When something was changed, each moment once.
    pub fn moments(&self) -> Vec<DateTime<Utc>> {
        let mut moments: Vec<_> = self.past.iter().map(|(at, _)| *at).collect();
        moments.dedup();
        moments
    }

    /// Everybody at a moment.
    pub fn as_of(&self, moment: DateTime<Utc>) -> State {
        let then = self.past.iter().rev().find(|(at, _)| *at <= moment);
        then.map(|(_, state)| state.clone()).unwrap_or_default()
    }

    /// The id of a seller that ever was, whichever.
    pub fn somebody(&self, number: usize) -> Option<String> {
        (!self.sellers.is_empty()).then(|| self.sellers.keys().nth(number % self.sellers.len()).unwrap().clone())
    }

    /// Whether a live seller has a name.
    pub fn is_known(&self, name: &str) -> bool {
        self.sellers.values().any(|known| !known.is_deleted && is_name(known, name))
    }

    /// People change those whom it makes a difference to. Whoever is not deleted or restored is edited.
    pub fn change(&mut self, ids: &[String], at: DateTime<Utc>, change: impl Fn(&mut Known)) {
        let changed = self.alter(ids, at, change);
        for (id, was_deleted) in changed {
            if self.sellers[&id].is_deleted == was_deleted {
                self.done.values_mut().for_each(|done| done.edit(&id));
            }
        }
    }

    /// Changes those whom it makes a difference to. Answers who that was, and whether they were deleted before.
    fn alter(&mut self, ids: &[String], at: DateTime<Utc>, change: impl Fn(&mut Known)) -> Vec<(String, bool)> {
        let mut changed = Vec::new();
        for id in ids.iter().collect::<BTreeSet<_>>() {
            let Some(known) = self.sellers.get_mut(id) else { continue };
            let before = known.clone();
            change(known);
            if *known != before {
                known.updated_at = at;
                changed.push((id.clone(), before.is_deleted));
            }
        }
        changed
    }

    /// A run sees these, in this order. Those who are new are answered; their ids are the product's to give.
    pub fn see(&mut self, run: &str, at: DateTime<Utc>, listed: &[Listed]) -> Vec<Known> {
        let mut seen = Seen { namesakes: self.namesakes(), new: Vec::new() };
        let mut again: Vec<String> = Vec::new();
        for listed in listed {
            let known = match seen.who(&self.sellers, listed) {
                Some(Who::Known(id)) => {
                    again.push(id.clone());
                    self.sellers.get_mut(&id).unwrap()
                }
                Some(Who::New(place)) => &mut seen.new[place],
                None => {
                    seen.new.push(Known {
                        times_seen: 1,
                        first_run: Some(run.to_owned()),
                        ..Known::new(&listed.name, at)
                    });
                    seen.new.last_mut().unwrap()
                }
            };
            known.platform_id = known.platform_id.take().or(listed.platform_id.clone());
            known.feedback_count = listed.feedback_count.or(known.feedback_count);
            known.last_run = Some(run.to_owned());
        }
        self.alter(&again, at, |known| known.times_seen += 1);
        seen.new
    }

    /// Whom a name means: of namesakes the one without a platform id, then the older.
    fn namesakes(&self) -> BTreeMap<String, String> {
        let mut live: Vec<_> = self.sellers.iter().filter(|(_, known)| !known.is_deleted).collect();
        live.sort_by_key(|(id, known)| (known.platform_id.is_some(), (*id).clone()));
        live.into_iter().rev().map(|(id, known)| (known.name.to_lowercase(), id.clone())).collect()
    }
}

/// Whom a run has found so far.
struct Seen {
    namesakes: BTreeMap<String, String>,
    new: Vec<Known>,
}

enum Who {
    Known(String),
    New(usize),
}

impl Seen {
    /// Who somebody is; nobody for a new one. One platform id is not another.
    fn who(&self, sellers: &State, listed: &Listed) -> Option<Who> {
        if listed.platform_id.is_some() {
            let has_it = |known: &Known| !known.is_deleted && known.platform_id == listed.platform_id;
            if let Some((id, _)) = sellers.iter().find(|(_, known)| has_it(known)) {
                return Some(Who::Known(id.clone()));
            }
            if let Some(place) = self.new.iter().position(has_it) {
                return Some(Who::New(place));
            }
        }
        let may_be = |known: &Known| listed.platform_id.is_none() || known.platform_id.is_none();
        if let Some(id) = self.namesakes.get(&listed.name.to_lowercase()) {
            return may_be(&sellers[id]).then(|| Who::Known(id.clone()));
        }
        let place = self.new.iter().position(|known| is_name(known, &listed.name))?;
        may_be(&self.new[place]).then_some(Who::New(place))
    }
}

pub(super) fn is_name(known: &Known, name: &str) -> bool {
    known.name.to_lowercase() == name.to_lowercase()
}
