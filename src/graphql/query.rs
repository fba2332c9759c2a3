//! The root of every query.

use async_graphql::{Context, Object, Result};

/// Everything that can be asked.
#[derive(Debug)]
pub struct Query;

#[Object]
impl Query {
    /// The e-mail address of who is asking.
    async fn email(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(super::actor(ctx)?.email.clone())
    }
}
