//! Undoing an import: all of it in one transaction, or nothing.
//!
//! Not here: the statements (`records`, `sellers`). What a reader would get wrong: whether something was edited since is asked
//! again here, when nobody can edit any more.

use entity::import::{ImportPhase, ImportStatus as S};
use sea_orm::{ActiveValue::Set, FromQueryResult};

use super::{
    Import,
    carry_out::lock_organisation,
    edited::refuse_edited,
    kind, records, sellers,
    statement::{done_by, rows},
    store::{change, existing, forgive},
    task::Task,
};
use crate::{
    audit::{self, Action, Entry},
    db::Transaction,
    error::{Error, Result},
    id::{Id, IdKind},
    sheet::SheetKind,
};

/// Most names that a refusal has.
const NAMED: usize = 20;

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

/// Refuses to give back what others have by now: the names that `select` finds, as `name`. `what` is said of them.
pub(super) async fn refuse_taken(
    tx: &Transaction,
    import: &Import,
    select: &str,
    code: &'static str,
    what: &str,
) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Taken {
        name: String,
    }
    let sql = format!("{select} ORDER BY 1 LIMIT {}", NAMED + 1);
    let taken: Vec<Taken> = rows(tx, &sql, done_by(import)).await?;
    if taken.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = taken.iter().take(NAMED).map(|taken| format!("`{}`", taken.name.escape_debug())).collect();
    let more = if taken.len() > NAMED { " and others" } else { "" };
    Err(Error::conflict(code, format!("{what}: {}{more}", names.join(", "))))
}
