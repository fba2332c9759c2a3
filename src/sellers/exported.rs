//! That sellers left as a file: an event of their history like any other, but of no change.
//!
//! Not here: the file and its log (`exports`). What a reader would get wrong: the sellers of the file are not written down one
//! by one. Its filter is in the log, and as of the moment of the event it finds them again.

use chrono::{DateTime, Utc};
use entity::seller_event::{ChangeSource, SellerEventKind};
use uuid::Uuid;

use super::history::{self, Happening};
use crate::{db::Transaction, error::Result};

/// Notes that a member, or the operator of the process, took a file of so many sellers. An empty file is not noted.
pub(crate) async fn note_export(
    tx: &Transaction,
    org_id: Uuid,
    member_id: Option<Uuid>,
    now: DateTime<Utc>,
    count: usize,
) -> Result<()> {
    if count == 0 {
        // Nor is the history locked for it.
        return Ok(());
    }
    let (kind, source) = (SellerEventKind::Exported, ChangeSource::Export);
    let happening = Happening { kind, source, run_id: None, member_id, import_id: None };
    history::open(tx, org_id, now).await?.write_count(happening, count).await
}
