//! The product as a process of its own, on the database and the files of a test: told to stop, or killed.
//!
//! What a reader would get wrong: a process has the machine's clock; a test that starts one sets its own by it.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use sellerbook::clock::Clock;
use tempfile::TempDir;

use tokio::time::{Instant, sleep};

use crate::TestApp;

/// Nothing here may take longer.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for something that must come about.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "{what}: never");
        sleep(Duration::from_millis(2)).await;
    }
}

/// How a test wants its processes.
pub struct Setting {
    variables: Vec<(String, String)>,
    /// Where they work and spool; removed with this.
    folder: TempDir,
}

/// A running process. Killed when dropped; what it logged is shown when the test has failed.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Setting {
    /// On the database and in the folder of a test, with leases of a second. The test's clock is set to the machine's.
    pub fn of(app: &TestApp) -> Self {
        app.app.clock.set(Clock::system().now());
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("spool")).unwrap();
        let spool = folder.path().join("spool").display().to_string();
        let config = &app.app.config;
        let setting = Self { variables: Vec::new(), folder };
        setting
            .with("DATABASE_URL", &config.database_url)
            .with("SELLERBOOK_STORAGE_URL", &config.storage_url)
            .with("SELLERBOOK_SPOOL_DIR", spool)
            .with("SELLERBOOK_JOB_LEASE_SECONDS", "1")
            .with("SELLERBOOK_WORKERS", "1")
            .with("SELLERBOOK_LINK_SECRET", "a secret of thirty-two bytes or more")
            .with("SELLERBOOK_LISTEN", "127.0.0.1:0")
    }

    /// The same with one more variable; the last of a name holds.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Starts `sellerbook <command>`.
    pub fn start(&self, command: &str) -> Process {
        let log = self.folder.path().join(format!("{}.log", uuid::Uuid::now_v7().simple()));
        let child = Command::new(env!("CARGO_BIN_EXE_sellerbook"))
            .arg(command)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Process { child, log }
    }

    /// What lies in the folder for what waits or is sorted, by name.
    pub fn spooled(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("spool")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }
}

impl Process {
    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits for its end.
    pub async fn ends(mut self, within: Duration) -> ExitStatus {
        let begun = Instant::now();
        eventually("the end of a process", || {
            let has_ended = self.ended().is_some();
            async move { has_ended }
        })
        .await;
        assert!(begun.elapsed() < within, "{:?}", begun.elapsed());
        self.ended().unwrap()
    }

    /// Where it listens, as soon as it does.
    pub async fn address(&self) -> SocketAddr {
        let said = || self.log().lines().find_map(|line| line.split_once("address=")?.1.trim().parse().ok());
        eventually("listening", || {
            let is_listening = said().is_some();
            async move { is_listening }
        })
        .await;
        said().unwrap()
    }

    /// The most memory it has held so far, in bytes.
    #[cfg(target_os = "linux")]
    pub fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- a process logged\n{}", self.log());
        }
    }
}
