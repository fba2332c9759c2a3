//! What can be done to imports: inputs, payloads and refusals of their mutations.

use async_graphql::{Context, ID, InputObject, SimpleObject};
use uuid::Uuid;

use super::{
    actor, app,
    change::{names_one, payload},
    connection::id,
    import::Import,
    import_reading::{ImportKind, ImportReading},
    scalar::BigInt,
    upload::{Upload, UploadedFile},
    user_error::user_error,
};
use crate::{
    error::Result,
    id::IdKind,
    imports::{self, NewImport},
};

/// What to import.
#[derive(Debug, InputObject)]
pub struct StartImportInput {
    /// What its rows are.
    kind: ImportKind,
    /// The account of records that do not name one in a column. Sellers have none.
    account_id: Option<ID>,
    /// What the file is called; its own name when it comes along and this is absent.
    file_name: Option<String>,
    /// The file, when it comes along. Otherwise send it to the `uploadUrl` of the import.
    file: Option<Upload>,
    /// What you state of the file; you can do so later too, once you have seen what was found in it.
    reading: Option<ImportReading>,
    /// A text of yours, at most 100 characters, new for each file: sent again with the same input, it gives the same import
    /// instead of another.
    idempotency_key: Option<String>,
}

impl StartImportInput {
    /// Starts it, and takes its file where one came along.
    pub(super) async fn start(self, ctx: &Context<'_>) -> Result<imports::Import> {
        let (app, actor) = (app(ctx)?, actor(ctx)?);
        let file = self.file.map(|file| file.file(ctx)).transpose()?;
        let new = NewImport {
            kind: self.kind.into(),
            account_id: id(IdKind::Account, self.account_id)?,
            file_name: self.file_name.or_else(|| file.as_ref()?.name.clone()).unwrap_or_default(),
            reading: self.reading.map(TryInto::try_into).transpose()?.unwrap_or_default(),
            idempotency_key: self.idempotency_key,
        };
        match file {
            None => imports::start(app, actor, new).await,
            Some(file @ UploadedFile { bytes, .. }) => {
                imports::start_with_file(app, actor, new, file.chunks(), Some(bytes)).await
            }
        }
    }
}

user_error!(
    /// Why an import was not started.
    StartImportError,
    /// Refusals of `startImport`.
    StartImportErrorCode {
        /// The mapping names a column that cannot be, or a field of the other kind.
        InvalidMapping = "INVALID_MAPPING" at Some(&["reading", "mapping"]),
        /// Sellers belong to no account; records need one, unless a column names it.
        InvalidAccount = "INVALID_ACCOUNT" at Some(&["accountId"]),
        /// A text is too long, empty or holds a NUL.
        InvalidText = "INVALID_TEXT" at None,
        /// The file is larger than this server takes.
        ImportTooLarge = "IMPORT_TOO_LARGE" at Some(&["file"]),
        /// The key came with another input before.
        IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED" at Some(&["idempotencyKey"]),
    }
);

payload!(
    StartImportPayload,
    StartImportError,
    "What `startImport` did.",
    import: Import,
    "The import, new or that of the idempotency key; null when it was refused."
);

/// How to read the file of an import.
#[derive(Debug, InputObject)]
pub struct UpdateImportReadingInput {
    /// The import's id.
    id: ID,
    /// All that you state of its file, in place of what was stated before.
    reading: ImportReading,
}

impl UpdateImportReadingInput {
    pub(super) async fn change(self, ctx: &Context<'_>) -> Result<imports::Import> {
        let (id, reading) = (IdKind::Import.read(&self.id)?, self.reading.try_into()?);
        imports::change_reading(app(ctx)?, actor(ctx)?, id, reading).await
    }
}

user_error!(
    /// Why an import is not read in another way.
    UpdateImportReadingError,
    /// Refusals of `updateImportReading`.
    UpdateImportReadingErrorCode {
        /// The mapping names a column that cannot be, or a field of the other kind.
        InvalidMapping = "INVALID_MAPPING" at Some(&["reading", "mapping"]),
        /// A text is too long or holds a NUL.
        InvalidText = "INVALID_TEXT" at Some(&["reading", "sheet"]),
        /// Something is being done to it; wait for that.
        ImportBusy = "IMPORT_BUSY" at Some(&["id"]),
        /// It was carried out or given up.
        ImportEnded = "IMPORT_ENDED" at Some(&["id"]),
    }
);

