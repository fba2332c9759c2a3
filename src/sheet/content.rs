//! What a file is, told by its content: its name says what somebody called it.
//!
//! What a reader would get wrong: files of rows are what is left over. First come all the things that people send in
//! place of them, each with what to do about it.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use zip::ZipArchive;

use super::{
    encoding,
    fault::SheetError,
    json::{self, Opened},
    reading::{Encoding, Reading, SheetFormat, SheetKind},
};

/// Bytes looked at to tell what a file is.
const HEAD: u64 = 8 * 1024;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub format: SheetFormat,
    /// None in a workbook.
    pub encoding: Option<Encoding>,
}

/// Files that people take for sheets, by their first bytes: what they are, and what to do.
const OTHERS: &[(&[u8], &str)] = &[
    (&[0xd0, 0xcf, 0x11, 0xe0], "an old Excel file (.xls), or a workbook with a password; save it as XLSX without one"),
    (b"%PDF", "a PDF; save the table as CSV or XLSX where it was made"),
    (b"\x89PNG", "a picture (PNG); bring the table itself as CSV or XLSX"),
    (b"GIF8", "a picture (GIF); bring the table itself as CSV or XLSX"),
    (&[0xff, 0xd8, 0xff], "a picture (JPEG); bring the table itself as CSV or XLSX"),
    (&[0x1f, 0x8b], "compressed with gzip; unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "compressed with Zstandard; unpack it first"),
    (b"PAR1", "a Parquet file; export it as CSV, JSON or XLSX"),
    (b"SQLite format 3", "a SQLite database; export the table as CSV"),
    (b"{\\rtf", "a text document (RTF); save the table as CSV or XLSX"),
];

/// Other things that are ZIP archives too, by a file in them.
const PACKAGES: &[(&str, &str)] = &[
    ("xl/workbook.bin", "a binary workbook (.xlsb); save it as XLSX"),
    ("content.xml", "an OpenDocument file (.ods); save it as XLSX or CSV"),
    ("word/document.xml", "a Word document; save the table as CSV or XLSX"),
    ("ppt/presentation.xml", "a PowerPoint presentation; save the table as CSV or XLSX"),
    ("index/document.iwa", "a Numbers document; export it as XLSX or CSV"),
];

/// Tells what a file is, and that it is what was stated.
pub(super) fn look(
    path: &Path,
    kind: SheetKind,
    reading: &Reading,
    is_stopped: &dyn Fn() -> bool,
) -> Result<Content, SheetError> {
    let head = head(path)?;
    if head.is_empty() {
        return Err(SheetError::Empty);
    }
    if let Some((_, what)) = OTHERS.iter().find(|(start, _)| head.starts_with(start)) {
        return Err(SheetError::NotASheet(format!("the file is {what}")));
    }
    let content = if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        check_package(path)?;
        Content { format: SheetFormat::Xlsx, encoding: None }
    } else {
        let encoding = text_encoding(path, &head, reading, is_stopped)?;
        Content { format: text_format(path, kind, &head, encoding)?, encoding: Some(encoding) }
    };
    match reading.format {
        Some(stated) if stated != content.format => {
            Err(SheetError::OtherFormat { stated: stated.name(), found: content.format.name() })
        }
        _ => Ok(content),
    }
}

fn head(path: &Path) -> Result<Vec<u8>, SheetError> {
    let mut head = Vec::new();
    let file = File::open(path).map_err(SheetError::Unreadable)?;
    file.take(HEAD).read_to_end(&mut head).map_err(SheetError::Unreadable)?;
    Ok(head)
}

fn check_package(path: &Path) -> Result<(), SheetError> {
    let broken =
        |_| SheetError::BrokenFile("the file is a workbook or an archive that is damaged or cut off".to_owned());
    let file = BufReader::new(File::open(path).map_err(SheetError::Unreadable)?);
    let archive = ZipArchive::new(file).map_err(broken)?;
    let names: Vec<String> = archive.file_names().flatten().map(|name| name.to_ascii_lowercase()).collect();
    // A workbook may keep its parts elsewhere, which only its relations say; but it always has this one.
    if names.iter().any(|name| name.ends_with("workbook.xml")) {
        return Ok(());
    }
    let what = PACKAGES
        .iter()
        .find(|(wanted, _)| names.iter().any(|name| name == wanted))
        .map_or("a ZIP archive that is no workbook; unpack it and bring the file that is in it", |(_, what)| what);
    Err(SheetError::NotASheet(format!("the file is {what}")))
}

fn text_encoding(
    path: &Path,
    head: &[u8],
    reading: &Reading,
    is_stopped: &dyn Fn() -> bool,
) -> Result<Encoding, SheetError> {
    let is_wide = |encoding| matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be);
    if let Some(encoding) = reading.encoding.or_else(|| encoding::marked(head)) {
        if is_wide(encoding) || !head.contains(&0) {
            return Ok(encoding);
        }
    } else if !head.contains(&0) {
        return encoding::find(path, is_stopped);
    }
    let what = "the file is no text, and nothing that is known here; save it as CSV, JSON, NDJSON or XLSX \
                (if it is UTF-16 without a byte order mark, state the encoding)";
    Err(SheetError::NotASheet(what.to_owned()))
}

fn text_format(path: &Path, kind: SheetKind, head: &[u8], encoding: Encoding) -> Result<SheetFormat, SheetError> {
    let start = start(path, encoding)?;
    let start = start.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    if start.is_empty() && (head.len() as u64) < HEAD {
        return Err(SheetError::Empty);
    }
    if start.starts_with('<') {
        let is_page = ["<html", "<!doc", "<table", "<meta"]
            .iter()
            .any(|tag| start.get(..tag.len()).is_some_and(|found| found.eq_ignore_ascii_case(tag)));
        let what = if is_page { "a web page, perhaps named .xls" } else { "XML, perhaps an old Excel format" };
        return Err(SheetError::NotASheet(format!("the file is {what}; open it in Excel and save it as XLSX or CSV")));
    }
    // What begins an array or an object must go on as one: a name may begin with a bracket.
    let mut letters = start.chars().filter(|letter| !letter.is_whitespace());
    match (letters.next(), letters.next()) {
        (Some('['), Some('{' | '[' | ']')) | (Some('{'), Some('"' | '}')) => match json::open(path, kind, encoding)? {
            Opened::Document(_) => Ok(SheetFormat::Json),
            Opened::Lines(_) => Ok(SheetFormat::Ndjson),
        },
        _ => Ok(SheetFormat::Csv),
    }
}

/// The first characters of a file.
pub(super) fn start(path: &Path, encoding: Encoding) -> Result<String, SheetError> {
    let mut start = Vec::new();
    let (text, _) = encoding::open(path, encoding)?;
    text.take(HEAD).read_to_end(&mut start).map_err(broken_text)?;
    Ok(String::from_utf8_lossy(&start).into_owned())
}

/// A failure to read characters: the disk's, or the file's.
pub(super) fn broken_text(error: std::io::Error) -> SheetError {
    match error.kind() {
        std::io::ErrorKind::InvalidData => SheetError::BrokenFile(
            "the file is not UTF-16 to its end; it is damaged, or of another encoding".to_owned(),
        ),
        _ => SheetError::Unreadable(error),
    }
}
