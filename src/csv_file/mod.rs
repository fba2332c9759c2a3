//! CSV files that people bring: read twice, first to find every fault, then to hand over rows.
//!
//! Not here: which columns a noun has and what is done with its rows (`records/import.rs`, `sellers/import.rs`). What a
//! reader would get wrong: nothing is kept between the two passes but the layout, and of every row a hash of what it is
//! known by; so the size of a file is no matter.

pub(crate) mod cell;
mod fault;
mod header;
mod known;
mod rows;

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
    fmt::Debug,
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::sync::mpsc;

pub use self::fault::{Fault, Faults, ImportError};
use self::rows::{CsvRow, CsvRows};
pub(crate) use self::{
    header::Layout,
    known::{Key, Known},
};
use crate::error::{Error, Result};

/// Read at once from the disk.
const BUFFER: usize = 256 * 1024;
/// Rows between two signs of progress.
const STEP: u64 = 4_096;
/// Batches that wait to be written; more would only be memory.
const BATCHES_AHEAD: usize = 4;

/// A column a file may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column<F> {
    /// Its name in the header.
    pub name: &'static str,
    /// What it fills; nothing when it is computed or ours.
    pub field: Option<F>,
    /// Whether it is money in dollars rather than cents.
    pub is_decimal: bool,
}

impl<F> Column<F> {
    pub const fn new(name: &'static str, field: F) -> Self {
        Self { name, field: Some(field), is_decimal: false }
    }

    pub const fn dollars(name: &'static str, field: F) -> Self {
        Self { name, field: Some(field), is_decimal: true }
    }

    pub const fn ignored(name: &'static str) -> Self {
        Self { name, field: None, is_decimal: false }
    }
}

/// A row of a file, of one noun. Its default is what a row is whose columns are missing.
pub(crate) trait Sheet: Default + Send + Sync + 'static {
    /// What a column can fill.
    type Field: Copy + Eq + Debug + Send + Sync + 'static;
    /// Every column a file may have.
    const COLUMNS: &'static [Column<Self::Field>];
    /// What a file must have.
    const REQUIRED: &'static [Self::Field];

    /// Takes one cell, or says what is wrong with it.
    fn read(&mut self, column: &Column<Self::Field>, field: Self::Field, cell: &str) -> Result<(), String>;

    /// Applies the rules that need the whole row, or says which it breaks.
    fn finish(&mut self) -> Result<(), String>;

    /// The column and the text by which two rows are one; none where that cell was refused.
    fn identity(&self) -> Option<(&'static str, String)>;
}

/// How far an import is.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Looking for faults: bytes of the file's bytes.
    Checking(u64, u64),
    /// Writing: rows of the file's rows.
    Writing(u64, u64),
}

/// Hears how far an import is.
pub type OnStep = Arc<dyn Fn(Step) + Send + Sync>;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows that were not there.
    pub added: u64,
    /// Rows that were there, and otherwise.
    pub changed: u64,
    /// Rows that were there just so.
    pub unchanged: u64,
}

/// A file without faults.
#[derive(Debug)]
pub(crate) struct Checked<S: Sheet> {
    path: PathBuf,
    /// Which column fills what.
    pub layout: Arc<Layout<S>>,
    /// How many there are.
    pub rows: u64,
}

/// Reads the whole file and finds every fault.
pub(crate) async fn check<S: Sheet>(path: &Path, on_step: OnStep) -> Result<Checked<S>, ImportError> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || check_now(path, &on_step))
        .await
        .map_err(|error| Error::caused("checking a file", error))?
}

fn check_now<S: Sheet>(path: PathBuf, on_step: &OnStep) -> Result<Checked<S>, ImportError> {
    let mut faults = Faults::default();
    let mut reader = Reader::<S>::open(&path, &mut faults)?;
    // A header that is wrong makes every row wrong; its own faults are the ones to mend.
    if faults.count > 0 {
        return Err(ImportError::Faults(faults));
    }
    let mut seen: HashMap<Key, u32> = HashMap::new();
    let mut rows = 0;
    while let Some((line, row)) = reader.next(&mut faults)? {
        rows += 1;
        if rows % STEP == 0 {
            on_step(Step::Checking(reader.bytes, reader.size));
        }
        let Some((column, text)) = row.identity() else { continue };
        match seen.entry(Key::of(&text)) {
            Entry::Occupied(first) => {
                faults.push(line, Some(column.into()), format!("is the same as on line {}", first.get()));
            }
            Entry::Vacant(place) => {
                place.insert(u32::try_from(line).unwrap_or(u32::MAX));
            }
        }
    }
    if faults.count > 0 {
        return Err(ImportError::Faults(faults));
    }
    Ok(Checked { path, layout: reader.layout, rows })
}

