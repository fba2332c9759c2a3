//! Between the reader of the database and the client: what the client has not taken yet.
//!
//! First in memory, then in a temporary file, so that the database is read at its own speed and a slow client holds
//! neither a connection nor a snapshot. Either end may leave: the other notices with its next step. What a reader would
//! get wrong: while the file holds anything unread, everything new goes to the file, or chunks would overtake each other.

use std::{
    collections::VecDeque,
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    db::Stop,
    error::{Context, Error, Result},
};

/// Held in memory before the file is used: enough for a client that keeps up, little for twenty that do not.
const IN_MEMORY: usize = 256 * 1024;
/// The same for a job. Few run at a time, and a disk that is busy for a moment is not worth writing everything twice.
const IN_MEMORY_OF_JOB: usize = 4 * 1024 * 1024;
/// The reader of a job is woken for this much: to be woken costs more than to write a chunk, and nobody watches its file grow.
const WORTH_WAKING: usize = 1024 * 1024;
/// Read from the file at once.
const FROM_FILE: usize = 64 * 1024;
/// A chunk is handed on when it is this full: large enough that its hand-over costs nothing beside its rows.
const CHUNK: usize = 64 * 1024;
/// The same for a job, whose chunks go through more hands: to a thread that may wait for the disk.
const CHUNK_OF_JOB: usize = 256 * 1024;

/// The end that is written to, by a blocking thread.
#[derive(Clone, Debug)]
pub struct SpoolWriter(Arc<Shared>);

/// The end that is read from, by the response.
#[derive(Debug)]
pub struct SpoolReader(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
    gone: CancellationToken,
    is_for_job: bool,
    dir: PathBuf,
    limit: u64,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Bytes>,
    queued: usize,
    file: Option<Arc<File>>,
    taken: u64,
    written: u64,
    is_ready: bool,
    end: Option<Result<()>>,
}

/// A spool whose file, should it need one, lies in `dir` and never holds more than `limit` bytes.
#[must_use]
pub fn open(dir: PathBuf, limit: u64) -> (SpoolWriter, SpoolReader) {
    opened(false, dir, limit)
}

/// The same between a job and its file.
#[must_use]
pub fn open_for_job(dir: PathBuf, limit: u64) -> (SpoolWriter, SpoolReader) {
    opened(true, dir, limit)
}

fn opened(is_for_job: bool, dir: PathBuf, limit: u64) -> (SpoolWriter, SpoolReader) {
    let shared = Arc::new(Shared {
        state: Mutex::default(),
        changed: Notify::new(),
        gone: CancellationToken::new(),
        is_for_job,
        dir,
        limit,
    });
    (SpoolWriter(Arc::clone(&shared)), SpoolReader(shared))
}

impl Shared {
    fn in_memory(&self) -> usize {
        if self.is_for_job { IN_MEMORY_OF_JOB } else { IN_MEMORY }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, end: Result<()>) {
        let mut state = self.state();
        if state.end.is_none() {
            state.end = Some(end);
        }
        drop(state);
        self.changed.notify_one();
    }
}

impl SpoolWriter {
    /// Told when the reader leaves.
    #[must_use]
    pub fn gone(&self) -> CancellationToken {
        self.0.gone.clone()
    }

    /// Whether it goes to a job's file.
    #[must_use]
    pub fn is_for_job(&self) -> bool {
        self.0.is_for_job
    }

    /// How much to hand on at once, in bytes.
    #[must_use]
    pub fn chunk(&self) -> usize {
        if self.0.is_for_job { CHUNK_OF_JOB } else { CHUNK }
    }

    /// Says that the first page has been read, so that the status may be sent.
    pub fn ready(&self) {
        self.0.state().is_ready = true;
        self.0.changed.notify_one();
    }

    /// Adds a chunk.
    ///
    /// # Errors
    /// [`Stop::Gone`] when the reader has left; a failure when the file cannot take it or is full.
    pub fn send(&self, chunk: Bytes) -> Result<(), Stop> {
        if self.0.gone.is_cancelled() {
            return Err(Stop::Gone);
        }
        let mut state = self.0.state();
        state.is_ready = true;
        if state.taken == state.written {
            (state.taken, state.written) = (0, 0);
            if state.queued + chunk.len() <= self.0.in_memory() {
                state.queued += chunk.len();
                state.queue.push_back(chunk);
                let is_worth_waking = !self.0.is_for_job || state.queued >= WORTH_WAKING;
                drop(state);
                if is_worth_waking {
                    self.0.changed.notify_one();
                }
                return Ok(());
            }
        }
        let at = state.written;
        if at + chunk.len() as u64 > self.0.limit {
            return Err(Error::internal("a download waits in less than `spool_limit_bytes`").into());
        }
        let file = match &state.file {
            Some(file) => Arc::clone(file),
            None => {
                let file = tempfile::tempfile_in(&self.0.dir).doing("making a file for a slow download")?;
                Arc::clone(state.file.insert(Arc::new(file)))
            }
        };
        drop(state);
        file.write_all_at(&chunk, at).doing("writing a slow download to disk")?;
        self.0.state().written = at + chunk.len() as u64;
        self.0.changed.notify_one();
        Ok(())
    }

    /// Everything has been sent.
    pub fn finish(&self) {
        self.0.end(Ok(()));
    }

    /// It cannot be completed: what has been sent must not look whole.
    pub fn fail(&self, error: Error) {
        self.0.end(Err(error));
    }

