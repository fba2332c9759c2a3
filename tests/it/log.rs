//! What the process logs. A process has one listener, so the tests that read the log share this one.

use std::{
    io,
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::watch;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets, dynamic_filter_fn},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

static EXPORTS: LazyLock<watch::Sender<Vec<String>>> = LazyLock::new(watch::Sender::default);
static ALL: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static KEEPS_ALL: AtomicBool = AtomicBool::new(false);

/// The lines that say how exports ended, as they come.
pub fn exports() -> watch::Receiver<Vec<String>> {
    listen();
    EXPORTS.subscribe()
}

/// Keeps every line from now on, down to the finest.
pub fn keep_all() {
    listen();
    KEEPS_ALL.store(true, Ordering::SeqCst);
}

/// Every line since [`keep_all`].
pub fn all() -> String {
    String::from_utf8_lossy(&ALL.lock().unwrap()).into_owned()
}

fn listen() {
    static LISTENER: LazyLock<()> = LazyLock::new(|| {
        let exports = Targets::new().with_target("sellerbook::exports", LevelFilter::INFO);
        let all = dynamic_filter_fn(|_, _| KEEPS_ALL.load(Ordering::SeqCst));
        tracing_subscriber::registry()
            .with(fmt::layer().with_ansi(false).with_writer(|| ExportLine).with_filter(exports))
            .with(fmt::layer().with_ansi(false).with_writer(|| Line).with_filter(all))
            .init();
    });
    LazyLock::force(&LISTENER);
}

struct ExportLine;

impl io::Write for ExportLine {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        EXPORTS.send_modify(|lines| lines.push(String::from_utf8_lossy(line).into_owned()));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Line;

impl io::Write for Line {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        ALL.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
