//! Writes sellers, many at a time: the one way rows reach the table.
//!
//! Not here: which rows, and whether they may be written (`add.rs`, and imports). What a reader would get wrong: the
//! normalised name and its hash always follow the display name; nobody sets them apart.

use chrono::{DateTime, Utc};
use entity::seller::{self, Platform};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, sea_query::OnConflict};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::history;
use crate::{
    app::App,
    auth::{Actor, Permission},
    error::{Error, Result},
    id::DescendingIds,
    text,
};

/// Rows a statement writes. SQLite takes 32,766 parameters, a seller is 13 of them; and a statement of constant length
/// is prepared once.
pub(crate) const BATCH: usize = 500;

/// What people write of a seller.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSeller {
    /// The name as it was given.
    pub display_name: String,
    /// The marketplace.
    pub platform: Platform,
    /// The marketplace's immutable id, where known.
    pub platform_id: Option<String>,
    /// Share of positive feedback, 0 to 100.
    pub feedback_percent: Option<f64>,
    /// Number of feedbacks.
    pub feedback_count: Option<i32>,
    /// Runs it was seen in.
    pub times_seen: i32,
    /// Marked by a person.
    pub flagged: bool,
}

impl Default for NewSeller {
    fn default() -> Self {
        Self {
            display_name: String::new(),
            platform: Platform::Ebay,
            platform_id: None,
            feedback_percent: None,
            feedback_count: None,
            times_seen: 0,
            flagged: false,
        }
    }
}

/// A seller to be stored, with what the people do not write.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its id: a new one adds, a known one changes.
    pub id: Uuid,
    /// What was written.
    pub seller: NewSeller,
    /// When it was first stored.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A seller to be added: when it was stored, and what was written.
pub type Addition = (DateTime<Utc>, NewSeller);

/// Adds many sellers in one transaction, in the order in which lists will show them. `on_rows` hears how many are done.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.write`; `SELLER_EXISTS`.
pub async fn add_many(
    app: &App,
    actor: &Actor,
    mut sellers: impl Iterator<Item = Addition> + Send + 'static,
    on_rows: impl Fn(u64) + Send + 'static,
) -> Result<u64> {
    let scope = actor.require(Permission::WriteSellers)?;
    let now = app.clock.now();
    let mut ids = DescendingIds::new(now);
    let mut row = move |(at, seller): Addition| Some(Row { id: ids.next()?, seller, created_at: at, updated_at: at });
    let added = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                history::open(tx, scope.org_id(), now).await?;
                let mut done = 0;
                loop {
                    let rows: Vec<Row> = sellers.by_ref().take(BATCH).map_while(&mut row).collect();
                    if rows.is_empty() {
                        return Ok(done);
                    }
                    done += rows.len() as u64;
                    write(tx, scope.org_id(), rows).await?;
                    on_rows(done);
                }
            })
        })
        .await?;
    app.db.refresh_statistics().await?;
    Ok(added)
}

/// What a long name is unique by.
pub(crate) fn name_hash(normalized_name: &str) -> Vec<u8> {
    Sha256::digest(normalized_name.as_bytes()).to_vec()
}

/// Writes rows, at most [`BATCH`] of them.
pub(crate) async fn write(tx: &impl ConnectionTrait, org_id: Uuid, rows: Vec<Row>) -> Result<()> {
    use seller::Column as C;
    let changes = OnConflict::column(C::Id)
        .update_columns([
            C::DisplayName,
            C::NormalizedName,
            C::NameHash,
            C::PlatformId,
            C::FeedbackPercent,
            C::FeedbackCount,
            C::TimesSeen,
            C::Flagged,
            C::UpdatedAt,
        ])
        .to_owned();
    seller::Entity::insert_many(rows.into_iter().map(|row| model(org_id, row)))
        .on_conflict(changes)
        .exec_without_returning(tx)
        .await
        .map_err(taken)?;
    Ok(())
}

fn model(org_id: Uuid, row: Row) -> seller::ActiveModel {
    let seller = row.seller;
    let normalized_name = text::normalize(&seller.display_name);
    seller::ActiveModel {
        id: Set(row.id),
        org_id: Set(org_id),
        display_name: Set(seller.display_name),
        name_hash: Set(name_hash(&normalized_name)),
        normalized_name: Set(normalized_name),
        platform: Set(seller.platform),
        platform_id: Set(seller.platform_id),
        feedback_percent: Set(seller.feedback_percent),
        feedback_count: Set(seller.feedback_count),
        times_seen: Set(seller.times_seen),
        flagged: Set(seller.flagged),
        created_at: Set(row.created_at),
        updated_at: Set(row.updated_at),
        deleted_at: Set(None),
        ..Default::default()
    }
}

/// Somebody stored the same seller between our look and our write.
fn taken(error: DbErr) -> Error {
    let message = "somebody else just stored one of these sellers; nothing was written, try again";
    Error::of_write("writing sellers", error, || Error::conflict("SELLER_EXISTS", message))
}
