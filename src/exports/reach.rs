//! Whose records may be in a file, so that it can be refused to who no longer sees all of them.
//!
//! Not here: which columns (`columns.rs`). What a reader would get wrong: a file is not cut to fit; one account lost since
//! it was made, and the whole file is refused.

use uuid::Uuid;

use super::{ExportFilter, ExportJob};
use crate::{
    accounts,
    app::App,
    auth::Scope,
    error::{Error, Result},
};

/// The accounts that a file made now may hold records of, as it is stored; none when nothing is out of reach.
pub(super) async fn of(app: &App, scope: &Scope, filter: &ExportFilter) -> Result<Option<String>> {
    let ExportFilter::Records(filter) = filter else { return Ok(None) };
    if scope.confined_to().is_none() {
        return Ok(None);
    }
    let mut ids = accounts::reached(app.db.read(), scope).await?;
    if let Some(wanted) = &filter.account_ids {
        ids.retain(|id| wanted.contains(id));
    }
    Ok(Some(ids.iter().map(|id| id.simple().to_string()).collect::<Vec<_>>().join(",")))
}

/// Whether one sees every account that a job's file may hold records of.
pub(super) async fn check(app: &App, scope: &Scope, filter: &ExportFilter, job: &ExportJob) -> Result<()> {
    if matches!(filter, ExportFilter::Sellers(_)) || scope.confined_to().is_none() {
        return Ok(());
    }
    let reached = accounts::reached(app.db.read(), scope).await?;
    let is_reached = |id: &str| id.parse::<Uuid>().is_ok_and(|id| reached.contains(&id));
    match &job.reach {
        Some(ids) if ids.split(',').filter(|id| !id.is_empty()).all(is_reached) => Ok(()),
        _ => Err(Error::Conflict {
            code: "EXPORT_ACCESS_CHANGED",
            message: "you no longer see all accounts whose records are in this file; start the export again".to_owned(),
        }),
    }
}
