//! Files in a bucket of S3 or one of its relatives: every request bounded in time, and tried again where that may help.
//!
//! `object_store` does not try a POST again whose answer was cut, nor a read for long after it began; so it tries nothing
//! again here, and this file everything, by one rule. What a reader would get wrong: a range is read in pieces of a few megabytes,
//! each a request of its own, so that a client that reads slowly holds no connection to S3 that would be cut.

use std::{
    future::Future,
    io,
    ops::Range,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{
    ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey},
    client::{HttpClient, HttpConnector, ReqwestConnector},
    multipart::{MultipartStore, PartId},
    path::Path,
    signer::{Method, SignedUrlOptions, Signer},
};
use tokio_util::task::AbortOnDropHandle;

use super::{Chunks, Leftover, LeftoverKind, fault, refused, unfinished};
use crate::error::{Error, Result};

/// Read at once. Two more are fetched while the first is taken.
const PIECE: u64 = 4 * 1024 * 1024;
const AHEAD: usize = 2;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Of a whole request; a part of 8 MiB takes this long at 2 Mbit/s.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How often something is tried, and for how long: 11 s where S3 refuses at once.
const TRIES: u32 = 8;
const GIVE_UP_AFTER: Duration = Duration::from_secs(45);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long the address of a request of our own is good for.
const OWN_ADDRESS: Duration = Duration::from_secs(300);

/// A bucket, or what lies under one prefix of it.
#[derive(Clone, Debug)]
pub struct S3(Arc<Bucket>);

#[derive(Debug)]
struct Bucket {
    store: AmazonS3,
    client: HttpClient,
    prefix: String,
}

impl S3 {
    /// `place` is a bucket, or one and a prefix: `bucket/prefix`.
    pub fn open(place: &str, variables: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let prefix = prefix.trim_matches('/').to_owned();
        if bucket.is_empty() || Path::parse(&prefix).is_err() {
            return Err(refused("`storage_url` must be `s3://<bucket>/<prefix>`"));
        }
        // The first in the process to speak TLS decides; all of us would choose the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (builder, options) = configured(variables);
        let client = ReqwestConnector::default().connect(&options);
        let store = builder.with_client_options(options).with_bucket_name(bucket).build();
        let (store, client) = store.and_then(|store| Ok((store, client?))).map_err(|error| {
            refused(format!("`storage_url` names S3, but the variables `AWS_*` cannot be used: {error}"))
        })?;
        Ok(Self(Arc::new(Bucket { store, client, prefix })))
    }

