//! No statement per schedule: what a page of them costs, sign-in included.

use chrono::TimeDelta;
use serde_json::json;

use crate::{
    TestApp, on_both,
    seed_runs::{self, new_run},
    seed_schedules::{self, new_fire, new_schedule},
};

/// Ten schedules with three fires each, of which the latest started a run.
async fn fill(app: &TestApp) {
    for number in 0..10 {
        let mut schedule = new_schedule(&app.app, app.seeded.org, &format!("Schedule {number}"));
        schedule.member_id = Some(app.seeded.admin.id);
        seed_schedules::schedules(&app.app, vec![schedule.clone()]).await;
        let mut run = new_run(&app.app, app.seeded.org, "Run");
        run.schedule_id = Some(schedule.id);
        seed_runs::runs(&app.app, vec![run.clone()]).await;
        let mut fires: Vec<_> = (0..3).map(|hours| new_fire(&schedule, app.now() - TimeDelta::hours(hours))).collect();
        fires[0].outcome = entity::schedule_fire::FireOutcome::Started;
        (fires[0].reason, fires[0].fired_at, fires[0].run_id) = (None, Some(app.now()), Some(run.id));
        seed_schedules::fires(&app.app, fires).await;
        seed_schedules::notifications(&app.app, &schedule, 2).await;
    }
}

on_both! {
    async fn many_schedules_cost_what_one_costs(app: TestApp) {
        fill(&app).await;
        for (fields, more) in [
            ("name description nextFireTimes(count: 50) export { kind } webhookUrl webhookSecret", 0),
            ("preset { name } collects { id }", 0),
            ("changedBy { email }", 1),
            ("lastFire { outcome }", 1),
            ("lastFire { outcome } fires(first: 1) { nodes { id } }", 1),
            ("fires(first: 2) { nodes { outcome run { name } } }", 2),
            ("fires { totalCount nodes { schedule { name } } }", 3),
            ("lastFire { run { schedule { name } } }", 3),
            ("notifications { totalCount nodes { state } }", 2),
        ] {
            for size in [1, 10] {
                let query = format!("{{ schedules(first: {size}) {{ nodes {{ id {fields} }} }} }}");
                let before = app.statements();
                app.data(&app.seeded.admin.token, &query, json!({})).await;
                assert_eq!(app.statements() - before, 2 + more, "{fields}, {size} schedules");
            }
        }
    }
}

on_both! {
    async fn the_schedules_of_many_runs_cost_one_statement(app: TestApp) {
        fill(&app).await;
        for size in [1, 10] {
            let query = format!("{{ collectionRuns(first: {size}) {{ nodes {{ name schedule {{ name nextRunAt }} }} }} }}");
            let before = app.statements();
            app.data(&app.seeded.admin.token, &query, json!({})).await;
            assert_eq!(app.statements() - before, 3, "{size} runs");
        }
    }
}