impl<S: Sheet> Checked<S> {
    /// That all of its rows came by: a reader that died looks like one that is done.
    pub fn was_read(&self, rows: u64) -> Result<()> {
        if rows == self.rows { Ok(()) } else { Err(changed()) }
    }

    /// Reads the file again and hands over its rows with their lines, `size` at a time.
    pub fn batches(&self, size: usize) -> mpsc::Receiver<Result<Vec<(u64, S)>>> {
        let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || {
            // A receiver that is gone has failed, and says so itself.
            if let Err(error) = send(&path, size, &sender) {
                let _ = sender.blocking_send(Err(error));
            }
        });
        receiver
    }
}

fn send<S: Sheet>(path: &Path, size: usize, sender: &mpsc::Sender<Result<Vec<(u64, S)>>>) -> Result<()> {
    let mut faults = Faults::default();
    let mut reader = Reader::<S>::open(path, &mut faults).map_err(|_| changed())?;
    let mut batch = Vec::with_capacity(size);
    while let Some(row) = reader.next(&mut faults).map_err(|_| changed())? {
        batch.push(row);
        if batch.len() == size
            && sender.blocking_send(Ok(std::mem::replace(&mut batch, Vec::with_capacity(size)))).is_err()
        {
            return Ok(());
        }
    }
    if faults.count > 0 {
        return Err(changed());
    }
    let _ = sender.blocking_send(Ok(batch));
    Ok(())
}

fn changed() -> Error {
    Error::bad_input("FILE_CHANGED", "the file was changed while it was read; nothing was imported")
}

/// Reads rows of a noun.
struct Reader<S: Sheet> {
    rows: CsvRows<BufReader<File>>,
    row: CsvRow,
    layout: Arc<Layout<S>>,
    /// Bytes read, about.
    bytes: u64,
    /// Bytes of the file.
    size: u64,
}

impl<S: Sheet> Reader<S> {
    fn open(path: &Path, faults: &mut Faults) -> Result<Self, ImportError> {
        let file = File::open(path).map_err(ImportError::Unreadable)?;
        let size = file.metadata().map_err(ImportError::Unreadable)?.len();
        let mut input = BufReader::with_capacity(BUFFER, file);
        let start = input.fill_buf().map_err(ImportError::Unreadable)?;
        if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
            return Err(ImportError::Utf16);
        }
        let mark = "\u{feff}".as_bytes();
        if start.starts_with(mark) {
            input.consume(mark.len());
        }
        let (mut rows, mut row) = (CsvRows::new(input), CsvRow::default());
        if !rows.read(&mut row).map_err(ImportError::Unreadable)? {
            return Err(ImportError::Empty);
        }
        let layout = Arc::new(Layout::read(&row, faults));
        Ok(Self { rows, row, layout, bytes: 0, size })
    }

    /// The next row and its line, as far as it could be read; its faults are added.
    fn next(&mut self, faults: &mut Faults) -> Result<Option<(u64, S)>, ImportError> {
        if !self.rows.read(&mut self.row).map_err(ImportError::Unreadable)? {
            return Ok(None);
        }
        let (row, line, before) = (&self.row, self.row.line, faults.count);
        self.bytes += row.fields().map(|field| field.len() as u64 + 1).sum::<u64>();
        let mut read = S::default();
        if let Some(fault) = row.fault {
            faults.push(line, None, fault);
        } else if row.len() != self.layout.columns.len() {
            let (has, wants) = (row.len(), self.layout.columns.len());
            faults.push(line, None, format!("has {has} fields where the header has {wants}"));
        } else {
            for (column, cell) in self.layout.columns.iter().zip(row.fields()) {
                if let Err(reason) = read_cell(&mut read, column, cell) {
                    faults.push(line, Some(Cow::Borrowed(column.name)), reason);
                }
            }
        }
        if faults.count == before
            && let Err(reason) = read.finish()
        {
            faults.push(line, None, reason);
        }
        Ok(Some((line, read)))
    }
}

fn read_cell<S: Sheet>(row: &mut S, column: &Column<S::Field>, cell: &[u8]) -> Result<(), String> {
    let Some(field) = column.field else { return Ok(()) };
    let cell = std::str::from_utf8(cell).map_err(|_| "is not UTF-8".to_owned())?;
    row.read(column, field, cell)
}
