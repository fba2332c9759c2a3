//! A temporary file that bytes are put into and taken out of, as often as one likes from its beginning.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

/// The file. It has no name, and is gone when it is dropped.
#[derive(Debug)]
pub struct Scratch {
    file: File,
    end: AtomicU64,
}

/// Where bytes lie.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    at: u64,
    len: usize,
}

impl Scratch {
    /// An empty file in `dir`.
    pub fn new(dir: &Path) -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile_in(dir)?, end: AtomicU64::new(0) })
    }

    /// Puts bytes behind those that are there.
    pub fn put(&self, bytes: &[u8]) -> io::Result<Place> {
        let at = self.end.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.file.write_all_at(bytes, at)?;
        Ok(Place { at, len: bytes.len() })
    }

    /// Reads bytes back, in place of what `bytes` holds.
    pub fn get(&self, place: Place, bytes: &mut Vec<u8>) -> io::Result<()> {
        bytes.resize(place.len, 0);
        self.file.read_exact_at(bytes, place.at)
    }

    /// Begins anew: what is there will be written over.
    pub fn restart(&self) {
        self.end.store(0, Ordering::Relaxed);
    }
}
