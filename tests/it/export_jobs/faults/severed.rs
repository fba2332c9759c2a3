//! Connections to PostgreSQL that break at the worst moments: after the commit and before its answer, or without a word.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use entity::{export_job::ExportJobStatus, job::JobState};
use sea_orm::sea_query::{Expr, Query};
use sellerbook::{
    app::App,
    config::Config,
    db::{Cell, CellKind, RowQuery, RowSink, Stop},
    work,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{WIDE, bytes, eventually, lying, many, queued, row, sweep, wide};
use crate::{Backend, TestApp, export_jobs::start};

/// Stands between the product and PostgreSQL.
struct Between {
    url: String,
    wires: Arc<Wires>,
}

#[derive(Default)]
struct Wires {
    /// Cut whoever commits that an export is complete, once it is committed.
    cuts_commits: AtomicBool,
    cuts: AtomicUsize,
    opened: AtomicUsize,
    /// Connections opened before so many say nothing any more.
    silent_below: AtomicUsize,
    /// When the silence begins.
    silence: Mutex<Option<Silence>>,
}

/// A moment at which all connections there are fall silent.
#[derive(Clone, Copy, Debug)]
enum Silence {
    /// One asks for something that holds this.
    Asked(&'static str),
    /// One was answered so many bytes.
    Answered(usize),
}

impl Wires {
    /// Falls silent if this is the moment.
    fn listen(&self, is_it: impl FnOnce(Silence) -> bool) {
        let mut silence = self.silence.lock().unwrap();
        if silence.is_some_and(is_it) {
            *silence = None;
            self.silent_below.store(self.opened.load(Ordering::SeqCst), Ordering::SeqCst);
        }
    }

    /// Comes back only if this connection still speaks.
    async fn unless_silent(&self, number: usize) {
        if number < self.silent_below.load(Ordering::SeqCst) {
            std::future::pending().await
        }
    }
}

impl Between {
    async fn of(app: &TestApp) -> Self {
        let (user, place) = app.app.config.database_url.rsplit_once('@').unwrap();
        let (address, database) = place.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{user}@{}/{database}", listener.local_addr().unwrap());
        let (wires, address) = (Arc::new(Wires::default()), address.to_owned());
        let shared = Arc::clone(&wires);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&address).await.unwrap();
                tokio::spawn(pass(client, server, Arc::clone(&shared)));
            }
        });
        Self { url, wires }
    }

    /// A process whose connections pass here.
    async fn app(&self, app: &TestApp) -> App {
        // The server notices as soon as the tests do that nobody is there.
        let url = format!("{}?options[idle_in_transaction_session_timeout]=3s", self.url);
        let config = Config { database_url: url, ..Config::clone(&app.app.config) };
        App::connect(config).await.unwrap()
    }
}

/// One connection, until either side or the test ends it.
async fn pass(client: TcpStream, server: TcpStream, wires: Arc<Wires>) {
    let number = wires.opened.fetch_add(1, Ordering::SeqCst);
    let (up, down) = (client.into_split(), server.into_split());
    let is_cut = AtomicBool::new(false);
    let _ =
        tokio::try_join!(asked(up.0, down.1, &wires, &is_cut, number), answered(down.0, up.1, &wires, &is_cut, number));
}

async fn asked(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    wires: &Wires,
    is_cut: &AtomicBool,
    number: usize,
) -> io::Result<()> {
    let (mut buffer, mut says_complete) = (vec![0; 64 * 1024], false);
    loop {
        let length = read(&mut from, &mut buffer, wires, number).await?;
        let says = |word: &[u8]| buffer[..length].windows(word.len()).any(|window| window == word);
        says_complete |= says(b"COMPLETED");
        wires.listen(|silence| matches!(silence, Silence::Asked(word) if says(word.as_bytes())));
        wires.unless_silent(number).await;
        if says(b"COMMIT") && std::mem::take(&mut says_complete) && wires.cuts_commits.load(Ordering::SeqCst) {
            is_cut.store(true, Ordering::SeqCst);
        }
        to.write_all(&buffer[..length]).await?;
    }
}

