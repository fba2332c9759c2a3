//! The audit in the schema: who did what to what, from what to what, when and from where.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result, SimpleObject, dataloader::DataLoader};
use uuid::Uuid;

use super::{
    actor,
    administration_loader::SubjectKey,
    app,
    audit_action::AuditAction,
    connection::{connection, id, total},
    loader::{Loader, MemberKey},
    member::Member,
    node::Node,
    scalar::DateTime,
};
use crate::{
    audit::{self, Action, AuditFilter},
    auth,
    error::Error,
    id::{Id, IdKind},
};

/// By which way something was done.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
#[graphql(remote = "auth::Channel")]
pub enum AuditChannel {
    /// A request to the API.
    Api,
    /// A command on the machine itself.
    Command,
    /// A schedule, as the member who changed it last.
    Schedule,
}

/// What something was done to.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditSubjectKind {
    /// The organisation, and its settings of collection runs.
    Organisation,
    /// A member.
    Member,
    /// An access profile.
    AccessProfile,
    /// An API token.
    ApiToken,
    /// An account.
    Account,
    /// A record.
    Record,
    /// A seller.
    Seller,
    /// An import.
    Import,
    /// An export job.
    ExportJob,
    /// A collection run.
    CollectionRun,
    /// A preset.
    Preset,
    /// A schedule.
    Schedule,
}

impl From<AuditSubjectKind> for IdKind {
    fn from(kind: AuditSubjectKind) -> Self {
        match kind {
            AuditSubjectKind::Organisation => Self::Organisation,
            AuditSubjectKind::Member => Self::Member,
            AuditSubjectKind::AccessProfile => Self::AccessProfile,
            AuditSubjectKind::ApiToken => Self::Token,
            AuditSubjectKind::Account => Self::Account,
            AuditSubjectKind::Record => Self::Record,
            AuditSubjectKind::Seller => Self::Seller,
            AuditSubjectKind::Import => Self::Import,
            AuditSubjectKind::ExportJob => Self::Export,
            AuditSubjectKind::CollectionRun => Self::Run,
            AuditSubjectKind::Preset => Self::Preset,
            AuditSubjectKind::Schedule => Self::Schedule,
        }
    }
}

/// Which events. Every condition that is given must hold.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "AuditEventFilter")]
pub struct AuditEventFilterInput {
    /// Any of these.
    actions: Option<Vec<AuditAction>>,
    /// By this member.
    member_id: Option<ID>,
    /// Done to a thing of any of these kinds.
    subject_kinds: Option<Vec<AuditSubjectKind>>,
    /// Done to this thing alone, by its global id.
    subject_id: Option<ID>,
    /// By any of these ways.
    channels: Option<Vec<AuditChannel>>,
    /// At this moment or later.
    from: Option<DateTime>,
    /// At this moment or earlier.
    to: Option<DateTime>,
}

impl TryFrom<AuditEventFilterInput> for AuditFilter {
    type Error = Error;

    fn try_from(input: AuditEventFilterInput) -> Result<Self, Error> {
        Ok(Self {
            actions: input.actions.map(|actions| actions.into_iter().map(Into::into).collect()),
            member_id: id(IdKind::Member, input.member_id)?,
            subject_kinds: input.subject_kinds.map(|kinds| kinds.into_iter().map(Into::into).collect()),
            subject: input.subject_id.map(|id| Id::read(&id)).transpose()?,
            channels: input.channels.map(|channels| channels.into_iter().map(Into::into).collect()),
            from: input.from.map(|time| time.0),
            to: input.to.map(|time| time.0),
        })
    }
}

/// A field that was changed.
#[derive(Clone, Debug, SimpleObject)]
pub struct AuditChange {
    /// The field, as the API calls it.
    field: String,
    /// What it was, as JSON: `"ADMIN"`, `12`, `["A", "B"]`; null for what was made.
    before: Option<String>,
    /// What it became, as JSON; null for what was deleted.
    after: Option<String>,
}

impl From<audit::FieldChange> for AuditChange {
    fn from(change: audit::FieldChange) -> Self {
        let written = |value: serde_json::Value| value.to_string();
        Self { field: change.field, before: change.before.map(written), after: change.after.map(written) }
    }
}

/// Something that was done. Kept for ever, whatever becomes of who did it and of what it was done to.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct AuditEvent {
    /// Its global id.
    pub(super) id: ID,
    /// When.
    at: DateTime,
    /// What was done; null when a newer version of the service wrote it.
    action: Option<AuditAction>,
    /// The e-mail address of who did it, as it was then; null for the operator of the service.
    member_email: Option<String>,
    /// The global id of what it was done to; null when that was several things.
    subject_id: Option<ID>,
    /// What that was called then; null for several things, and for what has no name.
    subject_name: Option<String>,
    /// To how many things it was done.
    count: i32,
    /// What was changed, by field. Texts of remarks are not in it.
    changes: Vec<AuditChange>,
    /// By which way it was done.
    channel: AuditChannel,
    /// The network address it came from; null where none is known.
    address: Option<String>,
    /// The program it came from, as that calls itself (`User-Agent`); null when it does not say.
    user_agent: Option<String>,
    #[graphql(skip)]
    by: Option<Uuid>,
    #[graphql(skip)]
    done_to: Option<Id>,
}

impl From<audit::AuditEvent> for AuditEvent {
    fn from(row: audit::AuditEvent) -> Self {
        let done_to = audit::subject(&row);
        Self {
            id: IdKind::AuditEvent.show(row.id).into(),
            at: DateTime(row.at),
            action: Action::of_stored(&row.action).map(Into::into),
            changes: audit::changes(&row).into_iter().map(Into::into).collect(),
            member_email: row.email,
            subject_id: done_to.map(|id| id.to_string().into()),
            subject_name: row.subject_name,
            count: row.count,
            channel: row.channel.into(),
            address: row.address,
            user_agent: row.agent,
            by: row.member_id,
            done_to,
        }
    }
}

#[ComplexObject]
impl AuditEvent {
    /// Who did it; null for the operator of the service, and for one who is gone.
    async fn member(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        let Some(id) = self.by else { return Ok(None) };
        let member = ctx.data::<DataLoader<Loader>>()?.load_one(MemberKey(id)).await?;
        Ok(member.map(Into::into))
    }

    /// What it was done to, as it is now; null for several things, and for what is gone or you may not see.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        let Some(id) = self.done_to else { return Ok(None) };
        Ok(ctx.data::<DataLoader<Loader>>()?.load_one(SubjectKey(id)).await?)
    }
}

connection!(
    AuditEventConnection,
    AuditEventEdge,
    AuditEvent,
    AuditFilter,
    "A page of what was done in the organisation, the newest first."
);

#[ComplexObject]
impl AuditEventConnection {
    /// The events of this page, without their cursors.
    async fn nodes(&self) -> Vec<&AuditEvent> {
        self.rows()
    }

    /// How many events there are on all pages. Counted only when asked for; null when that fails.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        let count = async { Ok(total(audit::count(app(ctx)?, actor(ctx)?, &self.source).await?)) };
        Some(count.await)
    }
}
