//! A worker that is lost at any moment leaves nothing half done.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use entity::{job, record, record_event_item};
use sea_orm::{EntityTrait, PaginatorTrait, sea_query::Expr, sea_query::ExprTrait};
use sellerbook::{
    error::Context,
    imports::{self, Import, ImportStatus as S},
    work::{Chore, chore},
};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{RECORDS, admin, after_jobs, begin, checked, exported, many, of_alpha, staged};
use crate::{TestApp, on_both};

const ROWS: usize = 3_000;

/// Works on what waits, and is lost after so long. Then the job goes back into the queue.
async fn lost_after(app: &TestApp, time: Duration) {
    if timeout(time, app.run_jobs()).await.is_ok() {
        return;
    }
    // What was under way when it was dropped ends by itself.
    sleep(Duration::from_millis(300)).await;
    rescue(app).await;
}

async fn rescue(app: &TestApp) {
    app.pass(TimeDelta::seconds(60));
    chore(&app.app, Chore::Rescue).await.unwrap();
    app.pass(TimeDelta::seconds(600));
}

/// The import once all that waits is done. A lost worker's claim may have come through after the rescue; the next one, which
/// is as regular, finds it.
async fn in_the_end(app: &TestApp, id: Uuid, end: S) -> Import {
    for _ in 0..3 {
        let import = after_jobs(app, id).await;
        if import.status == end {
            return import;
        }
        rescue(app).await;
    }
    after_jobs(app, id).await
}

async fn now(app: &TestApp, import: &Import) -> Import {
    imports::get(&app.app, &admin(app).await, import.id).await.unwrap()
}

async fn stored(app: &TestApp) -> (u64, u64) {
    let db = app.app.db.read();
    let items = record_event_item::Entity::find().count(db).await.unwrap();
    (record::Entity::find().count(db).await.unwrap(), items)
}

on_both! {
    async fn a_worker_lost_at_any_moment_leaves_nothing_half_done(app: TestApp) {
        let text = many(ROWS);
        let begun = Instant::now();
        checked(&app, of_alpha(&app), &text).await;
        let lasts = begun.elapsed();
        for tenths in [1, 3, 5, 7, 9] {
            let import = begin(&app, &admin(&app).await, of_alpha(&app), &text).await.unwrap();
            lost_after(&app, lasts.mul_f64(f64::from(tenths) / 10.0)).await;
            let seen = now(&app, &import).await;
            assert!(matches!(seen.status, S::Pending | S::Ready), "{:?}", seen.status);
            let ready = in_the_end(&app, import.id, S::Ready).await;
            assert_eq!((ready.status, ready.added), (S::Ready, Some(ROWS as i64)));
            imports::discard(&app.app, &admin(&app).await, import.id).await.unwrap();
            chore(&app.app, Chore::Expire).await.unwrap();
        }
        assert_eq!(staged(&app).await, ROWS as u64, "those of the first");
        let import = begin(&app, &admin(&app).await, of_alpha(&app), &text).await.unwrap();
        app.run_jobs().await;
        imports::commit(&app.app, &admin(&app).await, import.id, None).await.unwrap();
        for tenths in [1, 3, 5] {
            lost_after(&app, lasts.mul_f64(f64::from(tenths) / 10.0)).await;
            let (records, items) = stored(&app).await;
            let is_done = now(&app, &import).await.status == S::Committed;
            let wanted = if is_done { ROWS as u64 } else { 0 };
            assert_eq!((records, items), (wanted, wanted));
        }
        assert_eq!(in_the_end(&app, import.id, S::Committed).await.status, S::Committed);
        assert_eq!(stored(&app).await, (ROWS as u64, ROWS as u64));
        assert_eq!(exported(&app, RECORDS).await.lines().count(), ROWS + 1);
    }
}

on_both! {
    async fn whoever_lost_the_lease_finishes_nothing(app: TestApp) {
        let import = checked(&app, of_alpha(&app), &many(3)).await;
        imports::commit(&app.app, &admin(&app).await, import.id, None).await.unwrap();
        let mut thieved = app.app.clone();
        let thief = app.app.clone();
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel::<()>();
        thieved.db.on_statement(move |sql| {
            if sql.contains("INSERT INTO record_event_item") || sql.contains("\"phase\"") {
                let _ = tell.send(());
            }
        });
        // As soon as it has begun, another has the job.
        let steal = async {
            told.recv().await;
            thief
                .db
                .write(|tx| {
                    Box::pin(async move {
                        job::Entity::update_many()
                            .col_expr(job::Column::Fence, Expr::col(job::Column::Fence).add(1))
                            .exec(tx)
                            .await
                            .doing("testing")
                    })
                })
                .await
                .unwrap();
        };
        let (tries, ()) = tokio::join!(sellerbook::work::run_jobs(&thieved), steal);
        tries.unwrap();
        let seen = now(&app, &import).await;
        let (records, _) = stored(&app).await;
        assert_eq!(records, if seen.status == S::Committed { 3 } else { 0 });
    }
}
