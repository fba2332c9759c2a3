//! What becomes of files: removed when their time is over, and whatever no job names.
//!
//! These are chores: they look at every organisation, and may run on several processes at once. What a reader would get
//! wrong: a folder or prefix belongs to one database; the sweep removes every file named as ours are that this database
//! does not know.

use std::collections::{HashMap, HashSet};

use entity::export_job::{self, ExportJobStatus};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};
use uuid::Uuid;

use super::change::change;
use crate::{
    app::App,
    error::{Context, Result},
    files::Leftover,
    jobs::{self, Job},
    progress::Topic,
};

/// Jobs that expire in one transaction, and leftovers judged at once.
const AT_ONCE: u64 = 100;

/// Removes the files whose time is over; their jobs become `EXPIRED`. Answers how many.
///
/// # Errors
/// The database's own failure; a file that cannot be removed is left to [`sweep`].
pub async fn expire(app: &App) -> Result<u64> {
    let mut expired = 0;
    loop {
        let keys = expire_some(app).await?;
        for (id, key) in &keys {
            app.progress.changed(Topic::Export, *id);
            if let Err(error) = app.files.delete(key).await {
                error.log();
            }
        }
        expired += keys.len() as u64;
        if (keys.len() as u64) < AT_ONCE {
            return Ok(expired);
        }
    }
}

async fn expire_some(app: &App) -> Result<Vec<(Uuid, String)>> {
    use export_job::Column as C;
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let over = export_job::Entity::find()
                    .filter(C::Status.eq(ExportJobStatus::Completed))
                    .filter(C::ExpiresAt.lte(now))
                    .order_by_asc(C::ExpiresAt)
                    .limit(AT_ONCE)
                    .lock(LockType::NoKeyUpdate)
                    .all(tx)
                    .await
                    .doing("finding files whose time is over")?;
                let mut keys = Vec::with_capacity(over.len());
                for job in over {
                    keys.extend(job.file_key.clone().map(|key| (job.id, key)));
                    let expired = change(tx, job, now, |row| {
                        (row.status, row.file_key) = (Set(ExportJobStatus::Expired), Set(None));
                    });
                    expired.await?;
                }
                Ok(keys)
            })
        })
        .await
}

/// Removes those of these files that are named as ours are and are no job's: what killed tries, lost leases and failed
/// removals left. Answers how many.
///
/// # Errors
/// When the files or the database do not answer.
pub async fn sweep(app: &App, leftovers: &[Leftover]) -> Result<u64> {
    // Whatever else people keep in the folder stays.
    let ours: Vec<&Leftover> = leftovers.iter().filter(|leftover| read_key(&leftover.key).is_some()).collect();
    let mut removed = 0;
    for some in ours.chunks(usize::try_from(AT_ONCE).unwrap_or(1)) {
        let wanted = wanted(app, some).await?;
        for leftover in some.iter().filter(|leftover| !wanted.contains(&leftover.key)) {
            app.files.remove(leftover).await?;
            tracing::info!(key = leftover.key, "removed a file that no export names");
            removed += 1;
        }
    }
    Ok(removed)
}

/// The keys that a finished job names, or that a running one writes to.
async fn wanted(app: &App, leftovers: &[&Leftover]) -> Result<HashSet<String>> {
    let tries: HashMap<&str, (Uuid, &str)> =
        leftovers.iter().filter_map(|leftover| Some((leftover.key.as_str(), read_key(&leftover.key)?))).collect();
    let ids: HashSet<Uuid> = tries.values().map(|(id, _)| *id).collect();
    // What runs is asked before what is finished: a try that ends in between is found the second time.
    let jobs: Vec<Job> = ids.iter().copied().map(Job::Export).collect();
    let running = jobs::marks(app.db.read(), &jobs).await?;
    let named: HashSet<String> = export_job::Entity::find()
        .filter(export_job::Column::Id.is_in(ids))
        .all(app.db.read())
        .await
        .doing("finding the jobs of files")?
        .into_iter()
        .filter_map(|job| job.file_key)
        .collect();
    let is_written = |key: &str| {
        let running = |(id, _): &(Uuid, &str)| running.get(&Job::Export(*id)).map(String::as_str);
        tries.get(key).is_some_and(|written| running(written) == Some(written.1))
    };
    let keys = leftovers.iter().map(|leftover| leftover.key.clone());
    Ok(keys.filter(|key| named.contains(key) || is_written(key)).collect())
}

/// The job and the mark of the try in a key; see `Try::prepare`. None when we do not name files so.
fn read_key(key: &str) -> Option<(Uuid, &str)> {
    let (org_id, name) = key.split_once('/')?;
    Uuid::try_parse(org_id).ok()?;
    let (stem, _) = name.split_once('.')?;
    let (id, mark) = stem.split_once('-')?;
    Some((id.parse().ok()?, mark))
}
