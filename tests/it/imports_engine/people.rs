//! Who may do what to an import, and when they may no longer.

use std::sync::Arc;

use chrono::TimeDelta;
use entity::{access_profile, account_assignment, member::Role};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use sellerbook::{
    auth::{self, Actor},
    config::Config,
    error::Context,
    imports::{self, Edited, Import, ImportFilter, ImportStatus},
    page::PageRequest,
    sheet::{Field, Reading, SheetKind},
    work::{Chore, chore},
};

use super::{
    RECORDS, admin, after_jobs, begin, checked, chunks, code, commit, committed, exported, faults_of, many, new,
    of_alpha, rollback, staged,
};
use crate::{TestApp, on_both, seed};

const IMPORTER: &str = "order_tracking.read order_tracking.import";

/// A va who sees ALPHA and holds these keys.
async fn va(app: &TestApp, keys: &str) -> Actor {
    let person = seed::person(&app.app, app.seeded.org, "importer@acme.example", Role::Va, keys).await;
    seed::assign(&app.app, app.seeded.org, person.id, app.seeded.accounts[0]).await;
    auth::of_member(&app.app, person.id).await.unwrap()
}

async fn lose_permissions(app: &TestApp) {
    app.app
        .db
        .write(|tx| {
            Box::pin(async move {
                access_profile::Entity::update_many()
                    .col_expr(access_profile::Column::Permissions, Expr::value("order_tracking.read"))
                    .filter(access_profile::Column::Permissions.eq(IMPORTER))
                    .exec(tx)
                    .await
                    .doing("testing")
            })
        })
        .await
        .unwrap();
}

on_both! {
    async fn a_permission_lost_on_the_way_ends_it(app: TestApp) {
        let actor = va(&app, IMPORTER).await;
        let ready = begin(&app, &actor, of_alpha(&app), &many(3)).await.unwrap();
        assert_eq!(after_jobs(&app, ready.id).await.status, ImportStatus::Ready);
        let unchecked = begin(&app, &actor, of_alpha(&app), &many(3)).await.unwrap();
        imports::commit(&app.app, &actor, ready.id, None).await.unwrap();
        lose_permissions(&app).await;
        for id in [ready.id, unchecked.id] {
            let failed = after_jobs(&app, id).await;
            assert_eq!((failed.status, failed.error_code.as_deref()), (ImportStatus::Failed, Some("FORBIDDEN")));
        }
        assert_eq!(exported(&app, RECORDS).await.lines().count(), 1);
        // An admin may carry it out.
        assert_eq!(commit(&app, ready.id).await.status, ImportStatus::Committed);
    }
}

on_both! {
    async fn accounts_out_of_reach_are_refused_row_by_row(app: TestApp) {
        let actor = va(&app, IMPORTER).await;
        let text = "account_code,ebay_order_id,sale_date,item_name,sale_price_cents\n\
            ALPHA,1,2026-01-01,x,1\nBETA,2,2026-01-01,x,1\n,3,2026-01-01,x,1\n";
        let import = begin(&app, &actor, new(SheetKind::Records, None), text).await.unwrap();
        let import = after_jobs(&app, import.id).await;
        assert_eq!(import.status, ImportStatus::Invalid);
        let faults = faults_of(&app, &import).await;
        assert!(faults[0].starts_with("3 None ACCOUNT_UNKNOWN there is no account `BETA`"), "{faults:?}");
        assert!(faults[1].starts_with("4 Some(\"account_code\") MISSING_VALUE"), "{faults:?}");
        let refused = begin(&app, &actor, new(SheetKind::Records, Some(app.seeded.accounts[1])), text).await;
        assert_eq!(code(refused), "NOT_FOUND");
        // An account that is lost between the check and the end.
        let import = begin(&app, &actor, of_alpha(&app), &many(3)).await.unwrap();
        app.run_jobs().await;
        imports::commit(&app.app, &actor, import.id, None).await.unwrap();
        app.app
            .db
            .write(|tx| {
                Box::pin(async move { account_assignment::Entity::delete_many().exec(tx).await.doing("testing") })
            })
            .await
            .unwrap();
        let failed = after_jobs(&app, import.id).await;
        assert_eq!(failed.error_code.as_deref(), Some("ACCOUNT_OUT_OF_REACH"));
        assert_eq!(exported(&app, RECORDS).await.lines().count(), 1);
    }
}

