//! The rows of a file, as they were read, in a table beside the real ones.
//!
//! Not here: how rows reach the database (`db::Loader`), and what becomes of them (`records`, `sellers`). What a reader would
//! get wrong: with the first fault nothing more is written, for nothing will be carried out; faults are still looked for.

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, Value};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Import,
    faults::{Faults, Found},
    fields, kind,
    sample::{self, SampleRow},
    statement::run,
    store::{change, find},
    task::Task,
};
use crate::{
    accounts,
    app::App,
    db::{Load, Loader, stored},
    error::{Error, Result},
    id::DescendingIds,
    sellers,
    sheet::{RecordRow, RowAt, SellerRow, SheetKind, Survey},
    text,
};

/// Rows removed in one transaction: few enough that nobody who writes waits for long.
const REMOVED_AT_ONCE: i64 = 20_000;

/// Takes the rows of a file.
pub struct Staging {
    import_id: Uuid,
    attempt: i64,
    kind: SheetKind,
    ids: DescendingIds,
    accounts: Accounts,
    load: Option<Load>,
    staged: Staged,
}

/// What came of the rows of a file.
#[derive(Debug, Default)]
pub struct Staged {
    /// How many there were.
    pub rows: u64,
    /// What is wrong with them.
    pub faults: Faults,
    /// The first of them.
    pub sample: Vec<SampleRow>,
}

/// The accounts that rows may be of.
struct Accounts {
    by_code: HashMap<String, Uuid>,
    of_the_rest: Option<Uuid>,
}

impl Staging {
    /// For the rows of this check of an import.
    pub async fn open(task: &Task<'_>, import: &Import, survey: &Survey) -> Result<Self> {
        Ok(Self {
            import_id: import.id,
            attempt: import.attempt.into(),
            kind: survey.kind,
            ids: DescendingIds::new(task.app.clock.now()),
            accounts: Accounts::of(task, import, survey.kind).await?,
            load: None,
            staged: Staged::default(),
        })
    }

    /// Begins to write.
    pub fn load(&mut self, loader: Loader, stop: CancellationToken) -> Result<()> {
        let target = match self.kind {
            SheetKind::Records => fields::RECORD_TARGET,
            SheetKind::Sellers => fields::SELLER_TARGET,
        };
        self.load = Some(loader.begin(target, stop)?);
        Ok(())
    }

    /// Takes a row of a file of records.
    pub fn record(&mut self, row: RowAt<RecordRow>) -> Result<()> {
        let Some((line, row)) = self.faultless(row) else { return Ok(()) };
        let account_id = match self.accounts.find(row.account_code.as_deref()) {
            Ok(account_id) => account_id,
            Err((code, reason)) => {
                return self.refuse(Found { cell: row.account_code, ..Found::of_row(line, code, reason) });
            }
        };
        if self.staged.sample.len() < sample::ROWS {
            self.staged.sample.push(sample::of_record(line, &row));
        }
        let id = self.next_id()?;
        let Some(load) = &mut self.load else { return Ok(()) };
        let folded = text::normalize(&row.item_name);
        let start = [self.import_id.into(), self.attempt.into(), stored(line).into(), id.into()];
        load.row(&fields::record_values(start, account_id, &row, &folded))
    }

    /// Takes a row of a file of sellers.
    pub fn seller(&mut self, row: RowAt<SellerRow>) -> Result<()> {
        let Some((line, row)) = self.faultless(row) else { return Ok(()) };
        if self.staged.sample.len() < sample::ROWS {
            self.staged.sample.push(sample::of_seller(line, &row));
        }
        let id = self.next_id()?;
        let Some(load) = &mut self.load else { return Ok(()) };
        let hash = sellers::name_hash(&row.normalized_name);
        let start = [self.import_id.into(), self.attempt.into(), stored(line).into(), id.into()];
        load.row(&fields::seller_values(start, &row, &hash))
    }

