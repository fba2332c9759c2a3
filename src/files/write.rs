//! One write: what has come so far, and the way out when it ends in whichever way.
//!
//! What a reader would get wrong: the last step runs in a task of its own, to its end, even when whoever waits is
//! dropped. What it made is then dropped with it, and so taken away again: a request in flight cannot be called back.

use std::{io, pin::pin, time::Duration};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use object_store::path::Path;
use tokio::time::timeout;

use super::{Store, disk::Disk, fault, staged::Staged, upload::Upload};
use crate::error::{Error, Result};

/// How long taking away what was left may hold up the report of a failure. What remains then, the sweep finds.
const UNDO_TIMEOUT: Duration = Duration::from_secs(15);

/// Most chunks that are taken at once when they are there: each step to a thread that may wait for the disk costs more
/// than writing one of them.
const AT_A_TIME: usize = 4;

/// A file that is being written.
#[derive(Debug)]
pub enum Writer {
    /// To the disk.
    Disk(Disk, Path, Staged),
    /// To S3.
    S3(Upload),
}

impl Writer {
    /// Begins a file. Dropped, it leaves nothing.
    pub async fn begin(store: &Store, path: Path) -> Result<Self> {
        Ok(match store {
            Store::Disk(disk) => Self::Disk(disk.clone(), path.clone(), disk.begin(&path).await?),
            Store::S3(s3) => Self::S3(Upload::new(s3.clone(), path)),
        })
    }

    async fn put(&mut self, chunks: Vec<Bytes>) -> Result<()> {
        match self {
            Self::Disk(_, _, staged) => {
                staged.put(chunks).await.map_err(|error| fault::storage("writing to a file", error))
            }
            Self::S3(upload) => {
                for chunk in chunks {
                    upload.put(chunk).await?;
                }
                Ok(())
            }
        }
    }

    /// The last step: from here on the file is there, unless what this answers is dropped.
    pub async fn finish(self) -> Result<Fresh> {
        let finished = tokio::spawn(async move {
            let fresh = self.fresh();
            match self.complete().await {
                Ok(()) => Ok(fresh),
                Err(error) => {
                    fresh.remove().await;
                    Err(error)
                }
            }
        });
        finished.await.map_err(|error| Error::caused("finishing a file", error))?
    }

    async fn complete(self) -> Result<()> {
        match self {
            Self::Disk(_, _, staged) => {
                staged.complete().await.map_err(|error| fault::storage("finishing a file", error))
            }
            Self::S3(upload) => upload.complete().await,
        }
    }

    /// Gives up, and leaves nothing. A failure of that is for the log and the sweep: the caller has one of its own.
    pub async fn abort(self) {
        let aborted = match self {
            Self::Disk(_, _, staged) => {
                staged.abort().await.map_err(|error| fault::storage("removing a staged file", error))
            }
            Self::S3(upload) => upload.abort().await,
        };
        if let Err(error) = aborted {
            error.log();
        }
    }

    fn fresh(&self) -> Fresh {
        let (store, path) = match self {
            Self::Disk(disk, path, _) => (Store::Disk(disk.clone()), path.clone()),
            Self::S3(upload) => (Store::S3(upload.s3().clone()), upload.path().clone()),
        };
        Fresh { store, path, is_settled: false }
    }
}

/// A file just made. It goes again when this is dropped, unless it is kept.
#[derive(Debug)]
pub struct Fresh {
    store: Store,
    path: Path,
    is_settled: bool,
}

impl Fresh {
    /// The file stays.
    pub fn keep(mut self) {
        self.is_settled = true;
    }

    async fn remove(mut self) {
        self.is_settled = true;
        undo(&self.store, &self.path).await;
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // Without a runtime the process is ending; the sweep finds the file.
        if !self.is_settled
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (store, path) = (self.store.clone(), self.path.clone());
            runtime.spawn(async move { undo(&store, &path).await });
        }
    }
}

async fn undo(store: &Store, path: &Path) {
    match timeout(UNDO_TIMEOUT, store.undo(path)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => error.log(),
        Err(_) => tracing::warn!("what was left of a file could not be removed in time"),
    }
}

/// Takes all of `chunks` and counts their bytes.
pub async fn pour(
    writer: &mut Writer,
    chunks: impl Stream<Item = io::Result<Bytes>>,
    on_bytes: impl Fn(u64),
) -> Result<u64> {
    let mut ready = pin!(chunks.ready_chunks(AT_A_TIME));
    let mut bytes = 0;
    while let Some(chunks) = ready.next().await {
        let chunks = chunks.into_iter().collect::<io::Result<Vec<Bytes>>>().map_err(of_source)?;
        bytes += chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>();
        writer.put(chunks).await?;
        on_bytes(bytes);
    }
    Ok(bytes)
}

/// The failure of what was to be written: our own error when it is one.
fn of_source(error: io::Error) -> Error {
    Error::of_io("reading what is to be written to a file", error)
}
