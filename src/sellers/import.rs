//! Reads sellers from a CSV file, all or none.
//!
//! Not here: how a CSV is taken apart and its faults are told (`csv_file`). What a reader would get wrong: a file with
//! platform ids says who is who, and a row without one is the seller of that name who has none; a file without them
//! names sellers only, and its names find anyone.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use chrono::{DateTime, Utc};
use entity::seller;
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use super::{
    Platform, Seller,
    order::{start_of, start_of_name},
    sheet::Field,
    visible,
    write::{BATCH, NewSeller, Row, name_hash, write},
};
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    csv_file::{self, Checked, Fault, ImportError, Layout, OnStep, Step, Summary},
    error::{Context, Error, Result},
    id::DescendingIds,
    text,
};

/// Imports a file of sellers: adds those that are new, changes the others.
///
/// # Errors
/// [`ImportError`] with every fault of the file; `FORBIDDEN` without `seller_collection.write`; `SELLER_EXISTS`.
pub async fn import(app: &App, actor: &Actor, path: &Path, on_step: OnStep) -> Result<Summary, ImportError> {
    let scope = actor.require(Permission::WriteSellers)?;
    let file = csv_file::check::<NewSeller>(path, Arc::clone(&on_step)).await?;
    let now = app.clock.now();
    let import = Import {
        scope,
        layout: Arc::clone(&file.layout),
        ids: DescendingIds::new(now),
        now,
        summary: Summary::default(),
    };
    Ok(app.db.write(move |tx| Box::pin(import.run(tx, file, on_step))).await?)
}

/// An import that writes.
struct Import {
    scope: Scope,
    layout: Arc<Layout<NewSeller>>,
    ids: DescendingIds,
    now: DateTime<Utc>,
    summary: Summary,
}

/// The sellers that are there already, of whom rows may speak.
#[derive(Default)]
struct Stored {
    by_platform_id: HashMap<String, Seller>,
    by_name: HashMap<String, Vec<Seller>>,
}

impl Import {
    async fn run(mut self, tx: &DatabaseTransaction, file: Checked<NewSeller>, on_step: OnStep) -> Result<Summary> {
        let mut batches = file.batches(BATCH);
        let (mut done, mut waiting) = (0, Vec::with_capacity(BATCH));
        while let Some(batch) = batches.recv().await {
            let batch = batch?;
            done += batch.len() as u64;
            let mut stored = self.stored(tx, &batch).await?;
            for (line, given) in batch {
                let stored = self.meant(line, &given, &mut stored)?;
                waiting.extend(self.row(given, stored)?);
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

    /// Whom the rows may mean; on PostgreSQL nobody else changes them until the end.
    async fn stored(&self, tx: &DatabaseTransaction, batch: &[(u64, NewSeller)]) -> Result<Stored> {
        let ids: Vec<&str> = batch.iter().filter_map(|(_, given)| given.platform_id.as_deref()).collect();
        let names: HashSet<String> = batch
            .iter()
            .filter(|(_, given)| given.platform_id.is_none())
            .map(|(_, given)| text::normalize(&given.display_name))
            .collect();
        let mut stored = Stored::default();
        if !ids.is_empty() {
            for seller in self.find(tx, Condition::all().add(seller::Column::PlatformId.is_in(ids))).await? {
                stored.by_platform_id.extend(seller.platform_id.clone().map(|id| (id, seller)));
            }
        }
        if !names.is_empty() {
            for seller in self.find(tx, self.of_names(&names)).await? {
                stored.by_name.entry(seller.normalized_name.clone()).or_default().push(seller);
            }
        }
        Ok(stored)
    }

    async fn find(&self, tx: &DatabaseTransaction, condition: Condition) -> Result<Vec<Seller>> {
        visible(&self.scope)
            .filter(seller::Column::Platform.eq(Platform::Ebay))
            .filter(condition)
            .lock_exclusive()
            .all(tx)
            .await
            .doing("looking for sellers that are there already")
    }

    /// The sellers of these names: those without a platform id, or all where the file knows no such ids.
    fn of_names(&self, names: &HashSet<String>) -> Condition {
        if self.layout.has(Field::PlatformId) {
            let hashes = names.iter().map(|name| name_hash(name));
            return Condition::all()
                .add(seller::Column::NameHash.is_in(hashes))
                .add(seller::Column::PlatformId.is_null());
        }
        let starts: HashSet<String> = names.iter().map(|name| start_of(name)).collect();
        Condition::all().add(Expr::expr(start_of_name()).is_in(starts))
    }

    /// The one seller a row means, if there is one.
    fn meant(&self, line: u64, given: &NewSeller, stored: &mut Stored) -> Result<Option<Seller>> {
        if let Some(id) = &given.platform_id {
            return Ok(stored.by_platform_id.remove(id));
        }
        let mut named = stored.by_name.remove(&text::normalize(&given.display_name)).unwrap_or_default();
        if let Some(at) = named.iter().position(|seller| seller.platform_id.is_none()) {
            return Ok(Some(named.swap_remove(at)));
        }
        match named.len() {
            0 | 1 => Ok(named.pop()),
            several => {
                let reason = format!("{several} sellers have this name; say which by the column platform_id");
                let fault = Fault { line, column: Some("display_name".into()), reason };
                Err(Error::bad_input("IMPORT_FAULT", format!("{fault}; nothing was imported")))
            }
        }
    }

    /// What is to be written for a row of the file; nothing where it says nothing new.
    fn row(&mut self, given: NewSeller, stored: Option<Seller>) -> Result<Option<Row>> {
        let Some(stored) = stored else {
            self.summary.added += 1;
            let id = self.ids.next().ok_or_else(|| Error::internal("a file has fewer rows than there are ids"))?;
            return Ok(Some(Row { id, seller: given, created_at: self.now, updated_at: self.now }));
        };
        let (id, created_at) = (stored.id, stored.created_at);
        let before = NewSeller::of(stored);
        let mut seller = before.clone();
        seller.take(given, self.layout.fields());
        if seller == before {
            self.summary.unchanged += 1;
            return Ok(None);
        }
        self.summary.changed += 1;
        Ok(Some(Row { id, seller, created_at, updated_at: self.now }))
    }
}
