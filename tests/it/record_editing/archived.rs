//! An account is archived while somebody writes into it: whoever comes second is told, and has written nothing.

use entity::account;
use futures::future::join;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, PaginatorTrait};
use sellerbook::{
    accounts, auth,
    auth::Actor,
    imports::{self, ImportStatus, NewImport},
    records::{self, RecordChange, WriteRecordError},
    sheet::{Reading, SheetKind},
};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::record;
use crate::{TestApp, on_both};

/// Times that the writer gets to go on while the account is being archived. It either waits for that, or is done before.
const TURNS: usize = 2_000;

/// Does something while ALPHA is being archived by somebody who has not committed yet.
async fn while_archived<T>(app: &TestApp, writing: impl Future<Output = T>) -> T {
    let (begun, has_begun) = oneshot::channel();
    let (commit, may_commit) = oneshot::channel::<()>();
    let (id, now) = (app.seeded.accounts[0], app.now());
    let archiving = app.app.db.write(move |tx| {
        Box::pin(async move {
            let row = account::ActiveModel { id: Set(id), archived_at: Set(Some(now)), ..Default::default() };
            row.update(tx).await.unwrap();
            begun.send(()).unwrap();
            may_commit.await.unwrap();
            Ok(())
        })
    });
    let writing = async {
        has_begun.await.unwrap();
        let turns = async {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            commit.send(()).unwrap();
        };
        join(writing, turns).await.0
    };
    let (archived, written) = join(archiving, writing).await;
    archived.unwrap();
    written
}

async fn admin(app: &TestApp) -> Actor {
    auth::of_member(&app.app, app.seeded.admin.id).await.unwrap()
}

fn code<T>(outcome: Result<T, WriteRecordError>) -> &'static str {
    match outcome {
        Err(WriteRecordError::Other(error)) => error.code(),
        _ => panic!("it is written"),
    }
}

fn new() -> RecordChange {
    RecordChange {
        ebay_order_id: Some(Some("1".to_owned())),
        sale_date: Some(Some("2026-11-18".parse().unwrap())),
        item_name: Some(Some("A lamp".to_owned())),
        sale_price_cents: Some(Some(1)),
        ..RecordChange::default()
    }
}

on_both! {
    async fn a_record_is_not_made_in_an_account_that_is_archived_meanwhile(app: TestApp) {
        let admin = admin(&app).await;
        let made = while_archived(&app, records::create(&app.app, &admin, app.seeded.accounts[0], new())).await;
        assert_eq!(code(made), "NOT_FOUND");
        assert_eq!(entity::record::Entity::find().count(app.app.db.read()).await.unwrap(), 0);
        accounts::restore(&app.app, &admin, app.seeded.accounts[0]).await.unwrap();
        records::create(&app.app, &admin, app.seeded.accounts[0], new()).await.unwrap();
    }
}

on_both! {
    async fn a_record_is_not_changed_whose_account_is_archived_meanwhile(app: TestApp) {
        let (admin, id) = (admin(&app).await, uuid_of(&record(&app, "1").await));
        let change = RecordChange { qty: Some(Some(7)), ..RecordChange::default() };
        let changed = while_archived(&app, records::update(&app.app, &admin, id, 1, change)).await;
        assert_eq!(code(changed), "NOT_FOUND");
        let row = entity::record::Entity::find_by_id(id).one(app.app.db.read()).await.unwrap().unwrap();
        assert_eq!((row.qty, row.version), (1, 1));
    }
}

on_both! {
    async fn records_are_neither_deleted_nor_restored_whose_account_is_archived_meanwhile(app: TestApp) {
        let (admin, id) = (admin(&app).await, uuid_of(&record(&app, "1").await));
        let deleted = while_archived(&app, records::delete(&app.app, &admin, vec![id])).await.unwrap();
        assert_eq!(deleted.unknown, [id]);
        accounts::restore(&app.app, &admin, app.seeded.accounts[0]).await.unwrap();
        records::delete(&app.app, &admin, vec![id]).await.unwrap();
        let restored = while_archived(&app, records::restore(&app.app, &admin, vec![id])).await.unwrap();
        assert_eq!(restored.unknown, [id]);
    }
}

on_both! {
    async fn a_file_is_not_carried_out_into_an_account_that_is_archived_meanwhile(app: TestApp) {
        let admin = admin(&app).await;
        let (account_id, reading) = (Some(app.seeded.accounts[0]), Reading::default());
        let file_name = "rows.csv".to_owned();
        let new = NewImport { kind: SheetKind::Records, account_id, file_name, reading, idempotency_key: None };
        let text = "ebay_order_id,sale_date,item_name,sale_price_cents\n1,2026-01-01,x,1\n";
        let chunks = futures::stream::iter([Ok(text.into())]);
        let import = imports::start_with_file(&app.app, &admin, new, chunks, None).await.unwrap();
        app.run_jobs().await;
        imports::commit(&app.app, &admin, import.id, None).await.unwrap();
        while_archived(&app, app.run_jobs()).await;
        let failed = imports::get(&app.app, &admin, import.id).await.unwrap();
        assert_eq!((failed.status, failed.error_code.as_deref()), (ImportStatus::Failed, Some("ACCOUNT_OUT_OF_REACH")));
        assert_eq!(entity::record::Entity::find().count(app.app.db.read()).await.unwrap(), 0);
    }
}

fn uuid_of(id: &serde_json::Value) -> Uuid {
    sellerbook::id::IdKind::Record.read(id.as_str().unwrap()).unwrap()
}
