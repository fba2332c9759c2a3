//! What is read from a database on its way from the thread that reads it to the thread that writes a file, a batch at a
//! time.
//!
//! Reading and spelling cost about the same; side by side they take little more than half the time. Not here: what a batch
//! holds (`packed.rs`, `postgres_copy.rs`). What a reader would get wrong: a batch is bounded and only a few are on their
//! way, so the reader waits for the writer (which never waits for a client, see `exports/spool.rs`).

use std::{
    mem,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use super::Stop;
use crate::error::Error;

/// Batches on their way.
const ON_THEIR_WAY: usize = 2;

/// Runs `read` here, and `write` on a thread of its own: it takes each batch that is handed over and leaves it empty, to be
/// filled again.
///
/// # Errors
/// What `write` answers, else what `read` answers.
pub fn piped<B: Default + Send>(
    mut write: impl FnMut(&mut B) -> Result<(), Stop> + Send,
    read: impl FnOnce(&mut Pipe<B>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let (full, filled) = sync_channel::<B>(ON_THEIR_WAY);
    // Every batch there is fits, so that giving one back never waits.
    let (used, empty) = sync_channel(ON_THEIR_WAY + 2);
    let mut pipe = Pipe { batch: B::default(), full, empty };
    thread::scope(|scope| {
        let writer = scope.spawn(move || {
            for mut batch in filled {
                write(&mut batch)?;
                // The reader is gone after its last batch.
                let _ = used.try_send(batch);
            }
            Ok(())
        });
        let outcome = read(&mut pipe).and_then(|()| pipe.hand_over());
        // The writer ends when nothing more can come.
        drop(pipe);
        let written =
            writer.join().unwrap_or_else(|panic| Err(Error::panicked("encoding rows", panic.as_ref()).into()));
        written.and(outcome)
    })
}

/// The end that is filled.
#[derive(Debug)]
pub struct Pipe<B> {
    /// What is to be handed over next.
    pub batch: B,
    full: SyncSender<B>,
    empty: Receiver<B>,
}

impl<B: Default> Pipe<B> {
    /// Hands the batch over; there is an empty one in its place.
    ///
    /// # Errors
    /// [`Stop::Gone`] when the writer is; it has said why, see [`piped`].
    pub fn hand_over(&mut self) -> Result<(), Stop> {
        let next = self.empty.try_recv().unwrap_or_default();
        self.full.send(mem::replace(&mut self.batch, next)).map_err(|_| Stop::Gone)
    }
}