async fn answered(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    wires: &Wires,
    is_cut: &AtomicBool,
    number: usize,
) -> io::Result<()> {
    let (mut buffer, mut answered) = (vec![0; 64 * 1024], 0);
    loop {
        let length = read(&mut from, &mut buffer, wires, number).await?;
        answered += length;
        wires.listen(|silence| matches!(silence, Silence::Answered(bytes) if answered > bytes));
        wires.unless_silent(number).await;
        if is_cut.load(Ordering::SeqCst) {
            wires.cuts.fetch_add(1, Ordering::SeqCst);
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        to.write_all(&buffer[..length]).await?;
    }
}

async fn read(from: &mut OwnedReadHalf, buffer: &mut [u8], wires: &Wires, number: usize) -> io::Result<usize> {
    let length = from.read(buffer).await?;
    wires.unless_silent(number).await;
    if length == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(length) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_keeps_its_file() {
    let Some(app) = TestApp::new(Backend::Postgres).await else { return };
    many(&app, 10, 10).await;
    let between = Between::of(&app).await;
    let mut there = between.app(&app).await;
    there.clock = app.app.clock.clone();
    between.wires.cuts_commits.store(true, Ordering::SeqCst);
    let id = start(&app, &app.seeded.admin.token, wide()).await;
    assert_eq!(work::run_jobs(&there).await.unwrap(), 1);
    assert_eq!(between.wires.cuts.load(Ordering::SeqCst), 1);
    for _ in 0..2 {
        assert_eq!(row(&app, &id).await.status, ExportJobStatus::Completed);
        assert_eq!(queued(&app, &id).await.state, JobState::Done);
        assert!(bytes(&app, &id).await == app.file(&app.seeded.admin.token, WIDE).await.as_bytes());
        sweep(&app).await;
    }
    assert_eq!(lying(&app).await.len(), 1);
}

/// A file is made although everything falls silent at that moment.
async fn made_despite(silence: Silence) {
    let Some(app) = TestApp::new(Backend::Postgres).await else { return };
    many(&app, 2_000, 4_000).await;
    app.app.clock.set(sellerbook::clock::Clock::system().now());
    let between = Between::of(&app).await;
    let mut there = between.app(&app).await;
    there.db.expect_answers_within(Duration::from_secs(2));
    let id = start(&app, &app.seeded.admin.token, wide()).await;
    *between.wires.silence.lock().unwrap() = Some(silence);
    let crew = work::crew(there.clone(), 1, CancellationToken::new());
    let _crew = AbortOnDropHandle::new(tokio::spawn(crew));
    eventually("done", || async { queued(&app, &id).await.state == JobState::Done }).await;
    assert!(between.wires.silent_below.load(Ordering::SeqCst) > 0, "{silence:?}: never");
    assert!(bytes(&app, &id).await == app.file(&app.seeded.admin.token, WIDE).await.as_bytes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_falls_silent_when_a_job_is_claimed_is_connected_to_anew() {
    made_despite(Silence::Asked("UPDATE job")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_falls_silent_when_rows_are_asked_for_is_connected_to_anew() {
    made_despite(Silence::Asked("COPY (")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_falls_silent_between_rows_is_connected_to_anew() {
    made_despite(Silence::Answered(1_000_000)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_falls_silent_when_a_file_is_complete_is_connected_to_anew() {
    made_despite(Silence::Asked("COMPLETED")).await;
}

/// More of them than the pool has: none of its places is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_fell_silent_are_replaced() {
    let Some(app) = TestApp::new(Backend::Postgres).await else { return };
    let between = Between::of(&app).await;
    let mut there = between.app(&app).await;
    there.db.expect_answers_within(Duration::from_millis(500));
    let asked = async || futures::future::join_all((0..10).map(|_| there.db.ping())).await;
    assert!(asked().await.iter().all(Result::is_ok));
    let opened = between.wires.opened.load(Ordering::SeqCst);
    between.wires.silent_below.store(opened, Ordering::SeqCst);
    assert!(asked().await.iter().any(Result::is_err));
    eventually("answered", async || asked().await.iter().all(Result::is_ok)).await;
}

/// Adds up what it is given.
struct Sum(i64);

impl RowSink for Sum {
    fn cell(&mut self, _: usize, cell: Cell<'_>) -> Result<(), Stop> {
        let Cell::Int(value) = cell else { panic!("{cell:?}") };
        self.0 += value;
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Stop> {
        Ok(())
    }
}

/// Many times as long as an answer may take.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_looks_for_rows_is_waited_for() {
    let Some(mut app) = TestApp::new(Backend::Postgres).await else { return };
    app.app.db.expect_answers_within(Duration::from_millis(200));
    let slow = Expr::cust("(SELECT CAST(42 AS bigint) FROM pg_sleep(2))");
    let query = RowQuery { select: Query::select().expr(slow).to_owned(), kinds: vec![CellKind::Int] };
    let snapshot = app.app.db.snapshot().await.unwrap();
    let read = move || {
        let mut sum = Sum(0);
        snapshot.read(&query, &mut sum, &CancellationToken::new()).map(|()| sum.0)
    };
    assert_eq!(tokio::task::spawn_blocking(read).await.unwrap().unwrap(), 42);
}
