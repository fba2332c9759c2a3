//! `sellerbook collect`, as a process of its own on the database of a test.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio},
};

use sellerbook::{
    auth,
    clock::Clock,
    collection::{self, CollectionRun, CollectionRunFilter, CollectionRunStatus, NewPreset},
    id::IdKind,
    page::PageRequest,
    sources::SearchSettings,
};

use crate::{TestApp, on_both};

/// A preset of one category, by the machine's clock, which the processes have.
async fn preset(app: &TestApp, name: &str) -> String {
    app.app.clock.set(Clock::system().now());
    let operator = auth::operator(&app.app, "acme").await.unwrap();
    let category = app.app.sources.categories.all().next().unwrap().id.clone();
    let new = NewPreset { name: name.to_owned(), category_ids: vec![category], search: SearchSettings::default() };
    let made = collection::create_preset(&app.app, &operator, new).await.unwrap();
    IdKind::Preset.show(made.id)
}

/// `sellerbook …`, with calls that take so many milliseconds.
fn sellerbook(app: &TestApp, latency: u32, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sellerbook"));
    command
        .args(arguments)
        .env_clear()
        .env("DATABASE_URL", &app.app.config.database_url)
        .env("SELLERBOOK_STORAGE_URL", &app.app.config.storage_url)
        .env("SELLERBOOK_CATALOGUE_LATENCY_MS", latency.to_string())
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::null());
    command
}

