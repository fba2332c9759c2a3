//! One change of a run: its row and what there is to tell of it, written together and numbered without gaps.
//!
//! What a reader would get wrong: whoever makes an entry has locked the run's job, or made sure that there is none; nobody
//! else changes the row meanwhile.

use chrono::{DateTime, Utc};
use entity::{
    collection_event::{self, CollectionEventKind},
    collection_run,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use uuid::Uuid;

use super::CollectionRun;
use crate::{
    db::Transaction,
    error::{Context, Result},
    progress::{self, Topic},
};

/// Events a statement writes.
const BATCH: usize = 500;

/// A change that is being made.
#[derive(Debug)]
pub(super) struct Entry {
    /// The run, as it will be.
    pub run: CollectionRun,
    now: DateTime<Utc>,
    events: Vec<collection_event::ActiveModel>,
}

/// What there is to tell.
#[derive(Clone, Debug, Default)]
pub(super) struct Telling {
    /// Which worker did it.
    pub worker: Option<i32>,
    /// The category.
    pub category_id: Option<String>,
    /// The title of the product.
    pub product: Option<String>,
    /// The seller.
    pub seller_id: Option<Uuid>,
    /// In words.
    pub message: Option<String>,
    /// How long it took.
    pub duration_ms: Option<i64>,
    /// Which try.
    pub attempt: Option<i32>,
    /// What went wrong.
    pub error_code: Option<String>,
}

impl Telling {
    /// Words, and nothing else.
    pub fn words(message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..Self::default() }
    }
}

impl Entry {
    /// A change of a run as it is now.
    pub fn of(run: CollectionRun, now: DateTime<Utc>) -> Self {
        Self { run, now, events: Vec::new() }
    }

    /// When the change is made.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Tells something.
    pub fn tell(&mut self, kind: CollectionEventKind, telling: Telling) {
        self.run.last_seq += 1;
        self.events.push(collection_event::ActiveModel {
            id: Set(Uuid::now_v7()),
            org_id: Set(self.run.org_id),
            run_id: Set(self.run.id),
            seq: Set(self.run.last_seq),
            at: Set(self.now),
            kind: Set(kind),
            worker: Set(telling.worker),
            category_id: Set(telling.category_id),
            product: Set(telling.product),
            seller_id: Set(telling.seller_id),
            message: Set(telling.message),
            duration_ms: Set(telling.duration_ms),
            attempt: Set(telling.attempt),
            error_code: Set(telling.error_code),
        });
    }

    /// Writes the row and the events.
    pub async fn write(self, tx: &Transaction) -> Result<CollectionRun> {
        for events in self.events.chunks(BATCH) {
            let written = collection_event::Entity::insert_many(events.to_vec()).exec_without_returning(tx).await;
            written.doing("telling what happened in a run")?;
        }
        let mut run = self.run;
        run.revision += 1;
        run.updated_at = self.now;
        let mut row = run.clone().into_active_model().reset_all();
        // What never changes is not written again and again.
        (row.category_ids, row.search, row.prices, row.name) = (NotSet, NotSet, NotSet, NotSet);
        // Its schedule may be deleted meanwhile.
        (row.schedule_id, row.notify) = (NotSet, NotSet);
        // Without the row coming back: it is the largest there is.
        collection_run::Entity::update_many()
            .set(row)
            .filter(collection_run::Column::OrgId.eq(run.org_id))
            .filter(collection_run::Column::Id.eq(run.id))
            .exec(tx)
            .await
            .doing("changing a run")?;
        Ok(run)
    }

    /// As [`write`](Self::write), and tells the other processes once it is committed.
    pub async fn announce(self, tx: &Transaction) -> Result<CollectionRun> {
        progress::announce(tx, Topic::Run, self.run.id).await?;
        self.write(tx).await
    }
}