    /// The name of a file in the bucket.
    pub fn full_key(&self, key: &str) -> String {
        if self.0.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.0.prefix) }
    }

    /// The key of a name in the bucket, when it is under our prefix.
    fn own_key(&self, full: &str) -> Option<String> {
        let own = match self.0.prefix.as_str() {
            "" => Some(full),
            prefix => full.strip_prefix(prefix)?.strip_prefix('/'),
        };
        own.map(str::to_owned)
    }

    /// A whole file in one request.
    pub async fn put(&self, path: &Path, payload: PutPayload) -> Result<()> {
        let put = || self.0.store.put(path, payload.clone());
        retrying("writing a file to S3", put).await.map(drop)
    }

    /// Begins an upload: its id, and whether there may be others now, whose ids were lost with the answers.
    pub async fn create(&self, path: &Path) -> Result<(String, bool)> {
        let mut tries = 0;
        let create = || {
            tries += 1;
            self.0.store.create_multipart(path)
        };
        let id = retrying("beginning an upload to S3", create).await?;
        Ok((id, tries > 1))
    }

    /// One part of an upload.
    pub async fn put_part(&self, path: &Path, id: &String, index: usize, payload: PutPayload) -> Result<PartId> {
        let put = || self.0.store.put_part(path, id, index, payload.clone());
        retrying("writing a part of a file to S3", put).await
    }

    /// Makes the parts a file.
    pub async fn complete(&self, path: &Path, id: &String, parts: Vec<PartId>, bytes: u64) -> Result<()> {
        let complete = || self.0.store.complete_multipart(path, id, parts.clone());
        let Err(error) = retrying("finishing an upload to S3", complete).await else { return Ok(()) };
        // An answer that was lost on its way looks like a failure. The key is ours alone: what lies there is this file.
        match self.0.store.head(path).await {
            Ok(found) if found.size == bytes => Ok(()),
            _ => Err(error),
        }
    }

    /// Takes back an upload and its parts; that it is gone already is fine.
    pub async fn abort(&self, path: &Path, id: &String) -> Result<()> {
        gone_is_fine(retrying("taking back an upload to S3", || self.0.store.abort_multipart(path, id)).await)
    }

    /// Takes back every upload of a key.
    pub async fn abort_all(&self, path: &Path) -> Result<()> {
        let mut after = None;
        loop {
            let page = self.unfinished(path.as_ref(), after.take()).await?;
            for upload in page.uploads.iter().filter(|upload| upload.key == path.as_ref()) {
                self.abort(path, &upload.id).await?;
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Removes a file; that it is gone already is fine.
    pub async fn delete(&self, path: &Path) -> Result<()> {
        gone_is_fine(retrying("removing a file from S3", || self.0.store.delete(path)).await)
    }

    /// Reads a range.
    pub async fn read(&self, path: Path, range: Range<u64>) -> Result<Chunks> {
        let mut pieces = pieces(range);
        let Some(first) = pieces.next() else {
            retrying("finding a file in S3", || self.0.store.head(&path)).await?;
            return Ok(stream::empty().boxed());
        };
        let first = self.piece(&path, first).await?;
        let s3 = self.clone();
        let rest = pieces.map(move |piece| {
            let (s3, path) = (s3.clone(), path.clone());
            async move {
                // A task of its own: it goes on while the client does not read, and ends when the client has left.
                let fetched = tokio::spawn(async move { s3.piece(&path, piece).await });
                AbortOnDropHandle::new(fetched).await.map_err(io::Error::other)?.map_err(io::Error::other)
            }
        });
        Ok(stream::once(async { Ok(first) }).chain(stream::iter(rest).buffered(AHEAD)).boxed())
    }

    async fn piece(&self, path: &Path, piece: Range<u64>) -> Result<Bytes> {
        let bytes = retrying("reading a file from S3", || self.0.store.get_range(path, piece.clone())).await?;
        if bytes.len() as u64 == piece.end - piece.start {
            return Ok(bytes);
        }
        Err(Error::internal("a file in S3 is as long as it was"))
    }

    /// An address that gives the file to whoever has it.
    pub async fn presign(&self, path: &Path, disposition: &str, media_type: &str, valid: Duration) -> Result<String> {
        let query = [("response-content-disposition", disposition), ("response-content-type", media_type)];
        self.address(path, SignedUrlOptions::new().with_query(query), valid).await
    }

    async fn address(&self, path: &Path, options: SignedUrlOptions, valid: Duration) -> Result<String> {
        let url = self.0.store.signed_url_opts(Method::GET, path, valid, &options).await;
        url.map(String::from).map_err(|error| fault::of_store("signing an address of S3", error))
    }

    /// Everything under our prefix: files, and uploads that were not finished.
    pub async fn list(&self) -> Result<Vec<Leftover>> {
        let prefix = Some(Path::from(self.0.prefix.as_str())).filter(|prefix| !prefix.is_root());
        let whole = retrying("listing the files in S3", || self.0.store.list(prefix.as_ref()).try_collect::<Vec<_>>());
        let whole = whole.await?.into_iter().filter_map(|found| {
            let key = self.own_key(found.location.as_ref())?;
            Some(Leftover { key, kind: LeftoverKind::Whole, at: found.last_modified })
        });
        let mut all: Vec<Leftover> = whole.collect();
        let mut after = None;
        loop {
            let page = self.unfinished(&self.full_key(""), after.take()).await?;
            all.extend(page.uploads.into_iter().filter_map(|upload| {
                let key = self.own_key(&upload.key)?;
                Some(Leftover { key, kind: LeftoverKind::Upload(upload.id), at: upload.begun })
            }));
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(all),
            }
        }
    }

    async fn unfinished(&self, prefix: &str, after: Option<(String, String)>) -> Result<unfinished::Page> {
        let mut query = vec![("uploads", ""), ("prefix", prefix)];
        if let Some((key, id)) = &after {
            query.extend([("key-marker", key.as_str()), ("upload-id-marker", id.as_str())]);
        }
        let address = self.address(&Path::ROOT, SignedUrlOptions::new().with_query(query), OWN_ADDRESS).await?;
        retrying("listing the uploads to S3", || unfinished::page(&self.0.client, &address)).await
    }
}

/// What the `AWS_*` variables say, on top of our own limits.
fn configured(variables: impl IntoIterator<Item = (String, String)>) -> (AmazonS3Builder, ClientOptions) {
    let mut options = ClientOptions::new().with_connect_timeout(CONNECT_TIMEOUT).with_timeout(REQUEST_TIMEOUT);
    let retry = RetryConfig { max_retries: 0, ..RetryConfig::default() };
    // One request for each file is part of every S3; removing many at once is not.
    let mut builder = AmazonS3Builder::new().with_retry(retry).with_disable_bulk_delete(true);
    for (name, value) in variables.into_iter().filter(|(name, _)| name.starts_with("AWS_")) {
        match name.to_ascii_lowercase().parse() {
            Ok(AmazonS3ConfigKey::Client(key)) => options = options.with_config(key, value),
            Ok(key) => builder = builder.with_config(key, value),
            Err(_) => {}
        }
    }
    let named = |key| builder.get_config_value(&key);
    let endpoint = named(AmazonS3ConfigKey::S3Endpoint).or_else(|| named(AmazonS3ConfigKey::Endpoint));
    // Whoever writes `http://` means it; `AWS_ALLOW_HTTP` as well would only be forgotten.
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        options = options.with_allow_http(true);
    }
    (builder, options)
}

