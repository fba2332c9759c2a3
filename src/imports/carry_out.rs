//! Carrying an import out: all of it in one transaction, or nothing.
//!
//! Not here: the statements (`records`, `sellers`). What a reader would get wrong: the lease is held at the end, not at the
//! beginning: its row would be locked for as long as everything takes, and whoever extends it would wait. Nothing is written
//! if it is lost by then. Imports of an organisation are carried out one after another.

use chrono::{DateTime, Utc};
use entity::{
    import::{ImportPhase, ImportStatus as S},
    organisation,
};
use sea_orm::{ActiveValue::Set, EntityTrait, QuerySelect, sea_query::LockType};
use serde_json::json;

use super::{
    Import, ROLLBACK_FOR,
    change::require_guarded,
    check::Counts,
    kind, records, sellers, stage,
    statement::RACED,
    store::{change, existing, forgive},
    survey,
    task::Task,
};
use crate::{
    audit::{self, Action, Entry},
    auth::Scope,
    db::{Transaction, stored},
    error::{Context, Error, Result},
    id::{Id, IdKind},
    sheet::{SheetKind, Survey},
};

/// Carries an import out.
///
/// # Errors
/// To be tried again when the cause may pass; `IMPORT_RACED` when somebody stored the same rows meanwhile, twice.
pub async fn carry_out(task: &Task<'_>) -> Result<Import> {
    require_guarded(&task.actor, &task.import)?;
    task.alter(|row| row.phase = Set(Some(ImportPhase::Writing))).await?;
    let committed = match commit(task).await {
        Err(Error::Conflict { code: RACED, .. }) => commit(task).await,
        committed => committed,
    };
    let (import, counts) = committed?;
    let import = task.told(import);
    let table = match kind(&import)? {
        SheetKind::Records => "record",
        SheetKind::Sellers => {
            crate::sellers::tell(task.app, task.org_id());
            "seller"
        }
    };
    task.app.db.refresh_if_grown(table, 0..counts.added).await;
    stage::clear_all(task.app, &import).await;
    Ok(import)
}

async fn commit(task: &Task<'_>) -> Result<(Import, Counts)> {
    let (now, id) = (task.app.clock.now(), task.import.id);
    let (scope, right) = (task.scope.clone(), task.right.clone());
    let committed = task.app.db.write_much(move |tx| {
        Box::pin(async move {
            lock_organisation(tx, &scope).await?;
            let import = existing(tx, scope.org_id(), id).await?;
            let survey = survey(&import)?.ok_or_else(|| Error::internal("a file was read before it is imported"))?;
            let counts = write(tx, &scope, &import, &survey, now).await?;
            // The row of the queue is locked before ours, as everywhere.
            right.done(tx).await?;
            if import.status != S::Committing {
                return Err(Error::internal("what is carried out was to be"));
            }
            note(tx, &scope, &import, counts, now).await?;
            let import = change(tx, existing(tx, scope.org_id(), id).await?, now, |row| {
                (row.status, row.phase, row.committed_at) = (Set(S::Committed), Set(None), Set(Some(now)));
                (row.added, row.changed) = (Set(Some(stored(counts.added))), Set(Some(stored(counts.changed))));
                row.unchanged = Set(Some(stored(counts.unchanged)));
                row.expires_at = Set(Some(now + ROLLBACK_FOR));
                forgive(row);
            });
            Ok((import.await?, counts))
        })
    });
    committed.await
}

/// Whoever imports next waits: two that lock the same rows in different orders would wait for each other.
pub(super) async fn lock_organisation(tx: &Transaction, scope: &Scope) -> Result<()> {
    let locked = organisation::Entity::find_by_id(scope.org_id()).lock(LockType::NoKeyUpdate).one(tx).await;
    locked.doing("waiting for the turn to import").map(drop)
}

async fn write(
    tx: &Transaction,
    scope: &Scope,
    import: &Import,
    survey: &Survey,
    now: DateTime<Utc>,
) -> Result<Counts> {
    let counts = match survey.kind {
        SheetKind::Records => {
            records::check_reach(tx, scope, import).await?;
            records::commit(tx, scope, import, survey, now).await?
        }
        SheetKind::Sellers => sellers::commit(tx, scope, import, survey, now).await?,
    };
    let rows = stored(counts.added + counts.changed + counts.unchanged);
    if import.rows_total != Some(rows) {
        let message = "the rows that were read are not all there any more; check the file again";
        return Err(Error::conflict("IMPORT_INCOMPLETE", message));
    }
    Ok(counts)
}

async fn note(tx: &Transaction, scope: &Scope, import: &Import, counts: Counts, now: DateTime<Utc>) -> Result<()> {
    let entry = Entry::of(Action::ImportCommitted)
        .on(Id(IdKind::Import, import.id))
        .named(import.file_name.clone())
        .times(usize::try_from(counts.added + counts.changed).unwrap_or(usize::MAX))
        .to(json!({ "added": counts.added, "changed": counts.changed, "unchanged": counts.unchanged }));
    audit::write(tx, scope, now, entry).await
}
