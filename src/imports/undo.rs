//! Undoing an import: all of it in one transaction, or nothing.
//!
//! Not here: the statements (`records`, `sellers`). What a reader would get wrong: whether something was edited since is asked
//! again here, when nobody can edit any more.

use entity::import::{ImportPhase, ImportStatus as S};
use sea_orm::ActiveValue::Set;

use super::{
    Import,
    carry_out::lock_organisation,
    edited::refuse_edited,
    kind, records, sellers,
    store::{change, existing, forgive},
    task::Task,
};
use crate::{
    audit::{self, Action, Entry},
    error::{Error, Result},
    id::{Id, IdKind},
    sheet::SheetKind,
};

/// Undoes an import.
///
/// # Errors
/// To be tried again when the cause may pass; `EDITED_SINCE`, `RECORD_EXISTS`, `SELLER_EXISTS`.
pub async fn undo(task: &Task<'_>) -> Result<Import> {
    task.alter(|row| row.phase = Set(Some(ImportPhase::Writing))).await?;
    let (now, id) = (task.app.clock.now(), task.import.id);
    let (scope, right) = (task.scope.clone(), task.right.clone());
    let undone = task.app.db.write_much(move |tx| {
        Box::pin(async move {
            lock_organisation(tx, &scope).await?;
            let import = existing(tx, scope.org_id(), id).await?;
            let kind = kind(&import)?;
            if kind == SheetKind::Records {
                records::check_reach_of_undoing(tx, &scope, &import).await?;
            }
            if !import.with_edited {
                refuse_edited(tx, &import).await?;
            }
            let count = match kind {
                SheetKind::Records => records::undo(tx, &scope, &import, now).await?,
                SheetKind::Sellers => sellers::undo(tx, &scope, &import, now).await?,
            };
            right.done(tx).await?;
            if import.status != S::RollingBack {
                return Err(Error::internal("what is undone was to be"));
            }
            let entry = Entry::of(Action::ImportRolledBack)
                .on(Id(IdKind::Import, id))
                .named(import.file_name.clone())
                .times(usize::try_from(count).unwrap_or(usize::MAX));
            audit::write(tx, &scope, now, entry).await?;
            change(tx, existing(tx, scope.org_id(), id).await?, now, |row| {
                (row.status, row.phase, row.rolled_back_at) = (Set(S::RolledBack), Set(None), Set(Some(now)));
                row.expires_at = Set(Some(now));
                forgive(row);
            })
            .await
        })
    });
    let import = task.told(undone.await?);
    if kind(&import)? == SheetKind::Sellers {
        crate::sellers::tell(task.app, task.org_id());
    }
    Ok(import)
}
