//! The roots of administration: members, access profiles, API tokens, accounts, the audit. Each field calls one operation of
//! the domain and checks nothing itself.

use async_graphql::{Context, Object, Result};

use super::{
    access_profile::AccessProfileConnection,
    access_profile_change::{
        CreateAccessProfileInput, CreateAccessProfilePayload, DeleteAccessProfileInput, DeleteAccessProfilePayload,
        UpdateAccessProfileInput, UpdateAccessProfilePayload,
    },
    account_change::{
        ArchiveAccountInput, ArchiveAccountPayload, CreateAccountInput, CreateAccountPayload, RestoreAccountInput,
        RestoreAccountPayload, UpdateAccountInput, UpdateAccountPayload,
    },
    actor,
    api_token::{ApiTokenConnection, ApiTokenFilterInput, ApiTokenSource},
    api_token_change::{CreateApiTokenInput, CreateApiTokenPayload, RevokeApiTokenInput, RevokeApiTokenPayload},
    app,
    audit_event::{AuditEventConnection, AuditEventFilterInput},
    connection::page_request,
    member::{MemberConnection, MemberFilterInput},
    member_change::{InviteMemberInput, InviteMemberPayload, UpdateMemberInput, UpdateMemberPayload},
};
use crate::{accounts, audit, members};

/// What admins ask.
#[derive(Debug)]
pub struct AdministrationQuery;

/// What admins ask.
#[Object]
impl AdministrationQuery {
    /// The members of your organisation, by e-mail address. Needs `admin.members`.
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which members; all when absent.")] filter: Option<MemberFilterInput>,
    ) -> Result<MemberConnection> {
        let filter = filter.map(Into::into).unwrap_or_default();
        let request = page_request(first, after, last, before);
        let page = members::list(app(ctx)?, actor(ctx)?, &filter, &request).await?;
        Ok(MemberConnection::new(page, filter))
    }

    /// The access profiles of your organisation, by name. Needs `admin.members`.
    async fn access_profiles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<AccessProfileConnection> {
        let request = page_request(first, after, last, before);
        let page = members::list_profiles(app(ctx)?, actor(ctx)?, &request).await?;
        Ok(AccessProfileConnection::new(page, ()))
    }

    /// The API tokens of your organisation, the newest first. Needs `admin.members`.
    async fn api_tokens(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which API tokens; all when absent.")] filter: Option<ApiTokenFilterInput>,
    ) -> Result<ApiTokenConnection> {
        let filter = filter.map(TryInto::try_into).transpose()?.unwrap_or_default();
        let request = page_request(first, after, last, before);
        let page = members::list_tokens(app(ctx)?, actor(ctx)?, &filter, &request).await?;
        Ok(ApiTokenConnection::new(page, ApiTokenSource::All(filter)))
    }

    /// Everything that was done in your organisation, the newest first. Needs `admin.members`.
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many rows: 1 to 100, 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many rows: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which events; all when absent.")] filter: Option<AuditEventFilterInput>,
    ) -> Result<AuditEventConnection> {
        let filter = filter.map(TryInto::try_into).transpose()?.unwrap_or_default();
        let request = page_request(first, after, last, before);
        let page = audit::list(app(ctx)?, actor(ctx)?, &filter, &request).await?;
        Ok(AuditEventConnection::new(page, filter))
    }
}

/// What admins change.
#[derive(Debug)]
pub struct AdministrationMutation;

/// What admins change.
#[Object]
impl AdministrationMutation {
    /// Makes somebody a member, active at once. Needs `admin.members`.
    async fn invite_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: InviteMemberInput,
    ) -> Result<InviteMemberPayload> {
        let invited = async { members::invite(app(ctx)?, actor(ctx)?, input.try_into()?).await };
        Ok(InviteMemberPayload::of(invited.await)?)
    }

    /// Changes a member, at once: role, status, access profiles, accounts. Needs `admin.members`.
    async fn update_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateMemberInput,
    ) -> Result<UpdateMemberPayload> {
        let changed = async { members::update(app(ctx)?, actor(ctx)?, input.id()?, input.try_into()?).await };
        Ok(UpdateMemberPayload::of(changed.await)?)
    }

    /// Makes an access profile. Needs `admin.members`.
    async fn create_access_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to make.")] input: CreateAccessProfileInput,
    ) -> Result<CreateAccessProfilePayload> {
        let made = members::create_profile(app(ctx)?, actor(ctx)?, input.into()).await;
        Ok(CreateAccessProfilePayload::of(made)?)
    }

    /// Changes an access profile, at once for all who hold it. Needs `admin.members`.
    async fn update_access_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateAccessProfileInput,
    ) -> Result<UpdateAccessProfilePayload> {
        let changed = async { members::update_profile(app(ctx)?, actor(ctx)?, input.id()?, input.into()).await };
        Ok(UpdateAccessProfilePayload::of(changed.await)?)
    }

    /// Deletes an access profile that nobody holds. Needs `admin.members`.
    async fn delete_access_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeleteAccessProfileInput,
    ) -> Result<DeleteAccessProfilePayload> {
        let deleted = members::delete_profile(app(ctx)?, actor(ctx)?, input.id()?).await;
        Ok(DeleteAccessProfilePayload::of(deleted)?)
    }

    /// Makes an API token for a member, and shows it this once. Needs `admin.members`.
    async fn create_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to make.")] input: CreateApiTokenInput,
    ) -> Result<CreateApiTokenPayload> {
        let made = async { members::create_token_for(app(ctx)?, actor(ctx)?, input.try_into()?).await };
        Ok(CreateApiTokenPayload::of(made.await)?)
    }

    /// Revokes an API token: the next request with it is refused, and what is open by it ends. Needs `admin.members`.
    async fn revoke_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RevokeApiTokenInput,
    ) -> Result<RevokeApiTokenPayload> {
        Ok(RevokeApiTokenPayload::of(members::revoke_token(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Makes an account. Needs `admin.members`.
    async fn create_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to make.")] input: CreateAccountInput,
    ) -> Result<CreateAccountPayload> {
        let made = async { accounts::create(app(ctx)?, actor(ctx)?, input.try_into()?).await };
        Ok(CreateAccountPayload::of(made.await)?)
    }

    /// Renames an account. Needs `admin.members`.
    async fn update_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateAccountInput,
    ) -> Result<UpdateAccountPayload> {
        let changed = async { accounts::update(app(ctx)?, actor(ctx)?, input.id()?, input.into()).await };
        Ok(UpdateAccountPayload::of(changed.await)?)
    }

    /// Puts an account away with its records: nobody sees them any more, in lists, sums, files or imports, until it is
    /// restored. Nothing is deleted. Needs `admin.members`.
    async fn archive_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ArchiveAccountInput,
    ) -> Result<ArchiveAccountPayload> {
        Ok(ArchiveAccountPayload::of(accounts::archive(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }

    /// Brings an archived account back with its records, to whom it was. Needs `admin.members`.
    async fn restore_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RestoreAccountInput,
    ) -> Result<RestoreAccountPayload> {
        Ok(RestoreAccountPayload::of(accounts::restore(app(ctx)?, actor(ctx)?, input.id()?).await)?)
    }
}
