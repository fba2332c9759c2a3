//! Reads sellers from a CSV file, all or none.
//!
//! Not here: how a CSV is taken apart and its faults are told (`csv_file`). What a reader would get wrong: a file with
//! platform ids says who is who, and a row without one is the seller of that name who has none; a file without them
//! names sellers only, and its names find anyone.

use std::{collections::HashMap, path::Path, sync::Arc};

use chrono::{DateTime, Utc};
use entity::{
    seller,
    seller_event::{ChangeSource, SellerEventKind},
};
use futures::TryStreamExt;
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{
    Platform, Seller,
    history::{self, Happening, History},
    sheet::{Field, identity},
    tell, visible,
    write::{BATCH, NewSeller, Row, write},
};
use crate::{
    app::App,
    auth::{Actor, Permission, Scope},
    csv_file::{self, Checked, Fault, ImportError, Key, Known, Layout, OnStep, Step, Summary},
    db::Transaction,
    error::{Context, Error, Result},
    id::DescendingIds,
};

/// Imports a file of sellers: adds those that are new, changes the others.
///
/// # Errors
/// [`ImportError`] with every fault of the file; `FORBIDDEN` without `seller_collection.write`; `SELLER_EXISTS`.
pub async fn import(app: &App, actor: &Actor, path: &Path, on_step: OnStep) -> Result<Summary, ImportError> {
    let scope = actor.require(Permission::WriteSellers)?;
    let org_id = scope.org_id();
    let file = csv_file::check::<NewSeller>(path, Arc::clone(&on_step)).await?;
    let now = app.clock.now();
    let import = Import {
        scope,
        layout: Arc::clone(&file.layout),
        ids: DescendingIds::new(now),
        now,
        summary: Summary::default(),
        added: Vec::new(),
        changed: Vec::new(),
    };
    let summary = app.db.write(move |tx| Box::pin(import.run(tx, file, on_step))).await?;
    tell(app, org_id);
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
    layout: Arc<Layout<NewSeller>>,
    ids: DescendingIds,
    now: DateTime<Utc>,
    summary: Summary,
    added: Vec<Uuid>,
    changed: Vec<Uuid>,
}

/// The ids of the sellers that are there already.
#[derive(Default)]
struct Ids {
    /// By what a row is known by.
    exact: Known,
    /// Of those with a platform id, by name; none where several have it. Only for a file without platform ids.
    namesakes: HashMap<Key, Option<Uuid>>,
}

impl Import {
    async fn run(mut self, tx: &Transaction, file: Checked<NewSeller>, on_step: OnStep) -> Result<Summary> {
        let mut history = history::open(tx, self.scope.org_id(), self.now).await?;
        self.now = history.at();
        let ids = self.ids(tx).await?;
        let mut batches = file.batches(BATCH);
        let (mut done, mut waiting) = (0, Vec::with_capacity(BATCH));
        while let Some(batch) = batches.recv().await {
            let batch = batch?;
            done += batch.len() as u64;
            let meant: Vec<Option<Uuid>> =
                batch.iter().map(|(line, given)| meant(&ids, *line, given)).collect::<Result<_>>()?;
            let mut stored = self.stored(tx, meant.iter().flatten()).await?;
            for ((_, given), id) in batch.into_iter().zip(meant) {
                waiting.extend(self.row(given, id.and_then(|id| stored.remove(&id)))?);
                if waiting.len() == BATCH {
                    let full = std::mem::replace(&mut waiting, Vec::with_capacity(BATCH));
                    self.store(tx, &history, full).await?;
                }
            }
            on_step(Step::Writing(done, file.rows));
        }
        self.store(tx, &history, waiting).await?;
        file.was_read(done)?;
        self.note(&mut history).await?;
        Ok(self.summary)
    }

    async fn store(&self, tx: &Transaction, history: &History<'_>, rows: Vec<Row>) -> Result<()> {
        history.keep_these(&rows.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
        write(tx, self.scope.org_id(), rows).await
    }

    /// Writes into the history who was added and who was changed.
    async fn note(&self, history: &mut History<'_>) -> Result<()> {
        for (kind, ids) in [(SellerEventKind::Added, &self.added), (SellerEventKind::Updated, &self.changed)] {
            let happening = Happening {
                kind,
                source: ChangeSource::Import,
                run_id: None,
                member_id: self.scope.author().member_id,
                import_id: None,
            };
            history.write_these(happening, ids).await?;
        }
        Ok(())
    }

    /// The ids of all sellers there are.
    async fn ids(&self, tx: &Transaction) -> Result<Ids> {
        let mut rows = visible(&self.scope)
            .select_only()
            .columns([seller::Column::Id, seller::Column::PlatformId, seller::Column::DisplayName])
            .filter(seller::Column::Platform.eq(Platform::Ebay))
            .into_tuple::<(Uuid, Option<String>, String)>()
            .stream(tx)
            .await
            .doing("looking for sellers that are there already")?;
        let mut ids = Ids::default();
        let by_name_only = !self.layout.has(Field::PlatformId);
        while let Some((id, platform_id, display_name)) =
            rows.try_next().await.doing("looking for sellers that are there already")?
        {
            let name = identity(None, &display_name);
            if by_name_only && platform_id.is_some() {
                let others = ids.namesakes.entry(Key::of(&name));
                others.and_modify(|other| *other = None).or_insert(Some(id));
            }
            ids.exact.insert(&platform_id.map_or(name, |platform_id| identity(Some(&platform_id), "")), id);
        }
        Ok(ids)
    }

    /// These sellers, by id; on PostgreSQL nobody else changes them until the end.
    async fn stored(&self, tx: &Transaction, ids: impl Iterator<Item = &Uuid> + Send) -> Result<HashMap<Uuid, Seller>> {
        let ids: Vec<Uuid> = ids.copied().collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let found = visible(&self.scope)
            .filter(seller::Column::Id.is_in(ids))
            .lock_exclusive()
            .all(tx)
            .await
            .doing("reading sellers that are there already")?;
        Ok(found.into_iter().map(|seller| (seller.id, seller)).collect())
    }

    /// What is to be written for a row of the file; nothing where it says nothing new.
    fn row(&mut self, given: NewSeller, stored: Option<Seller>) -> Result<Option<Row>> {
        let Some(stored) = stored else {
            self.summary.added += 1;
            let id = self.ids.next().ok_or_else(|| Error::internal("a file has fewer rows than there are ids"))?;
            self.added.push(id);
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
        self.changed.push(id);
        Ok(Some(Row { id, seller, created_at, updated_at: self.now }))
    }
}

/// The one seller a row means, if there is one.
fn meant(ids: &Ids, line: u64, given: &NewSeller) -> Result<Option<Uuid>> {
    let identity = identity(given.platform_id.as_deref(), &given.display_name);
    if let Some(id) = ids.exact.get(&identity) {
        return Ok(Some(id));
    }
    match ids.namesakes.get(&Key::of(&identity)) {
        Some(None) => {
            let reason = "several sellers have this name; say which by the column platform_id".to_owned();
            let fault = Fault { line, column: Some("display_name".into()), reason };
            Err(Error::bad_input("IMPORT_FAULT", format!("{fault}; nothing was imported")))
        }
        namesake => Ok(namesake.copied().flatten()),
    }
}
