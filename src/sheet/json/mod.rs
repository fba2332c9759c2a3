//! Takes JSON apart into rows: an array of objects, alone or in our envelope, or one object a line.
//!
//! Not here: what the keys mean. What a reader would get wrong: a document is never in memory. Its elements are found by
//! their brackets, one at a time, and only then read as JSON; so a broken one is a fault with its line, and what is cut
//! off is told from what is whole.

mod object;
mod scanner;

use std::{cell::Cell, path::Path, rc::Rc};

pub(super) use self::object::Keys;
use self::{
    object::read_object,
    scanner::{End, Scanner, Value},
};
use super::{
    content::broken_text,
    encoding,
    fault::{FaultCode, SheetError},
    reading::{Encoding, SheetKind},
    table::TableRow,
};

/// A file of JSON whose rows begin here.
pub(super) enum Opened {
    /// One document; the reading is at its first element.
    Document(Objects),
    /// One object a line.
    Lines(Objects),
}

/// Reads objects.
pub(super) struct Objects {
    input: Scanner,
    /// How far the reading is.
    pub bytes: Rc<Cell<u64>>,
    element: Vec<u8>,
    ends: End,
    /// Whether an element has come, so that a comma comes before the next.
    is_begun: bool,
    is_over: bool,
}

/// Opens a file, and tells a document from lines.
pub(super) fn open(path: &Path, kind: SheetKind, encoding: Encoding) -> Result<Opened, SheetError> {
    let (text, bytes) = encoding::open(path, encoding)?;
    let mut input = Scanner::new(text);
    let ends = match input.next_sign().map_err(broken_text)? {
        Some(b'[') => {
            input.take();
            Some(End::Array)
        }
        _ => find_array(&mut input, kind)?.then_some(End::Envelope),
    };
    let objects =
        |input, bytes, ends| Objects { input, bytes, element: Vec::new(), ends, is_begun: false, is_over: false };
    if let Some(ends) = ends {
        return Ok(Opened::Document(objects(input, bytes, ends)));
    }
    let (text, bytes) = encoding::open(path, encoding)?;
    Ok(Opened::Lines(objects(Scanner::new(text), bytes, End::File)))
}

/// Goes to the array of an envelope; false where its first line is an object of its own.
fn find_array(input: &mut Scanner, kind: SheetKind) -> Result<bool, SheetError> {
    let first = input.line();
    // The opening bracket, then commas.
    while matches!(input.next_sign().map_err(broken_text)?, Some(b'{' | b',')) {
        input.take();
        let Some(key) = input.key().map_err(broken_text)? else { break };
        let is_array = input.next_sign().map_err(broken_text)? == Some(b'[');
        let found = [SheetKind::Records, SheetKind::Sellers].into_iter().find(|found| is_array && found.name() == key);
        match found {
            Some(found) if found == kind => {
                input.take();
                return Ok(true);
            }
            Some(found) => return Err(SheetError::OtherKind { wanted: kind, found }),
            None if input.value(&mut Vec::new()).map_err(broken_text)? != Value::Whole => break,
            None => {}
        }
    }
    // A broken line has its own fault, so long as it is a line; what is spread over lines is one document.
    let next = input.next_sign().map_err(broken_text)?;
    if input.line() == first || next == Some(b'{') {
        return Ok(false);
    }
    let name = kind.name();
    Err(SheetError::NotASheet(format!(
        "the file is JSON, but neither an array of objects, nor an object with an array `{name}`, nor one object a line"
    )))
}

impl Objects {
    /// Reads the next row; false after the last.
    pub fn read(&mut self, row: &mut TableRow, keys: &mut Keys) -> Result<bool, SheetError> {
        if self.is_over {
            return Ok(false);
        }
        if self.ends == End::File { self.read_line(row, keys) } else { self.read_element(row, keys) }
    }

    fn read_line(&mut self, row: &mut TableRow, keys: &mut Keys) -> Result<bool, SheetError> {
        loop {
            row.begin(self.input.line());
            let value = self.input.rest_of_line(&mut self.element).map_err(broken_text)?;
            if value == Value::TooLong {
                row.is_wrong(FaultCode::RowTooLong, "is longer than a row can be");
                self.is_over = true;
                return Ok(true);
            }
            if self.element.iter().any(|byte| !byte.is_ascii_whitespace()) {
                read_object(&self.element, row, keys);
                return Ok(true);
            }
            if value == Value::CutOff {
                return Ok(false);
            }
        }
    }

    fn read_element(&mut self, row: &mut TableRow, keys: &mut Keys) -> Result<bool, SheetError> {
        let mut sign = self.input.next_sign().map_err(broken_text)?;
        if self.is_begun && sign == Some(b',') {
            self.input.take();
            sign = self.input.next_sign().map_err(broken_text)?;
        } else if sign == Some(b']') {
            self.input.take();
            self.is_over = true;
            row.begin(self.input.line());
            let wrong = self.input.end_of_document(self.ends).map_err(broken_text)?;
            return Ok(wrong.is_some_and(|reason| {
                row.is_wrong(FaultCode::BrokenRow, reason);
                true
            }));
        } else if self.is_begun && sign.is_some() {
            row.begin(self.input.line());
            row.is_wrong(FaultCode::BrokenRow, "is not parted from the one before by a comma");
            self.is_over = true;
            return Ok(true);
        }
        self.is_begun = true;
        row.begin(self.input.line());
        let value =
            if sign.is_some() { self.input.value(&mut self.element).map_err(broken_text)? } else { Value::CutOff };
        match value {
            Value::Whole => read_object(&self.element, row, keys),
            Value::CutOff => row.is_wrong(FaultCode::BrokenRow, "is cut off: the file ends in the middle of its array"),
            Value::TooLong => {
                row.is_wrong(FaultCode::RowTooLong, "is longer than a row can be; is a bracket or a quote left open?");
            }
        }
        self.is_over = value != Value::Whole;
        Ok(true)
    }
}