payload!(
    UpdateImportReadingPayload,
    UpdateImportReadingError,
    "What `updateImportReading` did.",
    import: Import,
    "The import, whose file is checked again; null when it was refused."
);

/// Which import to carry out.
#[derive(Debug, InputObject)]
pub struct CommitImportInput {
    /// The import's id.
    id: ID,
    /// What you want to say about it, at most 10,000 characters; shown with it.
    note: Option<String>,
}

impl CommitImportInput {
    pub(super) async fn commit(self, ctx: &Context<'_>) -> Result<imports::Import> {
        imports::commit(app(ctx)?, actor(ctx)?, IdKind::Import.read(&self.id)?, self.note).await
    }
}

user_error!(
    /// Why an import is not carried out.
    CommitImportError,
    /// Refusals of `commitImport`.
    CommitImportErrorCode {
        /// Its file has faults, or is not checked yet.
        ImportNotReady = "IMPORT_NOT_READY" at Some(&["id"]),
        /// Something is being done to it; wait for that.
        ImportBusy = "IMPORT_BUSY" at Some(&["id"]),
        /// It was carried out or given up already.
        ImportEnded = "IMPORT_ENDED" at Some(&["id"]),
        /// The note is too long or holds a NUL.
        InvalidText = "INVALID_TEXT" at Some(&["note"]),
    }
);

payload!(
    CommitImportPayload,
    CommitImportError,
    "What `commitImport` did.",
    import: Import,
    "The import, which is being carried out: follow it with `importProgress`. Null when it was refused."
);

/// Which import to undo.
#[derive(Debug, InputObject)]
pub struct RollbackImportInput {
    /// The import's id.
    id: ID,
    /// Whether what was edited since is undone too, and those edits with it.
    #[graphql(default_with = "Some(false)")]
    include_edited: Option<bool>,
}

impl RollbackImportInput {
    fn id(&self) -> Result<Uuid> {
        IdKind::Import.read(&self.id)
    }

    pub(super) async fn roll_back(self, ctx: &Context<'_>) -> Result<RollbackImportPayload> {
        let (app, actor, id) = (app(ctx)?, actor(ctx)?, self.id()?);
        match imports::rollback(app, actor, id, self.include_edited.unwrap_or_default()).await {
            Ok(import) => {
                Ok(RollbackImportPayload { import: Some(import.into()), edited: None, user_errors: Vec::new() })
            }
            Err(error) => {
                let refused = RollbackImportError::of(error)?;
                let edited = match refused.code {
                    RollbackImportErrorCode::EditedSince => Some(imports::count_edited(app, actor, id).await?),
                    _ => None,
                };
                let edited = edited.map(|count| BigInt(i64::try_from(count).unwrap_or(i64::MAX)));
                Ok(RollbackImportPayload { import: None, edited, user_errors: vec![refused] })
            }
        }
    }
}

user_error!(
    /// Why an import is not undone.
    RollbackImportError,
    /// Refusals of `rollbackImport`.
    RollbackImportErrorCode {
        /// Rows of it were edited since; say `includeEdited` to undo them all the same. The import's `editedSince` lists them.
        EditedSince = "EDITED_SINCE" at Some(&["includeEdited"]),
        /// It was carried out more than 24 hours ago.
        RollbackTooLate = "ROLLBACK_TOO_LATE" at Some(&["id"]),
        /// It was not carried out, or is undone already.
        ImportNotCommitted = "IMPORT_NOT_COMMITTED" at Some(&["id"]),
        /// It is being undone already.
        ImportBusy = "IMPORT_BUSY" at Some(&["id"]),
    }
);

/// What `rollbackImport` did.
#[derive(Debug, SimpleObject)]
pub struct RollbackImportPayload {
    /// The import, which is being undone: follow it with `importProgress`. Null when it was refused.
    import: Option<Import>,
    /// How many rows were edited since, when that is why it was refused.
    edited: Option<BigInt>,
    /// Why nothing was done; empty when it was.
    user_errors: Vec<RollbackImportError>,
}

names_one!(DiscardImportInput, Import, "Which import to give up.", "The import's id.");

user_error!(
    /// Why an import is not given up.
    DiscardImportError,
    /// Refusals of `discardImport`.
    DiscardImportErrorCode {
        /// It was carried out, undone or given up already.
        ImportEnded = "IMPORT_ENDED" at Some(&["id"]),
    }
);

payload!(
    DiscardImportPayload,
    DiscardImportError,
    "What `discardImport` did.",
    import: Import,
    "The import, given up, its file removed; null when it was refused."
);