on_both! {
    async fn a_remark_needs_its_own_permission(app: TestApp) {
        let actor = va(&app, IMPORTER).await;
        let text = "ebay_order_id,sale_date,item_name,sale_price_cents,order_remark\n1,2026-01-01,x,1,hello\n";
        let import = begin(&app, &actor, of_alpha(&app), text).await.unwrap();
        let refused = after_jobs(&app, import.id).await;
        assert_eq!(refused.status, ImportStatus::Invalid);
        assert!(faults_of(&app, &refused).await[0].starts_with("1 Some(\"order_remark\") FORBIDDEN_COLUMN"));
        // Without that column it may pass.
        let reading = Reading { mapping: Some(vec![(4, None)]), ..Reading::default() };
        imports::change_reading(&app.app, &actor, import.id, reading).await.unwrap();
        assert_eq!(after_jobs(&app, import.id).await.status, ImportStatus::Ready);
        let reading = Reading { mapping: Some(vec![(4, Some(Field::Flagged))]), ..Reading::default() };
        assert_eq!(code(imports::change_reading(&app.app, &actor, import.id, reading).await), "INVALID_MAPPING");
        imports::commit(&app.app, &actor, import.id, None).await.unwrap();
        assert_eq!(after_jobs(&app, import.id).await.status, ImportStatus::Committed);
        assert!(!exported(&app, RECORDS).await.contains("hello"));
    }
}

on_both! {
    async fn others_imports_do_not_exist(app: TestApp) {
        let import = checked(&app, of_alpha(&app), &many(3)).await;
        let stranger = auth::of_member(&app.app, app.seeded.other_admin.id).await.unwrap();
        let colleague = va(&app, IMPORTER).await;
        for actor in [&stranger, &colleague] {
            let (app, id) = (&app.app, import.id);
            assert_eq!(code(imports::get(app, actor, id).await), "NOT_FOUND");
            assert_eq!(code(imports::receive(app, actor, id, chunks(""), None).await), "NOT_FOUND");
            assert_eq!(code(imports::change_reading(app, actor, id, Reading::default()).await), "NOT_FOUND");
            assert_eq!(code(imports::commit(app, actor, id, None).await), "NOT_FOUND");
            assert_eq!(code(imports::rollback(app, actor, id, true).await), "NOT_FOUND");
            assert_eq!(code(imports::discard(app, actor, id).await), "NOT_FOUND");
            assert_eq!(code(imports::faults(app, actor, id, &PageRequest::default()).await), "NOT_FOUND");
            assert_eq!(code(imports::faults_csv(app, actor, id).await.map(drop)), "NOT_FOUND");
            assert_eq!(code(imports::sample(app, actor, id).await), "NOT_FOUND");
            assert_eq!(code(imports::edited_since(app, actor, id, &PageRequest::default()).await), "NOT_FOUND");
            assert_eq!(code(imports::watch(app, actor, id).await.map(drop)), "NOT_FOUND");
            assert_eq!(imports::count(app, actor, &ImportFilter::default()).await.unwrap(), 0);
        }
        let client = auth::of_member(&app.app, app.seeded.client.id).await.unwrap();
        assert_eq!(code(imports::start(&app.app, &client, of_alpha(&app)).await), "FORBIDDEN");
        assert_eq!(code(imports::list(&app.app, &client, &ImportFilter::default(), &PageRequest::default()).await), "FORBIDDEN");
    }
}

async fn edit(app: &TestApp, order: &str) {
    let order = order.to_owned();
    let text = format!("ebay_order_id,sale_date,item_name,sale_price_cents\n{order},2026-02-02,edited,7\n");
    committed(app, of_alpha(app), &text).await;
}

on_both! {
    async fn what_was_edited_since_is_listed_and_needs_consent(app: TestApp) {
        let import = committed(&app, of_alpha(&app), &many(3)).await;
        edit(&app, "order-000001").await;
        let before = exported(&app, RECORDS).await;
        assert_eq!(code(rollback(&app, import.id, false).await), "EDITED_SINCE");
        let admin = admin(&app).await;
        assert_eq!(imports::count_edited(&app.app, &admin, import.id).await.unwrap(), 1);
        let Edited::Records(page) =
            imports::edited_since(&app.app, &admin, import.id, &PageRequest::default()).await.unwrap()
        else {
            panic!("records")
        };
        assert_eq!(page.rows[0].1.item_name, "edited");
        assert_eq!(exported(&app, RECORDS).await, before);
        assert_eq!(rollback(&app, import.id, true).await.unwrap().status, ImportStatus::RolledBack);
        assert_eq!(exported(&app, RECORDS).await.lines().count(), 1);
    }
}

on_both! {
    async fn an_edit_after_the_asking_still_needs_consent(app: TestApp) {
        let import = committed(&app, of_alpha(&app), &many(3)).await;
        // Checked and asked for before the undoing, carried out before it too: jobs go in their order.
        let edit = checked(&app, of_alpha(&app), "ebay_order_id,sale_date,item_name,sale_price_cents\norder-000001,2026-02-02,x,7\n").await;
        let admin = admin(&app).await;
        imports::commit(&app.app, &admin, edit.id, None).await.unwrap();
        imports::rollback(&app.app, &admin, import.id, false).await.unwrap();
        let kept = after_jobs(&app, import.id).await;
        assert_eq!((kept.status, kept.error_code.as_deref()), (ImportStatus::Committed, Some("EDITED_SINCE")));
        assert_eq!(exported(&app, RECORDS).await.lines().count(), 4);
    }
}

