//! Takes a CSV apart by RFC 4180, and knows on which line of the file it is. A first line such as Excel's `sep=;` says what
//! stands between the values, and is none of them.
//!
//! Not here: what the columns mean. What a reader would get wrong: a line of the file is not a row, as quotes may hold
//! line breaks; people look for the line. The `csv` crate forgives an unclosed quote and a text after a closed one; here
//! they are faults, because what follows them is not what its writer meant.

use std::io::{self, BufRead, Chain, Cursor, Read};

use super::{fault::FaultCode, reading::Delimiter, table::TableRow};

/// Longest row in bytes. The longest that can be stored has a quarter of it; a longer one is a quote left open.
pub(super) const LONGEST_ROW: usize = 1024 * 1024;
/// Most values of a row, as in a workbook.
pub(super) const MOST_COLUMNS: usize = 16_384;

/// Reads rows.
#[derive(Debug)]
pub(super) struct CsvRows<R> {
    input: R,
    /// What each byte is.
    classes: [Class; 256],
    /// The line of the next byte.
    line: u64,
    /// Whether the last byte was CR, so that LF belongs to it.
    after_cr: bool,
    /// Whether what follows makes no sense any more.
    is_over: bool,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// What a byte is to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Plain,
    Quote,
    Delimiter,
    LineEnd,
}

/// Where in a value one is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Bare,
    Quoted,
    /// After a quote in a quoted value: its end, or the first of two.
    Closed,
}

/// The rest of a file, with the beginning of it that was looked at.
pub(super) type LookedAt<R> = Chain<Cursor<Vec<u8>>, R>;

impl<R: BufRead> CsvRows<LookedAt<R>> {
    /// The rows of a file from its beginning; a line that says what stands between the values is passed over.
    pub fn open(mut input: R, delimiter: Option<Delimiter>) -> io::Result<Self> {
        let mut head = Vec::new();
        input.by_ref().take(LONGEST_STATEMENT).read_to_end(&mut head)?;
        let stated = stated_delimiter(&head).map(|(_, bytes)| bytes);
        let mut head = Cursor::new(head);
        head.set_position(stated.unwrap_or_default());
        let rows = Self::new(head.chain(input), delimiter);
        Ok(Self { line: if stated.is_some() { 2 } else { 1 }, ..rows })
    }
}

impl<R: BufRead> CsvRows<R> {
    /// Rows whose values stand between delimiters, or are whole lines.
    pub fn new(input: R, delimiter: Option<Delimiter>) -> Self {
        let classes = std::array::from_fn(|byte| match u8::try_from(byte) {
            Ok(b'"') => Class::Quote,
            Ok(b'\r' | b'\n') => Class::LineEnd,
            Ok(byte) if delimiter.is_some_and(|delimiter| byte == delimiter.byte()) => Class::Delimiter,
            _ => Class::Plain,
        });
        Self { input, classes, line: 1, after_cr: false, is_over: false, bytes: Vec::new(), ends: Vec::new() }
    }

