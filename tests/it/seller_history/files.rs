//! Files of sellers in memory: whom they are about, what they change, and what their undoing brings back.
//!
//! The rules of the domain, one seller after another; what the product does with a handful of statements.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::model::{Known, Model, State, is_name};

/// A file. In a CSV a column is there for every row, and may be blank; a row of NDJSON has what it has.
#[derive(Clone, Debug)]
pub struct File {
    pub is_csv: bool,
    /// Whether its columns are among those of a CSV: platform ids, flags, feedbacks, times seen.
    pub columns: [bool; 4],
    pub rows: Vec<Row>,
}

/// A row of a file.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub platform_id: Option<String>,
    pub flagged: Option<bool>,
    pub feedback_count: Option<i32>,
    pub times_seen: Option<i32>,
}

/// What an import did that was carried out.
#[derive(Clone, Debug, Default)]
pub struct Done {
    added: BTreeSet<String>,
    /// What those were that it changed.
    before: State,
    /// Whom of them somebody has edited since.
    edited: BTreeSet<String>,
}

/// Whom the rows of a file are about: whoever is known, by the place of the row.
type Whose = Vec<Option<String>>;

/// What came of a file.
#[derive(Debug)]
pub struct Outcome {
    pub done: Done,
    /// Those who are new; their ids are the product's to give.
    pub new: Vec<Known>,
    /// Added, changed, unchanged.
    pub counts: (i64, i64, i64),
}

const KEYS: [&str; 4] = ["platform_id", "flagged", "feedback_count", "times_seen"];

impl Row {
    fn values(&self) -> [Option<Value>; 4] {
        [
            self.platform_id.as_ref().map(|id| json!(id)),
            self.flagged.map(|is| json!(is)),
            self.feedback_count.map(|count| json!(count)),
            self.times_seen.map(|times| json!(times)),
        ]
    }
}

impl File {
    pub fn text(&self) -> String {
        if self.is_csv { self.csv() } else { self.ndjson() }
    }

    fn csv(&self) -> String {
        let is_there = |place: &usize| self.columns[*place];
        let header = (0..4).filter(is_there).map(|place| format!(",{}", KEYS[place])).collect::<String>();
        let lines = self.rows.iter().map(|row| {
            let values = row.values();
            let cell = |place: usize| values[place].as_ref().map(|value| value.to_string().replace('"', ""));
            let cells: String =
                (0..4).filter(is_there).map(|place| format!(",{}", cell(place).unwrap_or_default())).collect();
            format!("{}{cells}\n", row.name)
        });
        format!("display_name{header}\n{}", lines.collect::<String>())
    }

    fn ndjson(&self) -> String {
        let line = |row: &Row| {
            let mut object = Map::from_iter([("display_name".to_owned(), json!(row.name))]);
            let values = KEYS.into_iter().zip(row.values());
            object.extend(values.filter_map(|(key, value)| Some((key.to_owned(), value?))));
            format!("{}\n", Value::Object(object))
        };
        self.rows.iter().map(line).collect()
    }

    /// What a row says of itself: in a CSV, without the columns that are not there.
    fn row(&self, row: &Row) -> Row {
        let [id, flagged, feedbacks, times] = self.columns.map(|is_there| is_there || !self.is_csv);
        Row {
            name: row.name.clone(),
            platform_id: row.platform_id.clone().filter(|_| id),
            flagged: row.flagged.filter(|_| flagged),
            feedback_count: row.feedback_count.filter(|_| feedbacks),
            times_seen: row.times_seen.filter(|_| times),
        }
    }

    fn has_ids(&self) -> bool {
        if self.is_csv { self.columns[0] } else { self.rows.iter().any(|row| row.platform_id.is_some()) }
    }

    /// Whether one seller is in it twice.
    fn names_one_twice(&self) -> bool {
        let keys = self.rows.iter().map(|row| match self.row(row) {
            Row { platform_id: Some(id), .. } => format!("id {id}"),
            Row { name, .. } => format!("name {}", name.to_lowercase()),
        });
        keys.collect::<BTreeSet<_>>().len() < self.rows.len()
    }

    /// What a row makes of a seller. A blank in a CSV is a value, but no name and no platform id.
    fn write(&self, row: &Row, known: &mut Known) {
        let row = self.row(row);
        let [_, flagged, feedbacks, times] = self.columns.map(|is_there| is_there && self.is_csv);
        known.name = row.name;
        known.flagged = row.flagged.unwrap_or(known.flagged && !flagged);
        known.feedback_count = row.feedback_count.or(known.feedback_count.filter(|_| !feedbacks));
        known.times_seen = row.times_seen.unwrap_or(if times { 0 } else { known.times_seen });
    }
}

