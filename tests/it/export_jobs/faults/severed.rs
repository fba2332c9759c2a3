//! Connections to PostgreSQL that break at the worst moments: after the commit and before its answer, or without a word.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use entity::{export_job::ExportJobStatus, job::JobState};
use sellerbook::{app::App, config::Config, work};
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
        let config = Config { database_url: self.url.clone(), ..Config::clone(&app.app.config) };
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
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = read(&mut from, &mut buffer, wires, number).await?;
        if is_cut.load(Ordering::SeqCst) {
            wires.cuts.fetch_add(1, Ordering::SeqCst);
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        to.write_all(&buffer[..length]).await?;
    }
}

async fn read(from: &mut OwnedReadHalf, buffer: &mut [u8], wires: &Wires, number: usize) -> io::Result<usize> {
    let length = from.read(buffer).await?;
    if number < wires.silent_below.load(Ordering::SeqCst) {
        return std::future::pending().await;
    }
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_falls_silent_is_connected_to_anew() {
    let Some(app) = TestApp::new(Backend::Postgres).await else { return };
    many(&app, 5_000, 4_000).await;
    app.app.clock.set(sellerbook::clock::Clock::system().now());
    let between = Between::of(&app).await;
    let there = between.app(&app).await;
    let id = start(&app, &app.seeded.admin.token, wide()).await;
    let crew = work::crew(there.clone(), 1, CancellationToken::new());
    let _crew = AbortOnDropHandle::new(tokio::spawn(crew));
    eventually("begun", || async { row(&app, &id).await.status == ExportJobStatus::Processing }).await;
    let opened = between.wires.opened.load(Ordering::SeqCst);
    between.wires.silent_below.store(opened, Ordering::SeqCst);
    let silent = Instant::now();
    eventually("done", || async { queued(&app, &id).await.state == JobState::Done }).await;
    println!("done {:?} after the silence", silent.elapsed());
    assert!(silent.elapsed() < Duration::from_secs(60));
    assert!(bytes(&app, &id).await == app.file(&app.seeded.admin.token, WIDE).await.as_bytes());
}
