//! Sellers as a run sees them: one row each, counted once a run, under all the names they go by.
//!
//! Not here: which listings they were seen by (`collection`). What a reader would get wrong: whether a seller was seen in
//! this run before is asked of `run_seller`, never of `last_seen_run_id`: two runs may see it in turns.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::{
    run_seller, seller,
    seller_event::{ChangeSource, SellerEventKind},
    seller_name,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::OnConflict,
};
use uuid::Uuid;

use super::{
    Platform, Seller,
    history::{self, Happening, History},
    write::name_hash,
};
use crate::{
    auth::Scope,
    db::Transaction,
    error::{Context, Result},
    sources::ListedSeller,
    text,
};

/// A run that sees sellers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seeing<'a> {
    /// The organisation.
    pub scope: &'a Scope,
    /// The run.
    pub run_id: Uuid,
    /// Who started it.
    pub member_id: Option<Uuid>,
    /// Now.
    pub now: DateTime<Utc>,
    /// Title of the product whose listings they are.
    pub product: &'a str,
}

/// A seller that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Saw {
    /// Its id.
    pub id: Uuid,
    /// Whether it was not known before.
    pub is_new: bool,
    /// Whether this run had not seen it yet.
    pub is_first: bool,
}

/// Notes that a run saw these sellers. Answers who each of them is, in their order.
pub(crate) async fn see(tx: &Transaction, seeing: Seeing<'_>, listed: &[&ListedSeller]) -> Result<Vec<Saw>> {
    if listed.is_empty() {
        return Ok(Vec::new());
    }
    let mut history = history::open(tx, seeing.scope.org_id(), seeing.now).await?;
    let seeing = Seeing { now: history.at(), ..seeing };
    let mut known = Known::find(tx, seeing.scope, listed).await?;
    let whose: Vec<usize> = listed.iter().map(|listed| known.place(listed, &seeing)).collect();
    known.insert_new(tx).await?;
    let first = known.first_in_run(tx, &seeing, &whose).await?;
    known.update_first(tx, &history, &seeing, &first).await?;
    known.write_names(tx, &seeing, listed, &whose).await?;
    let happening = Happening {
        kind: SellerEventKind::Added,
        source: ChangeSource::CollectionRun,
        run_id: Some(seeing.run_id),
        member_id: seeing.member_id,
        import_id: None,
    };
    let added = known.sellers.iter().filter(|known| known.is_new).map(|known| (known.row.id, None, None)).collect();
    history.write(happening, added).await?;
    let saw = |place: &usize| {
        let known = known.sellers.get(*place)?;
        Some(Saw { id: known.row.id, is_new: known.is_new, is_first: first.contains(&known.row.id) })
    };
    Ok(whose.iter().filter_map(saw).collect())
}

/// A seller of the answer, stored or about to be.
struct KnownSeller {
    row: Seller,
    is_new: bool,
}

/// The sellers of an answer.
struct Known {
    sellers: Vec<KnownSeller>,
    by_platform_id: HashMap<String, usize>,
    /// By name: those whose platform id is not known come before those who have one, and the first counts.
    by_name: HashMap<Vec<u8>, usize>,
}

impl Known {
    /// Those that are stored, by platform id or by name; locked.
    async fn find(tx: &Transaction, scope: &Scope, listed: &[&ListedSeller]) -> Result<Self> {
        use seller::Column as C;
        let ids: Vec<String> = listed.iter().filter_map(|listed| listed.platform_id.clone()).collect();
        let names: Vec<Vec<u8>> = listed.iter().map(|listed| hash_of(&listed.name)).collect();
        // Two statements, each with an index of its own: for one that asks for either, SQLite reads the whole table.
        let mut rows = Vec::new();
        for condition in [C::PlatformId.is_in(ids), C::NameHash.is_in(names)] {
            let of_ebay = super::visible(scope).filter(C::Platform.eq(Platform::Ebay));
            let found = of_ebay.filter(condition).lock_exclusive().all(tx).await;
            rows.extend(found.doing("looking for sellers that are known")?);
        }
        rows.sort_by_key(|row| (row.platform_id.is_some(), row.id));
        rows.dedup_by_key(|row| row.id);
        let mut known = Self { sellers: Vec::new(), by_platform_id: HashMap::new(), by_name: HashMap::new() };
        for row in rows {
            known.add(row, false);
        }
        Ok(known)
    }

    fn add(&mut self, row: Seller, is_new: bool) -> usize {
        let place = self.sellers.len();
        if let Some(id) = &row.platform_id {
            self.by_platform_id.insert(id.clone(), place);
        }
        self.by_name.entry(row.name_hash.clone()).or_insert(place);
        self.sellers.push(KnownSeller { row, is_new });
        place
    }

    /// Who this is: by its platform id; else by its name, as long as that one's platform id is not another.
    fn place(&mut self, listed: &ListedSeller, seeing: &Seeing<'_>) -> usize {
        let by_id = listed.platform_id.as_ref().and_then(|id| self.by_platform_id.get(id)).copied();
        let namesake = || {
            let place = *self.by_name.get(&hash_of(&listed.name))?;
            let is_another = listed.platform_id.is_some() && self.sellers.get(place)?.row.platform_id.is_some();
            (!is_another).then_some(place)
        };
        let Some(place) = by_id.or_else(namesake) else { return self.add(new_row(listed, seeing), true) };
        if let (Some(known), Some(id)) = (self.sellers.get_mut(place), &listed.platform_id)
            && known.row.platform_id.is_none()
        {
            // Known by its name until now.
            known.row.platform_id = Some(id.clone());
            self.by_platform_id.insert(id.clone(), place);
        }
        if let Some(known) = self.sellers.get_mut(place) {
            known.row.feedback_percent = listed.feedback_percent.or(known.row.feedback_percent);
            known.row.feedback_count = listed.feedback_count.or(known.row.feedback_count);
        }
        place
    }

