//! What a workbook unpacks to, looked at before anything else reads it: a small file can hold a very large one.
//!
//! What a reader would get wrong: the sizes that an archive declares are whatever its maker wrote. Here every part is
//! unpacked, piece by piece into nothing, and counted; and whatever the reader of workbooks keeps in memory is bounded:
//! the texts that cells share, how many of them there are said to be, and one cell.

use std::{
    fs::File,
    io::{BufReader, Read, Seek},
    path::Path,
};

use zip::{ZipArchive, read::ZipFile};

use crate::sheet::{fault::SheetError, reading::Limits};

/// Unpacked at once.
const BUFFER: usize = 128 * 1024;
/// Bytes of the texts that cells share: all of them are kept in memory.
const MOST_SHARED: u64 = 256 << 20;
/// How many of them: each takes some memory besides its bytes.
const MOST_SHARED_TEXTS: u64 = 6_000_000;
/// Bytes between the ends of two cells: a cell holds 32,767 characters, each at most ten bytes, and a sheet has some
/// megabytes of other things at most.
const LONGEST_CELL: u64 = 16 << 20;
/// Bytes of any other part: styles, relations, the list of the sheets.
const LONGEST_PART: u64 = 64 << 20;
/// How many parts there may be.
const MOST_PARTS: usize = 10_000;
/// What says how many shared texts there are.
const COUNT: &[u8] = b"uniqueCount";

/// Refuses a workbook that unpacks to more than may be.
pub(super) fn check(path: &Path, limits: &Limits, is_stopped: &dyn Fn() -> bool) -> Result<(), SheetError> {
    let file = BufReader::new(File::open(path).map_err(SheetError::Unreadable)?);
    let mut archive = ZipArchive::new(file).map_err(|_| broken())?;
    if archive.len() > MOST_PARTS {
        return Err(too_large("the workbook has too many parts".to_owned()));
    }
    let mut left = limits.expanded_bytes;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|_| broken())?;
        let name = part.name().map_err(|_| broken())?.to_ascii_lowercase();
        // Pictures and other things are never unpacked.
        if !name.ends_with(".xml") && !name.ends_with(".rels") {
            continue;
        }
        let mut gauge = Gauge::of(&name);
        count(&mut part, &mut gauge, &mut left, limits, is_stopped)?;
    }
    Ok(())
}

fn count<R: Read + Seek>(
    part: &mut ZipFile<'_, R>,
    gauge: &mut Gauge,
    left: &mut u64,
    limits: &Limits,
    is_stopped: &dyn Fn() -> bool,
) -> Result<(), SheetError> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = part.read(&mut buffer).map_err(|_| broken())?;
        if read == 0 {
            return Ok(());
        }
        *left = left.checked_sub(read as u64).ok_or_else(|| {
            too_large(format!("the workbook unpacks to more than {} MB", limits.expanded_bytes >> 20))
        })?;
        gauge.look(buffer.get(..read).unwrap_or_default()).map_err(too_large)?;
        if is_stopped() {
            return Err(SheetError::Stopped);
        }
    }
}

/// Measures one part.
struct Gauge {
    is_sheet: bool,
    is_shared: bool,
    bytes: u64,
    /// Since the last cell or text ended.
    since_end: u64,
    /// The last bytes of what was looked at, for what lies across.
    tail: Vec<u8>,
}

impl Gauge {
    fn of(name: &str) -> Self {
        let is_shared = name.ends_with("sharedstrings.xml");
        Self { is_sheet: name.contains("worksheets/"), is_shared, bytes: 0, since_end: 0, tail: Vec::new() }
    }

    /// Says what is too large, if something is.
    fn look(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.bytes += bytes.len() as u64;
        if self.is_shared && self.bytes > MOST_SHARED {
            let most = MOST_SHARED >> 20;
            return Err(format!("the workbook has more than {most} MB of texts; save it as CSV"));
        }
        let is_unbounded = self.is_sheet || self.is_shared;
        if !is_unbounded && self.bytes > LONGEST_PART {
            return Err("a part of the workbook that is no sheet is too large".to_owned());
        }
        if self.is_shared {
            self.look_for_count(bytes)?;
        }
        if is_unbounded {
            self.look_for_end(bytes)?;
        }
        Ok(())
    }

