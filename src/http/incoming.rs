//! Bodies too large to be held: their bytes as they come, for files that are sent to us.
//!
//! Not here: where the bytes go, and how many may come. What a reader would get wrong: a body may take as long as it likes
//! as a whole; only how long its sender is silent is limited.

use std::{io, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use tokio::time::timeout;

use super::problem::Problem;
use crate::{error::Error, files::Chunks};

/// How much of a refused body is taken in before the connection is closed instead, and for how long.
const MAX_DISCARDED_BYTES: usize = 16 * 1024 * 1024;
const LONGEST_DISCARD: Duration = Duration::from_secs(10);

/// The bytes of a body. It breaks off when the sender leaves, or says nothing for as long as `patience`.
pub fn chunks(body: Body, patience: Duration) -> Chunks {
    stream::unfold(Some((body.into_data_stream(), patience)), async |state| {
        let (mut body, patience) = state?;
        let error = match timeout(patience, body.next()).await {
            Ok(Some(Ok(chunk))) => return Some((Ok(chunk), Some((body, patience)))),
            Ok(None) => return None,
            Ok(Some(Err(_))) => Error::bad_input("BODY_INCOMPLETE", "the body ended before its end"),
            Err(_) => {
                let message = format!("nothing came for {} s; send the file again", patience.as_secs());
                Error::bad_input("UPLOAD_STALLED", message)
            }
        };
        Some((Err(io::Error::other(error)), None))
    })
    // Whoever was refused half-way asks on, to take in the rest.
    .fuse()
    .boxed()
}

/// How long the body is to be, as far as its sender says.
pub fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Takes in the rest of a refused body, within reason: many clients read no answer before they have sent everything, and
/// would report a broken connection. A client that waits for `100 Continue` is simply told no.
pub async fn discard<E>(headers: &HeaderMap, mut rest: impl Stream<Item = Result<Bytes, E>> + Unpin) {
    if headers.contains_key(header::EXPECT) {
        return;
    }
    let taken = async {
        let mut left = MAX_DISCARDED_BYTES;
        while let Some(Ok(chunk)) = rest.next().await {
            left = left.saturating_sub(chunk.len());
            if left == 0 {
                return;
            }
        }
    };
    // Whoever dawdles with what nobody wants holds the connection no longer.
    let _ = timeout(LONGEST_DISCARD, taken).await;
}

/// The same for a body of which nothing has been taken; answers why.
pub async fn refused(why: Problem, headers: &HeaderMap, body: Body) -> Problem {
    discard(headers, body.into_data_stream()).await;
    why
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn outcome(chunks: Chunks) -> Vec<Result<Bytes, &'static str>> {
        let code = |error: io::Error| error.downcast::<Error>().unwrap().code();
        chunks.map(|chunk| chunk.map_err(code)).collect().await
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_wants_is_taken_for_a_while_and_no_longer() {
        let begun = tokio::time::Instant::now();
        let dripping = stream::repeat(Bytes::from_static(b"x")).then(async |byte| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, io::Error>(byte)
        });
        discard(&HeaderMap::new(), Box::pin(dripping)).await;
        assert_eq!(begun.elapsed(), LONGEST_DISCARD);
        let much = Bytes::from(vec![0; 1024 * 1024]);
        discard(&HeaderMap::new(), stream::repeat(much).map(Ok::<_, io::Error>)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_goes_on_sending_may_take_long_and_who_stops_may_not() {
        let patience = Duration::from_secs(30);
        let slow = stream::iter(["a", "b", "c"]).then(async |text| {
            tokio::time::sleep(Duration::from_secs(29)).await;
            Ok::<_, io::Error>(text)
        });
        let all: Vec<_> = ["a", "b", "c"].into_iter().map(|text| Ok(Bytes::from(text))).collect();
        assert_eq!(outcome(chunks(Body::from_stream(slow), patience)).await, all);
        let stalled = stream::iter([Ok::<_, io::Error>("a")]).chain(stream::pending());
        let cut = [Ok(Bytes::from("a")), Err("UPLOAD_STALLED")];
        assert_eq!(outcome(chunks(Body::from_stream(stalled), patience)).await, cut);
        let left = stream::iter([Ok("a"), Err(io::Error::other("gone")), Ok("b")]);
        let cut = [Ok(Bytes::from("a")), Err("BODY_INCOMPLETE")];
        assert_eq!(outcome(chunks(Body::from_stream(left), patience)).await, cut);
    }
}