async fn output(mut command: Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// The only run there is.
async fn run(app: &TestApp) -> CollectionRun {
    let operator = auth::operator(&app.app, "acme").await.unwrap();
    let filter = CollectionRunFilter::default();
    let page = collection::list(&app.app, &operator, &filter, &PageRequest::default()).await.unwrap();
    assert_eq!(page.rows.len(), 1);
    page.rows.into_iter().next().unwrap().1
}

on_both! {
    async fn a_run_is_collected_in_the_terminal_and_its_sellers_are_exported(app: TestApp) {
        preset(&app, "One  Category").await;
        let (code, said, errors) =
            output(sellerbook(&app, 0, &["collect", "--org", "acme", "--preset", "one category", "--name", "First"])).await;
        assert_eq!((code, errors.as_str()), (Some(0), ""), "{said}");
        let run = run(&app).await;
        assert_eq!((run.status, run.name.as_str(), run.member_id), (CollectionRunStatus::Completed, "First", None));
        assert!(run.products_done > 0 && run.sellers_new > 0, "{run:?}");
        let id = IdKind::Run.show(run.id);
        let summary = format!(
            "{id}  First\n  COMPLETED after ",
        );
        assert!(said.contains(&summary), "{said}");
        for line in [
            "  categories  1 of 1\n".to_owned(),
            format!("  products    {0} of {0}\n", run.products_total),
            format!("  sellers     {} found, {} of them new\n", run.sellers_found, run.sellers_new),
            "  failures    0\n".to_owned(),
            format!("  calls       {} CATALOGUE\n", run.best_sellers_calls + run.listings_calls),
            "  cost        $0.00\n".to_owned(),
        ] {
            assert!(said.contains(&line), "{line}{said}");
        }
        let export = ["export", "sellers", "--org", "acme", "--format", "ndjson", "--output", "-", "--run-id", &id];
        let (code, names, _) = output(sellerbook(&app, 0, &export)).await;
        assert_eq!((code, names.lines().count()), (Some(0), usize::try_from(run.sellers_new).unwrap()));
    }
}

on_both! {
    async fn with_verbose_every_event_is_a_line(app: TestApp) {
        let id = preset(&app, "one").await;
        let arguments = ["collect", "--org", "acme", "--preset", &id, "--max-calls", "4", "--verbose"];
        let (code, said, errors) = output(sellerbook(&app, 0, &arguments)).await;
        assert_eq!((code, errors.as_str()), (Some(1), "error: the run failed: it has made all the calls it may make\n"));
        let run = run(&app).await;
        assert_eq!(run.reason.as_deref(), Some("CALL_CAP_REACHED"));
        let numbers: Vec<i64> = said.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect();
        assert_eq!(numbers, (1..=run.last_seq).collect::<Vec<_>>(), "{said}");
        for kind in [" STARTED ", " FETCHED ", " FOUND ", " SELLER_ADDED ", " DONE "] {
            assert!(said.contains(kind), "{kind}: {said}");
        }
    }
}

on_both! {
    async fn what_cannot_be_collected_is_refused(app: TestApp) {
        preset(&app, "one").await;
        for (arguments, error) in [
            (["--org", "acme", "--preset", "two"], "error: there is no preset `two`; there are `All categories`, `one`\n"),
            (["--org", "nobody", "--preset", "one"], "error: there is no organisation `nobody`;"),
        ] {
            let (code, said, errors) = output(sellerbook(&app, 0, &[&["collect"][..], &arguments].concat())).await;
            assert_eq!((code, said.as_str()), (Some(1), ""));
            assert!(errors.starts_with(error), "{errors}");
        }
    }
}

/// A `collect` at work, and what it says.
struct Collecting {
    child: Child,
    said: BufReader<ChildStdout>,
    errors: BufReader<ChildStderr>,
}

impl Collecting {
    /// Begins, and waits until the run is at work.
    fn begin(app: &TestApp, latency: u32) -> Self {
        let mut command = sellerbook(app, latency, &["collect", "--org", "acme", "--preset", "All categories"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (said, errors) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let mut collecting = Self { child, said: BufReader::new(said), errors: BufReader::new(errors) };
        collecting.hears("RUNNING");
        collecting
    }

    /// Waits for a line that begins so.
    fn hears(&mut self, start: &str) {
        let mut line = String::new();
        while !line.starts_with(start) {
            line.clear();
            assert!(self.said.read_line(&mut line).unwrap() > 0, "{start} was not said: {}", self.rest());
        }
    }

    /// Ctrl-C.
    fn interrupt(&self) {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// The next line on standard error.
    fn error(&mut self) -> String {
        let mut line = String::new();
        self.errors.read_line(&mut line).unwrap();
        line
    }

    fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.errors.read_to_string(&mut rest).unwrap();
        rest
    }

    fn code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Collecting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

on_both! {
    async fn ctrl_c_pauses_the_run_and_waits_for_it(app: TestApp) {
        app.app.clock.set(Clock::system().now());
        let mut collecting = Collecting::begin(&app, 20);
        collecting.interrupt();
        assert_eq!(collecting.error(), "pausing after the products in hand; Ctrl-C again leaves at once\n");
        collecting.hears("PAUSED (somebody asked for it): ");
        collecting.hears("  PAUSED after ");
        let last = collecting.error();
        assert!(last.starts_with("the run is paused and has lost nothing; "), "{last}");
        assert_eq!(collecting.code(), Some(130));
        let run = run(&app).await;
        assert_eq!((run.status, run.reason.as_deref()), (CollectionRunStatus::Paused, Some("REQUESTED")));
        assert_eq!((run.resumes_at, run.pause_asked_at), (None, None));
    }
}

on_both! {
    async fn a_second_ctrl_c_leaves_at_once(app: TestApp) {
        app.app.clock.set(Clock::system().now());
        // Longer than the test may take: what is in hand does not end before.
        let mut collecting = Collecting::begin(&app, 60_000);
        collecting.interrupt();
        assert_eq!(collecting.error(), "pausing after the products in hand; Ctrl-C again leaves at once\n");
        collecting.interrupt();
        assert_eq!(collecting.error(), "left the run at once; what was in hand is done again when it goes on\n");
        assert_eq!(collecting.code(), Some(130));
        let run = run(&app).await;
        assert_eq!((run.status, run.pause_asked_at.is_some()), (CollectionRunStatus::Running, true));
    }
}