    fn look_for_end(&mut self, bytes: &[u8]) -> Result<(), String> {
        // `</c>`, `</row>`, `</si>`, with or without a prefix: the last one decides.
        let is_end = |name: &[u8]| name.ends_with(b"c") || name.ends_with(b"row") || name.ends_with(b"si");
        let last = bytes.iter().enumerate().rev().filter(|(_, byte)| **byte == b'>');
        let mut ends = last.map(|(at, _)| at).filter(|at| bytes.get(..*at).is_some_and(is_end));
        self.since_end = match ends.next() {
            Some(at) => (bytes.len() - at) as u64,
            None => self.since_end + bytes.len() as u64,
        };
        if self.since_end > LONGEST_CELL { Err("the workbook has a cell that is too large".to_owned()) } else { Ok(()) }
    }

    /// The reader of workbooks makes room for as many texts as this attribute says.
    fn look_for_count(&mut self, bytes: &[u8]) -> Result<(), String> {
        // What may lie across two pieces; nothing honest puts so much between a name and its number.
        const LOOKED_BACK: usize = 256;
        let mut text = std::mem::take(&mut self.tail);
        text.extend_from_slice(bytes);
        for at in 0..text.len() {
            let Some(said) = text.get(at..).and_then(|rest| rest.strip_prefix(COUNT)) else { continue };
            let is_between =
                |byte: &&u8| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'"' | b'\'' | b'+' | b'0');
            let between = said.iter().take_while(is_between).count();
            let digits = said.iter().skip(between).take_while(|byte| byte.is_ascii_digit()).take(20);
            let number: String = digits.map(|byte| char::from(*byte)).collect();
            let is_too_much = number.parse::<u64>().map_or(!number.is_empty(), |number| number > MOST_SHARED_TEXTS);
            if is_too_much || between > LOOKED_BACK / 2 {
                return Err("the workbook has too many texts; save it as CSV".to_owned());
            }
        }
        let kept = text.len().saturating_sub(LOOKED_BACK);
        self.tail = text.split_off(kept);
        Ok(())
    }
}

fn broken() -> SheetError {
    SheetError::BrokenFile("the workbook is damaged or cut off".to_owned())
}

fn too_large(what: String) -> SheetError {
    SheetError::TooLarge(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(name: &str, chunks: &[&[u8]]) -> Result<(), String> {
        let mut gauge = Gauge::of(name);
        chunks.iter().try_for_each(|chunk| gauge.look(chunk))
    }

    #[test]
    fn a_number_of_texts_that_would_take_all_memory_is_refused() {
        let name = "xl/sharedstrings.xml";
        assert!(look(name, &[b"<sst count=\"7\" uniqueCount=\"3\"><si><t>a</t></si></sst>"]).is_ok());
        for text in
            ["uniqueCount=\"99999999999\"", "uniqueCount = '0099999999'", "uniqueCount=\"999999999999999999999\""]
        {
            let (head, rest) = text.as_bytes().split_at(15);
            assert!(look(name, &[b"<sst ", text.as_bytes(), b">"]).is_err(), "{text}");
            assert!(look(name, &[b"<sst ", head, rest, b">"]).is_err(), "{text}");
        }
        assert!(look(name, &[b"<sst uniqueCount", &[b' '; 300], b"=\"99999999999\">"]).is_err());
        assert!(look(name, &[b"<sst><si><t>uniqueCount</t></si></sst>"]).is_ok());
    }

    #[test]
    fn one_cell_cannot_be_as_large_as_a_sheet() {
        let part = vec![b'x'; 1 << 20];
        let text: Vec<&[u8]> = std::iter::repeat_n(part.as_slice(), 17).collect();
        assert!(look("xl/worksheets/sheet1.xml", &text).is_err());
        let cells: Vec<&[u8]> = text.into_iter().flat_map(|part| [part, b"</x:c>"]).collect();
        assert!(look("xl/worksheets/sheet1.xml", &cells).is_ok());
    }
}
