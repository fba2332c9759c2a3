//! The buffer that the line formats (CSV, JSON, NDJSON, plain text) write bytes into, and how each value is spelled.
//!
//! Not here: what stands between the values. A value is written straight into the chunk that goes to the client.

use std::io::{self, Write};

use bytes::Bytes;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use uuid::Uuid;

use super::spool::SpoolWriter;
use crate::{clock::rfc3339, db::Stop, id::IdKind};
use sha2::{Digest, Sha256};

/// Rows read before the status is sent.
pub const FIRST_PAGE: u64 = 100;
/// Room for the row that passes the mark.
const SLACK: usize = 8 * 1024;

/// Where a line format writes.
#[derive(Debug)]
pub struct Output {
    spool: SpoolWriter,
    /// A chunk is handed on when it is this full.
    chunk: usize,
    buffer: Vec<u8>,
    rows: u64,
    bytes: u64,
    /// Of what is kept: here its bytes are still in the cache of the core that wrote them.
    hash: Option<Sha256>,
}

impl Output {
    /// An empty file.
    #[must_use]
    pub fn new(spool: SpoolWriter) -> Self {
        let (chunk, hash) = (spool.chunk(), spool.is_for_job().then(Sha256::new));
        Self { spool, chunk, buffer: Vec::with_capacity(chunk + SLACK), rows: 0, bytes: 0, hash }
    }

    /// Rows and bytes so far.
    #[must_use]
    pub fn written(&self) -> (u64, u64) {
        (self.rows, self.bytes + self.buffer.len() as u64)
    }

    /// Rows so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Counts a row, and hands the chunk on when it is time.
    ///
    /// # Errors
    /// When nobody takes it.
    pub fn end_row(&mut self) -> Result<(), Stop> {
        self.rows += 1;
        if self.buffer.len() >= self.chunk || self.rows == FIRST_PAGE { self.hand_on() } else { Ok(()) }
    }

    /// Hands on what is left; of a job, answers the SHA-256 of it all, 64 hex digits.
    ///
    /// # Errors
    /// When nobody takes it.
    pub fn finish(mut self) -> Result<Option<String>, Stop> {
        self.hand_on()?;
        Ok(self.hash.map(|hash| hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    fn hand_on(&mut self) -> Result<(), Stop> {
        let chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(self.chunk + SLACK));
        self.bytes += chunk.len() as u64;
        if let Some(hash) = &mut self.hash {
            hash.update(&chunk);
        }
        self.spool.send(Bytes::from(chunk))
    }

    /// Says that the first page has been read, for a format that hands on nothing before its last row.
    pub fn ready(&self) {
        self.spool.ready();
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// A whole number.
    pub fn int(&mut self, value: i64) {
        self.buffer.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    }

    /// A fraction, as short as reads back the same.
    pub fn float(&mut self, value: f64) {
        // Writing to a vector cannot fail.
        let _ = write!(self.buffer, "{value}");
    }

    /// Cents as dollars with two digits.
    pub fn dollars(&mut self, cents: i64) {
        if cents < 0 {
            self.buffer.push(b'-');
        }
        let cents = cents.unsigned_abs();
        self.buffer.extend_from_slice(itoa::Buffer::new().format(cents / 100).as_bytes());
        let rest = u8::try_from(cents % 100).unwrap_or_default();
        self.buffer.extend_from_slice(&[b'.', b'0' + rest / 10, b'0' + rest % 10]);
    }

    /// True or false.
    pub fn bool(&mut self, value: bool) {
        self.buffer.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// `YYYY-MM-DD`.
    pub fn date(&mut self, value: NaiveDate) {
        match u32::try_from(value.year()) {
            Ok(year @ 0..=9999) => {
                self.digits(year / 100);
                self.digits(year % 100);
                self.buffer.push(b'-');
                self.digits(value.month());
                self.buffer.push(b'-');
                self.digits(value.day());
            }
            _ => self.buffer.extend_from_slice(value.to_string().as_bytes()),
        }
    }

    /// RFC 3339 in UTC.
    pub fn time(&mut self, value: DateTime<Utc>) {
        self.buffer.extend_from_slice(rfc3339(value).as_bytes());
    }

    /// An id with its type.
    pub fn id(&mut self, kind: IdKind, value: Uuid) {
        self.buffer.extend_from_slice(kind.name().as_bytes());
        self.buffer.push(b'_');
        self.buffer.extend_from_slice(value.simple().encode_lower(&mut [0; 32]).as_bytes());
    }

    /// A JSON string.
    pub fn json_string(&mut self, value: &str) {
        // Every byte is looked at, so that many are at once.
        let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
        if value.bytes().fold(false, |found, byte| found | is_special(byte)) {
            // Writing a string to a vector cannot fail.
            let _ = serde_json::to_writer(&mut self.buffer, value);
            return;
        }
        self.buffer.reserve(value.len() + 2);
        self.buffer.push(b'"');
        self.buffer.extend_from_slice(value.as_bytes());
        self.buffer.push(b'"');
    }

    fn digits(&mut self, below_hundred: u32) {
        let value = u8::try_from(below_hundred).unwrap_or_default();
        self.buffer.extend_from_slice(&[b'0' + value / 10, b'0' + value % 10]);
    }
}

impl Write for Output {
    /// As much as still fits the chunk, so that a large piece leaves in chunks too.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.chunk.saturating_sub(self.buffer.len()).max(1);
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.raw(taken);
        if self.buffer.len() >= self.chunk {
            self.hand_on().map_err(|stop| match stop {
                Stop::Gone => io::ErrorKind::BrokenPipe.into(),
                Stop::Failed(error) => io::Error::other(error),
            })?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
