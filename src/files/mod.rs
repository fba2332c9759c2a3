//! Where the files of export jobs lie: a folder, or a bucket of S3. A file is there whole or not at all.
//!
//! Not here: whose file it is and how long it is kept (`exports`). What a reader would get wrong: a key is written once.
//! A write that fails or is dropped takes away whatever lies under its key, so no two writes may ever share one.

mod disk;
mod fault;
mod name;
mod s3;
mod staged;
mod unfinished;
mod upload;
mod write;

use std::{io, ops::Range, path::PathBuf, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{Stream, stream::BoxStream};
use object_store::path::Path;

use self::{disk::Disk, s3::S3, write::Writer};
use crate::{
    config::{Config, StorageDownloads},
    error::{Error, Result},
};

pub use self::name::disposition;

/// The bytes of a file as they come.
pub type Chunks = BoxStream<'static, io::Result<Bytes>>;

/// The files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Files {
    store: Store,
    downloads: StorageDownloads,
}

#[derive(Clone, Debug)]
enum Store {
    Disk(Disk),
    S3(S3),
}

/// Something that lies where files are kept, for the sweep to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// The key it has, or was to have.
    pub key: String,
    /// What it is.
    pub kind: LeftoverKind,
    /// When it was last written to; of an unfinished upload, when it was begun.
    pub at: DateTime<Utc>,
}

/// What a [`Leftover`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftoverKind {
    /// A whole file.
    Whole,
    /// A file on the disk that was not finished, or is being written.
    Staged(PathBuf),
    /// An upload to S3 that was not finished, or is going on.
    Upload(String),
}

