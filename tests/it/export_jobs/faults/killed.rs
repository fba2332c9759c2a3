//! `kill -9` of the process that works, at moments from the claim to the commit: one file in the end, whole and right.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use entity::{
    export_job::ExportJobStatus,
    job::{self, JobState},
};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use sellerbook::{
    clock::Clock,
    files::LeftoverKind,
    work::{Chore, chore},
};
use tokio::time::sleep;

use super::{WIDE, bytes, eventually, lying, many, on_disk, process::Setting, queued, row, schedule, sweep, wide};
use crate::{
    TestApp,
    export_jobs::{start, uuid},
    on_both,
};

const KILLS: usize = 20;
/// One more and the queue would give the job up.
const KILLS_OF_ONE: usize = 4;
/// With [`BYTES`] in each, an export takes longer than it may be silent about its progress.
const ROWS: usize = 5_000;
const BYTES: usize = 4_000;

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// So long after the claim.
    After(Duration),
    /// As soon as the file is whole, and no transaction names it yet.
    Whole,
}

on_both! {
    async fn a_worker_killed_at_any_moment_loses_nothing_and_doubles_nothing(app: TestApp) {
        many(&app, ROWS, BYTES).await;
        let setting = Setting::of(&app);
        let seed: u64 = std::env::var("TEST_SEED").map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
        println!("TEST_SEED={seed}");
        let (mut moments, token) = (SmallRng::seed_from_u64(seed), &app.seeded.admin.token);
        let undisturbed = start(&app, token, wide()).await;
        let lasts = undisturbed_try(&app, &setting, &undisturbed).await;
        let (mut exports, mut kills) = (vec![(undisturbed, 0)], 0);
        while kills < KILLS {
            let id = start(&app, token, wide()).await;
            let mut killed = 0;
            while killed < KILLS_OF_ONE && kills < KILLS {
                let moment = match moments.random_range(0..4) {
                    0 => Moment::Whole,
                    _ => Moment::After(lasts.mul_f64(moments.random_range(0.0..1.0))),
                };
                let is_killed = kill(&app, &setting, &id, moment).await;
                println!("{} at {moment:?} of {lasts:?}", if is_killed { "killed" } else { "too late" });
                if !is_killed {
                    break;
                }
                (killed, kills) = (killed + 1, kills + 1);
            }
            // It waits until no more are killed.
            schedule(&app, &id, Clock::system().now() + TimeDelta::hours(1)).await;
            exports.push((id, killed));
        }
        undisturbed_rest(&app, &setting, &exports).await;
        check(&app, &setting, &exports).await;
    }
}

/// How long it takes from the claim to the commit.
async fn undisturbed_try(app: &TestApp, setting: &Setting, id: &str) -> Duration {
    let _process = setting.start("work");
    eventually("claimed", || async { queued(app, id).await.fence == 1 }).await;
    let claimed = Instant::now();
    eventually("done", || async { queued(app, id).await.state == JobState::Done }).await;
    claimed.elapsed()
}

/// Starts a process and kills it in the midst of the export. Answers whether it was in time; then the job waits again.
async fn kill(app: &TestApp, setting: &Setting, id: &str, moment: Moment) -> bool {
    let fence = queued(app, id).await.fence;
    let mut process = setting.start("work");
    eventually("claimed", || async { queued(app, id).await.fence > fence }).await;
    match moment {
        Moment::After(time) => sleep(time).await,
        Moment::Whole => whole(app, id, fence + 1).await,
    }
    process.kill();
    if queued(app, id).await.state == JobState::Done {
        return false;
    }
    rescue(app, id).await;
    true
}

/// Waits until the file of a try has its name.
async fn whole(app: &TestApp, id: &str, fence: i64) {
    let is_of_it = |key: &str| key.contains(&uuid(id).simple().to_string()) && key.contains(&format!("-{fence}."));
    eventually("whole", || async {
        lying(app).await.iter().any(|found| found.kind == LeftoverKind::Whole && is_of_it(&found.key))
    })
    .await;
}

/// What another process would do when the lease is over, at once.
async fn rescue(app: &TestApp, id: &str) {
    let now = Clock::system().now();
    let running = queued(app, id).await;
    assert_eq!(running.state, JobState::Running);
    let over = job::Entity::update_many()
        .col_expr(job::Column::LeaseUntil, Expr::value(now - TimeDelta::seconds(1)))
        .filter(job::Column::Id.eq(running.id));
    app.app
        .db
        .write(|tx| {
            Box::pin(async move {
                over.exec(tx).await.unwrap();
                Ok(())
            })
        })
        .await
        .unwrap();
    app.app.clock.set(now);
    assert_eq!(chore(&app.app, Chore::Rescue).await.unwrap(), 1);
    assert_eq!(row(app, id).await.status, ExportJobStatus::Pending);
    schedule(app, id, now).await;
}

/// Lets what was killed come to its end.
async fn undisturbed_rest(app: &TestApp, setting: &Setting, exports: &[(String, usize)]) {
    for (id, _) in exports {
        schedule(app, id, Clock::system().now()).await;
    }
    let _process = setting.start("work");
    for (id, killed) in exports {
        eventually("done", || async { queued(app, id).await.state == JobState::Done }).await;
        let attempts = queued(app, id).await.attempts;
        assert_eq!(usize::try_from(attempts).unwrap(), killed + 1, "tries are counted");
    }
}

async fn check(app: &TestApp, setting: &Setting, exports: &[(String, usize)]) {
    let streamed = app.file(&app.seeded.admin.token, WIDE).await;
    let mut keys = Vec::new();
    for (id, _) in exports {
        let row = row(app, id).await;
        assert_eq!((row.status, row.rows_done), (ExportJobStatus::Completed, i64::try_from(ROWS).unwrap()));
        assert!(bytes(app, id).await == streamed.as_bytes(), "the file is another");
        keys.push(row.file_key.unwrap());
    }
    assert!(lying(app).await.len() > keys.len(), "no kill left anything: they were no test");
    sweep(app).await;
    let mut left: Vec<String> = lying(app).await.into_iter().map(|found| found.key).collect();
    left.sort();
    keys.sort();
    assert_eq!(left, keys);
    assert_eq!(on_disk(app), keys.len());
    assert_eq!(setting.spooled(), [""; 0]);
}
