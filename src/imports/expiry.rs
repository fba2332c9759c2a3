//! What becomes of what is kept for imports: files, rows and faults are removed when their time is over, and files that no
//! import names.
//!
//! These are chores: they look at every organisation, and may run on several processes at once. What a reader would get wrong:
//! what was carried out stays so; only that it can be undone ends, because nothing of it is kept any more but the history.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::import::{self, ImportStatus as S};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{
    Import, faults, stage,
    store::{change, existing},
};
use crate::{
    app::App,
    db::Transaction,
    error::{Context, Result},
    files::Leftover,
    jobs::{self, Job},
    progress::Topic,
};

/// Imports looked at in one go, and leftovers judged at once.
const AT_ONCE: u64 = 100;
/// What the keys of imports' files begin with.
pub(super) const FOLDER: &str = "imports";

/// Removes what is kept for imports whose time is over; those never carried out become `EXPIRED`. Answers how many.
///
/// # Errors
/// The database's own failure; a file that cannot be removed is left to [`sweep`].
pub async fn expire(app: &App) -> Result<u64> {
    let now = app.clock.now();
    let over = import::Entity::find()
        .filter(import::Column::ExpiresAt.lte(now))
        .order_by_asc(import::Column::ExpiresAt)
        .limit(AT_ONCE)
        .all(app.db.read())
        .await
        .doing("finding imports whose time is over")?;
    let mut expired = 0;
    for import in over {
        let (org_id, id) = (import.org_id, import.id);
        let keys = app.db.write(move |tx| Box::pin(async move { expire_one(tx, org_id, id, now).await })).await?;
        for key in keys {
            if let Err(error) = app.files.delete(&key).await {
                error.log();
            }
        }
        app.progress.changed(Topic::Import, id);
        expired += 1;
    }
    clear_rows(app).await?;
    Ok(expired)
}

/// Answers the files that are nobody's then.
async fn expire_one(tx: &Transaction, org_id: Uuid, id: Uuid, now: DateTime<Utc>) -> Result<Vec<String>> {
    // The row of the queue is locked before ours, as everywhere. What is worked on comes the next time.
    if !jobs::withdraw(tx, now, org_id, Job::Import(id)).await? {
        return Ok(Vec::new());
    }
    let import = existing(tx, org_id, id).await?;
    if import.expires_at.is_none_or(|at| at > now) {
        return Ok(Vec::new());
    }
    let status = match import.status {
        S::Committed | S::RolledBack | S::Cancelled | S::Expired => import.status,
        // Whoever was undoing it here is gone.
        S::RollingBack => S::Committed,
        _ => S::Expired,
    };
    faults::clear(tx, id).await?;
    let keys = [import.file_key.clone(), import.receiving_key.clone()].into_iter().flatten().collect();
    change(tx, import, now, |row| {
        (row.status, row.phase, row.expires_at) = (Set(status), Set(None), Set(None));
        (row.file_key, row.receiving_key, row.sample) = (Set(None), Set(None), Set(None));
    })
    .await?;
    Ok(keys)
}

/// Removes the rows of imports that nothing will be done with any more.
async fn clear_rows(app: &App) -> Result<()> {
    let done = [S::Invalid, S::Committed, S::RollingBack, S::RolledBack, S::Cancelled, S::Expired];
    let staged: Vec<Import> = import::Entity::find()
        .filter(import::Column::IsStaged.eq(true))
        .filter(import::Column::Status.is_in(done))
        .limit(AT_ONCE)
        .all(app.db.read())
        .await
        .doing("finding imports whose rows are of no use")?;
    for import in staged {
        stage::clear_all(app, &import).await;
    }
    Ok(())
}

/// Removes those of these files that are named as ours are and are no import's: what broken uploads and failed removals left.
/// Answers how many.
///
/// # Errors
/// When the files or the database do not answer.
pub async fn sweep(app: &App, leftovers: &[Leftover]) -> Result<u64> {
    let ours: Vec<&Leftover> = leftovers.iter().filter(|leftover| read_key(&leftover.key).is_some()).collect();
    let mut removed = 0;
    for some in ours.chunks(usize::try_from(AT_ONCE).unwrap_or(1)) {
        let ids: HashSet<Uuid> = some.iter().filter_map(|leftover| read_key(&leftover.key)).collect();
        let named: HashSet<String> = import::Entity::find()
            .filter(import::Column::Id.is_in(ids))
            .all(app.db.read())
            .await
            .doing("finding the imports of files")?
            .into_iter()
            .flat_map(|import| [import.file_key, import.receiving_key])
            .flatten()
            .collect();
        for leftover in some.iter().filter(|leftover| !named.contains(&leftover.key)) {
            app.files.remove(leftover).await?;
            tracing::info!(key = leftover.key, "removed a file that no import names");
            removed += 1;
        }
    }
    Ok(removed)
}

/// The import in a key; see `receive.rs`. None when we do not name files so.
fn read_key(key: &str) -> Option<Uuid> {
    let (folder, rest) = key.split_once('/')?;
    let (org_id, name) = rest.split_once('/')?;
    let (id, upload) = name.split_once('-')?;
    Uuid::try_parse(org_id).ok()?;
    Uuid::try_parse(upload).ok()?;
    (folder == FOLDER).then(|| id.parse().ok())?
}