impl Done {
    /// Somebody edited a seller.
    pub fn edit(&mut self, id: &str) {
        if self.added.contains(id) || self.before.contains_key(id) {
            self.edited.insert(id.to_owned());
        }
    }

    /// Notes whom the product added.
    pub fn add(&mut self, id: String) {
        self.added.insert(id);
    }

    /// How many edits of those who are there its undoing would overwrite.
    pub fn edited(&self, sellers: &State) -> usize {
        self.edited.iter().filter(|id| !sellers[*id].is_deleted).count()
    }
}

impl Model {
    /// Whom a file is about; none when it cannot be said of a row, or it says of one seller twice what they are.
    pub fn whose(&self, file: &File) -> Option<Whose> {
        if file.names_one_twice() {
            return None;
        }
        file.rows.iter().map(|row| self.whose_row(file, &file.row(row))).collect()
    }

    /// By the platform id, else by the name of somebody whose platform id is not known; a file without platform ids means
    /// anyone of that name, if it is one.
    fn whose_row(&self, file: &File, row: &Row) -> Option<Option<String>> {
        let such = |is: &dyn Fn(&Known) -> bool| -> Vec<String> {
            let them = self.sellers.iter().filter(|(_, known)| !known.is_deleted && is(known));
            them.map(|(id, _)| id.clone()).collect()
        };
        if row.platform_id.is_some() {
            return Some(such(&|known| known.platform_id == row.platform_id).pop());
        }
        let nameless = such(&|known| known.platform_id.is_none() && is_name(known, &row.name)).pop();
        if nameless.is_some() || file.has_ids() {
            return Some(nameless);
        }
        let mut namesakes = such(&|known| is_name(known, &row.name));
        (namesakes.len() < 2).then(|| namesakes.pop())
    }

    /// Carries a file out.
    pub fn import(&mut self, file: &File, whose: &Whose, at: DateTime<Utc>) -> Outcome {
        let mut outcome = Outcome { done: Done::default(), new: Vec::new(), counts: (0, 0, 0) };
        for (row, whose) in file.rows.iter().zip(whose) {
            let Some(id) = whose else {
                let mut new = Known { platform_id: file.row(row).platform_id, ..Known::new(&row.name, at) };
                file.write(row, &mut new);
                outcome.new.push(new);
                outcome.counts.0 += 1;
                continue;
            };
            let before = self.sellers[id].clone();
            self.change(std::slice::from_ref(id), at, |known| file.write(row, known));
            if self.sellers[id] == before {
                outcome.counts.2 += 1;
            } else {
                outcome.done.before.insert(id.clone(), before);
                outcome.counts.1 += 1;
            }
        }
        outcome
    }

    /// What somebody is after an import is undone: what they were, but what a run has found since stays.
    fn undone(&self, id: &str, before: &Known) -> Known {
        let now = &self.sellers[id];
        let mut after = Known { name: before.name.clone(), flagged: before.flagged, ..now.clone() };
        if now.last_run == before.last_run {
            (after.feedback_count, after.times_seen) = (before.feedback_count, before.times_seen);
        }
        after
    }

    /// Whether undoing an import gives somebody a name that another one is known by.
    pub fn is_taken(&self, import: &Uuid) -> bool {
        let done = &self.done[import];
        done.before.iter().any(|(id, before)| {
            let (now, after) = (&self.sellers[id], self.undone(id, before));
            let is_in_the_way = |(other, known): (&String, &Known)| {
                other != id
                    && !known.is_deleted
                    && !done.added.contains(other)
                    && known.platform_id.is_none()
                    && is_name(known, &after.name)
            };
            !now.is_deleted
                && after.platform_id.is_none()
                && !is_name(now, &after.name)
                && self.sellers.iter().any(is_in_the_way)
        })
    }

    /// Undoes an import.
    pub fn roll_back(&mut self, import: &Uuid, at: DateTime<Utc>) {
        let done = self.done.remove(import).unwrap();
        let added: Vec<String> = done.added.into_iter().collect();
        self.change(&added, at, |known| known.is_deleted = true);
        let after: BTreeMap<String, Known> =
            done.before.iter().map(|(id, before)| (id.clone(), self.undone(id, before))).collect();
        for (id, after) in after {
            self.change(&[id], at, |known| known.clone_from(&after));
        }
    }
}