impl Files {
    /// The files where `config` says, with the `AWS_*` variables of the process. Touches neither disk nor network.
    ///
    /// # Errors
    /// `CONFIG`.
    pub fn open(config: &Config) -> Result<Self> {
        // Only variables that are text can be settings.
        let variables = std::env::vars_os();
        Self::open_with(
            config,
            variables.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// The same with these variables in place of the process's.
    ///
    /// # Errors
    /// `CONFIG`.
    pub fn open_with(config: &Config, variables: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let url = config.storage_url.as_str();
        let store = match (url.strip_prefix("file:"), url.strip_prefix("s3://")) {
            (Some(folder), _) => Store::Disk(Disk::open(folder)?),
            (_, Some(place)) => Store::S3(S3::open(place, variables)?),
            _ => return Err(refused("`storage_url` must be `file:<folder>` or `s3://<bucket>/<prefix>`")),
        };
        Ok(Self { store, downloads: config.storage_downloads })
    }

    /// Writes a file, whole or not at all, and answers its size in bytes: when this fails or is dropped half-way, nothing is left under `key`.
    ///
    /// `on_bytes` is told how many bytes were taken so far. `key` must be new (see the module).
    ///
    /// # Errors
    /// `STORAGE_FULL`, `STORAGE_UNAVAILABLE`; the error of `chunks`, as it is when it wraps one of ours.
    pub async fn write(
        &self,
        key: &str,
        chunks: impl Stream<Item = io::Result<Bytes>>,
        on_bytes: impl Fn(u64),
    ) -> Result<u64> {
        let mut writer = Writer::begin(&self.store, self.store.path(key)?).await?;
        match write::pour(&mut writer, chunks, on_bytes).await {
            Ok(bytes) => {
                writer.finish().await?.keep();
                Ok(bytes)
            }
            Err(error) => {
                writer.abort().await;
                Err(error)
            }
        }
    }

    /// Reads a range of a file. That the file is there is known when this returns; a failure later breaks the stream.
    ///
    /// # Errors
    /// `NOT_FOUND`, `STORAGE_UNAVAILABLE`.
    pub async fn read(&self, key: &str, range: Range<u64>) -> Result<Chunks> {
        let path = self.store.path(key)?;
        match &self.store {
            Store::Disk(disk) => disk.read(&path, range).await,
            Store::S3(s3) => s3.read(path, range).await,
        }
    }

    /// Removes a file; that it is gone already is fine.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`.
    pub async fn delete(&self, key: &str) -> Result<()> {
        let path = self.store.path(key)?;
        match &self.store {
            Store::Disk(disk) => disk.delete(&path).await,
            Store::S3(s3) => s3.delete(&path).await,
        }
    }

    /// An address at which S3 itself gives the file to whoever has it, for as long as `valid`; none when downloads go
    /// through the server. Only for GET: the signature is of the method too.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE` when there are no credentials to sign with.
    pub async fn presign(
        &self,
        key: &str,
        file_name: &str,
        media_type: &str,
        valid: Duration,
    ) -> Result<Option<String>> {
        match (&self.store, self.downloads) {
            (Store::S3(s3), StorageDownloads::Redirect) => {
                let path = self.store.path(key)?;
                s3.presign(&path, &disposition(file_name), media_type, valid).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Everything under our prefix that was last touched before `before`: files, and what was never finished.
    ///
    /// An upload to S3 only tells when it was begun: one that is listed may be going on still. On the disk, what is not
    /// named as our files are is left out, so that a folder with other things in it stays as it is.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`.
    pub async fn leftovers(&self, before: DateTime<Utc>) -> Result<Vec<Leftover>> {
        let mut found = match &self.store {
            Store::Disk(disk) => disk.list().await?,
            Store::S3(s3) => s3.list().await?,
        };
        found.retain(|leftover| leftover.at < before && is_key(&leftover.key));
        Ok(found)
    }

    /// Removes what [`leftovers`](Self::leftovers) found; that it is gone already is fine.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`.
    pub async fn remove(&self, leftover: &Leftover) -> Result<()> {
        match (&self.store, &leftover.kind) {
            (_, LeftoverKind::Whole) => self.delete(&leftover.key).await,
            (Store::Disk(disk), LeftoverKind::Staged(path)) => disk.remove_staged(path.clone()).await,
            (Store::S3(s3), LeftoverKind::Upload(id)) => s3.abort(&self.store.path(&leftover.key)?, id).await,
            _ => Err(Error::internal("a leftover is removed where it was found")),
        }
    }
}

impl Store {
    /// Where a key lies. The one gate of every key: nothing that could lead elsewhere passes.
    fn path(&self, key: &str) -> Result<Path> {
        if !is_key(key) {
            return Err(Error::internal("the key of a file is of plain names"));
        }
        let path = match self {
            Self::S3(s3) => Path::parse(s3.full_key(key)),
            Self::Disk(_) => Path::parse(key),
        };
        path.map_err(|error| Error::caused("reading the key of a file", error))
    }

    /// Takes away what a write left under its key.
    async fn undo(&self, path: &Path) -> Result<()> {
        match self {
            Self::Disk(disk) => disk.undo(path).await,
            Self::S3(s3) => s3.delete(path).await,
        }
    }
}

/// Longer keys are not made; file systems take names of 255 bytes, S3 keys of 1,024.
const LONGEST_KEY: usize = 500;

/// Names of ASCII letters, digits, `-`, `_` and `.`, not at the front, with `/` between them.
fn is_key(key: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_name =
        |name: &str| !name.is_empty() && name.len() < 200 && !name.starts_with('.') && name.bytes().all(is_plain);
    key.len() <= LONGEST_KEY && key.split('/').all(is_name)
}

fn refused(message: impl Into<String>) -> Error {
    Error::bad_input("CONFIG", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_nowhere_but_to_our_files() {
        assert!(is_key("exports/0197/a_b-c.csv"));
        for bad in
            ["", "/", "a/", "/a", "a//b", "..", "a/../b", "./a", ".a", "a\\b", "a b", "a\0", "ü", "a#1", "a%2e", "a~"]
        {
            assert!(!is_key(bad), "{bad:?}");
        }
        assert!(!is_key(&"a".repeat(200)));
        assert!(!is_key(&"a/".repeat(300)));
    }
}
