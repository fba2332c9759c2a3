//! What rows are known by, small enough to keep a million in memory.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Half of a SHA-256: two texts of one key are not to be found, by chance or by intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 16]);

impl Key {
    pub fn of(text: &str) -> Self {
        let mut key = [0; 16];
        for (byte, hashed) in key.iter_mut().zip(Sha256::digest(text.as_bytes())) {
            *byte = hashed;
        }
        Self(key)
    }
}

/// The rows that are there before an import, by what they are known by.
///
/// They are read in one go before anything is written. Asking for each batch of keys leaves the choice of an index to
/// the database, which knows nothing yet of rows that were just written: PostgreSQL then reads the whole account again
/// for every key.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<Key, Uuid>);

impl Known {
    pub fn insert(&mut self, text: &str, id: Uuid) {
        self.0.insert(Key::of(text), id);
    }

    pub fn get(&self, text: &str) -> Option<Uuid> {
        if self.0.is_empty() { None } else { self.0.get(&Key::of(text)).copied() }
    }
}
