//! Imports in the schema: the object and its list. What changes them is in `import_change.rs`.
//!
//! What a reader would get wrong: an import is a conversation. It waits for its file, then for somebody to look at what was
//! found in it and say yes; its status says whose turn it is.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result, SimpleObject, dataloader::DataLoader};

use super::{
    account::Account,
    actor, app,
    connection::{connection, page_request, total},
    export_job::JobFailure,
    import_edit::ImportEditConnection,
    import_file::{ImportColumn, ImportFaultConnection, ImportSampleRow},
    import_reading::{CsvDelimiter, ImportFormat, ImportKind, ImportReading, TextEncoding},
    loader::{AccountKey, Loader, MemberKey},
    member::Member,
    scalar::{BigInt, DateTime},
};
use crate::{
    auth,
    error::Error,
    id::IdKind,
    imports::{self, ImportFilter, LiveImport},
    sheet::Survey,
};

/// How far an import is.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "imports::ImportStatus")]
pub enum ImportStatus {
    /// Waits for its file; send it to `uploadUrl`.
    AwaitingFile,
    /// Its file has come, and waits to be checked.
    Pending,
    /// Its file is being checked.
    Checking,
    /// Checked, and nothing is wrong. It waits for `commitImport`.
    Ready,
    /// Checked, and something is wrong: see `faults`. Mend the file and start anew, or state how to read it otherwise.
    Invalid,
    /// Is being carried out.
    Committing,
    /// Carried out, all of it.
    Committed,
    /// Is being undone.
    RollingBack,
    /// Undone, all of it.
    RolledBack,
    /// Could not be checked or carried out; `error` says why. Nothing was changed.
    Failed,
    /// Somebody gave it up.
    Cancelled,
    /// Nobody carried it out in time; its file has been removed.
    Expired,
}

/// What is being done to an import.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "imports::ImportPhase")]
pub enum ImportPhase {
    /// The file is read for the first time: which columns it has, and how they are written.
    Surveying,
    /// Its rows are read.
    Reading,
    /// Its rows are compared with what is stored.
    Comparing,
    /// What it says is written, or what it wrote is undone.
    Writing,
}

/// A file of records or sellers that somebody brought. Seen by who brought it and by admins.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct Import {
    /// Its global id.
    pub(super) id: ID,
    /// How far it is.
    status: ImportStatus,
    /// What is being done to it; null when nothing is.
    phase: Option<ImportPhase>,
    /// What its file is called.
    file_name: String,
    /// Size of the file in bytes; null before it has come.
    bytes: Option<BigInt>,
    /// Rows dealt with in this phase.
    rows_done: BigInt,
    /// Rows in the file; null before they are counted.
    rows_total: Option<BigInt>,
    /// Share of this phase that is done, 0 to 100; null when nothing is being done.
    percent: Option<f64>,
    /// How many faults the file has.
    fault_count: BigInt,
    /// Rows that are not stored yet; of what was carried out, that were not. Null before the file is checked.
    added: Option<BigInt>,
    /// Rows that are stored, and say something new. Null before the file is checked.
    changed: Option<BigInt>,
    /// Rows that are stored just so. Null before the file is checked.
    unchanged: Option<BigInt>,
    /// What was said about it when it was carried out.
    note: Option<String>,
    /// Why the last thing that was asked for could not be done; null when it could.
    error: Option<JobFailure>,
    /// When it was started.
    created_at: DateTime,
    /// When its file was last checked to the end; null before.
    checked_at: Option<DateTime>,
    /// When it was carried out; null before.
    committed_at: Option<DateTime>,
    /// Until when it can be undone; null when it cannot be, whenever.
    rollback_until: Option<DateTime>,
    /// When it was undone; null before.
    rolled_back_at: Option<DateTime>,
    /// When its file is removed; null when there is none to remove.
    expires_at: Option<DateTime>,
    #[graphql(skip)]
    row: imports::Import,
}

impl From<imports::Import> for Import {
    fn from(row: imports::Import) -> Self {
        let failure = row.error_code.clone().zip(row.error_message.clone());
        Self {
            id: IdKind::Import.show(row.id).into(),
            status: row.status.into(),
            phase: row.phase.map(Into::into),
            file_name: row.file_name.clone(),
            bytes: row.bytes.map(BigInt),
            rows_done: BigInt(row.rows_done),
            rows_total: row.rows_total.map(BigInt),
            percent: imports::Progress::of(&row).percent,
            fault_count: BigInt(row.fault_count),
            added: row.added.map(BigInt),
            changed: row.changed.map(BigInt),
            unchanged: row.unchanged.map(BigInt),
            note: row.note.clone(),
            error: failure.map(|(code, message)| JobFailure::new(code, message)),
            created_at: DateTime(row.created_at),
            checked_at: row.checked_at.map(DateTime),
            committed_at: row.committed_at.map(DateTime),
            rollback_until: imports::rollback_until(&row).map(DateTime),
            rolled_back_at: row.rolled_back_at.map(DateTime),
            expires_at: row.expires_at.map(DateTime),
            row,
        }
    }
}

