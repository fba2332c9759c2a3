//! Reads one object into a row: its keys are columns, its values cells.
//!
//! What a reader would get wrong: the columns of a file are not known before its last object, as each may bring a new key.

use std::{collections::HashMap, fmt};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::sheet::{
    csv::MOST_COLUMNS,
    fault::{FaultCode, shown},
    table::{Cell, TableRow},
};

/// Bytes of the longest key; so many of these as there may be columns are still little memory.
const LONGEST_KEY: usize = 1_000;

/// The columns: every key of the file, in the order of their appearance.
#[derive(Debug, Default)]
pub(in crate::sheet) struct Keys {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl Keys {
    /// The keys of a surveyed file.
    pub fn of(names: impl Iterator<Item = String>) -> Self {
        let names: Vec<String> = names.collect();
        let places = names.iter().enumerate().map(|(place, name)| (name.clone(), place)).collect();
        Self { names, places }
    }

    /// All of them.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The column of a key, most likely the one after the last; none when there are too many.
    fn place(&mut self, key: &str, likely: usize) -> Option<usize> {
        if self.names.get(likely).is_some_and(|name| name == key) {
            return Some(likely);
        }
        if let Some(place) = self.places.get(key) {
            return Some(*place);
        }
        let place = self.names.len();
        if place >= MOST_COLUMNS || key.len() > LONGEST_KEY {
            return None;
        }
        self.names.push(key.to_owned());
        self.places.insert(key.to_owned(), place);
        Some(place)
    }
}

/// Reads one element into the row, or says what is wrong with it.
pub(super) fn read_object(element: &[u8], row: &mut TableRow, keys: &mut Keys) {
    let mut deserializer = serde_json::Deserializer::from_slice(element);
    let read = deserializer.deserialize_map(Object { row, keys }).and_then(|()| deserializer.end());
    if let Err(error) = read {
        let reason = match error.classify() {
            serde_json::error::Category::Data => "must be an object".to_owned(),
            _ => format!("is no JSON: {}", without_place(&error)),
        };
        row.is_wrong(FaultCode::BrokenRow, reason);
    }
}

/// What the library says, without a line that is counted from the beginning of the element.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(text.clone(), |(reason, _)| reason.to_owned())
}

/// Reads the keys and values of an object.
struct Object<'a> {
    row: &'a mut TableRow,
    keys: &'a mut Keys,
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut likely = 0;
        while let Some(place) = map.next_key_seed(Key { keys: self.keys, likely })? {
            let Some(place) = place else {
                self.row.is_wrong(FaultCode::BrokenRow, "has too many keys, or one that is too long");
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            likely = place + 1;
            if self.row.has(place) {
                let name = shown(self.keys.names.get(place).map_or("", String::as_str));
                self.row.is_wrong(FaultCode::DuplicateKey, format!("has the key {name} twice"));
            }
            map.next_value_seed(Put { row: self.row, place })?;
        }
        Ok(())
    }
}

/// Finds the column of a key.
struct Key<'a> {
    keys: &'a mut Keys,
    likely: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Option<usize>, E> {
        Ok(self.keys.place(key, self.likely))
    }
}

/// Puts a value into its column.
struct Put<'a> {
    row: &'a mut TableRow,
    place: usize,
}

impl<'de> DeserializeSeed<'de> for Put<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Put<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.row.put(self.place, Cell::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.row.put(self.place, Cell::Bool(value));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.row.put(self.place, Cell::Int(value));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.row.put(self.place, Cell::Int(value)),
            Err(_) => self.row.put(self.place, Cell::Text(&value.to_string())),
        }
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.row.put(self.place, Cell::Float(value));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.row.put(self.place, Cell::Text(value));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.row.put(self.place, Cell::Nested);
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.row.put(self.place, Cell::Nested);
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}
