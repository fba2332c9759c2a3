//! One file on its way to the disk: staged beside its place, synchronised, then renamed.
//!
//! What a reader would get wrong: the disk is told to write long before the end. Otherwise all of a large file would
//! wait in the system's memory for the last step, and that would take as long as everything before it.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use super::disk::blocking;

/// What is written before the disk is told again: some tens of milliseconds of its time.
const SYNC_EVERY: u64 = 16 * 1024 * 1024;

/// A file that is being written. Dropped before it is whole, it is removed.
#[derive(Debug)]
pub struct Staged {
    file: Arc<File>,
    path: PathBuf,
    place: PathBuf,
    bytes: u64,
    synced: u64,
    syncing: Option<JoinHandle<io::Result<()>>>,
    is_settled: bool,
}

impl Staged {
    /// Begins a file that will lie at `place`.
    pub async fn begin(place: PathBuf) -> io::Result<Self> {
        blocking(move || {
            make_folder(folder_of(&place))?;
            let (path, file) = create(&place)?;
            let file = Arc::new(file);
            Ok(Self { file, path, place, bytes: 0, synced: 0, syncing: None, is_settled: false })
        })
        .await
    }

    /// Writes what comes next.
    pub async fn put(&mut self, chunks: Vec<Bytes>) -> io::Result<()> {
        let (file, begin) = (Arc::clone(&self.file), self.bytes);
        let write = move || {
            chunks.iter().try_fold(begin, |at, chunk| file.write_all_at(chunk, at).map(|()| at + chunk.len() as u64))
        };
        self.bytes = blocking(write).await?;
        self.sync_early().await
    }

    /// Makes it the file at its place, for good.
    pub async fn complete(mut self) -> io::Result<()> {
        self.synced().await?;
        blocking(move || {
            self.file.sync_all()?;
            fs::rename(&self.path, &self.place)?;
            self.is_settled = true;
            sync_folder(folder_of(&self.place))
        })
        .await
    }

    /// Removes it.
    pub async fn abort(mut self) -> io::Result<()> {
        self.is_settled = true;
        let path = std::mem::take(&mut self.path);
        blocking(move || fs::remove_file(path)).await
    }

    /// Has the disk begin with what it has not got yet, unless it is busy with that.
    async fn sync_early(&mut self) -> io::Result<()> {
        let is_busy = self.syncing.as_ref().is_some_and(|syncing| !syncing.is_finished());
        if is_busy || self.bytes - self.synced < SYNC_EVERY {
            return Ok(());
        }
        self.synced().await?;
        self.synced = self.bytes;
        let file = Arc::clone(&self.file);
        self.syncing = Some(spawn_blocking(move || file.sync_data()));
        Ok(())
    }

    /// How the last synchronisation went. The system tells of a page it lost once, and the next one would be fine.
    async fn synced(&mut self) -> io::Result<()> {
        match self.syncing.take() {
            Some(syncing) => syncing.await.map_err(io::Error::other)?,
            None => Ok(()),
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if self.is_settled {
            return;
        }
        // At once, on whatever thread this is: a process that ends does not begin what it has put off until later. What
        // cannot be removed, the sweep finds.
        drop(fs::remove_file(&self.path));
    }
}

/// A new file beside `place`, under the first name that is free.
fn create(place: &Path) -> io::Result<(PathBuf, File)> {
    let mut number = 1_u32;
    loop {
        let mut path = OsString::from(place);
        path.push(format!("#{number}"));
        match File::create_new(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            created => return Ok((path.into(), created?)),
        }
    }
}

fn folder_of(place: &Path) -> &Path {
    place.parent().unwrap_or(Path::new("/"))
}

/// Makes a folder that is still there after a power failure.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    sync_folder(folder_of(folder))
}

/// Has the disk take the names in a folder.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
