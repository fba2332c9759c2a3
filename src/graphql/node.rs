//! Relay's `Node`: anything by its global id, as far as one may see it.
//!
//! What a reader would get wrong: what belongs to another organisation, or is not there, is null; what one lacks the
//! permission for is an error.

use std::collections::HashMap;

use async_graphql::{ID, Interface};
use uuid::Uuid;

use super::{
    access_profile::AccessProfile, account::Account, api_token::ApiToken, audit_event::AuditEvent,
    collection_run::CollectionRun, export_job::ExportJob, import::Import, member::Member, preset::Preset,
    record::Record, schedule::Schedule, schedule_fire::ScheduleFire, seller::Seller, seller_event::SellerEvent,
    viewer::Organisation,
};
use crate::{
    accounts,
    app::App,
    audit,
    auth::Actor,
    collection,
    error::{Error, Result},
    exports,
    id::{Id, IdKind},
    imports, members,
    page::LARGEST_SIZE,
    records, schedules, sellers,
};

/// Anything that has a global id.
#[expect(
    clippy::large_enum_variant,
    reason = "at most a hundred are in hand; boxed, each would be one more allocation"
)]
#[derive(Clone, Debug, Interface)]
#[graphql(field(name = "id", ty = "&ID", desc = "Its global id."))]
pub enum Node {
    /// An organisation.
    Organisation(Organisation),
    /// An account.
    Account(Account),
    /// A seller.
    Seller(Seller),
    /// A record.
    Record(Record),
    /// A member.
    Member(Member),
    /// An access profile.
    AccessProfile(AccessProfile),
    /// An API token.
    ApiToken(ApiToken),
    /// A line of the audit.
    AuditEvent(AuditEvent),
    /// An export job.
    ExportJob(ExportJob),
    /// An import.
    Import(Import),
    /// A collection run.
    CollectionRun(CollectionRun),
    /// A preset.
    Preset(Preset),
    /// A schedule.
    Schedule(Schedule),
    /// What became of a planned time of a schedule.
    ScheduleFire(ScheduleFire),
    /// Something that happened to sellers.
    SellerEvent(SellerEvent),
}

/// The nodes with these ids, in their order; one statement for each type among them.
///
/// # Errors
/// `INVALID_ID`; `TOO_MANY_IDS`; `FORBIDDEN` for a type one may not see.
pub async fn find(app: &App, actor: &Actor, ids: &[ID]) -> Result<Vec<Option<Node>>> {
    if ids.len() as u64 > LARGEST_SIZE {
        return Err(Error::too_large("TOO_MANY_IDS", format!("at most {LARGEST_SIZE} ids in one request")));
    }
    let ids: Vec<Id> = ids.iter().map(|id| Id::read(id)).collect::<Result<_>>()?;
    let mut found: HashMap<Id, Node> = HashMap::new();
    for (kind, wanted) in by_kind(&ids) {
        found.extend(find_kind(app, actor, kind, &wanted).await?);
    }
    Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
}

/// Those of the nodes that are there and may be seen, in no order; one statement for each type among them.
///
/// # Errors
/// The database's own failure.
pub async fn find_seen(app: &App, actor: &Actor, ids: &[Id]) -> Result<HashMap<Id, Node>> {
    let mut found: HashMap<Id, Node> = HashMap::new();
    for (kind, wanted) in by_kind(ids) {
        match find_kind(app, actor, kind, &wanted).await {
            Err(Error::Forbidden { .. }) => {}
            nodes => found.extend(nodes?),
        }
    }
    Ok(found)
}

fn by_kind(ids: &[Id]) -> Vec<(IdKind, Vec<Uuid>)> {
    let of_kind = |kind: IdKind| (kind, ids.iter().filter(|id| id.0 == kind).map(|id| id.1).collect());
    IdKind::ALL.into_iter().map(of_kind).filter(|(_, ids): &(_, Vec<Uuid>)| !ids.is_empty()).collect()
}

/// Those with these ids, of one kind.
async fn find_kind(app: &App, actor: &Actor, kind: IdKind, ids: &[Uuid]) -> Result<Vec<(Id, Node)>> {
    // What an operation finds, as nodes.
    macro_rules! found {
        ($find:path, $node:path) => {{
            let rows = $find(app, actor, ids).await?;
            rows.into_iter().map(|row| (Id(kind, row.id), $node(row.into()))).collect()
        }};
    }
    Ok(match kind {
        // These are read in their lists alone.
        IdKind::ExportLog | IdKind::Notification | IdKind::RecordEvent => Vec::new(),
        IdKind::Organisation => {
            let own = &actor.organisation;
            let node = (Id(kind, own.id), Node::Organisation(own.into()));
            ids.contains(&own.id).then_some(node).into_iter().collect()
        }
        IdKind::Account => found!(accounts::find_many, Node::Account),
        IdKind::Seller => found!(sellers::find_many, Node::Seller),
        IdKind::SellerEvent => found!(sellers::find_events, Node::SellerEvent),
        IdKind::Record => found!(records::find_many, Node::Record),
        IdKind::Member => found!(members::find_many, Node::Member),
        IdKind::AccessProfile => found!(members::find_profiles, Node::AccessProfile),
        IdKind::Token => found!(members::find_tokens, Node::ApiToken),
        IdKind::AuditEvent => found!(audit::find_many, Node::AuditEvent),
        IdKind::Run => found!(collection::find_many, Node::CollectionRun),
        IdKind::Preset => found!(collection::find_presets, Node::Preset),
        IdKind::Schedule => found!(schedules::find_many, Node::Schedule),
        IdKind::Fire => found!(schedules::find_fires, Node::ScheduleFire),
        IdKind::Import => found!(imports::find_many, Node::Import),
        IdKind::Export => found!(exports::find_many, Node::ExportJob),
    })
}
