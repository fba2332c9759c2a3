//! Which item is next. All pages come before the first product.
//!
//! What a reader would get wrong: no row says who works on an item. What is in hand is known here, in the process that
//! holds the lease, and forgotten with it; to whoever comes after, those items are pending still.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use entity::collection_item::{self, ItemKind, ItemState};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    app::App,
    collection::CollectionItem,
    error::{Context, Result},
};

/// Items read at a time.
const BATCH: u64 = 100;

/// The items of a run, as they are handed out.
#[derive(Debug)]
pub struct Feed {
    run_id: Uuid,
    state: Mutex<State>,
    changed: Notify,
    /// One reads at a time.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    ahead: VecDeque<CollectionItem>,
    in_hand: HashSet<Uuid>,
    pages_in_hand: usize,
}

/// What there is after a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filled {
    /// Something to take.
    More,
    /// Nothing, until what is in hand has ended.
    Later,
    /// Nothing, and nothing is in hand that could bring more.
    Never,
}

impl Feed {
    /// Of a run of which nothing is in hand.
    pub fn new(run_id: Uuid) -> Self {
        Self { run_id, state: Mutex::default(), changed: Notify::new(), reading: tokio::sync::Mutex::default() }
    }

    /// The next item, into the hands of the caller; none when all is done. Waits while it depends on what others have in
    /// hand.
    pub async fn next(&self, app: &App) -> Result<Option<CollectionItem>> {
        loop {
            let changed = self.changed.notified();
            if let Some(item) = self.take() {
                return Ok(Some(item));
            }
            match self.fill(app).await? {
                Filled::More => {}
                Filled::Later => changed.await,
                Filled::Never => {
                    // The others, who wait here too, are to see it.
                    self.changed.notify_waiters();
                    return Ok(None);
                }
            }
        }
    }

    /// The next item if one is at hand, without waiting.
    pub fn take(&self) -> Option<CollectionItem> {
        let mut state = self.lock();
        let is_page = state.ahead.front()?.kind == ItemKind::Page;
        // A page may bring another one, which comes before any product.
        if !is_page && state.pages_in_hand > 0 {
            return None;
        }
        let item = state.ahead.pop_front()?;
        state.in_hand.insert(item.id);
        state.pages_in_hand += usize::from(is_page);
        Some(item)
    }

    /// An item is out of hand: done, or pending again.
    pub fn put_down(&self, item: &CollectionItem) {
        let mut state = self.lock();
        state.in_hand.remove(&item.id);
        if item.kind == ItemKind::Page {
            state.pages_in_hand = state.pages_in_hand.saturating_sub(1);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Reads what is pending and in nobody's hand.
    async fn fill(&self, app: &App) -> Result<Filled> {
        let _reading = self.reading.lock().await;
        // As it is before anything is read: what is in hand now may bring more after it was looked for.
        let (may_be_product, is_anything_in_hand) = {
            let state = self.lock();
            if let Some(item) = state.ahead.front() {
                let is_free = item.kind == ItemKind::Page || state.pages_in_hand == 0;
                return Ok(if is_free { Filled::More } else { Filled::Later });
            }
            (state.pages_in_hand == 0, !state.in_hand.is_empty())
        };
        let mut found = self.pending(app, ItemKind::Page).await?;
        if found.is_empty() && may_be_product {
            found = self.pending(app, ItemKind::Product).await?;
        }
        let mut state = self.lock();
        found.retain(|item| !state.in_hand.contains(&item.id));
        state.ahead.extend(found);
        Ok(match (state.ahead.is_empty(), is_anything_in_hand) {
            (false, _) => Filled::More,
            (true, true) => Filled::Later,
            (true, false) => Filled::Never,
        })
    }

    async fn pending(&self, app: &App, kind: ItemKind) -> Result<Vec<CollectionItem>> {
        use collection_item::Column as C;
        let in_hand: Vec<Uuid> = self.lock().in_hand.iter().copied().collect();
        collection_item::Entity::find()
            .filter(C::RunId.eq(self.run_id))
            .filter(C::Kind.eq(kind))
            .filter(C::State.eq(ItemState::Pending))
            .filter(C::Id.is_not_in(in_hand))
            .order_by_asc(C::Position)
            .order_by_asc(C::Id)
            .limit(BATCH)
            .all(app.db.read())
            .await
            .doing("reading what is next in a run")
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