    /// Fails the spool when dropped before it was finished, as by a panic.
    #[must_use]
    pub fn guard(&self) -> SpoolGuard {
        SpoolGuard(self.clone())
    }
}

/// See [`SpoolWriter::guard`].
#[derive(Debug)]
pub struct SpoolGuard(SpoolWriter);

impl Drop for SpoolGuard {
    fn drop(&mut self) {
        self.0.fail(Error::internal("whoever writes a spool says how it ended"));
    }
}

impl SpoolReader {
    /// Waits until the first page has been read.
    ///
    /// # Errors
    /// Why it could not be.
    pub async fn ready(self) -> Result<Self> {
        loop {
            {
                let mut state = self.0.state();
                if state.is_ready || matches!(state.end, Some(Ok(()))) {
                    break;
                }
                if let Some(end) = state.end.take() {
                    state.end = Some(Ok(()));
                    end?;
                }
            }
            self.0.changed.notified().await;
        }
        // The permit may have been meant for the first chunk too.
        self.0.changed.notify_one();
        Ok(self)
    }

    /// The chunks. The last is an error when the rest will never come. May be asked again at the end, as compression does.
    pub fn chunks(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let chunks = stream::unfold(Some(self), |reader| async {
            let reader = reader?;
            match reader.next().await {
                Ok(Some(chunk)) => Some((Ok(chunk), Some(reader))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        });
        chunks.fuse()
    }

    async fn next(&self) -> io::Result<Option<Bytes>> {
        loop {
            match self.step() {
                Step::Chunk(chunk) => return Ok(Some(chunk)),
                Step::File(file, at, len) => return self.read_file(file, at, len).await.map(Some),
                Step::End => return Ok(None),
                Step::Failed(error) => {
                    error.log();
                    return Err(io::Error::other(error));
                }
                Step::Wait => self.0.changed.notified().await,
            }
        }
    }

    fn step(&self) -> Step {
        let mut state = self.0.state();
        if let Some(chunk) = state.queue.pop_front() {
            state.queued -= chunk.len();
            return Step::Chunk(chunk);
        }
        let left = usize::try_from(state.written - state.taken).unwrap_or(FROM_FILE);
        if left > 0
            && let Some(file) = &state.file
        {
            return Step::File(Arc::clone(file), state.taken, left.min(FROM_FILE));
        }
        match state.end.take() {
            None => Step::Wait,
            Some(Err(error)) => Step::Failed(error),
            Some(Ok(())) => {
                state.end = Some(Ok(()));
                Step::End
            }
        }
    }

    async fn read_file(&self, file: Arc<File>, at: u64, len: usize) -> io::Result<Bytes> {
        // Made here, where it is freed too: the allocator would keep a share for each of many blocking threads.
        let mut chunk = vec![0; len];
        let read = tokio::task::spawn_blocking(move || file.read_exact_at(&mut chunk, at).map(|()| Bytes::from(chunk)));
        let chunk = read.await.map_err(io::Error::other)??;
        self.0.state().taken = at + len as u64;
        Ok(chunk)
    }
}

impl Drop for SpoolReader {
    fn drop(&mut self) {
        self.0.gone.cancel();
    }
}

enum Step {
    Chunk(Bytes),
    File(Arc<File>, u64, usize),
    End,
    Failed(Error),
    Wait,
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;

    use super::*;

    fn chunk(number: u32) -> Bytes {
        Bytes::from(number.to_be_bytes().repeat(16 * 1024))
    }

    #[tokio::test]
    async fn chunks_arrive_in_order_through_memory_and_file() {
        let (writer, reader) = open(std::env::temp_dir(), u64::MAX);
        for number in 0..40 {
            writer.send(chunk(number)).unwrap();
        }
        let mut chunks = Box::pin(reader.ready().await.unwrap().chunks());
        let mut bytes = Vec::new();
        for _ in 0..20 {
            bytes.extend_from_slice(&chunks.next().await.unwrap().unwrap());
        }
        for number in 40..80 {
            writer.send(chunk(number)).unwrap();
        }
        writer.finish();
        let rest: Vec<Bytes> = chunks.try_collect().await.unwrap();
        bytes.extend(rest.concat());
        let expected: Vec<u8> = (0..80).flat_map(|number| chunk(number).to_vec()).collect();
        assert!(bytes == expected);
    }

    #[tokio::test]
    async fn a_failure_before_the_first_page_is_told_at_once_and_a_later_one_breaks_the_stream() {
        let (writer, reader) = open(std::env::temp_dir(), u64::MAX);
        writer.fail(Error::internal("x"));
        assert!(reader.ready().await.is_err());

        let (writer, reader) = open(std::env::temp_dir(), u64::MAX);
        writer.send(chunk(1)).unwrap();
        drop(writer.guard());
        let chunks: Vec<_> = reader.ready().await.unwrap().chunks().collect().await;
        assert!(chunks.len() == 2 && chunks[0].is_ok() && chunks[1].is_err());
    }

    #[tokio::test]
    async fn a_reader_that_leaves_stops_the_writer_and_a_full_file_fails_it() {
        let (writer, reader) = open(std::env::temp_dir(), u64::MAX);
        drop(reader);
        assert!(writer.gone().is_cancelled());
        assert!(matches!(writer.send(chunk(1)), Err(Stop::Gone)));

        let (writer, _reader) = open(std::env::temp_dir(), 100_000);
        let failed = (0..20).map(|number| writer.send(chunk(number))).find(Result::is_err);
        assert!(matches!(failed, Some(Err(Stop::Failed(_)))));
    }
}
