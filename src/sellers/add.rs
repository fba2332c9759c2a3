//! Adds sellers by their names, as people paste them: one, or a hundred thousand.
//!
//! Not here: files (imports) and what runs see (`seen.rs`). What a reader would get wrong: a name is known when a live seller
//! has it, whether or not its platform id is known. One that was deleted under that name is not found again: a new one is
//! added, and as long as it lives the old one cannot be restored.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{seller, seller_event::SellerEventKind};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{
    NewSeller, Platform,
    change::check_count,
    history::{self, Happening, History},
    tell, visible,
    write::{BATCH, Row, name_hash, write},
};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::{Actor, Permission, Scope},
    db::{Transaction, bytes_set},
    error::{Context, Error, Result},
    id::DescendingIds,
    text::{self, LONGEST_NAME},
};

/// Which sellers were added, and which were there, by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// The new ones, in the order of their names.
    pub added: Vec<Uuid>,
    /// Those that were there, in the order of their names.
    pub known: Vec<Uuid>,
}

/// Adds a seller for each name that nobody has, however often it is given. White space around a name is taken off.
///
/// # Errors
/// `FORBIDDEN` without `seller_collection.write`; `INVALID_NAME`, saying which; `TOO_MANY_SELLERS`.
pub async fn add(app: &App, actor: &Actor, names: Vec<String>) -> Result<Added> {
    let scope = actor.require(Permission::WriteSellers)?;
    check_count(names.len())?;
    let names = distinct(names)?;
    if names.is_empty() {
        return Ok(Added::default());
    }
    let (org_id, now) = (scope.org_id(), app.clock.now());
    let added = app.db.write(move |tx| Box::pin(async move { add_names(tx, &scope, now, names).await })).await?;
    tell(app, org_id);
    app.db.refresh_if_grown("seller", 0..added.added.len() as u64).await;
    Ok(added)
}

/// A name without the white space around it.
///
/// # Errors
/// `INVALID_NAME`: `what` is empty, too long, or holds a NUL.
pub(super) fn trimmed(what: &str, name: &str) -> Result<String> {
    let trimmed = name.trim();
    let fault = match text::normalize(trimmed).is_empty() {
        true => Some("must have more than white space".to_owned()),
        false => text::fault(trimmed, LONGEST_NAME),
    };
    match fault {
        Some(fault) => Err(Error::bad_input("INVALID_NAME", format!("{what} {fault}"))),
        None => Ok(trimmed.to_owned()),
    }
}

/// A name, and what it is unique by.
type Named = (Vec<u8>, String);

/// Each name once, as it was spelled first.
fn distinct(names: Vec<String>) -> Result<Vec<Named>> {
    let mut places = HashMap::with_capacity(names.len());
    let mut kept: Vec<Named> = Vec::with_capacity(names.len());
    for (place, name) in names.into_iter().enumerate() {
        let name = trimmed(&format!("`names[{place}]`"), &name)?;
        let hash = name_hash(&text::normalize(&name));
        places.entry(hash.clone()).or_insert_with(|| kept.push((hash, name)));
    }
    Ok(kept)
}

async fn add_names(tx: &Transaction, scope: &Scope, now: DateTime<Utc>, names: Vec<Named>) -> Result<Added> {
    let mut history = history::open(tx, scope.org_id(), now).await?;
    let there = known(tx, scope, &names).await?;
    let mut answer = Added::default();
    let mut new = Vec::new();
    for (hash, name) in names {
        match there.get(&hash) {
            Some(id) => answer.known.push(*id),
            None => new.push(name),
        }
    }
    answer.added = insert(tx, scope, &history, new).await?;
    history.write_these(Happening::by_hand(SellerEventKind::Added, scope), &answer.added).await?;
    if !answer.added.is_empty() {
        let entry = Entry::of(Action::SellersAdded).times(answer.added.len());
        audit::write(tx, scope, history.at(), entry).await?;
    }
    Ok(answer)
}

/// Who has these names. Of several, as a run would choose: who has no platform id, then who is older.
async fn known(tx: &Transaction, scope: &Scope, names: &[Named]) -> Result<HashMap<Vec<u8>, Uuid>> {
    use seller::Column as C;
    let hashes = bytes_set(tx.get_database_backend(), names.iter().map(|(hash, _)| hash.as_slice()));
    let mut rows = visible(scope)
        .select_only()
        .columns([C::NameHash, C::PlatformId, C::Id])
        .filter(C::Platform.eq(Platform::Ebay))
        .filter(C::NameHash.in_subquery(hashes))
        .into_tuple::<(Vec<u8>, Option<String>, Uuid)>()
        .all(tx)
        .await
        .doing("looking for sellers that are there already")?;
    rows.sort_by_key(|(_, platform_id, id)| (platform_id.is_some(), *id));
    let mut known = HashMap::with_capacity(rows.len());
    for (hash, _, id) in rows {
        known.entry(hash).or_insert(id);
    }
    Ok(known)
}

/// Stores new sellers; lists, which show the newest first, show them in this order. Answers their ids.
async fn insert(tx: &Transaction, scope: &Scope, history: &History<'_>, names: Vec<String>) -> Result<Vec<Uuid>> {
    let at = history.at();
    let ids: Vec<Uuid> = DescendingIds::new(at).take(names.len()).collect();
    let mut rows = ids.iter().zip(names).map(|(id, display_name)| Row {
        id: *id,
        seller: NewSeller { display_name, ..NewSeller::default() },
        created_at: at,
        updated_at: at,
    });
    loop {
        let batch: Vec<Row> = rows.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        write(tx, scope.org_id(), batch).await?;
    }
    drop(rows);
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_once_as_it_was_spelled_first() {
        let names = [" Acme\tStore ", "ＡＣＭＥ store", "other", "acme  STORE"].map(str::to_owned);
        let kept: Vec<String> = distinct(names.into()).unwrap().into_iter().map(|(_, name)| name).collect();
        assert_eq!(kept, ["Acme\tStore", "other"]);
    }

    #[test]
    fn a_name_that_cannot_be_is_named_by_its_place() {
        for (name, fault) in [(" \u{3000}", "white space"), ("a\0b", "NUL"), (&*"x".repeat(1_001), "1000 characters")] {
            let refused = distinct(vec!["good".to_owned(), name.to_owned()]).unwrap_err();
            assert_eq!(refused.code(), "INVALID_NAME");
            assert!(refused.to_string().starts_with("`names[1]` ") && refused.to_string().contains(fault), "{refused}");
        }
        assert!(distinct(vec![format!(" {} ", "x".repeat(1_000))]).is_ok());
    }
}
