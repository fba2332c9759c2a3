//! Places among the changes of an organisation's sellers, and what is between two of them.
//!
//! Changes are read in the order of `updated_at`, which is that of the transactions that made them: the lock of the history
//! lets one at a time. What a reader would get wrong: several transactions may be of one moment. So what is of the last
//! moment that was read is looked at again, and told again if it is not as it was told.

use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use entity::seller;
use sea_orm::{
    ColumnTrait, Condition, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{CaseStatement, Expr},
};
use uuid::Uuid;

use super::{SellersChange, Told, Writes};
use crate::{
    app::App,
    auth::Scope,
    error::{Context, Result},
    sellers::{Seller, SellerFilter, living_and_deleted},
};

/// Most sellers in a message.
const MOST: u64 = 500;

/// How far the changes have been read.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// All that so many writes did has been read.
    revision: i64,
    /// The moment of the last change.
    at: DateTime<Utc>,
    /// What has been read of that moment: the sellers, and how they were.
    told: HashMap<Uuid, u64>,
    /// Where reading goes on, as long as there is more.
    rest: Option<Rest>,
    as_of: DateTime<Utc>,
}

/// The end of what has been read of so many writes.
#[derive(Clone, Copy, Debug)]
struct Rest {
    revision: i64,
    after: Uuid,
}

impl Place {
    /// Whether there is more to read, when there have been so many writes.
    pub(super) fn is_before(&self, revision: i64) -> bool {
        self.rest.is_some() || self.revision < revision
    }

    /// All changes until then have been read.
    pub(super) fn as_of(&self) -> DateTime<Utc> {
        self.as_of
    }

    /// Takes note of a seller that was read; answers whether it is to be told.
    fn pass(&mut self, row: &Seller) -> bool {
        if self.at != row.updated_at {
            self.told.clear();
            self.at = row.updated_at;
            self.as_of = row.updated_at;
        }
        let looks = looks(row);
        self.told.insert(row.id, looks) != Some(looks)
    }
}

/// What is watched.
pub(super) struct Watching {
    app: App,
    scope: Scope,
    filter: SellerFilter,
}

/// A seller, and whether it is one of the filter's.
#[derive(FromQueryResult)]
struct Touched {
    #[sea_orm(nested)]
    seller: Seller,
    is_in: i32,
}

impl Watching {
    pub(super) fn new(app: &App, scope: Scope, filter: SellerFilter) -> Self {
        Self { app: app.clone(), scope, filter }
    }

    /// The place behind all changes, from where nothing is told that was before.
    pub(super) async fn end(&self, writes: &Writes) -> Result<Place> {
        let mut place = Place {
            revision: writes.revision,
            at: writes.last_at.unwrap_or_default(),
            told: HashMap::new(),
            rest: None,
            as_of: writes.last_at.unwrap_or_else(|| self.app.clock.now()),
        };
        let mut after = None;
        loop {
            let rows = self.touched(place.at, after).await?;
            for row in &rows {
                place.pass(&row.seller);
            }
            match rows.last() {
                Some(last) if rows.len() as u64 == MOST => after = Some(last.seller.id),
                _ => return Ok(place),
            }
        }
    }

    /// Reads on from a place, in the knowledge of so many writes: as far as a message reaches.
    pub(super) async fn read(&self, place: &Place, revision: i64) -> Result<Told> {
        let mut next = place.clone();
        let (revision, mut after) = match next.rest.take() {
            Some(rest) => (rest.revision, Some(rest.after)),
            None => (revision, None),
        };
        let mut change = SellersChange::default();
        loop {
            let rows = self.touched(next.at, after).await?;
            let is_full = rows.len() as u64 == MOST;
            after = rows.last().map(|row| row.seller.id);
            for Touched { seller, is_in } in rows {
                if next.pass(&seller) {
                    change.take(seller, is_in == 1, place.at);
                }
            }
            if !is_full {
                next.revision = revision;
                break;
            }
            if !change.is_empty() {
                next.rest = after.map(|after| Rest { revision, after });
                break;
            }
        }
        change.as_of = next.as_of;
        Ok((next, Arc::new(change)))
    }

    /// Sellers that were changed at a moment, those of it after one of them, and later, in that order.
    async fn touched(&self, at: DateTime<Utc>, after: Option<Uuid>) -> Result<Vec<Touched>> {
        use seller::Column as C;
        let is_living = Condition::all().add(C::DeletedAt.is_null()).add(self.filter.condition(self.scope.org_id()));
        let later = |id: Uuid| Condition::any().add(C::UpdatedAt.gt(at)).add(C::Id.gt(id));
        let rows: Select<seller::Entity> = living_and_deleted(&self.scope)
            .expr_as(CaseStatement::new().case(is_living, Expr::value(1)).finally(Expr::value(0)), "is_in")
            .filter(C::UpdatedAt.gte(at))
            .filter(Condition::all().add_option(after.map(later)))
            .order_by_asc(C::UpdatedAt)
            .order_by_asc(C::Id)
            .limit(MOST);
        rows.into_model::<Touched>().all(self.app.db.read()).await.doing("reading sellers for those who watch")
    }
}

impl SellersChange {
    /// Takes in a seller that is not as it was when changes until `since` had been told.
    fn take(&mut self, seller: Seller, is_in: bool, since: DateTime<Utc>) {
        let is_new = seller.created_at > since || seller.created_at == seller.updated_at;
        match (is_in, is_new) {
            (false, _) => self.removed.push(seller.id),
            (true, true) => self.added.push(seller),
            (true, false) => self.changed.push(seller),
        }
    }
}

/// What of a seller can change from one write to the next, in few bytes.
fn looks(row: &Seller) -> u64 {
    let mut looks = DefaultHasher::new();
    (&row.display_name, &row.platform_id, row.feedback_count, row.times_seen).hash(&mut looks);
    (row.feedback_percent.map(f64::to_bits), row.flagged, row.deleted_at, row.last_seen_run_id).hash(&mut looks);
    looks.finish()
}
