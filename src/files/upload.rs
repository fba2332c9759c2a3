//! One file on its way to S3: a single request when it is small, else an upload in parts.
//!
//! Three parts are in memory at most: one that fills and two on their way. All but the last are of the same length,
//! which some of S3's relatives insist on. What a reader would get wrong: S3 keeps, and charges for, the parts of an
//! upload that was never finished; so one that is dropped is taken back by a task of its own.

use std::collections::BTreeMap;

use bytes::Bytes;
use object_store::{PutPayload, multipart::PartId, path::Path};
use tokio::task::JoinSet;

use super::s3::S3;
use crate::error::{Error, Result};

/// The length of a part. S3 takes no shorter one than 5 MiB, and 10,000 of them: 78 GiB.
const PART: usize = 8 * 1024 * 1024;
const MOST_PARTS: usize = 10_000;
const IN_FLIGHT: usize = 2;

/// A file on its way.
#[derive(Debug)]
pub struct Upload {
    s3: S3,
    path: Path,
    waiting: Waiting,
    bytes: u64,
    sending: Option<Sending>,
}

/// What does not fill a part yet.
#[derive(Debug, Default)]
struct Waiting {
    chunks: Vec<Bytes>,
    bytes: usize,
}

#[derive(Debug)]
struct Sending {
    begun: Begun,
    tasks: JoinSet<Result<(usize, PartId)>>,
    sent: BTreeMap<usize, PartId>,
    count: usize,
}

/// An upload that S3 knows of. It is taken back when this is dropped, unless it is settled.
#[derive(Debug)]
struct Begun {
    s3: S3,
    path: Path,
    id: String,
    /// Whether others may have begun for the same file, whose ids nobody learned.
    has_twins: bool,
    is_settled: bool,
}

impl Upload {
    pub fn new(s3: S3, path: Path) -> Self {
        Self { s3, path, waiting: Waiting::default(), bytes: 0, sending: None }
    }

    pub fn s3(&self) -> &S3 {
        &self.s3
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes what comes next; waits while enough is on its way.
    pub async fn put(&mut self, chunk: Bytes) -> Result<()> {
        self.bytes += chunk.len() as u64;
        self.waiting.push(chunk);
        while let Some(part) = self.waiting.take_part() {
            let sending = match &mut self.sending {
                Some(sending) => sending,
                None => self.sending.insert(Sending::begin(&self.s3, &self.path).await?),
            };
            sending.send(part).await?;
        }
        Ok(())
    }

    /// Sends the rest and makes it a file.
    pub async fn complete(mut self) -> Result<()> {
        let rest = self.waiting.take_all();
        match self.sending.take() {
            None => self.s3.put(&self.path, rest).await,
            Some(sending) => sending.complete(rest, self.bytes).await,
        }
    }

    /// Takes it all back.
    pub async fn abort(self) -> Result<()> {
        match self.sending {
            None => Ok(()),
            Some(sending) => sending.abort().await,
        }
    }
}

impl Waiting {
    fn push(&mut self, chunk: Bytes) {
        self.bytes += chunk.len();
        self.chunks.push(chunk);
    }

    /// Exactly one part, when there is one.
    fn take_part(&mut self) -> Option<PutPayload> {
        let over = self.bytes.checked_sub(PART)?;
        // Parts are taken as soon as there is one: what is over is of the last chunk, unless that alone is many parts.
        let rest = match self.chunks.last_mut() {
            Some(last) => last.split_off(last.len() - over.min(last.len())),
            None => Bytes::new(),
        };
        let part = self.take_all();
        if !rest.is_empty() {
            self.push(rest);
        }
        Some(part)
    }

    fn take_all(&mut self) -> PutPayload {
        self.bytes = 0;
        std::mem::take(&mut self.chunks).into_iter().collect()
    }
}

impl Sending {
    async fn begin(s3: &S3, path: &Path) -> Result<Self> {
        let (s3, path) = (s3.clone(), path.clone());
        // A task of its own: dropped half-way, an upload would begin whose id nobody knows.
        let begun = tokio::spawn(async move {
            let (id, has_twins) = s3.create(&path).await?;
            Ok::<_, Error>(Begun { s3, path, id, has_twins, is_settled: false })
        });
        let begun = begun.await.map_err(|error| Error::caused("beginning an upload", error))??;
        Ok(Self { begun, tasks: JoinSet::new(), sent: BTreeMap::new(), count: 0 })
    }

