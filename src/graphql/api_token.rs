//! API tokens in the schema, without what they are.

use async_graphql::{ComplexObject, Context, ID, InputObject, Result, SimpleObject, dataloader::DataLoader};
use uuid::Uuid;

use super::{
    actor,
    administration_loader::MemberTokenCountKey,
    app,
    connection::{connection, id, total},
    loader::{Loader, MemberKey},
    member::Member,
    scalar::DateTime,
};
use crate::{
    error::Error,
    id::IdKind,
    members::{self, TokenFilter},
};

/// Which API tokens. Every condition that is given must hold.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "ApiTokenFilter")]
pub struct ApiTokenFilterInput {
    /// Of this member.
    member_id: Option<ID>,
    /// True for those that work, false for those that were revoked or have expired.
    is_active: Option<bool>,
}

impl TryFrom<ApiTokenFilterInput> for TokenFilter {
    type Error = Error;

    fn try_from(input: ApiTokenFilterInput) -> Result<Self, Error> {
        Ok(Self { member_id: id(IdKind::Member, input.member_id)?, is_active: input.is_active })
    }
}

/// A secret that a script signs in with, as one member. What it is was shown once, when it was made.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct ApiToken {
    /// Its global id.
    pub(super) id: ID,
    /// What people call it; null for one that was made without.
    name: Option<String>,
    /// Its first characters, to recognise it by.
    prefix: String,
    /// When it was made.
    created_at: DateTime,
    /// When somebody last signed in with it, to the minute; null before the first time.
    last_used_at: Option<DateTime>,
    /// When it stops working; null when never.
    expires_at: Option<DateTime>,
    /// When it was revoked; null while it is not.
    revoked_at: Option<DateTime>,
    #[graphql(skip)]
    member_id: Uuid,
    #[graphql(skip)]
    made_by: Option<Uuid>,
}

impl From<members::ApiToken> for ApiToken {
    fn from(token: members::ApiToken) -> Self {
        Self {
            id: IdKind::Token.show(token.id).into(),
            name: token.name,
            prefix: token.prefix,
            created_at: DateTime(token.created_at),
            last_used_at: token.last_used_at.map(DateTime),
            expires_at: token.expires_at.map(DateTime),
            revoked_at: token.revoked_at.map(DateTime),
            member_id: token.member_id,
            made_by: token.created_by,
        }
    }
}

#[ComplexObject]
impl ApiToken {
    /// As whom it acts.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        let member = ctx.data::<DataLoader<Loader>>()?.load_one(MemberKey(self.member_id)).await?;
        Ok(member.map(Into::into))
    }

    /// Who made it; null for the operator of the service, and for one who is gone.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        let Some(id) = self.made_by else { return Ok(None) };
        let member = ctx.data::<DataLoader<Loader>>()?.load_one(MemberKey(id)).await?;
        Ok(member.map(Into::into))
    }
}

/// Whose tokens a connection is of.
#[derive(Clone, Debug)]
pub enum ApiTokenSource {
    /// Of the organisation.
    All(TokenFilter),
    /// Of one member.
    OfMember(Uuid),
}

connection!(ApiTokenConnection, ApiTokenEdge, ApiToken, ApiTokenSource, "A page of API tokens, the newest first.");

#[ComplexObject]
impl ApiTokenConnection {
    /// The API tokens of this page, without their cursors.
    async fn nodes(&self) -> Vec<&ApiToken> {
        self.rows()
    }

    /// How many API tokens there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        Some(count(ctx, &self.source).await)
    }
}

async fn count(ctx: &Context<'_>, source: &ApiTokenSource) -> Result<i64> {
    let count = match source {
        ApiTokenSource::All(filter) => members::count_tokens(app(ctx)?, actor(ctx)?, filter).await?,
        ApiTokenSource::OfMember(id) => {
            let count = ctx.data::<DataLoader<Loader>>()?.load_one(MemberTokenCountKey(*id)).await?;
            count.unwrap_or_default()
        }
    };
    Ok(total(count))
}
