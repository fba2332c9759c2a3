//! What is wrong with a file: every fault with its line, column and reason; the first ten thousand of them are kept.
//!
//! Not here: how they are found (`sheet`, `check.rs`). What a reader would get wrong: a cell is a text of others; a spreadsheet
//! must not run it when it opens the list of faults.

use std::io;

use bytes::Bytes;
use entity::import_fault;
use futures::{Stream, StreamExt, stream};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::{Import, list::get};
use crate::{
    app::App,
    auth::Actor,
    db::{Transaction, stored},
    error::{Context, Error, Result},
    page::{self, ByNumber, Direction, Fingerprint, Page, PageRequest},
    sheet::{self, SheetError},
    text::is_formula,
};

/// One fault of a file.
pub type ImportFault = import_fault::Model;

/// Faults kept. A file with more is wrong in one way many times; the rest are counted.
const MOST_KEPT: usize = 10_000;
/// Faults written by one statement, and read for one piece of the list.
const BATCH: usize = 1_000;

/// A fault that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The line its row begins on; 0 is the file as a whole.
    pub line: u64,
    /// The header of the column, where it is the fault of one.
    pub column: Option<String>,
    /// What kind of fault.
    pub code: &'static str,
    /// What is wrong, for people.
    pub reason: String,
    /// What stands in the cell, cut.
    pub cell: Option<String>,
}

impl Found {
    /// A fault of a row.
    pub fn of_row(line: u64, code: &'static str, reason: impl Into<String>) -> Self {
        Self { line, column: None, code, reason: reason.into(), cell: None }
    }

    /// Why a file cannot be read at all.
    pub fn of_file(error: &SheetError) -> Self {
        Self::of_row(0, error.code(), error.to_string())
    }
}

impl From<sheet::Fault> for Found {
    fn from(fault: sheet::Fault) -> Self {
        let sheet::Fault { line, column, code, reason, cell } = fault;
        Self { line, column, code: code.name(), reason, cell }
    }
}

/// The faults of a file, in its order.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The first ten thousand.
    pub kept: Vec<Found>,
    /// All of them.
    pub count: u64,
}

impl Faults {
    /// Adds one.
    pub fn push(&mut self, fault: impl Into<Found>) {
        self.count += 1;
        if self.kept.len() < MOST_KEPT {
            self.kept.push(fault.into());
        }
    }

    /// Refuses to carry out what was faultless when it was checked and is not any more.
    pub fn refuse(&self) -> Result<()> {
        let Some(fault) = self.kept.first() else { return Ok(()) };
        let message = format!("line {}: {}; check the file again", fault.line, fault.reason);
        Err(Error::conflict("IMPORT_FAULT", message))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl<F: Into<Found>> Extend<F> for Faults {
    fn extend<I: IntoIterator<Item = F>>(&mut self, faults: I) {
        faults.into_iter().for_each(|fault| self.push(fault));
    }
}

/// In the order of the file.
const BY_NUMBER: ByNumber<import_fault::Entity> = ByNumber {
    number: import_fault::Column::Number,
    id: import_fault::Column::ImportId,
    direction: Direction::Asc,
    of: |fault| (fault.number.into(), fault.import_id),
};

/// A page of the faults of an import, in the order of the file. How many there are is in the import.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing; `NOT_FOUND`; a page that cannot be answered.
pub async fn faults(app: &App, actor: &Actor, id: Uuid, request: &PageRequest) -> Result<Page<ImportFault>> {
    let import = get(app, actor, id).await?;
    let fingerprint = Fingerprint::of("import_faults", import.org_id, &(), &(id, import.attempt))?;
    page::read(app.db.read(), of(&import), BY_NUMBER, request, fingerprint).await
}

/// The faults of an import as a CSV: line, column, code, reason, cell.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing; `NOT_FOUND`. A failure later breaks the stream.
pub async fn faults_csv(
    app: &App,
    actor: &Actor,
    id: Uuid,
) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + use<>> {
    let import = get(app, actor, id).await?;
    let head = Bytes::from_static(b"line,column,code,reason,cell\r\n");
    let rows = stream::try_unfold((app.clone(), import, 0), |(app, import, after)| async move {
        let some = some_after(&app, &import, after).await.map_err(io::Error::other)?;
        let Some(last) = some.last().map(|fault| fault.number) else { return Ok(None) };
        let lines: String = some.iter().map(line).collect();
        Ok(Some((Bytes::from(lines), (app, import, last))))
    });
    Ok(stream::iter([Ok(head)]).chain(rows))
}

/// Writes the faults of an import, which has none yet.
pub(super) async fn write(tx: &Transaction, import_id: Uuid, faults: Vec<Found>) -> Result<()> {
    for (part, some) in faults.chunks(BATCH).enumerate() {
        let rows = some.iter().enumerate().map(|(index, fault)| import_fault::ActiveModel {
            import_id: Set(import_id),
            number: Set(i32::try_from(part * BATCH + index + 1).unwrap_or(i32::MAX)),
            line: Set(stored(fault.line)),
            column_name: Set(fault.column.clone()),
            code: Set(fault.code.to_owned()),
            reason: Set(fault.reason.clone()),
            cell: Set(fault.cell.clone()),
        });
        let written = import_fault::Entity::insert_many(rows).exec_without_returning(tx).await;
        written.doing("writing down the faults of a file")?;
    }
    Ok(())
}

/// Forgets the faults of an import.
pub(super) async fn clear(tx: &Transaction, import_id: Uuid) -> Result<()> {
    let cleared = import_fault::Entity::delete_many().filter(import_fault::Column::ImportId.eq(import_id)).exec(tx);
    cleared.await.doing("forgetting the faults of a file").map(drop)
}

fn of(import: &Import) -> Select<import_fault::Entity> {
    import_fault::Entity::find().filter(import_fault::Column::ImportId.eq(import.id))
}

async fn some_after(app: &App, import: &Import, after: i32) -> Result<Vec<ImportFault>> {
    of(import)
        .filter(import_fault::Column::Number.gt(after))
        .order_by_asc(import_fault::Column::Number)
        .limit(BATCH as u64)
        .all(app.db.read())
        .await
        .doing("reading the faults of a file")
}

fn line(fault: &ImportFault) -> String {
    let text = |text: &Option<String>| quoted(text.as_deref().unwrap_or_default());
    let (column, cell) = (text(&fault.column_name), text(&fault.cell));
    format!("{},{column},{},{},{cell}\r\n", fault.line, fault.code, quoted(&fault.reason))
}

/// A text as RFC 4180 has it, with the `'` that keeps a spreadsheet from taking it for a formula.
fn quoted(text: &str) -> String {
    let prefix = if is_formula(text) { "'" } else { "" };
    if text.contains([',', '"', '\r', '\n']) {
        return format!("\"{prefix}{}\"", text.replace('"', "\"\""));
    }
    format!("{prefix}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_neither_run_nor_torn_apart() {
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("-\"a\",\r\n"), "\"'-\"\"a\"\",\r\n\"");
    }
}