    /// Reads the next row; false after the last. Blank lines are none.
    pub fn read(&mut self, row: &mut TableRow) -> io::Result<bool> {
        self.bytes.clear();
        self.ends.clear();
        row.begin(self.line);
        let mut state = State::Start;
        while !self.is_over {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(self.end_of_file(row, state));
            }
            let buffer_len = buffer.len();
            let mut rest = buffer;
            let mut is_whole = false;
            while let Some((&byte, after)) = rest.split_first() {
                let run = plain_run(&self.classes, state, rest);
                if run > 0 {
                    let (plain, after) = rest.split_at(run);
                    self.bytes.extend_from_slice(plain);
                    (rest, self.after_cr) = (after, false);
                    state = if state == State::Quoted { State::Quoted } else { State::Bare };
                    continue;
                }
                rest = after;
                self.line += u64::from(byte == b'\r' || byte == b'\n' && !self.after_cr);
                self.after_cr = byte == b'\r';
                let is_end = state != State::Quoted && matches!(byte, b'\r' | b'\n');
                if is_end && state == State::Start && self.ends.is_empty() && self.bytes.is_empty() {
                    row.line = self.line;
                } else if is_end {
                    self.ends.push(self.bytes.len());
                    is_whole = true;
                    break;
                } else {
                    let class = class_of(&self.classes, byte);
                    state = step(state, byte, class, (&mut self.bytes, &mut self.ends), row);
                }
            }
            let used = buffer_len - rest.len();
            self.input.consume(used);
            let is_long = self.bytes.len() > LONGEST_ROW || self.ends.len() > MOST_COLUMNS;
            if is_long {
                row.is_wrong(FaultCode::RowTooLong, "is longer than a row can be; is a quote left open?");
                self.is_over = true;
            }
            if is_whole || is_long {
                row.take_texts(&mut self.bytes, &self.ends);
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn end_of_file(&mut self, row: &mut TableRow, state: State) -> bool {
        self.is_over = true;
        if state == State::Start && self.ends.is_empty() && self.bytes.is_empty() {
            return false;
        }
        if state == State::Quoted {
            row.is_wrong(FaultCode::BrokenRow, "has a quote that is never closed");
        }
        self.ends.push(self.bytes.len());
        row.take_texts(&mut self.bytes, &self.ends);
        true
    }
}

fn class_of(classes: &[Class; 256], byte: u8) -> Class {
    classes.get(usize::from(byte)).copied().unwrap_or(Class::Plain)
}

/// How many bytes from here are only part of the value: most of a file is taken so, many bytes at a time.
fn plain_run(classes: &[Class; 256], state: State, rest: &[u8]) -> usize {
    let end = match state {
        State::Closed => return 0,
        State::Quoted => rest.iter().position(|byte| matches!(byte, b'"' | b'\r' | b'\n')),
        State::Start => rest.iter().position(|byte| class_of(classes, *byte) != Class::Plain),
        State::Bare => rest.iter().position(|byte| !matches!(class_of(classes, *byte), Class::Plain | Class::Quote)),
    };
    end.unwrap_or(rest.len())
}

/// Takes one byte that does not end the row.
fn step(
    state: State,
    byte: u8,
    class: Class,
    (bytes, ends): (&mut Vec<u8>, &mut Vec<usize>),
    row: &mut TableRow,
) -> State {
    match (state, class) {
        (State::Start, Class::Quote) => return State::Quoted,
        (State::Quoted, Class::Quote) => return State::Closed,
        (State::Start | State::Bare | State::Closed, Class::Delimiter) => {
            ends.push(bytes.len());
            return State::Start;
        }
        (State::Closed, Class::Quote) => {
            bytes.push(byte);
            return State::Quoted;
        }
        (State::Closed, _) => {
            let reason = "has text after a closing quote; a quote within quotes is written twice";
            row.is_wrong(FaultCode::BrokenRow, reason);
        }
        _ => {}
    }
    bytes.push(byte);
    if state == State::Quoted { State::Quoted } else { State::Bare }
}

/// Bytes of the longest line that says what stands between the values, its end included.
const LONGEST_STATEMENT: u64 = 7;

/// What a first line `sep=;` says, and how many bytes it has with its end. Of a sign that we do not know it says nothing.
pub(super) fn stated_delimiter(start: &[u8]) -> Option<(Delimiter, u64)> {
    let (sep, rest) = start.split_at_checked(4)?;
    let (sign, rest) = rest.split_first()?;
    let end = match rest {
        [] => 0,
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => return None,
    };
    let delimiter = Delimiter::ALL.into_iter().find(|delimiter| delimiter.byte() == *sign)?;
    sep.eq_ignore_ascii_case(b"sep=").then_some((delimiter, 5 + end))
}

/// What stands between the values: whatever is most often in the header, outside quotes; none where nothing is.
pub(super) fn find_delimiter(start: &str) -> Option<Delimiter> {
    let mut counts = Delimiter::ALL.map(|delimiter| (delimiter, 0_usize));
    let mut is_quoted = false;
    for byte in start.trim_start_matches(['\r', '\n']).bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\r' | b'\n' if !is_quoted => break,
            _ if is_quoted => {}
            _ => counts.iter_mut().filter(|(delimiter, _)| delimiter.byte() == byte).for_each(|(_, count)| *count += 1),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().filter(|count| *count > 0)?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(delimiter, _)| delimiter)
}

/// Whether the first lines all have as many delimiters: those of a table do, names in a list have them by chance.
pub(super) fn is_even(start: &str, delimiter: Delimiter) -> bool {
    const LOOKED_AT: usize = 50;
    let mut lines = start.split(['\r', '\n']).filter(|line| !line.is_empty()).take(LOOKED_AT);
    let count = |line: &str| line.bytes().filter(|byte| *byte == delimiter.byte()).count();
    let first = lines.next().map(count);
    lines.all(|line| Some(count(line)) == first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sheet::table::Cell;

    type Rows = Vec<(u64, Vec<String>, Option<FaultCode>)>;

    fn read(text: &[u8]) -> Rows {
        read_parted(text, Some(Delimiter::Comma), 3)
    }

    /// Tiny buffers, so that every state meets its end.
    fn read_parted(text: &[u8], delimiter: Option<Delimiter>, buffer: usize) -> Rows {
        let mut rows = CsvRows::new(io::BufReader::with_capacity(buffer, text), delimiter);
        let mut row = TableRow::default();
        let mut all = Vec::new();
        while rows.read(&mut row).unwrap() {
            let fields = row.cells().map(Cell::shown).collect();
            all.push((row.line, fields, row.wrong.take().map(|wrong| wrong.code)));
        }
        all
    }

    fn lines(text: &str) -> Vec<u64> {
        read(text.as_bytes()).into_iter().map(|(line, ..)| line).collect()
    }

    #[test]
    fn a_row_knows_the_line_it_begins_on() {
        assert_eq!(lines("a,b\r\n1,2\r\n\r\n\"x\r\ny\",2\r\n3,4"), [1, 2, 4, 6]);
        assert_eq!(lines("a,b\n1,2\n\n\"x\ny\",2\n3,4\n\n"), [1, 2, 4, 6]);
        assert_eq!(lines("a\rb\r\rc"), [1, 2, 4]);
        assert_eq!(lines(""), [0_u64; 0]);
    }

    #[test]
    fn what_breaks_the_rules_is_a_fault_on_its_line() {
        let rows = read(b"a,b\n\"x\"y,2\n1,\"open\n3,4\n");
        assert_eq!(rows[1].2, Some(FaultCode::BrokenRow));
        assert_eq!((rows[2].0, rows[2].2), (3, Some(FaultCode::BrokenRow)));
        assert_eq!(rows.len(), 3);
        let long = format!("a\n\"{}", "x".repeat(LONGEST_ROW + 10));
        assert_eq!(read(long.as_bytes())[1].2, Some(FaultCode::RowTooLong));
    }

    #[test]
    fn values_may_be_parted_by_other_signs_or_not_at_all() {
        let fields = |text: &[u8], delimiter| read_parted(text, delimiter, 64).swap_remove(0).1;
        assert_eq!(fields(b"a;\"b;c\",d\n", Some(Delimiter::Semicolon)), ["a", "b;c,d"]);
        assert_eq!(fields(b"a\tb,c", Some(Delimiter::Tab)), ["a", "b,c"]);
        assert_eq!(fields(b"a,b;c|d\te", None), ["a,b;c|d\te"]);
        assert_eq!(find_delimiter("\r\na;b;\"c,d,e,f\"\n1,2,3,4,5"), Some(Delimiter::Semicolon));
        assert_eq!(find_delimiter("a|b"), Some(Delimiter::Bar));
        assert_eq!(find_delimiter("name"), None);
    }

    #[test]
    fn a_first_line_may_say_what_stands_between_the_values() {
        for (text, line) in [
            ("sep=;\r\na;b\r\n", 2),
            ("SEP=;\na;b", 2),
            ("sep=;\ra;b", 2),
            ("sep=;\r\n\r\na;b", 3),
            ("a;b\nsep=;\n", 1),
        ] {
            let mut rows = CsvRows::open(io::BufReader::with_capacity(1, text.as_bytes()), Some(Delimiter::Semicolon));
            let mut row = TableRow::default();
            assert!(rows.as_mut().unwrap().read(&mut row).unwrap());
            assert_eq!(
                (row.line, row.cells().map(Cell::shown).collect::<Vec<_>>()),
                (line, vec!["a".into(), "b".into()])
            );
        }
        assert_eq!(stated_delimiter(b"sep=\t"), Some((Delimiter::Tab, 5)));
        assert_eq!(stated_delimiter(b"sep=,\r\nx"), Some((Delimiter::Comma, 7)));
        for none in ["sep=", "sep=:\n", "sep=;;\n", "sep;a\n", "sep=; \n", ""] {
            assert_eq!(stated_delimiter(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_a_fault_of_their_row_alone() {
        let rows = read(b"a,b\nSt\xf6re,2\n3,4\n");
        let codes: Vec<_> = rows.into_iter().map(|(.., code)| code).collect();
        assert_eq!(codes, [None, Some(FaultCode::WrongEncoding), None]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_the_buffer_makes_no_difference(
            bytes in prop::collection::vec(prop_oneof![Just(b'"'), Just(b','), Just(b'\r'), Just(b'\n'), Just(b'a'), any::<u8>()], 0..60),
        ) {
            let small = read_parted(&bytes, Some(Delimiter::Comma), 1);
            prop_assert_eq!(small, read_parted(&bytes, Some(Delimiter::Comma), 1024));
        }

        #[test]
        fn what_the_csv_crate_writes_is_read_the_same(
            rows in prop::collection::vec(prop::collection::vec("[a,\"\r\n ü]{0,6}", 2..4), 0..6), crlf: bool,
        ) {
            let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer = csv::WriterBuilder::new().flexible(true).terminator(terminator).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = writer.into_inner().unwrap();
            let read: Vec<Vec<String>> = read(&text).into_iter().map(|(_, fields, _)| fields).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
