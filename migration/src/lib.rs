//! The history of the schema, one idea per file, oldest first.
//!
//! Not here: table shapes as the program sees them (`entity`); a migration must keep meaning the same after they change.
//! What a reader would get wrong: a released file is never edited; add another.

pub use sea_orm_migration::prelude::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261120_000100_create_organisation;
mod m20261120_000200_create_member;
mod m20261120_000300_create_account;
mod m20261120_000400_create_api_token;
mod m20261120_000500_create_seller;
mod m20261120_000600_create_record;
mod m20261120_000700_index_record_lists;
mod m20261120_000800_index_seller_lists;
mod m20261121_000100_create_job;
mod m20261121_000200_create_export_job;
mod m20261121_000300_create_export_log;
mod m20261121_000400_index_deleted;
mod m20261121_000500_create_preset;
mod m20261121_000600_create_collection_run;
mod m20261121_000700_create_seller_event;
mod m20261121_000800_create_sighting;
mod m20261121_000900_create_schedule;
mod m20261121_001000_create_notification;
mod m20261121_001100_link_schedule;
mod m20261121_001200_create_record_event;
mod m20261121_001300_version_seller;
mod m20261121_001400_create_audit_event;
mod m20261121_001500_create_import;
mod m20261121_001600_administer;
mod m20261121_001700_count_seller_writes;
mod m20261121_001750_unindex_deleted_sellers;
mod m20261121_001800_index_seller_event;
mod m20261121_001900_note_origin_of_import;
mod m20261122_002000_index_record_count;
mod schema;

/// All migrations, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000100_create_organisation::Migration),
            Box::new(m20261120_000200_create_member::Migration),
            Box::new(m20261120_000300_create_account::Migration),
            Box::new(m20261120_000400_create_api_token::Migration),
            Box::new(m20261120_000500_create_seller::Migration),
            Box::new(m20261120_000600_create_record::Migration),
            Box::new(m20261120_000700_index_record_lists::Migration),
            Box::new(m20261120_000800_index_seller_lists::Migration),
            Box::new(m20261121_000100_create_job::Migration),
            Box::new(m20261121_000200_create_export_job::Migration),
            Box::new(m20261121_000300_create_export_log::Migration),
            Box::new(m20261121_000400_index_deleted::Migration),
            Box::new(m20261121_000500_create_preset::Migration),
            Box::new(m20261121_000600_create_collection_run::Migration),
            Box::new(m20261121_000700_create_seller_event::Migration),
            Box::new(m20261121_000800_create_sighting::Migration),
            Box::new(m20261121_000900_create_schedule::Migration),
            Box::new(m20261121_001000_create_notification::Migration),
            Box::new(m20261121_001100_link_schedule::Migration),
            Box::new(m20261121_001200_create_record_event::Migration),
            Box::new(m20261121_001300_version_seller::Migration),
            Box::new(m20261121_001400_create_audit_event::Migration),
            Box::new(m20261121_001500_create_import::Migration),
            Box::new(m20261121_001600_administer::Migration),
            Box::new(m20261121_001700_count_seller_writes::Migration),
            Box::new(m20261121_001750_unindex_deleted_sellers::Migration),
            Box::new(m20261121_001800_index_seller_event::Migration),
            Box::new(m20261121_001900_note_origin_of_import::Migration),
            Box::new(m20261122_002000_index_record_count::Migration),
        ]
    }
}
