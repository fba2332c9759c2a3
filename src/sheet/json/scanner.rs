//! Goes over a text of JSON and finds where its values end, without reading what is in them.
//!
//! What a reader would get wrong: nothing is checked here but brackets and quotes; what is found is read as JSON later.

use std::io::{self, BufRead};

use crate::sheet::{csv::LONGEST_ROW, encoding::Text};

/// What comes after the last element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The end of the file.
    File,
    /// `]`
    Array,
    /// `]`, and the rest of the object around it.
    Envelope,
}

/// Whether a value was found to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Whole,
    CutOff,
    TooLong,
}

/// Goes over a text of JSON, and knows its line.
pub(super) struct Scanner {
    input: Text,
    line: u64,
}

impl Scanner {
    pub fn new(input: Text) -> Self {
        Self { input, line: 1 }
    }

    /// The line of the next byte.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Takes a key and its colon; none where there is none.
    pub fn key(&mut self) -> io::Result<Option<String>> {
        let mut key = Vec::new();
        if self.next_sign()? != Some(b'"') || self.value(&mut key)? != Value::Whole || self.next_sign()? != Some(b':') {
            return Ok(None);
        }
        self.take();
        Ok(serde_json::from_slice(&key).ok())
    }

    /// The next byte that is no white space; it is not taken.
    pub fn next_sign(&mut self) -> io::Result<Option<u8>> {
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let length = buffer.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(buffer.len());
            let (blank, rest) = buffer.split_at(length);
            self.line += lines(blank);
            let found = rest.first().copied();
            self.input.consume(length);
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// Takes the byte that was found.
    pub fn take(&mut self) {
        self.input.consume(1);
    }

    /// Takes a value, whatever is in it: by its brackets and quotes, or to the next sign.
    pub fn value(&mut self, value: &mut Vec<u8>) -> io::Result<Value> {
        value.clear();
        let mut edge = Edge::default();
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(if edge.is_bare { Value::Whole } else { Value::CutOff });
            }
            let (taken, is_whole) = edge.find(buffer);
            let part = buffer.get(..taken).unwrap_or(buffer);
            value.extend_from_slice(part);
            self.line += lines(part);
            self.input.consume(taken);
            if is_whole {
                return Ok(Value::Whole);
            }
            if value.len() > LONGEST_ROW {
                return Ok(Value::TooLong);
            }
        }
    }

    /// Takes the rest of a line and its end.
    pub fn rest_of_line(&mut self, line: &mut Vec<u8>) -> io::Result<Value> {
        line.clear();
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(Value::CutOff);
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            line.extend_from_slice(buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default());
            let taken = end.map_or(buffer.len(), |end| end + 1);
            self.input.consume(taken);
            if end.is_some() {
                self.line += 1;
                return Ok(Value::Whole);
            }
            if line.len() > LONGEST_ROW {
                return Ok(Value::TooLong);
            }
        }
    }

    /// What is wrong after the array of rows, if something is.
    pub fn end_of_document(&mut self, ends: End) -> io::Result<Option<&'static str>> {
        if ends == End::Envelope {
            while self.next_sign()? == Some(b',') {
                self.take();
                if self.key()?.is_none() || self.next_sign()?.is_none() || self.value(&mut Vec::new())? != Value::Whole
                {
                    break;
                }
            }
            if self.next_sign()? != Some(b'}') {
                return Ok(Some("is not the end: the object around the array is cut off, or broken"));
            }
            self.take();
        }
        Ok(self.next_sign()?.map(|_| "is not the end: something comes after the document"))
    }
}

fn lines(part: &[u8]) -> u64 {
    part.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Finds the end of a value.
#[derive(Debug, Default)]
struct Edge {
    depth: usize,
    is_quoted: bool,
    is_escaped: bool,
    /// Whether it is a number or a word, which has no end of its own.
    is_bare: bool,
}

impl Edge {
    /// How many of these bytes belong to the value, and whether it ends with them.
    fn find(&mut self, bytes: &[u8]) -> (usize, bool) {
        for (at, byte) in bytes.iter().enumerate() {
            if self.is_escaped {
                self.is_escaped = false;
            } else if self.is_quoted {
                self.is_escaped = *byte == b'\\';
                self.is_quoted = *byte != b'"';
                if !self.is_quoted && self.depth == 0 {
                    return (at + 1, true);
                }
            } else {
                match byte {
                    b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n' if self.is_bare => return (at, true),
                    b'"' if !self.is_bare => self.is_quoted = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' if self.depth <= 1 => return (at + 1, true),
                    b'}' | b']' => self.depth -= 1,
                    _ if self.depth == 0 => self.is_bare = true,
                    _ => {}
                }
            }
        }
        (bytes.len(), false)
    }
}
