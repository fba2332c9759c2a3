//! `sellerbook schedules`, as a process of its own on the database of a test.

use std::process::{Command, Output};

use sellerbook::{
    auth, collection,
    exports::{ExportFormat, ExportKind, ExportRequest},
    id::IdKind,
    page::PageRequest,
    schedules::{self, NewSchedule, OverlapPolicy, ScheduledExport, Target},
};
use uuid::Uuid;

use crate::{TestApp, on_both};

async fn listed(app: &TestApp, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sellerbook"));
    command
        .arg("schedules")
        .args(arguments)
        .env_clear()
        .env("DATABASE_URL", &app.app.config.database_url)
        .env("SELLERBOOK_STORAGE_URL", &app.app.config.storage_url)
        .current_dir(std::env::temp_dir());
    let Output { status, stdout, stderr } =
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn new(name: &str, cron: &str, target: Target) -> NewSchedule {
    NewSchedule {
        name: name.to_owned(),
        target,
        cron: cron.to_owned(),
        time_zone: "America/New_York".to_owned(),
        is_enabled: true,
        overlap: OverlapPolicy::BufferOne,
        catchup_window_seconds: 3_600,
        notify_email: false,
        webhook_url: None,
    }
}

/// Made by a member, as every schedule is.
async fn create(app: &TestApp, member: Uuid, new: NewSchedule) -> String {
    let actor = auth::of_member(&app.app, member).await.unwrap();
    IdKind::Schedule.show(schedules::create_schedule(&app.app, &actor, new).await.unwrap().id)
}

/// What is built in.
async fn all_categories(app: &TestApp, member: Uuid) -> Target {
    let actor = auth::of_member(&app.app, member).await.unwrap();
    let page = collection::list_presets(&app.app, &actor, &PageRequest::default()).await.unwrap();
    Target::Collection { preset_id: page.rows[0].1.id }
}

on_both! {
    async fn schedules_are_listed_with_their_next_times(app: TestApp) {
        // The process has the machine's clock, by which nothing may be due.
        app.app.clock.set("2090-02-20T12:00:00Z".parse().unwrap());
        let (admin, other) = (app.seeded.admin.id, app.seeded.other_admin.id);
        let (code, said, beside) = listed(&app, &[]).await;
        assert_eq!((code, said.as_str(), beside.as_str()), (Some(0), "", "there are no schedules\n"));
        let monthly = create(&app, admin, new("Every\u{1b}[31m month", "@monthly", all_categories(&app, admin).await)).await;
        let request = ExportRequest::from_parameters(ExportKind::Sellers, ExportFormat::Xlsx, &[]).unwrap();
        let export = Target::Export(ScheduledExport { request, latest_run_sellers: true });
        let off = create(&app, admin, NewSchedule { is_enabled: false, ..new("Off", "0 9 * * MON", export) }).await;
        let theirs = create(&app, other, new("Theirs", "0 0 29 2 *", all_categories(&app, other).await)).await;
        let ours = format!(
            "{monthly}  Every\u{fffd}[31m month\n\
             \x20 organisation  acme\n\
             \x20 starts        a collection run of All categories\n\
             \x20 when          @monthly  America/New_York: At 00:00 on day 1 of every month\n\
             \x20 next          2090-03-01T00:00:00-05:00  2090-03-01T05:00:00Z\n\
             \x20               2090-04-01T00:00:00-04:00  2090-04-01T04:00:00Z\n\
             {off}  Off\n\
             \x20 organisation  acme\n\
             \x20 starts        an export of sellers as excel, those new in the latest run\n\
             \x20 when          0 9 * * MON  America/New_York: At 09:00 on Mondays\n\
             \x20 next          never: it is disabled\n"
        );
        let (code, said, beside) = listed(&app, &["--org", "acme", "--times", "2"]).await;
        assert_eq!((code, said.as_str(), beside.as_str()), (Some(0), ours.as_str(), ""));
        let (code, said, _) = listed(&app, &[]).await;
        assert_eq!(code, Some(0));
        for part in [&monthly, &off, &theirs, "2090-07-01T00:00:00-04:00", "2092-02-29T00:00:00-05:00"] {
            assert!(said.contains(part), "{part}\n{said}");
        }
    }
}

on_both! {
    async fn what_is_not_there_is_refused(app: TestApp) {
        let (code, said, beside) = listed(&app, &["--org", "nobody"]).await;
        assert_eq!((code, said.as_str()), (Some(1), ""));
        assert!(beside.contains("there is no organisation `nobody`"), "{beside}");
        for times in ["0", "51", "many"] {
            assert_eq!(listed(&app, &["--times", times]).await.0, Some(2));
        }
    }
}
