//! Sellers that a run leaves out: the organisation's own accounts, and whom its settings block.

use std::collections::HashSet;

use super::settings;
use crate::{
    accounts,
    app::App,
    auth::Scope,
    error::Result,
    sources::ListedSeller,
    text::{self, LONGEST_NAME},
};

/// Folded names, and platform ids.
#[derive(Clone, Debug, Default)]
pub(super) struct LeftOut(HashSet<String>);

impl LeftOut {
    /// Those of an organisation, whoever asks.
    pub(super) async fn read(app: &App, scope: &Scope) -> Result<Self> {
        let own = accounts::names(app.db.read(), scope).await?;
        let blocked = settings::of(app.db.read(), scope.org_id()).await?.blocked;
        Ok(Self(own.iter().chain(&blocked).map(|name| text::normalize(name)).filter(|name| !name.is_empty()).collect()))
    }

    /// Whether a seller is not to be added: left out, or without a name that could be stored.
    pub(super) fn has(&self, seller: &ListedSeller) -> bool {
        let name = text::normalize(&seller.name);
        let id = seller.platform_id.as_deref().map(text::normalize);
        name.is_empty()
            || text::fault(&seller.name, LONGEST_NAME).is_some()
            || self.0.contains(&name)
            || id.is_some_and(|id| self.0.contains(&id))
    }
}
