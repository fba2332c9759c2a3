//! Files in a folder. How one comes to be there is in `staged.rs`.
//!
//! What a reader would get wrong: the folder is made by the first file, not when the process starts; a command that has
//! nothing to do with files leaves no folder behind. A process that is killed leaves `<key>#<n>`, which the sweep finds.

use std::{
    fs::{self, DirBuilder, File},
    io,
    ops::Range,
    os::unix::fs::{DirBuilderExt, FileExt},
    path::{Path as FsPath, PathBuf},
    sync::{Arc, OnceLock},
    time::SystemTime,
};

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use object_store::{GetOptions, GetResultPayload, ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path};
use tokio::task::spawn_blocking;

use super::{Chunks, Leftover, LeftoverKind, fault, refused, staged::Staged};
use crate::error::{Error, Result};

/// Read from a file at once.
const PIECE: u64 = 256 * 1024;

/// A folder with files.
#[derive(Clone, Debug)]
pub struct Disk(Arc<Folder>);

#[derive(Debug)]
struct Folder {
    root: PathBuf,
    store: OnceLock<LocalFileSystem>,
}

impl Disk {
    /// The folder of a `file:` address, without that: a path, or `//` and one that begins at the root.
    pub fn open(folder: &str) -> Result<Self> {
        let folder = folder.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(folder);
        let root =
            std::path::absolute(folder).map_err(|_| refused("`storage_url` must name a folder after `file:`"))?;
        Ok(Self(Arc::new(Folder { root, store: OnceLock::new() })))
    }

    fn store(&self) -> Result<&LocalFileSystem> {
        if let Some(store) = self.0.store.get() {
            return Ok(store);
        }
        // What is exported is nobody else's business on this machine.
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.0.root);
        made.map_err(|error| fault::of_io("making the folder for files", error))?;
        let store = LocalFileSystem::new_with_prefix(&self.0.root);
        let store = store.map_err(|error| fault::of_store("opening the folder for files", error))?;
        Ok(self.0.store.get_or_init(|| store))
    }

    /// Begins a file.
    pub async fn begin(&self, path: &Path) -> Result<Staged> {
        let place = self.store()?.path_to_filesystem(path);
        let place = place.map_err(|error| fault::of_store("finding the place for a file", error))?;
        Staged::begin(place).await.map_err(|error| fault::storage("staging a file", error))
    }

    /// Reads a range; the open file outlives its removal.
    pub async fn read(&self, path: &Path, range: Range<u64>) -> Result<Chunks> {
        let found = self.store()?.get_opts(path, GetOptions::default()).await;
        let found = found.map_err(|error| fault::of_store("opening a file", error))?;
        let GetResultPayload::File(file, _) = found.payload else {
            return Err(Error::internal("a file on the disk is a file"));
        };
        let unread = (Arc::new(file), range);
        Ok(stream::try_unfold(unread, async |(file, Range { start, end })| {
            if start >= end {
                return Ok(None);
            }
            let next = end.min(start + PIECE);
            let bytes = read_piece(Arc::clone(&file), start..next).await?;
            Ok(Some((bytes, (file, next..end))))
        })
        .boxed())
    }

    /// Removes a file.
    pub async fn delete(&self, path: &Path) -> Result<()> {
        match self.store()?.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(fault::of_store("removing a file", error)),
        }
    }

    /// Removes a file and what is staged for it.
    pub async fn undo(&self, path: &Path) -> Result<()> {
        let place = self.store()?.path_to_filesystem(path);
        let place = place.map_err(|error| fault::of_store("finding a file", error))?;
        blocking(move || {
            let folder = place.parent().unwrap_or(FsPath::new("/"));
            for entry in fs::read_dir(folder)? {
                let found = entry?.path();
                if found == place || staged_for(&found).as_ref() == Some(&place) {
                    gone_is_fine(fs::remove_file(found))?;
                }
            }
            Ok(())
        })
        .await
        .map_err(|error| fault::of_io("removing what was left of a file", error))
    }

    /// Removes a staged file.
    pub async fn remove_staged(&self, path: PathBuf) -> Result<()> {
        let removed = blocking(move || gone_is_fine(fs::remove_file(path))).await;
        removed.map_err(|error| fault::of_io("removing a staged file", error))
    }

    /// Everything in the folder.
    pub async fn list(&self) -> Result<Vec<Leftover>> {
        let root = self.0.root.clone();
        let found = blocking(move || walk(&root)).await;
        found.map_err(|error| fault::of_io("looking through the folder of files", error))
    }
}

/// Runs what may wait for the disk where it keeps nobody else waiting.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

async fn read_piece(file: Arc<File>, piece: Range<u64>) -> io::Result<Bytes> {
    blocking(move || {
        let length = usize::try_from(piece.end - piece.start).map_err(io::Error::other)?;
        let mut bytes = BytesMut::zeroed(length);
        file.read_exact_at(&mut bytes, piece.start)?;
        Ok(bytes.freeze())
    })
    .await
}

fn gone_is_fine(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// The place that a staged file is for: it is called `<place>#<n>`.
fn staged_for(path: &FsPath) -> Option<PathBuf> {
    let (name, number) = path.file_name()?.to_str()?.rsplit_once('#')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| path.with_file_name(name))
}

/// Every file below `root`; what goes meanwhile is left out. Links are not followed: we make none.
fn walk(root: &FsPath) -> io::Result<Vec<Leftover>> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            let kind = entry.file_type()?;
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file()
                && let Ok(modified) = entry.metadata().and_then(|metadata| metadata.modified())
            {
                found.extend(leftover(root, path, modified));
            }
        }
    }
    Ok(found)
}

fn leftover(root: &FsPath, path: PathBuf, modified: SystemTime) -> Option<Leftover> {
    let staged = staged_for(&path);
    let place = staged.as_deref().unwrap_or(&path).strip_prefix(root).ok()?;
    let key = place.to_str()?.to_owned();
    let kind = if staged.is_some() { LeftoverKind::Staged(path) } else { LeftoverKind::Whole };
    Some(Leftover { key, kind, at: modified.into() })
}
