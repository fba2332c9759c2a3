//! What a member is given with the role: permissions of their own, and accounts.
//!
//! Not here: who may give them (`mod.rs` has passed the gate). What a reader would get wrong: an account is assigned to
//! any number of va, and owned by one client.

use entity::{access_profile, account, account_assignment, member::Role, member_access_profile};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr,
};
use uuid::Uuid;

use super::{AddMemberError, Member};
use crate::{
    accounts::{self, Account},
    app::App,
    auth::{Actor, Permission},
    error::{Context, Error, Result},
};

/// The accounts of these codes, each free to be given to that role.
pub(super) async fn accounts_of(
    app: &App,
    actor: &Actor,
    role: Role,
    codes: &[String],
) -> Result<Vec<Account>, AddMemberError> {
    let mut accounts: Vec<Account> = Vec::with_capacity(codes.len());
    for code in codes {
        let account = match accounts::get_by_code(app, actor, code).await {
            Err(Error::NotFound { .. }) => return Err(AddMemberError::UnknownAccount(code.clone())),
            account => account?,
        };
        if role == Role::Client && account.owner_id.is_some() {
            return Err(AddMemberError::AccountOwned(code.clone()));
        }
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    Ok(accounts)
}

/// Keeps the permissions as an access profile that only this member holds.
pub(super) async fn give_profile(
    tx: &impl ConnectionTrait,
    member: &Member,
    permissions: Vec<Permission>,
) -> Result<()> {
    let mut keys: Vec<&str> = permissions.into_iter().map(Permission::key).collect();
    keys.sort_unstable();
    keys.dedup();
    let profile = access_profile::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(member.org_id),
        name: Set(format!("Permissions of {}", member.email)),
        permissions: Set(keys.join(" ")),
        created_at: Set(member.created_at),
        updated_at: Set(member.created_at),
    };
    let profile = profile.insert(tx).await.doing("adding an access profile")?;
    let held = member_access_profile::ActiveModel {
        org_id: Set(member.org_id),
        member_id: Set(member.id),
        access_profile_id: Set(profile.id),
    };
    held.insert(tx).await.doing("giving an access profile")?;
    Ok(())
}

pub(super) async fn assign(tx: &impl ConnectionTrait, member: &Member, account: Account) -> Result<()> {
    let assignment = account_assignment::ActiveModel {
        org_id: Set(member.org_id),
        member_id: Set(member.id),
        account_id: Set(account.id),
    };
    assignment.insert(tx).await.doing("assigning an account")?;
    Ok(())
}

pub(super) async fn own(tx: &impl ConnectionTrait, member: &Member, account: Account) -> Result<()> {
    let changed = account::Entity::update_many()
        .col_expr(account::Column::OwnerId, Expr::value(member.id))
        .col_expr(account::Column::UpdatedAt, Expr::value(member.created_at))
        .filter(account::Column::OrgId.eq(member.org_id))
        .filter(account::Column::Id.eq(account.id))
        .filter(account::Column::OwnerId.is_null())
        .exec(tx)
        .await
        .doing("giving an account its owner")?;
    if changed.rows_affected == 0 {
        let message = format!("the account `{}` was just given to another client", account.code);
        return Err(Error::Conflict { code: "ACCOUNT_OWNED", message });
    }
    Ok(())
}
