//! Changing members: role, status, access profiles, accounts.
//!
//! What a reader would get wrong: who gets another role loses what came with the old one (access profiles, assignments,
//! ownership), and has only what is given in the same call; it would otherwise lie asleep, and wake with the old role.

use entity::member::{self, MemberStatus, Role};
use sea_orm::{ActiveEnum, ActiveModelTrait, ActiveValue::Set, ColumnTrait, PaginatorTrait, QueryFilter};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::{
    access::{self, Access},
    list::{Member, not_found, visible},
};
use crate::{
    app::App,
    audit::{self, Action, Entry},
    auth::{Actor, Permission, Scope},
    db::Transaction,
    error::{Context, Error, Result},
    id::{Id, IdKind},
    organisations,
};

/// What is to change of a member; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemberChange {
    /// Another role.
    pub role: Option<Role>,
    /// Active or suspended.
    pub status: Option<MemberStatus>,
    /// These access profiles, in place of all they held.
    pub access_profile_ids: Option<Vec<Uuid>>,
    /// These accounts, in place of all they had that are not archived.
    pub account_ids: Option<Vec<Uuid>>,
}

/// Changes a member, at once: who is suspended is out with the next request, within five seconds out of what is open.
///
/// # Errors
/// `FORBIDDEN` without `admin.members`; `NOT_FOUND` for the member, a profile or an account that is not there; `LAST_ADMIN`
/// when nobody active would be left who may do everything; `ACCESS_PROFILES_DO_NOT_FIT` but for a `va`;
/// `ACCOUNTS_DO_NOT_FIT` for an admin; `ACCOUNT_OWNED` by another client; `TOO_MANY_IDS`.
pub async fn update(app: &App, actor: &Actor, id: Uuid, change: MemberChange) -> Result<Member> {
    let (scope, now) = (actor.require(Permission::Members)?, app.clock.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                organisations::hold(tx, &scope).await?;
                let found = visible(&scope).filter(member::Column::Id.eq(id)).one(tx).await;
                let before = found.doing("finding a member to change")?.ok_or_else(not_found)?;
                let after = Member {
                    role: change.role.unwrap_or(before.role),
                    status: change.status.unwrap_or(before.status),
                    updated_at: now,
                    ..before.clone()
                };
                keep_an_admin(tx, &scope, &before, &after).await?;
                let had = Access::of(tx, &scope, &before).await?;
                let has = wanted(tx, &scope, &change, &before, &after, &had).await?;
                if (before.role, before.status, &had) == (after.role, after.status, &has) {
                    return Ok(before);
                }
                hand_over(tx, &before, &after, &had, &has).await?;
                let row = member::ActiveModel {
                    id: Set(id),
                    role: Set(after.role),
                    status: Set(after.status),
                    updated_at: Set(now),
                    ..Default::default()
                };
                let member = row.update(tx).await.doing("changing a member")?;
                let entry = Entry::of(Action::MemberUpdated).on(Id(IdKind::Member, id)).named(&member.email);
                audit::write(tx, &scope, now, entry.changed(noted(&before, &had), noted(&after, &has))).await?;
                Ok(member)
            })
        })
        .await
}

/// Refuses to leave the organisation to nobody. It is held: nobody else goes at the same moment.
async fn keep_an_admin(tx: &Transaction, scope: &Scope, before: &Member, after: &Member) -> Result<()> {
    let may_do_all = |member: &Member| member.role == Role::Admin && member.status == MemberStatus::Active;
    if !may_do_all(before) || may_do_all(after) {
        return Ok(());
    }
    let others = visible(scope)
        .filter(member::Column::Role.eq(Role::Admin))
        .filter(member::Column::Status.eq(MemberStatus::Active))
        .filter(member::Column::Id.ne(before.id))
        .count(tx)
        .await
        .doing("counting the admins of an organisation")?;
    if others > 0 {
        return Ok(());
    }
    let message = "this is the last active admin of the organisation; make somebody else one first";
    Err(Error::Conflict { code: "LAST_ADMIN", message: message.to_owned() })
}

/// What the member is to have.
async fn wanted(
    tx: &Transaction,
    scope: &Scope,
    change: &MemberChange,
    before: &Member,
    after: &Member,
    had: &Access,
) -> Result<Access> {
    let stays = before.role == after.role;
    let profiles = match &change.access_profile_ids {
        Some(ids) => access::named_profiles(tx, scope, after.role, ids).await?,
        None if stays => had.profiles.clone(),
        None => Vec::new(),
    };
    let accounts = match &change.account_ids {
        Some(ids) => access::named_accounts(tx, scope, after, after.role, ids).await?,
        None if stays => had.accounts.clone(),
        None => Vec::new(),
    };
    Ok(Access { profiles, accounts })
}

/// Takes what the member is not to have any more, and gives what is new.
async fn hand_over(tx: &Transaction, before: &Member, after: &Member, had: &Access, has: &Access) -> Result<()> {
    let released = Member { updated_at: after.updated_at, ..before.clone() };
    if before.role == after.role {
        access::take(tx, &released, &had.without(has)).await?;
        return access::give(tx, after, &has.without(had)).await;
    }
    access::take(tx, &released, &Access { profiles: had.profiles.clone(), accounts: Vec::new() }).await?;
    access::release(tx, &released, None).await?;
    access::give(tx, after, has).await
}

/// A member as the audit shows one.
pub(super) fn noted(member: &Member, access: &Access) -> Map<String, Json> {
    Map::from_iter([
        ("role".to_owned(), shown(member.role)),
        ("status".to_owned(), shown(member.status)),
        ("accessProfiles".to_owned(), json!(access.profile_names())),
        ("accounts".to_owned(), json!(access.account_codes())),
    ])
}

/// A role or a status as the API spells it.
fn shown(state: impl ActiveEnum<Value = String>) -> Json {
    Json::String(state.to_value().to_uppercase())
}
