//! The file of an import comes: streamed to where files are kept, whole or not at all.
//!
//! Not here: what is in it (`check.rs`). What a reader would get wrong: each try has a key of its own. Of two uploads at once the
//! one that began last counts; the other finds so at its end, and its bytes go.

use std::{
    io,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use entity::import::ImportStatus;
use futures::{Stream, StreamExt};
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

use super::{
    Import, KEPT_FOR,
    expiry::FOLDER,
    list::get,
    sight::Sight,
    store::{ask, change, forgive, told},
};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::Actor,
    db::stored,
    error::{Error, Result},
    id::{Id, IdKind},
    jobs::{self, Job},
};

/// Whether somebody may bring files at all.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing.
pub fn admit(actor: &Actor) -> Result<()> {
    Sight::of(actor).map(drop)
}

/// Takes the file of an import, and has it checked.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing; `NOT_FOUND`; `IMPORT_HAS_FILE` when its file has come already; `IMPORT_TOO_LARGE`;
/// `IMPORT_INCOMPLETE` when fewer bytes came than were declared; what `chunks` or the files fail with. Nothing is left then,
/// and the file can be sent again.
pub async fn receive(
    app: &App,
    actor: &Actor,
    id: Uuid,
    chunks: impl Stream<Item = io::Result<Bytes>> + Send,
    declared_len: Option<u64>,
) -> Result<Import> {
    let most = app.config.import_max_bytes;
    let sight = Sight::of(actor)?;
    awaiting(get(app, actor, id).await?)?;
    if declared_len.is_some_and(|len| len > most) {
        return Err(too_large(most));
    }
    let key = begin(app, &sight, id).await?;
    let (came, counted) = (Arc::new(AtomicU64::new(0)), pin!(chunks));
    let count = Arc::clone(&came);
    let bounded = counted.map(move |chunk| {
        let chunk = chunk?;
        let len = chunk.len() as u64;
        match count.fetch_add(len, Ordering::Relaxed) + len > most {
            true => Err(io::Error::other(too_large(most))),
            false => Ok(chunk),
        }
    });
    let checked = bounded.chain(futures::stream::iter(declared_len).filter_map(move |len| {
        let came = came.load(Ordering::Relaxed);
        std::future::ready((came != len).then(|| Err(io::Error::other(incomplete(came, len)))))
    }));
    let bytes = app.files.write(&key, checked, |_| {}).await?;
    match settle(app, &sight, id, key.clone(), bytes).await {
        Ok(import) => Ok(told(app, import)),
        Err(error) => {
            // What was committed although its answer was lost is named by the import; only what certainly is not goes.
            if matches!(error, Error::Conflict { .. } | Error::NotFound { .. })
                && let Err(error) = app.files.delete(&key).await
            {
                error.log();
            }
            Err(error)
        }
    }
}

/// Where the file is to lie, noted before it comes: the sweep takes what no import names.
async fn begin(app: &App, sight: &Sight, id: Uuid) -> Result<String> {
    let (sight, now) = (sight.clone(), app.clock.now());
    let key = format!("{FOLDER}/{}/{}-{}", sight.org_id().simple(), id.simple(), Uuid::now_v7().simple());
    let receiving = key.clone();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let import = awaiting(sight.locked(tx, id).await?)?;
                let kept = now + KEPT_FOR;
                change(tx, import, now, |row| {
                    (row.receiving_key, row.expires_at) = (Set(Some(receiving)), Set(Some(kept)));
                })
                .await
            })
        })
        .await?;
    Ok(key)
}

/// The file is whole: it becomes the import's.
async fn settle(app: &App, sight: &Sight, id: Uuid, key: String, bytes: u64) -> Result<Import> {
    let (sight, now) = (sight.clone(), app.clock.now());
    let bytes = stored(bytes);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let import = awaiting(sight.locked(tx, id).await?)?;
                if import.receiving_key.as_ref() != Some(&key) {
                    return Err(Error::conflict(
                        "IMPORT_HAS_FILE",
                        "another upload of this file began later; that one counts",
                    ));
                }
                jobs::enqueue(tx, now, import.org_id, Job::Import(id)).await?;
                let entry =
                    Entry::of(Action::ImportReceived).on(Id(IdKind::Import, id)).named(import.file_name.clone());
                audit::write(tx, sight.scope(), now, entry.to(json!({ "bytes": bytes }))).await?;
                change(tx, import, now, |row| {
                    row.status = Set(ImportStatus::Pending);
                    ask(row, sight.scope());
                    (row.file_key, row.receiving_key) = (Set(Some(key)), Set(None));
                    (row.bytes, row.received_at) = (Set(Some(bytes)), Set(Some(now)));
                    forgive(row);
                })
                .await
            })
        })
        .await
}

fn awaiting(import: Import) -> Result<Import> {
    match import.status {
        ImportStatus::AwaitingFile => Ok(import),
        ImportStatus::Cancelled | ImportStatus::Expired => {
            Err(Error::conflict("IMPORT_ENDED", "the import was given up; start another"))
        }
        _ => Err(Error::conflict("IMPORT_HAS_FILE", "the import has its file already; start another for another file")),
    }
}

fn too_large(most: u64) -> Error {
    Error::too_large("IMPORT_TOO_LARGE", format!("the file has more than {most} bytes, which is the most there may be"))
}

fn incomplete(came: u64, declared: u64) -> Error {
    let message = format!("{came} bytes came where {declared} were declared; send the file again");
    Error::bad_input("IMPORT_INCOMPLETE", message)
}
