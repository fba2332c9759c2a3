//! What many read one after the other, read once: a chain, each link of which is what comes after the one before.
//!
//! A hundred who watch the same list stand at the same link; the first of them who wants the next one reads it, and the
//! others take what it read. What a reader would get wrong: nobody holds the chain together but those who stand on it. Links
//! that all have passed are gone, and who comes late to one whose next is gone reads for itself; so the slowest keeps no
//! more alive than the link it stands on.

use std::{
    any::Any,
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::Mutex as Turn;

use crate::error::Result;

/// The latest link of each chain, by what the chain is of.
#[derive(Clone, Default)]
pub(super) struct Chains(Arc<Mutex<HashMap<String, Weak<dyn Any + Send + Sync>>>>);

/// One link.
pub struct Link<T> {
    /// What was read.
    pub value: T,
    key: String,
    chains: Chains,
    next: Turn<Weak<Link<T>>>,
}

impl Chains {
    /// The latest link of a chain that somebody stands on; else the first of a new one.
    pub(super) async fn join<T: Send + Sync + 'static>(
        &self,
        key: String,
        begin: impl Future<Output = Result<T>>,
    ) -> Result<Arc<Link<T>>> {
        let latest = self.lock().get(&key).and_then(Weak::upgrade);
        match latest.and_then(|link| link.downcast().ok()) {
            Some(link) => Ok(link),
            None => Ok(self.link(key, begin.await?)),
        }
    }

    fn link<T: Send + Sync + 'static>(&self, key: String, value: T) -> Arc<Link<T>> {
        let link = Arc::new(Link { value, key: key.clone(), chains: self.clone(), next: Turn::new(Weak::new()) });
        let latest: Weak<Link<T>> = Arc::downgrade(&link);
        let mut chains = self.lock();
        chains.retain(|_, link| link.strong_count() > 0);
        chains.insert(key, latest);
        link
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Weak<dyn Any + Send + Sync>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send + Sync + 'static> Link<T> {
    /// The next link: what somebody has read, or what `read` answers.
    ///
    /// # Errors
    /// Those of `read`; the next who asks reads again.
    pub async fn next<F: Future<Output = Result<T>>>(&self, read: impl FnOnce() -> F) -> Result<Arc<Self>> {
        // Held while it is read: the others wait for that instead of reading too.
        let mut next = self.next.lock().await;
        if let Some(link) = next.upgrade() {
            return Ok(link);
        }
        let link = self.chains.link(self.key.clone(), read().await?);
        *next = Arc::downgrade(&link);
        Ok(link)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn many_who_stand_together_read_once_and_leave_nothing() {
        let (chains, reads) = (Chains::default(), AtomicU32::new(0));
        let begin = || async { Ok(reads.fetch_add(1, Ordering::SeqCst)) };
        let mut readers = Vec::new();
        for _ in 0..10 {
            readers.push(chains.join("a".to_owned(), begin()).await.unwrap());
        }
        let slow = Arc::clone(&readers[0]);
        for expected in 1..4 {
            readers =
                join_all(readers.iter().map(|link| link.next(begin))).await.into_iter().map(Result::unwrap).collect();
            assert!(readers.iter().all(|link| link.value == expected));
        }
        // The one after its own is gone by now: it reads for itself, and nobody had to keep it for it.
        assert_eq!(slow.next(begin).await.unwrap().value, 4);
        drop((readers, slow));
        assert_eq!(chains.join("b".to_owned(), begin()).await.unwrap().value, 5);
        assert_eq!(chains.lock().len(), 1);
    }
}
