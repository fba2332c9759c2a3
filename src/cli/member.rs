//! `sellerbook member add`: adds somebody to an organisation.

use clap::{Args, Subcommand, ValueEnum};

use super::{database, failure::Failure, say, settings::Settings};
use crate::{
    auth::{Permission, Role},
    id::IdKind,
    members::{self, NewMember},
};

#[derive(Debug, Subcommand)]
pub(super) enum MemberCommand {
    /// Add a member; prints the member's id
    Add(Add),
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// Slug of the organisation
    #[arg(long)]
    org: String,
    /// E-mail address
    #[arg(long)]
    email: String,
    /// What they may do by default
    #[arg(long)]
    role: RoleName,
    /// Subject of the person's JWTs; by default what the address has in another organisation, else the address
    #[arg(long, value_name = "ID")]
    user_id: Option<String>,
    /// Permission of a va, such as order_tracking.read; repeatable
    #[arg(long = "permission", value_name = "KEY", value_parser = permission)]
    permissions: Vec<Permission>,
    /// Account a va works on or a client owns; repeatable
    #[arg(long = "account", value_name = "CODE")]
    accounts: Vec<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    /// Holds every permission
    Admin,
    /// Holds the permissions given; sees the accounts assigned
    Va,
    /// Reads the records of the accounts owned
    Client,
}

impl MemberCommand {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let Self::Add(add) = self;
        let app = database::open(settings).await?;
        let actor = database::operator(&app, &add.org).await?;
        let role = match add.role {
            RoleName::Admin => Role::Admin,
            RoleName::Va => Role::Va,
            RoleName::Client => Role::Client,
        };
        let new = NewMember {
            email: add.email,
            role,
            user_id: add.user_id,
            permissions: add.permissions,
            accounts: add.accounts,
        };
        let member = members::add(&app, &actor, new).await?;
        say(IdKind::Member.show(member.id))
    }
}

fn permission(key: &str) -> Result<Permission, String> {
    Permission::of_key(key).ok_or_else(|| {
        let keys: Vec<&str> = Permission::ALL.into_iter().map(Permission::key).collect();
        format!("there is no such permission; the permissions are {}", keys.join(", "))
    })
}
