//! Which export jobs one may see: one's own, and for an admin all of the organisation's; of the kinds one may export.
//!
//! Not here: what may be in their files (`artifact.rs`, at every download). What a reader would get wrong: the rule is written
//! twice, as a condition for lists and as a question about one row for those who watch; a test holds them together.

use entity::export_job;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::{ExportJob, columns::ExportKind, format::stored_kind};
use crate::{
    auth::{Actor, Scope},
    error::Result,
};

/// What of the export jobs an actor sees.
#[derive(Clone, Debug)]
pub struct Sight {
    scope: Scope,
    kinds: Vec<ExportKind>,
}

impl Sight {
    /// The gate of every operation on export jobs.
    ///
    /// # Errors
    /// `FORBIDDEN` when the actor may export nothing at all.
    pub fn of(actor: &Actor) -> Result<Self> {
        let scopes = [ExportKind::Records, ExportKind::Sellers].map(|kind| (kind, actor.require(kind.permission())));
        let kinds = scopes.iter().filter(|(_, scope)| scope.is_ok()).map(|(kind, _)| *kind).collect();
        let [(_, records), (_, sellers)] = scopes;
        Ok(Self { scope: records.or(sellers)?, kinds })
    }

    /// The organisation.
    pub fn org_id(&self) -> Uuid {
        self.scope.org_id()
    }

    /// Whose doing it is, for the audit.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whose jobs alone, if not everybody's.
    pub fn member_id(&self) -> Option<Uuid> {
        self.scope.confined_to()
    }

    /// The jobs, in no order. Every query of this folder over them starts here.
    pub fn visible(&self) -> Select<export_job::Entity> {
        let jobs = export_job::Entity::find()
            .filter(export_job::Column::OrgId.eq(self.org_id()))
            .filter(export_job::Column::Kind.is_in(self.kinds.iter().copied().map(stored_kind)));
        match self.member_id() {
            Some(member_id) => jobs.filter(export_job::Column::MemberId.eq(member_id)),
            None => jobs,
        }
    }

    /// Whether a job is among them.
    pub fn sees(&self, job: &ExportJob) -> bool {
        job.org_id == self.org_id()
            && self.kinds.iter().any(|kind| stored_kind(*kind) == job.kind)
            && self.member_id().is_none_or(|member_id| job.member_id == Some(member_id))
    }
}
