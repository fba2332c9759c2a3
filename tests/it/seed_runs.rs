//! Runs as rows, without anybody working on them.

use entity::{
    collection_event::{self, CollectionEventKind},
    collection_item::{self, ItemKind, ItemState},
    collection_run::{self, CollectionPhase, CollectionRunStatus},
    collection_worker::{self, WorkerState},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use sellerbook::app::App;
use uuid::Uuid;

use crate::seed::insert;

/// A run of two categories that has ended; set what the test is about.
pub fn new_run(app: &App, org: Uuid, name: &str) -> collection_run::Model {
    let now = app.clock.now();
    collection_run::Model {
        id: Uuid::now_v7(),
        org_id: org,
        name: name.to_owned(),
        status: CollectionRunStatus::Completed,
        reason: Some("DONE".to_owned()),
        phase: Some(CollectionPhase::Listings),
        preset_id: None,
        category_ids: r#"["appliances-cooktops","appliances-freezers"]"#.to_owned(),
        search: r#"{"condition":"NEW","free_shipping":true,"item_country":"US","min_price_factor":1.8,"max_price_factor":2.2,"max_listings":200}"#.to_owned(),
        member_id: None,
        rerun_of: None,
        idempotency_key: None,
        best_sellers_provider: "RAINFOREST".to_owned(),
        listings_provider: "EBAY".to_owned(),
        prices: r#"{"RAINFOREST":10000,"EBAY":500}"#.to_owned(),
        workers: 5,
        max_calls: None,
        max_cost_micros: None,
        departments_total: 1,
        departments_done: 1,
        categories_total: 2,
        categories_done: 2,
        products_total: 100,
        products_done: 100,
        sellers_found: 40,
        sellers_new: 30,
        failed_items: 0,
        best_sellers_calls: 2,
        listings_calls: 101,
        cost_micros: 70_500,
        failures_in_row: 0,
        pauses_in_row: 0,
        is_cost_warned: false,
        last_seq: 0,
        revision: 7,
        created_at: now,
        updated_at: now,
        started_at: Some(now),
        pause_asked_at: None,
        cancel_asked_at: None,
        resumes_at: None,
        paced_at: None,
        paced_done: 0,
        completed_at: Some(now),
        schedule_id: None,
        notify: None,
    }
}

/// Stores runs; their ids, in order.
pub async fn runs(app: &App, new: Vec<collection_run::Model>) -> Vec<Uuid> {
    let ids = new.iter().map(|run| run.id).collect();
    let rows = new.into_iter().map(|run| run.into_active_model().reset_all()).collect();
    insert::<collection_run::Entity>(app, rows).await;
    ids
}

/// Products of a run that failed, a second after each other; and one page that did not.
pub async fn failures(app: &App, run: &collection_run::Model, count: i32) {
    let row = |number: i32, kind| collection_item::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(run.org_id),
        run_id: Set(run.id),
        kind: Set(kind),
        category_id: Set("appliances-cooktops".to_owned()),
        position: Set(number),
        attempts: Set(1),
        calls: Set(2),
        cost_micros: Set(1_000),
        created_at: Set(app.clock.now()),
        finished_at: Set(Some(app.clock.now() + chrono::TimeDelta::seconds(number.into()))),
        ..Default::default()
    };
    let page =
        collection_item::ActiveModel { page: Set(Some(1)), state: Set(ItemState::Done), ..row(0, ItemKind::Page) };
    insert::<collection_item::Entity>(app, vec![page]).await;
    let failed = |number| collection_item::ActiveModel {
        product_key: Set(Some(format!("B{number:09}"))),
        title: Set(Some(format!("Product {number}"))),
        state: Set(ItemState::Failed),
        error_code: Set(Some("TIMEOUT".to_owned())),
        error_message: Set(Some("no answer in time".to_owned())),
        ..row(number, ItemKind::Product)
    };
    insert::<collection_item::Entity>(app, (1..=count).map(failed).collect()).await;
}

/// What happened in a run: so many events, each about a seller where there is one.
pub async fn events(app: &App, run: &collection_run::Model, count: i64, seller: Option<Uuid>) {
    let event = |seq| collection_event::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(run.org_id),
        run_id: Set(run.id),
        seq: Set(seq),
        at: Set(app.clock.now()),
        kind: Set(CollectionEventKind::SellerAdded),
        worker: Set(Some(1)),
        category_id: Set(Some("appliances-cooktops".to_owned())),
        product: Set(Some(format!("Product {seq}"))),
        seller_id: Set(seller),
        ..Default::default()
    };
    insert::<collection_event::Entity>(app, (1..=count).map(event).collect()).await;
}

/// The workers of a run, all at work.
pub async fn workers(app: &App, run: &collection_run::Model) {
    let worker = |worker| collection_worker::ActiveModel {
        run_id: Set(run.id),
        worker: Set(worker),
        org_id: Set(run.org_id),
        state: Set(WorkerState::Working),
        category_id: Set(Some("appliances-freezers".to_owned())),
        product: Set(Some("A product".to_owned())),
        last_result: Set(None),
        since: Set(app.clock.now()),
    };
    insert::<collection_worker::Entity>(app, (1..=run.workers).map(worker).collect()).await;
}
