//! No thing shows more than four states a second, however often it changes; the latest counts, and the last comes at once.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures::{Stream, StreamExt, stream};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::Watched;

/// Between two states of one thing that are shown.
pub const EVERY: Duration = Duration::from_millis(250);

/// The states of `things`, each thing's no faster than people can read.
pub fn paced<T: Watched, E: Send + 'static>(
    things: impl Stream<Item = Result<Arc<T>, E>> + Send,
) -> impl Stream<Item = Result<Arc<T>, E>> + Send {
    let pacer = Pacer { things: Box::pin(things.fuse()), shown_at: HashMap::new(), held: HashMap::new() };
    stream::unfold(pacer, |mut pacer| async { Some((pacer.next().await?, pacer)) })
}

struct Pacer<T, S> {
    things: S,
    shown_at: HashMap<Uuid, Instant>,
    /// Newer states that wait until it is their time.
    held: HashMap<Uuid, (Instant, Arc<T>)>,
}

impl<T: Watched, E, S: Stream<Item = Result<Arc<T>, E>> + Unpin> Pacer<T, S> {
    async fn next(&mut self) -> Option<Result<Arc<T>, E>> {
        loop {
            let due = self.held.iter().map(|(id, (due, _))| (*due, *id)).min();
            let thing = tokio::select! {
                () = until(due) => return self.let_go(due?.1).map(Ok),
                thing = self.things.next() => thing,
            };
            match thing {
                Some(Ok(thing)) => {
                    if let Some(thing) = self.take(thing) {
                        return Some(Ok(thing));
                    }
                }
                Some(Err(error)) => return Some(Err(error)),
                // What is held is told before the end.
                None => return self.let_go(due?.1).map(Ok),
            }
        }
    }

    /// The thing, if it is its time; else it is held.
    fn take(&mut self, thing: Arc<T>) -> Option<Arc<T>> {
        let (id, now) = (thing.id(), Instant::now());
        if thing.is_final() {
            self.held.remove(&id);
            self.shown_at.remove(&id);
            return Some(thing);
        }
        let due = self.shown_at.get(&id).map_or(now, |shown_at| *shown_at + EVERY);
        if due > now {
            self.held.insert(id, (due, thing));
            return None;
        }
        self.held.remove(&id);
        self.shown_at.insert(id, now);
        Some(thing)
    }

    fn let_go(&mut self, id: Uuid) -> Option<Arc<T>> {
        let (_, thing) = self.held.remove(&id)?;
        self.shown_at.insert(id, Instant::now());
        Some(thing)
    }
}

/// Its moment; never when there is none.
async fn until(due: Option<(Instant, Uuid)>) {
    match due {
        Some((due, _)) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use futures::future::BoxFuture;

    use super::*;
    use crate::{app::App, progress::Topic};

    /// A thing in its so manieth state.
    #[derive(Clone, Debug, PartialEq)]
    struct Thing(u128, i64, bool);

    impl Watched for Thing {
        const TOPIC: Topic = Topic::Run;

        fn id(&self) -> Uuid {
            Uuid::from_u128(self.0)
        }

        fn revision(&self) -> i64 {
            self.1
        }

        fn is_final(&self) -> bool {
            self.2
        }

        fn read<'a>(_: &'a App, _: &'a [Uuid]) -> BoxFuture<'a, crate::error::Result<Vec<Self>>> {
            Box::pin(async { Ok(Vec::new()) })
        }

        fn lately(_: &App) -> BoxFuture<'_, crate::error::Result<Vec<Self>>> {
            Box::pin(async { Ok(Vec::new()) })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_thing_shows_four_states_a_second_and_its_last() {
        // Two things that change a hundred times a second, for two seconds.
        let changes = stream::iter(0..200_i64).then(async |number| {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let is_last = number >= 198;
            Ok::<_, ()>(Arc::new(Thing((number % 2) as u128, number, is_last)))
        });
        let begun = Instant::now();
        let shown: Vec<Arc<Thing>> = paced(changes).map(Result::unwrap).collect().await;
        assert!(begun.elapsed() < Duration::from_millis(2_020));
        for id in 0..2 {
            let own: Vec<i64> = shown.iter().filter(|thing| thing.0 == id).map(|thing| thing.1).collect();
            assert!(own.is_sorted() && (8..=10).contains(&own.len()), "{own:?}");
            assert_eq!(own.last(), Some(&(198 + i64::try_from(id).unwrap())));
        }
    }
}