    /// All rows have come.
    pub fn finish(self) -> Result<Staged> {
        if let Some(load) = self.load {
            load.finish()?;
        }
        Ok(self.staged)
    }

    fn faultless<R>(&mut self, row: RowAt<R>) -> Option<(u64, R)> {
        self.staged.rows += 1;
        match row.row {
            Ok(found) => Some((row.line, found)),
            Err(faults) => {
                self.load = None;
                self.staged.faults.extend(faults);
                None
            }
        }
    }

    fn refuse(&mut self, fault: Found) -> Result<()> {
        self.load = None;
        self.staged.faults.push(fault);
        Ok(())
    }

    fn next_id(&mut self) -> Result<Uuid> {
        self.ids.next().ok_or_else(|| Error::internal("a file has fewer rows than there are ids"))
    }
}

impl Accounts {
    async fn of(task: &Task<'_>, import: &Import, kind: SheetKind) -> Result<Self> {
        if kind == SheetKind::Sellers {
            return Ok(Self { by_code: HashMap::new(), of_the_rest: None });
        }
        let ids = accounts::reached(task.app.db.read(), &task.scope).await?;
        let of_the_rest = import.account_id.filter(|id| ids.contains(id));
        let accounts = accounts::find_many(task.app, &task.actor, &ids).await?;
        let by_code = accounts.into_iter().map(|account| (account.code, account.id)).collect();
        Ok(Self { by_code, of_the_rest })
    }

    /// Which account a row is of. One out of reach does not exist.
    fn find(&self, code: Option<&str>) -> Result<Uuid, (&'static str, String)> {
        match code {
            Some(code) => self
                .by_code
                .get(code)
                .copied()
                .ok_or_else(|| ("ACCOUNT_UNKNOWN", format!("there is no account `{}`", code.escape_debug()))),
            None => self.of_the_rest.ok_or_else(|| {
                let reason = "must say which account it is of; add a column `account_code`, or state one for the file";
                ("ACCOUNT_NOT_STATED", reason.to_owned())
            }),
        }
    }
}

/// The table of a kind.
pub fn table(kind: SheetKind) -> &'static str {
    match kind {
        SheetKind::Records => fields::RECORD_TARGET.table,
        SheetKind::Sellers => fields::SELLER_TARGET.table,
    }
}

/// Removes the rows of an import, some at a time. Those of an attempt that still runs come after.
pub async fn clear(app: &App, import: &Import) -> Result<()> {
    let table = table(kind(import)?);
    let sql = format!(
        "DELETE FROM {table} WHERE import_id = $1
            AND attempt = (SELECT min(attempt) FROM {table} WHERE import_id = $1)
            AND line < $2 + (SELECT min(line) FROM {table} WHERE import_id = $1
                AND attempt = (SELECT min(attempt) FROM {table} WHERE import_id = $1))"
    );
    loop {
        let (sql, values) = (sql.clone(), [Value::from(import.id), REMOVED_AT_ONCE.into()]);
        let removed = app.db.write(move |tx| Box::pin(async move { run(tx, &sql, values).await })).await?;
        if removed == 0 {
            return Ok(());
        }
    }
}

/// Removes the rows of an import that nothing will be done with any more. What fails is left to the chore.
pub async fn clear_all(app: &App, import: &Import) {
    let (org_id, id, attempt, now) = (import.org_id, import.id, import.attempt, app.clock.now());
    let cleared = async {
        clear(app, import).await?;
        app.db
            .write(move |tx| {
                Box::pin(async move {
                    let Some(import) = find(tx, org_id, id).await? else { return Ok(()) };
                    // Another check may have begun.
                    if import.attempt != attempt || !import.is_staged {
                        return Ok(());
                    }
                    change(tx, import, now, |row| row.is_staged = Set(false)).await.map(drop)
                })
            })
            .await
    };
    if let Err(error) = cleared.await {
        error.log();
    }
}
