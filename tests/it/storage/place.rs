//! Where a test keeps its files: a folder, or a bucket of the S3 named by `TEST_S3_ENDPOINT`.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    sync::OnceLock,
    time::{Duration, Instant},
};

use sellerbook::{
    config::{Config, StorageDownloads},
    files::{Files, Leftover},
};
use uuid::Uuid;

/// The prefix of every test's files in its bucket.
pub const PREFIX: &str = "some/prefix";

/// A folder or a bucket of its own.
pub struct Place {
    pub files: Files,
    kind: Kind,
}

enum Kind {
    Disk(tempfile::TempDir),
    S3 { endpoint: String, bucket: String },
}

/// Runs one body on the disk and, where there is one, on S3.
#[macro_export]
macro_rules! on_both_stores {
    ($(async fn $name:ident($place:ident: Place) $body:block)*) => {
        $(
            async fn $name($place: $crate::storage::place::Place) $body

            mod $name {
                use $crate::storage::place::Place;

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn disk() {
                    super::$name(Place::on_disk()).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn s3() {
                    if let Some(place) = Place::on_s3() {
                        super::$name(place).await;
                    }
                }
            }
        )*
    };
}

impl Place {
    /// A folder, which the first file makes.
    pub fn on_disk() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(&config(format!("file:{}", folder.path().join("files").display()))).unwrap();
        Self { files, kind: Kind::Disk(folder) }
    }

    /// None when there is no S3 to run on.
    pub fn on_s3() -> Option<Self> {
        let endpoint = s3_endpoint()?;
        let bucket = format!("bucket-{}", Uuid::now_v7().simple());
        let answer = request(&endpoint, "PUT", &format!("/{bucket}"));
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let files = files_at(&endpoint, &bucket);
        Some(Self { files, kind: Kind::S3 { endpoint, bucket } })
    }

    /// The same bucket through another address.
    pub fn through(&self, address: &str) -> Files {
        let Kind::S3 { bucket, .. } = &self.kind else { panic!("a folder has no address") };
        files_at(address, bucket)
    }

    /// The settings that lead a process of the product here.
    pub fn variables(&self) -> Vec<(String, String)> {
        let Kind::S3 { endpoint, bucket } = &self.kind else { panic!("a folder has no variables") };
        let url = ("SELLERBOOK_STORAGE_URL".to_owned(), format!("s3://{bucket}/{PREFIX}"));
        aws(endpoint).into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).chain([url]).collect()
    }

    pub fn folder(&self) -> PathBuf {
        let Kind::Disk(folder) = &self.kind else { panic!("S3 has no folder") };
        folder.path().join("files")
    }

    pub fn endpoint(&self) -> &str {
        let Kind::S3 { endpoint, .. } = &self.kind else { panic!("a folder has no endpoint") };
        endpoint
    }

    pub fn is_s3(&self) -> bool {
        matches!(self.kind, Kind::S3 { .. })
    }

    /// Everything that lies there: files, staged ones, uploads that were not finished.
    pub async fn everything(&self) -> Vec<Leftover> {
        self.files.leftovers("9999-01-01T00:00:00Z".parse().unwrap()).await.unwrap()
    }

    /// Waits until nothing lies there: what a dropped write leaves is taken away behind its back.
    pub async fn becomes_empty(&self) {
        // What S3 did not answer is asked again for up to 45 seconds.
        let deadline = Instant::now() + Duration::from_secs(90);
        loop {
            let left = self.everything().await;
            if left.is_empty() && self.is_bare() {
                return;
            }
            assert!(Instant::now() < deadline, "still there: {left:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The same asked past our own code.
    fn is_bare(&self) -> bool {
        match &self.kind {
            Kind::Disk(folder) => count_files(folder.path()) == 0,
            Kind::S3 { endpoint, bucket } => {
                let uploads = request(endpoint, "GET", &format!("/{bucket}?uploads"));
                let objects = request(endpoint, "GET", &format!("/{bucket}?list-type=2"));
                assert!(uploads.contains("ListMultipartUploadsResult"), "{uploads}");
                assert!(objects.contains("ListBucketResult"), "{objects}");
                !uploads.contains("<Upload>") && !objects.contains("<Contents>")
            }
        }
    }
}

pub fn config(storage_url: String) -> Config {
    Config { storage_url, storage_downloads: StorageDownloads::Redirect, ..Config::default() }
}

fn files_at(endpoint: &str, bucket: &str) -> Files {
    let variables = aws(endpoint).map(|(name, value)| (name.to_owned(), value.to_owned()));
    Files::open_with(&config(format!("s3://{bucket}/{PREFIX}")), variables).unwrap()
}

fn aws(endpoint: &str) -> [(&str, &str); 6] {
    [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "a secret of the test"),
        ("AWS_REGION", "eu-west-1"),
        ("NOT_OURS", "x"),
        ("AWS_PAGER", "less"),
    ]
}

fn count_files(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { count_files(&path) } else { 1 }).sum()
}

/// One request without a body, past every client: the whole answer as text.
pub fn request(endpoint: &str, method: &str, path: &str) -> String {
    let host = endpoint.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The S3 tests make their buckets on. Says once, past the capture of test output, when there is none.
fn s3_endpoint() -> Option<String> {
    static ENDPOINT: OnceLock<Option<String>> = OnceLock::new();
    ENDPOINT
        .get_or_init(|| {
            let endpoint = std::env::var("TEST_S3_ENDPOINT").ok().filter(|endpoint| !endpoint.is_empty());
            if endpoint.is_none() {
                let _ = writeln!(
                    std::io::stderr(),
                    "note: S3 is left out: TEST_S3_ENDPOINT is not set; files are tested on the disk alone"
                );
            }
            endpoint
        })
        .clone()
}