on_both! {
    async fn a_day_later_it_stays(app: TestApp) {
        let import = committed(&app, of_alpha(&app), &many(3)).await;
        app.pass(TimeDelta::hours(24));
        chore(&app.app, Chore::Expire).await.unwrap();
        app.pass(TimeDelta::seconds(1));
        assert_eq!(code(rollback(&app, import.id, false).await), "ROLLBACK_TOO_LATE");
        assert_eq!(exported(&app, RECORDS).await.lines().count(), 4);
        let import = after_jobs(&app, import.id).await;
        assert_eq!((import.status, import.file_key, import.expires_at), (ImportStatus::Committed, None, None));
    }
}

on_both! {
    async fn what_nobody_carries_out_expires(app: TestApp) {
        let ready = checked(&app, of_alpha(&app), &many(3)).await;
        let waiting = imports::start(&app.app, &admin(&app).await, of_alpha(&app)).await.unwrap();
        assert_eq!(staged(&app).await, 3);
        app.pass(TimeDelta::days(7));
        assert_eq!(chore(&app.app, Chore::Expire).await.unwrap(), 2);
        for id in [ready.id, waiting.id] {
            assert_eq!(after_jobs(&app, id).await.status, ImportStatus::Expired);
        }
        assert_eq!(staged(&app).await, 0);
        let (key, admin) = (ready.file_key.unwrap(), admin(&app).await);
        assert!(app.app.files.read(&key, 0..1).await.is_err());
        assert_eq!(code(imports::commit(&app.app, &admin, ready.id, None).await), "IMPORT_ENDED");
        assert_eq!(code(imports::receive(&app.app, &admin, waiting.id, chunks("x"), None).await), "IMPORT_ENDED");
    }
}

on_both! {
    async fn what_is_given_up_leaves_nothing(app: TestApp) {
        let import = checked(&app, of_alpha(&app), &many(3)).await;
        let admin = admin(&app).await;
        imports::discard(&app.app, &admin, import.id).await.unwrap();
        assert_eq!(code(imports::discard(&app.app, &admin, import.id).await), "IMPORT_ENDED");
        chore(&app.app, Chore::Expire).await.unwrap();
        assert_eq!(staged(&app).await, 0);
        let pending = begin(&app, &admin, of_alpha(&app), &many(3)).await.unwrap();
        let given_up: Import = imports::discard(&app.app, &admin, pending.id).await.unwrap();
        assert_eq!(given_up.status, ImportStatus::Cancelled);
        assert_eq!(app.run_jobs().await, 0);
    }
}

on_both! {
    async fn a_file_comes_once_and_whole(app: TestApp) {
        let admin = admin(&app).await;
        let mut small = app.app.clone();
        small.config = Arc::new(Config { import_max_bytes: 100, ..(*app.app.config).clone() });
        let import = imports::start(&small, &admin, of_alpha(&app)).await.unwrap();
        let text = many(50);
        let id = import.id;
        assert_eq!(code(imports::receive(&small, &admin, id, chunks(&text), None).await), "IMPORT_TOO_LARGE");
        assert_eq!(code(imports::receive(&small, &admin, id, chunks(""), Some(101)).await), "IMPORT_TOO_LARGE");
        assert_eq!(code(imports::receive(&app.app, &admin, id, chunks("a"), Some(2)).await), "IMPORT_INCOMPLETE");
        let broken = futures::stream::iter([Ok("a".into()), Err(std::io::Error::other("gone"))]);
        assert!(imports::receive(&app.app, &admin, id, broken, None).await.is_err());
        assert_eq!(app.app.files.leftovers(app.now() + TimeDelta::days(36_500)).await.unwrap(), []);
        imports::receive(&app.app, &admin, id, chunks(&text), Some(text.len() as u64)).await.unwrap();
        assert_eq!(code(imports::receive(&app.app, &admin, id, chunks(&text), None).await), "IMPORT_HAS_FILE");
        assert_eq!(after_jobs(&app, id).await.status, ImportStatus::Ready);
        assert_eq!(imports::sample(&app.app, &admin, id).await.unwrap().len(), 20);
        chore(&app.app, Chore::Sweep).await.unwrap();
        assert_eq!(app.app.files.leftovers(app.now() + TimeDelta::days(36_500)).await.unwrap().len(), 1);
    }
}

on_both! {
    async fn an_idempotency_key_stands_for_one_import(app: TestApp) {
        let admin = admin(&app).await;
        let keyed = || imports::NewImport { idempotency_key: Some("once".to_owned()), ..of_alpha(&app) };
        let first = begin(&app, &admin, keyed(), &many(3)).await.unwrap();
        let again = begin(&app, &admin, keyed(), &many(3)).await.unwrap();
        assert_eq!(first.id, again.id);
        assert_eq!(app.run_jobs().await, 1);
        let other = imports::NewImport { file_name: "other.csv".to_owned(), ..keyed() };
        assert_eq!(code(imports::start(&app.app, &admin, other).await), "IDEMPOTENCY_KEY_REUSED");
    }
}