/// Does it until it succeeds, cannot succeed, or has taken too long.
async fn retrying<T, F>(context: &'static str, mut attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = object_store::Result<T>>,
{
    let started = Instant::now();
    let mut tries = 0;
    loop {
        let error = match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        tries += 1;
        if tries == TRIES || started.elapsed() > GIVE_UP_AFTER || !fault::is_passing(&error) {
            return Err(fault::of_store(context, error));
        }
        tracing::debug!(context, tries, %error, "trying again");
        let pause = FIRST_PAUSE * 2_u32.pow(tries - 1);
        // Not all at the same moment.
        tokio::time::sleep(pause.min(LONGEST_PAUSE).mul_f64(rand::random_range(0.5..1.0))).await;
    }
}

fn gone_is_fine(outcome: Result<()>) -> Result<()> {
    match outcome {
        Err(Error::NotFound { .. }) => Ok(()),
        outcome => outcome,
    }
}

fn pieces(range: Range<u64>) -> impl Iterator<Item = Range<u64>> + Send + 'static {
    let Range { mut start, end } = range;
    std::iter::from_fn(move || {
        let piece = start..end.min(start.saturating_add(PIECE));
        start = piece.end;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_a_range() {
        let of = |range: Range<u64>| pieces(range).collect::<Vec<_>>();
        assert!(of(5..5).is_empty());
        assert_eq!(of(5..6), vec![5..6; 1]);
        assert_eq!(of(1..1 + PIECE), vec![1..1 + PIECE; 1]);
        assert_eq!(of(0..2 * PIECE + 1), [0..PIECE, PIECE..2 * PIECE, 2 * PIECE..2 * PIECE + 1]);
    }

    #[test]
    fn a_place_is_a_bucket_and_perhaps_a_prefix() {
        let open = |place: &str| S3::open(place, []);
        assert_eq!(open("b").unwrap().full_key("k"), "k");
        let with_prefix = open("b/x/y/").unwrap();
        assert_eq!(with_prefix.full_key("k"), "x/y/k");
        assert_eq!(with_prefix.own_key("x/y/k").as_deref(), Some("k"));
        assert_eq!(with_prefix.own_key("x/yz/k"), None);
        for bad in ["", "/x", "b/../x"] {
            assert_eq!(open(bad).unwrap_err().code(), "CONFIG", "{bad}");
        }
    }

    #[test]
    fn half_a_credential_is_refused_and_not_shown() {
        let id = ("AWS_ACCESS_KEY_ID".to_owned(), "AKIDSECRET".to_owned());
        let error = S3::open("b", [id]).unwrap_err();
        assert_eq!(error.code(), "CONFIG");
        assert!(!error.to_string().contains("AKIDSECRET"), "{error}");
    }
}
