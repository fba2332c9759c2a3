//! Watching the sellers of a filter, for a grid that fills while a run goes on.
//!
//! Here: who is told when. What they are told is read in `place.rs`, once for all who watch the same (`progress::Link`). What
//! a reader would get wrong: nothing is queued for a slow client. It stands at a place among the changes of its organisation,
//! and what is after that is read when it takes more; so it misses nothing, and finds each seller as it is by then.

mod place;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::seller_history;
use futures::{FutureExt, Stream, StreamExt, future::BoxFuture, stream, stream::BoxStream};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use self::place::{Place, Watching};
use super::{Seller, SellerFilter};
use crate::{
    app::App,
    auth::{Actor, Permission},
    error::{Context, Error, Result},
    progress::{self, EVERY, Link, Topic, Watched},
};

/// What happened to the sellers of a filter since the last message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SellersChange {
    /// All changes until then have been told.
    pub as_of: DateTime<Utc>,
    /// New sellers of the filter.
    pub added: Vec<Seller>,
    /// Sellers of the filter that are not as they were, or were not among them.
    pub changed: Vec<Seller>,
    /// Sellers that were changed and are not, or no longer, among those of the filter.
    pub removed: Vec<Uuid>,
}

impl SellersChange {
    fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// Watches the sellers of a filter: a message without sellers at once, which says from when on changes are told, then the
/// changes, at most four messages a second with at most 500 sellers each. Does not end.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.read`; a filter that cannot be answered, or that is of a moment.
pub async fn watch(
    app: &App,
    actor: &Actor,
    filter: SellerFilter,
) -> Result<impl Stream<Item = Result<Arc<SellersChange>>> + Send + use<>> {
    let scope = actor.require(Permission::ReadSellers)?;
    filter.check()?;
    if filter.as_of.is_some() || filter.added_since.is_some() {
        return Err(Error::bad_input("INVALID_FILTER", "sellers are watched as they are now, not as of a moment"));
    }
    let filter_text = serde_json::to_string(&filter).map_err(|error| Error::caused("writing a filter", error))?;
    let key = format!("sellers {} {filter_text}", scope.org_id());
    // Followed first: what is written while the place is looked for comes after it.
    let mut writes = progress::follow::<Writes>(app, scope.org_id())?.boxed();
    let latest = writes.next().await.ok_or_else(gone)?;
    let watching = Watching::new(app, scope, filter);
    let link = app.progress.join(key, first(&watching, &latest)).await?;
    let start = SellersChange { as_of: link.value.0.as_of(), ..SellersChange::default() };
    let watcher = Watcher { watching, writes, revision: latest.revision, link, may_read_at: Instant::now() };
    let changes = stream::unfold(Some(watcher), |watcher| async {
        let mut watcher = watcher?;
        match watcher.next().await {
            Ok(change) => Some((Ok(change), Some(watcher))),
            Err(error) => Some((Err(error), None)),
        }
    });
    Ok(stream::iter([Ok(Arc::new(start))]).chain(changes))
}

/// A place among the changes, and what is told on the way there.
type Told = (Place, Arc<SellersChange>);

/// The place behind everything that has been written; nothing is told on the way there.
async fn first(watching: &Watching, latest: &Writes) -> Result<Told> {
    Ok((watching.end(latest).await?, Arc::default()))
}

/// One who watches.
struct Watcher {
    watching: Watching,
    writes: BoxStream<'static, Arc<Writes>>,
    /// How many writes are known of.
    revision: i64,
    link: Arc<Link<Told>>,
    may_read_at: Instant,
}

impl Watcher {
    /// The next message that says anything.
    async fn next(&mut self) -> Result<Arc<SellersChange>> {
        loop {
            while !self.link.value.0.is_before(self.revision) {
                self.revision = self.writes.next().await.ok_or_else(gone)?.revision;
            }
            sleep_until(self.may_read_at).await;
            let (watching, revision, place) = (&self.watching, self.revision, &self.link.value.0);
            let link = self.link.next(|| async { watching.read(place, revision).await }).await?;
            self.may_read_at = Instant::now() + EVERY;
            self.link = link;
            if !self.link.value.1.is_empty() {
                return Ok(Arc::clone(&self.link.value.1));
            }
        }
    }
}

/// What an organisation that is watched cannot be.
fn gone() -> Error {
    Error::internal("the sellers of an organisation are there as long as somebody may watch them")
}

/// How often an organisation's sellers have been written: as a thing that is watched.
#[derive(Clone, Debug, PartialEq)]
struct Writes {
    org_id: Uuid,
    revision: i64,
    last_at: Option<DateTime<Utc>>,
}

impl Watched for Writes {
    const TOPIC: Topic = Topic::Sellers;

    fn id(&self) -> Uuid {
        self.org_id
    }

    fn revision(&self) -> i64 {
        self.revision
    }

    fn is_final(&self) -> bool {
        false
    }

    /// Those that have never been written are there too.
    fn read<'a>(app: &'a App, ids: &'a [Uuid]) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let rows = seller_history::Entity::find().filter(seller_history::Column::OrgId.is_in(ids.iter().copied()));
            let rows = rows.all(app.db.read()).await.doing("reading how often sellers were written")?;
            let of = |org_id: Uuid| rows.iter().find(|row| row.org_id == org_id);
            let writes = |org_id: &Uuid| Self {
                org_id: *org_id,
                revision: of(*org_id).map_or(0, |row| row.revision),
                last_at: of(*org_id).and_then(|row| row.last_at),
            };
            Ok(ids.iter().map(writes).collect())
        }
        .boxed()
    }

    /// Nobody watches the sellers of all organisations.
    fn lately(_: &App) -> BoxFuture<'_, Result<Vec<Self>>> {
        async { Ok(Vec::new()) }.boxed()
    }
}