    async fn insert_new(&self, tx: &Transaction) -> Result<()> {
        let new: Vec<_> = self.sellers.iter().filter(|known| known.is_new).map(|known| known.row.clone()).collect();
        if new.is_empty() {
            return Ok(());
        }
        let rows = new.into_iter().map(|row| row.into_active_model().reset_all());
        let written = seller::Entity::insert_many(rows).exec_without_returning(tx).await;
        written.doing("adding sellers that a run saw").map(drop)
    }

    /// Those that this run had not seen before, of those it sees now. Who was found by a name may be somebody else.
    async fn first_in_run(&self, tx: &Transaction, seeing: &Seeing<'_>, whose: &[usize]) -> Result<HashSet<Uuid>> {
        use run_seller::Column as C;
        let seen: HashSet<usize> = whose.iter().copied().collect();
        let seen = self.sellers.iter().enumerate().filter(|(place, _)| seen.contains(place));
        let rows = seen.map(|(_, known)| run_seller::ActiveModel {
            run_id: Set(seeing.run_id),
            seller_id: Set(known.row.id),
            org_id: Set(seeing.scope.org_id()),
            is_new: Set(known.is_new),
            seen_at: Set(seeing.now),
        });
        let unless_seen = OnConflict::columns([C::RunId, C::SellerId]).do_nothing().to_owned();
        let first = run_seller::Entity::insert_many(rows).on_conflict(unless_seen).exec_with_returning(tx).await;
        Ok(first.doing("noting which sellers a run saw")?.into_iter().map(|row| row.seller_id).collect())
    }

    /// Counts the run for those who were known, and takes over the newest feedback.
    async fn update_first(
        &self,
        tx: &Transaction,
        history: &History<'_>,
        seeing: &Seeing<'_>,
        first: &HashSet<Uuid>,
    ) -> Result<()> {
        use seller::Column as C;
        let seen = || self.sellers.iter().filter(|known| !known.is_new && first.contains(&known.row.id));
        history.keep_these(&seen().map(|known| known.row.id).collect::<Vec<_>>()).await?;
        let rows: Vec<seller::ActiveModel> = seen()
            .map(|known| {
                let mut row = known.row.clone();
                row.times_seen += 1;
                row.last_seen_run_id = Some(seeing.run_id);
                row.updated_at = seeing.now;
                row.into_active_model().reset_all()
            })
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let changes = OnConflict::column(C::Id)
            .update_columns([
                C::PlatformId,
                C::FeedbackPercent,
                C::FeedbackCount,
                C::TimesSeen,
                C::LastSeenRunId,
                C::UpdatedAt,
            ])
            .to_owned();
        let written = seller::Entity::insert_many(rows).on_conflict(changes).exec_without_returning(tx).await;
        written.doing("counting sellers that a run saw").map(drop)
    }

    async fn write_names(
        &self,
        tx: &Transaction,
        seeing: &Seeing<'_>,
        listed: &[&ListedSeller],
        whose: &[usize],
    ) -> Result<()> {
        use seller_name::Column as C;
        let name = |(listed, place): (&&ListedSeller, &usize)| {
            let id = self.sellers.get(*place)?.row.id;
            Some(((id, hash_of(&listed.name)), listed.name.clone()))
        };
        let names: HashMap<(Uuid, Vec<u8>), String> = listed.iter().zip(whose).filter_map(name).collect();
        let rows = names.into_iter().map(|((seller_id, name_hash), display_name)| seller_name::ActiveModel {
            seller_id: Set(seller_id),
            name_hash: Set(name_hash),
            display_name: Set(display_name),
            first_seen_at: Set(seeing.now),
        });
        let unless_known = OnConflict::columns([C::SellerId, C::NameHash]).do_nothing().to_owned();
        let written = seller_name::Entity::insert_many(rows).on_conflict(unless_known).exec_without_returning(tx).await;
        written.doing("noting the names of sellers").map(drop)
    }
}

fn hash_of(name: &str) -> Vec<u8> {
    name_hash(&text::normalize(name))
}

fn new_row(listed: &ListedSeller, seeing: &Seeing<'_>) -> Seller {
    let normalized_name = text::normalize(&listed.name);
    Seller {
        id: Uuid::now_v7(),
        org_id: seeing.scope.org_id(),
        display_name: listed.name.clone(),
        name_hash: name_hash(&normalized_name),
        normalized_name,
        platform: Platform::Ebay,
        platform_id: listed.platform_id.clone(),
        feedback_percent: listed.feedback_percent,
        feedback_count: listed.feedback_count,
        times_seen: 1,
        flagged: false,
        created_at: seeing.now,
        updated_at: seeing.now,
        deleted_at: None,
        first_seen_run_id: Some(seeing.run_id),
        last_seen_run_id: Some(seeing.run_id),
        source_product: Some(seeing.product.to_owned()),
    }
}
