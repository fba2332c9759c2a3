//! The work of a run: its items, one after another, by several workers under one lease.
//!
//! Here: the course of a run from the claim to its end or rest. Not here: what an item brings (`item.rs`), who takes which
//! (`feed.rs`). What a reader would get wrong: nothing is kept in memory that counts. A run that is killed goes on with the
//! items that are still pending; only what was in hand is asked for again.

mod ending;
mod feed;
mod halt;
mod item;
mod listings;
mod outcome;
mod page;
mod tell;
mod worker;

use std::sync::Arc;

use entity::collection_run::{self, CollectionRunStatus};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

pub(super) use ending::finish;
pub use ending::{cancelled, gave_up, put_back};

use self::{
    ending::{Course, Ended},
    feed::Feed,
    halt::Halt,
    tell::Teller,
};
use super::{ACTIVE, CollectionRun, own};
use crate::{
    app::App,
    auth::{self, Actor, Permission, Scope},
    error::{Context, Error, Result},
    jobs::{JobError, Lease},
    sources::{Budget, Prices, SearchSettings, Spent},
};

/// One process at work on a run.
struct Session<'a> {
    app: &'a App,
    lease: &'a Lease,
    id: Uuid,
    member_id: Option<Uuid>,
    scope: Scope,
    search: SearchSettings,
    workers: i32,
    budget: Budget,
    left_out: Arc<own::LeftOut>,
    feed: Feed,
    halt: Halt,
    teller: Teller,
}

/// Works on a run until it ends, rests, or is told to stop.
///
/// # Errors
/// To be tried again when the cause may pass; given up when whoever started it may no longer do so.
pub async fn run(app: &App, lease: &Lease) -> Result<(), JobError> {
    let Some(run) = unfinished(app.db.read(), lease.org_id(), lease.job().subject()).await? else {
        return Ok(lease.finish_alone(&app.db).await?);
    };
    let session = Session::open(app, lease, &run).await?;
    if session.begin().await? == Course::Rests {
        return Ok(());
    }
    loop {
        tokio::select! {
            worked = session.work() => worked?,
            never = session.teller.tell(app) => match never {},
            never = session.halt.watch(app, lease, session.id) => match never {},
        }
        match session.end().await? {
            Ended::Over => return Ok(()),
            Ended::Stopped => return Err(JobError::stopped()),
            // Somebody put failures back while the last item was in hand.
            Ended::More => {}
        }
    }
}

impl<'a> Session<'a> {
    async fn open(app: &'a App, lease: &'a Lease, run: &CollectionRun) -> Result<Self, JobError> {
        let actor = starter(app, run).await?;
        let scope = actor.require(Permission::Automation)?;
        let unreadable = |error| Error::caused("reading a stored run", error);
        let search: SearchSettings = serde_json::from_str(&run.search).map_err(unreadable)?;
        let prices: Prices = serde_json::from_str(&run.prices).map_err(unreadable)?;
        let spent = Spent { calls: run.best_sellers_calls + run.listings_calls, cost_micros: run.cost_micros };
        Ok(Self {
            app,
            lease,
            id: run.id,
            member_id: run.member_id,
            search,
            workers: run.workers,
            budget: Budget::new(prices, run.max_calls, run.max_cost_micros, spent),
            left_out: Arc::new(own::LeftOut::read(app, &scope).await?),
            scope,
            feed: Feed::new(run.id),
            halt: Halt::default(),
            teller: Teller::new(run.id),
        })
    }

    /// All workers, until there is nothing left to do or one of them has a reason to stop.
    async fn work(&self) -> Result<()> {
        let workers = (1..=self.workers).map(|number| self.worker(number));
        futures::future::try_join_all(workers).await.map(drop)
    }
}

/// As whom a run works: who started it, or the operator.
async fn starter(app: &App, run: &CollectionRun) -> Result<Actor> {
    match run.member_id {
        Some(member_id) => auth::of_member(app, member_id).await,
        None => auth::operator_of(app, run.org_id).await,
    }
}

/// The run, unless it has ended or is gone.
async fn unfinished(db: &impl ConnectionTrait, org_id: Uuid, id: Uuid) -> Result<Option<CollectionRun>> {
    let found = collection_run::Entity::find_by_id(id)
        .filter(collection_run::Column::OrgId.eq(org_id))
        .filter(collection_run::Column::Status.is_in(ACTIVE))
        .one(db)
        .await;
    found.doing("finding a run that has not ended")
}

/// The run, in the hands of whoever holds its lease.
async fn running(db: &impl ConnectionTrait, org_id: Uuid, id: Uuid) -> Result<CollectionRun> {
    let found = unfinished(db, org_id, id).await?.filter(|run| run.status == CollectionRunStatus::Running);
    found.ok_or_else(|| Error::internal("whoever holds the lease of a run finds it running"))
}