impl From<&LiveImport> for Import {
    fn from(live: &LiveImport) -> Self {
        live.import.clone().into()
    }
}

impl Import {
    fn survey(&self) -> Result<Option<Survey>, Error> {
        imports::survey(&self.row)
    }
}

#[ComplexObject]
impl Import {
    /// What its rows are.
    async fn kind(&self) -> Result<ImportKind> {
        Ok(imports::kind(&self.row)?.into())
    }

    /// What is stated of its file.
    async fn reading(&self) -> Result<ImportReading> {
        Ok(imports::reading(&self.row)?.into())
    }

    /// What the file is; null before it was looked into.
    async fn format(&self) -> Result<Option<ImportFormat>> {
        Ok(self.survey()?.map(|survey| survey.format.into()))
    }

    /// How its characters are written; null before it was looked into, and for a workbook.
    async fn encoding(&self) -> Result<Option<TextEncoding>> {
        Ok(self.survey()?.and_then(|survey| survey.encoding).map(Into::into))
    }

    /// What stands between its values; null before it was looked into, and where nothing does.
    async fn delimiter(&self) -> Result<Option<CsvDelimiter>> {
        Ok(self.survey()?.and_then(|survey| survey.delimiter).map(Into::into))
    }

    /// The columns of the file and what each fills; empty before it was looked into.
    async fn columns(&self) -> Result<Vec<ImportColumn>> {
        let columns = self.survey()?.map(|survey| survey.columns).unwrap_or_default();
        Ok(columns.into_iter().map(Into::into).collect())
    }

    /// Its first rows as they were understood, at most 20; empty before they were read.
    async fn sample(&self, ctx: &Context<'_>) -> Result<Vec<ImportSampleRow>> {
        let rows = imports::sample(app(ctx)?, actor(ctx)?, self.row.id).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Where to send the file, by `PUT` with the file as the body (`curl -T FILE URL`): a signed link of yours, good for a
    /// quarter of an hour unless configured otherwise, a fresh one each time you ask. Null when the file has come.
    async fn upload_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        if self.status != ImportStatus::AwaitingFile {
            return Ok(None);
        }
        Ok(Some(auth::signed_link(app(ctx)?, actor(ctx)?, &format!("/import/{}", self.id.as_str()))))
    }

    /// Where to download what is wrong with the file, as a CSV: a signed link of yours. Null when nothing is.
    async fn faults_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        if self.row.fault_count == 0 {
            return Ok(None);
        }
        Ok(Some(auth::signed_link(app(ctx)?, actor(ctx)?, &format!("/import/{}/faults.csv", self.id.as_str()))))
    }

    /// What is wrong with the file, in its order.
    async fn faults(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<ImportFaultConnection> {
        let request = page_request(first, after, last, before);
        let page = imports::faults(app(ctx)?, actor(ctx)?, self.row.id, &request).await?;
        Ok(ImportFaultConnection::new(page, self.row.fault_count))
    }

    /// What it wrote and somebody has edited since, which its undoing would overwrite: look before `rollbackImport`.
    /// Only for an import that was carried out.
    async fn edited_since(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<ImportEditConnection> {
        let request = page_request(first, after, last, before);
        let edited = imports::edited_since(app(ctx)?, actor(ctx)?, self.row.id, &request).await?;
        Ok(ImportEditConnection::of(self.row.id, edited))
    }

    /// The account of rows that do not name one; null when every row does, and for sellers.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        let Some(id) = self.row.account_id else { return Ok(None) };
        let account = ctx.data::<DataLoader<Loader>>()?.load_one(AccountKey(id)).await?;
        Ok(account.map(Into::into))
    }

    /// Who brought it; null when they are no longer a member, or it was the operator of the service.
    async fn requested_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        let Some(id) = self.row.member_id else { return Ok(None) };
        let member = ctx.data::<DataLoader<Loader>>()?.load_one(MemberKey(id)).await?;
        Ok(member.map(Into::into))
    }
}

/// Which imports; what is absent is no condition.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "ImportFilter")]
pub struct ImportFilterInput {
    /// Of one of these statuses.
    statuses: Option<Vec<ImportStatus>>,
    /// Of this kind.
    kind: Option<ImportKind>,
    /// Only your own; an admin sees everybody's otherwise.
    mine: Option<bool>,
}

impl From<ImportFilterInput> for ImportFilter {
    fn from(input: ImportFilterInput) -> Self {
        Self {
            statuses: input.statuses.map(|statuses| statuses.into_iter().map(Into::into).collect()),
            kind: input.kind.map(Into::into),
            mine: input.mine.unwrap_or_default(),
        }
    }
}

connection!(ImportConnection, ImportEdge, Import, ImportFilter, "A page of imports, the newest first.");

#[ComplexObject]
impl ImportConnection {
    /// The imports of this page, without their cursors.
    async fn nodes(&self) -> Vec<&Import> {
        self.rows()
    }

    /// How many imports there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let count = async {
            let count = imports::count(app(ctx)?, actor(ctx)?, &self.source).await?;
            Ok(total(count))
        };
        Some(count.await)
    }
}