    async fn send(&mut self, part: PutPayload) -> Result<()> {
        while self.tasks.len() >= IN_FLIGHT {
            self.wait_for_one().await?;
        }
        if self.count == MOST_PARTS {
            let message = format!("a file in S3 has at most {} GiB", (MOST_PARTS * PART) >> 30);
            return Err(Error::too_large("FILE_TOO_LARGE", message));
        }
        let (s3, path, id, index) = (self.begun.s3.clone(), self.begun.path.clone(), self.begun.id.clone(), self.count);
        self.count += 1;
        self.tasks.spawn(async move { Ok((index, s3.put_part(&path, &id, index, part).await?)) });
        Ok(())
    }

    async fn wait_for_one(&mut self) -> Result<()> {
        if let Some(sent) = self.tasks.join_next().await {
            let (index, part) = sent.map_err(|error| Error::caused("sending a part of a file", error))??;
            self.sent.insert(index, part);
        }
        Ok(())
    }

    async fn complete(mut self, rest: PutPayload, bytes: u64) -> Result<()> {
        match self.make_whole(rest, bytes).await {
            Ok(()) => {
                if self.begun.has_twins {
                    logged(self.begun.s3.abort_all(&self.begun.path).await);
                }
                self.begun.is_settled = true;
                Ok(())
            }
            Err(error) => {
                logged(self.abort().await);
                Err(error)
            }
        }
    }

    async fn make_whole(&mut self, rest: PutPayload, bytes: u64) -> Result<()> {
        if rest.content_length() > 0 {
            self.send(rest).await?;
        }
        while !self.tasks.is_empty() {
            self.wait_for_one().await?;
        }
        let parts = std::mem::take(&mut self.sent).into_values().collect();
        self.begun.s3.complete(&self.begun.path, &self.begun.id, parts, bytes).await
    }

    async fn abort(mut self) -> Result<()> {
        // First no part is on its way any more: one that came later would be kept.
        self.tasks.shutdown().await;
        self.begun.is_settled = true;
        take_back(&self.begun.s3, &self.begun.path, &self.begun.id, self.begun.has_twins).await
    }
}

async fn take_back(s3: &S3, path: &Path, id: &String, has_twins: bool) -> Result<()> {
    if has_twins { s3.abort_all(path).await } else { s3.abort(path, id).await }
}

/// For what fails where another outcome is the one to tell. The sweep makes it good.
fn logged(outcome: Result<()>) {
    if let Err(error) = outcome {
        error.log();
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        // Without a runtime the process is ending; the sweep finds the upload.
        if !self.is_settled
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (s3, path, id, has_twins) = (self.s3.clone(), self.path.clone(), self.id.clone(), self.has_twins);
            runtime.spawn(async move { logged(take_back(&s3, &path, &id, has_twins).await) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(chunks: &[usize]) -> (Vec<usize>, usize) {
        let mut waiting = Waiting::default();
        let mut parts = Vec::new();
        for chunk in chunks {
            waiting.push(Bytes::from(vec![0; *chunk]));
            while let Some(part) = waiting.take_part() {
                parts.push(part.content_length());
            }
        }
        (parts, waiting.take_all().content_length())
    }

    #[test]
    fn parts_are_of_one_length_whatever_comes() {
        assert_eq!(parts(&[]), (vec![], 0));
        assert_eq!(parts(&[PART - 1]), (vec![], PART - 1));
        assert_eq!(parts(&[PART]), (vec![PART], 0));
        assert_eq!(parts(&[PART - 1, 0, 3]), (vec![PART], 2));
        assert_eq!(parts(&[1, 3 * PART + 5]), (vec![PART; 3], 6));
    }
}
