//! Reads records of one account from a CSV file, all or none.
//!
//! Not here: how a CSV is taken apart and its faults are told (`csv_file`). What a reader would get wrong: a record that
//! is there already keeps what the file has no column for, and a row that says nothing new changes nothing, so the
//! version and the time of the last change stay true.

use std::{collections::HashMap, path::Path, sync::Arc};

use chrono::{DateTime, Utc};
use entity::{record, record_remark};
use futures::TryStreamExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{
    NewRecord,
    sheet::Field,
    visible,
    write::{BATCH, Row, write},
};
use crate::{
    accounts,
    app::App,
    auth::{Actor, Permission, Scope},
    csv_file::{self, Checked, Fault, ImportError, Known, Layout, OnStep, Sheet, Step, Summary},
    db::Transaction,
    error::{Context, Error, Result},
    id::DescendingIds,
};

/// Imports a file into the account with this code: adds the records whose order ids are new there, changes the others.
///
/// # Errors
/// [`ImportError`] with every fault of the file; `FORBIDDEN` without `order_tracking.import`, and without the permission
/// to write a remark the file has; `ACCOUNT_UNKNOWN`; `RECORD_EXISTS`.
pub async fn import(
    app: &App,
    actor: &Actor,
    account_code: &str,
    path: &Path,
    on_step: OnStep,
) -> Result<Summary, ImportError> {
    let scope = actor.require(Permission::ImportRecords)?;
    let account = match accounts::get_by_code(app, actor, account_code).await {
        Err(Error::NotFound { .. }) => {
            let message = format!("there is no account `{}`", account_code.escape_debug());
            return Err(Error::bad_input("ACCOUNT_UNKNOWN", message).into());
        }
        account => account?,
    };
    let file = csv_file::check::<NewRecord>(path, Arc::clone(&on_step)).await?;
    let remarks =
        [(Field::OrderRemark, Permission::WriteOrderRemark), (Field::ServiceRemark, Permission::WriteServiceRemark)];
    for (field, permission) in remarks {
        if file.layout.has(field) {
            actor.require(permission)?;
        }
    }
    let now = app.clock.now();
    let import = Import {
        scope,
        account_id: account.id,
        layout: Arc::clone(&file.layout),
        ids: DescendingIds::new(now),
        now,
        summary: Summary::default(),
    };
    let summary = app.db.write(move |tx| Box::pin(import.run(tx, file, on_step))).await?;
    if summary.added >= MANY {
        app.db.refresh_statistics().await?;
    }
    Ok(summary)
}

/// New rows that make the database's picture of its tables wrong.
const MANY: u64 = 1_000;

/// An import that writes.
struct Import {
    scope: Scope,
    account_id: Uuid,
    layout: Arc<Layout<NewRecord>>,
    ids: DescendingIds,
    now: DateTime<Utc>,
    summary: Summary,
}

impl Import {
    async fn run(mut self, tx: &Transaction, file: Checked<NewRecord>, on_step: OnStep) -> Result<Summary> {
        let known = self.known(tx).await?;
        let mut batches = file.batches(BATCH);
        let (mut done, mut waiting) = (0, Vec::with_capacity(BATCH));
        while let Some(batch) = batches.recv().await {
            let batch = batch?;
            done += batch.len() as u64;
            let mut stored = self.stored(tx, &known, &batch).await?;
            for (line, given) in batch {
                let stored = stored.remove(&given.ebay_order_id);
                waiting.extend(self.row(line, given, stored)?);
                if waiting.len() == BATCH {
                    write(tx, self.scope.org_id(), std::mem::replace(&mut waiting, Vec::with_capacity(BATCH))).await?;
                }
            }
            on_step(Step::Writing(done, file.rows));
        }
        write(tx, self.scope.org_id(), waiting).await?;
        file.was_read(done)?;
        Ok(self.summary)
    }

    /// The ids of the account's records, by order id.
    async fn known(&self, tx: &Transaction) -> Result<Known> {
        let mut rows = visible(&self.scope)
            .select_only()
            .columns([record::Column::Id, record::Column::EbayOrderId])
            .filter(record::Column::AccountId.eq(self.account_id))
            .into_tuple::<(Uuid, String)>()
            .stream(tx)
            .await
            .doing("looking for records that are there already")?;
        let mut known = Known::default();
        while let Some((id, order)) = rows.try_next().await.doing("looking for records that are there already")? {
            known.insert(&order, id);
        }
        Ok(known)
    }

    /// Those of the batch that are there already, by order id; on PostgreSQL nobody else changes them until the end.
    async fn stored(
        &self,
        tx: &Transaction,
        known: &Known,
        batch: &[(u64, NewRecord)],
    ) -> Result<HashMap<String, (record::Model, Option<record_remark::Model>)>> {
        let ids: Vec<Uuid> = batch.iter().filter_map(|(_, given)| known.get(&given.ebay_order_id)).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let records = visible(&self.scope)
            .filter(record::Column::Id.is_in(ids))
            .lock_exclusive()
            .all(tx)
            .await
            .doing("reading records that are there already")?;
        let mut remarks = HashMap::new();
        if self.layout.has(Field::OrderRemark) || self.layout.has(Field::ServiceRemark) {
            let found = record_remark::Entity::find()
                .filter(record_remark::Column::OrgId.eq(self.scope.org_id()))
                .filter(record_remark::Column::RecordId.is_in(records.iter().map(|record| record.id)))
                .all(tx)
                .await
                .doing("reading remarks that are there already")?;
            remarks.extend(found.into_iter().map(|remark| (remark.record_id, remark)));
        }
        let with_remark = |record: record::Model| {
            let remark = remarks.remove(&record.id);
            (record.ebay_order_id.clone(), (record, remark))
        };
        Ok(records.into_iter().map(with_remark).collect())
    }

    /// What is to be written for a row of the file; nothing where it says nothing new.
    fn row(
        &mut self,
        line: u64,
        given: NewRecord,
        stored: Option<(record::Model, Option<record_remark::Model>)>,
    ) -> Result<Option<Row>> {
        let Some((stored, remark)) = stored else {
            self.summary.added += 1;
            let id = self.ids.next().ok_or_else(|| Error::internal("a file has fewer rows than there are ids"))?;
            return Ok(Some(Row::added(id, self.account_id, self.now, given)));
        };
        let (id, version, created_at) = (stored.id, stored.version, stored.created_at);
        let before = NewRecord::of(stored, remark);
        let mut record = before.clone();
        record.take(given, self.layout.fields());
        if let Err(reason) = record.finish() {
            let fault = Fault { line, column: None, reason };
            return Err(Error::bad_input(
                "IMPORT_FAULT",
                format!("{fault}, together with what is stored already; nothing was imported"),
            ));
        }
        if record == before {
            self.summary.unchanged += 1;
            return Ok(None);
        }
        self.summary.changed += 1;
        let has_remarks =
            (&record.order_remark, &record.service_remark) != (&before.order_remark, &before.service_remark);
        let (account_id, updated_at) = (self.account_id, self.now);
        Ok(Some(Row { id, account_id, record, has_remarks, version: version + 1, created_at, updated_at }))
    }
}
