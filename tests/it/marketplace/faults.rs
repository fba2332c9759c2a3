//! In which ways the marketplace of a test fails.

use std::{collections::VecDeque, io};

use axum::body::{Body, Bytes};
use futures::{StreamExt, stream};
use hyper::{Response, StatusCode, header};

/// One way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A status with the provider's own words for it; eBay's 500 is its 12000.
    Status(u16),
    /// 429, and how many seconds to wait.
    TooOften(u32),
    /// The connection is closed before anything is said.
    Reset,
    /// Half of the body comes, then the connection is closed.
    CutBody,
    /// Half of the body comes, as if it were all.
    CutJson,
    /// `success: false` on 200 at Rainforest, a status within at Oxylabs, ignored filters at eBay.
    NotAsAsked,
    /// The body comes a byte at a time, too slowly for anybody.
    SlowDrip,
    /// No answer ever.
    Silence,
    /// Leads somewhere else.
    Redirect,
    /// A body without an end.
    Endless,
}

impl Fault {
    /// Those that are worth another try and take no time.
    pub const QUICK: [Self; 5] = [Self::Status(500), Self::TooOften(0), Self::Reset, Self::CutBody, Self::CutJson];

    /// What becomes of the good answer. An error closes the connection.
    pub async fn spoil(self, good: String) -> io::Result<Response<Body>> {
        let half = Bytes::from(good.clone().into_bytes()[..good.len() / 2].to_vec());
        let json = Response::builder().header(header::CONTENT_TYPE, "application/json");
        let response = match self {
            Self::Reset => return Err(io::Error::other("reset")),
            Self::Silence => std::future::pending().await,
            Self::CutJson => json.body(Body::from(half)),
            Self::CutBody => {
                let cut = [Ok(half), Err(io::Error::other("cut"))];
                json.header(header::CONTENT_LENGTH, good.len()).body(Body::from_stream(stream::iter(cut)))
            }
            Self::SlowDrip => {
                let drops = stream::iter(good.into_bytes()).then(async |byte| {
                    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                    Ok::<_, io::Error>(Bytes::copy_from_slice(&[byte]))
                });
                json.body(Body::from_stream(drops))
            }
            Self::Endless => {
                let chunk = Bytes::from(vec![b' '; 1024 * 1024]);
                json.body(Body::from_stream(stream::repeat_with(move || Ok::<_, io::Error>(chunk.clone()))))
            }
            Self::Redirect => json.status(302).header(header::LOCATION, "/elsewhere").body(Body::empty()),
            Self::TooOften(seconds) => json.status(429).header(header::RETRY_AFTER, seconds).body(Body::empty()),
            Self::Status(_) | Self::NotAsAsked => unreachable!("the provider has words for it"),
        };
        Ok(response.unwrap())
    }
}

/// An answer in JSON.
pub fn json(status: u16, body: String) -> Response<Body> {
    let status = StatusCode::from_u16(status).unwrap();
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    response.body(Body::from(body)).unwrap()
}

/// Which calls fail: those that were told to, then some by chance. The same every time.
#[derive(Debug, Default)]
pub struct Faults {
    pub told: VecDeque<Fault>,
    pub rate: f64,
    pub kinds: Vec<Fault>,
    pub is_dead: bool,
    drawn: u64,
}

impl Faults {
    /// How the next call fails, if it does.
    pub fn next(&mut self) -> Option<Fault> {
        if self.is_dead {
            return Some(Fault::Reset);
        }
        if let Some(told) = self.told.pop_front() {
            return Some(told);
        }
        if self.kinds.is_empty() {
            return None;
        }
        self.drawn += 1;
        // SplitMix64.
        let mixed = self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = mixed ^ (mixed >> 27);
        let chance = (mixed >> 40) as f64 / f64::from(1 << 24);
        let kind = usize::try_from(mixed % self.kinds.len() as u64).unwrap();
        (chance < self.rate).then(|| self.kinds[kind])
    }
}
