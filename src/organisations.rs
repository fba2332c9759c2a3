//! Organisations: the teams that own everything else.
//!
//! Not here: who belongs to one (`members.rs`). What a reader would get wrong: making one needs no [`Actor`], as nobody
//! is in it yet; so no door but the command line leads here.
//!
//! [`Actor`]: crate::auth::Actor

use entity::organisation;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::LockType,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::{self, Permission, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    id::{Id, IdKind},
    text::{self, LONGEST_NAME},
};

/// One organisation.
pub type Organisation = organisation::Model;

/// Most characters of a slug: as many as a label of a host name.
const LONGEST_SLUG: usize = 63;

/// Adds an organisation.
///
/// # Errors
/// `INVALID_SLUG`, `INVALID_TEXT`; `ORGANISATION_EXISTS` when the slug is taken.
pub async fn create(app: &App, slug: &str, name: &str) -> Result<Organisation> {
    if !is_slug(slug) {
        let message = format!("a slug is 1 to {LONGEST_SLUG} lower-case letters, digits and hyphens");
        return Err(Error::bad_input("INVALID_SLUG", message));
    }
    if name.trim().is_empty() {
        return Err(Error::bad_input("INVALID_TEXT", "`name` must not be empty"));
    }
    text::check("name", name, LONGEST_NAME)?;
    let row = organisation::ActiveModel {
        id: Set(Uuid::now_v7()),
        slug: Set(slug.to_owned()),
        name: Set(name.to_owned()),
        created_at: Set(app.clock.now()),
    };
    let slug = slug.to_owned();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if by_slug(tx, &slug).await?.is_some() {
                    let message = format!("there is an organisation `{slug}` already");
                    return Err(Error::Conflict { code: "ORGANISATION_EXISTS", message });
                }
                let organisation = row.insert(tx).await.doing("adding an organisation")?;
                note(tx, &organisation).await?;
                Ok(organisation)
            })
        })
        .await
}

/// Holds an organisation until the end of the transaction: whoever administers it comes one after the other, so that what is
/// true of all its members stays true. Held before anything else is locked.
pub(crate) async fn hold(tx: &Transaction, scope: &Scope) -> Result<()> {
    // Rows that only refer to it are written meanwhile.
    let held = organisation::Entity::find_by_id(scope.org_id()).lock(LockType::NoKeyUpdate).one(tx).await;
    held.doing("holding an organisation")?.ok_or(Error::NotFound { what: "organisation" }).map(drop)
}

/// The organisation with this slug, if there is one.
///
/// # Errors
/// The database's own failure.
pub async fn find(app: &App, slug: &str) -> Result<Option<Organisation>> {
    by_slug(app.db.read(), slug).await
}

/// The slugs of all organisations, for what is done for each of them in turn.
///
/// # Errors
/// The database's own failure.
pub async fn slugs(app: &App) -> Result<Vec<String>> {
    organisation::Entity::find()
        .select_only()
        .column(organisation::Column::Slug)
        .into_tuple()
        .all(app.db.read())
        .await
        .doing("reading the organisations")
}

/// Nobody is in it yet: it was the operator of the process.
async fn note(tx: &Transaction, organisation: &Organisation) -> Result<()> {
    let scope = auth::operator_of_in(tx, organisation.id).await?.require(Permission::Members)?;
    let entry = Entry::of(Action::OrganisationCreated)
        .on(Id(IdKind::Organisation, organisation.id))
        .named(&organisation.name)
        .to(json!({ "slug": organisation.slug, "name": organisation.name }));
    audit::write(tx, &scope, organisation.created_at, entry).await
}

async fn by_slug(connection: &impl ConnectionTrait, slug: &str) -> Result<Option<Organisation>> {
    organisation::Entity::find()
        .filter(organisation::Column::Slug.eq(slug))
        .one(connection)
        .await
        .doing("finding an organisation")
}

fn is_slug(text: &str) -> bool {
    (1..=LONGEST_SLUG).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_short_and_plain() {
        assert!(is_slug("demo") && is_slug("a-1") && is_slug(&"x".repeat(63)));
        assert!(!is_slug("") && !is_slug("Demo") && !is_slug("a b") && !is_slug("ü") && !is_slug(&"x".repeat(64)));
    }
}
