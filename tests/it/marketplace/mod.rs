//! A marketplace on this machine that speaks the contracts of eBay, Oxylabs and Rainforest, and holds everybody to them.
//!
//! It runs in the process of the test and answers any other by its [`url`](Marketplace::url); `config` and `environment`
//! lead the product there. It counts what it is asked, and fails as it is told. What a reader would get wrong: what it sells
//! and which calls fail by chance is the same in every test; only the order of concurrent calls is not.

pub mod amazon;
pub mod ebay;
pub mod faults;
pub mod goods;

use std::{
    collections::{BTreeMap, HashSet},
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::body::{Body, Bytes};
use base64::{Engine, prelude::BASE64_STANDARD};
use http_body_util::BodyExt;
use hyper::{HeaderMap, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use sellerbook::config::{BestSellersSource, Config, ListingsSource, Secret};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::task::AbortOnDropHandle;

use self::{
    faults::{Fault, Faults},
    goods::Goods,
};

/// What can be asked. All but the token and the account are billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    Token,
    Search,
    Oxylabs,
    Rainforest,
    Account,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    pub endpoint: Endpoint,
    /// `<node>/<page>` of best sellers, `<query>/<offset>` of a search.
    pub what: String,
    /// The status it was answered with; 0 when the answer was spoiled.
    pub status: u16,
}

/// The marketplace. Gone when dropped.
pub struct Marketplace {
    pub url: String,
    state: State,
    _server: AbortOnDropHandle<()>,
}

#[derive(Clone)]
struct State(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    goods: Goods,
    asked: Vec<Asked>,
    faults: BTreeMap<Endpoint, Faults>,
    latency: Duration,
    tokens: HashSet<String>,
    tokens_made: u32,
    token_seconds: u32,
    quota: Option<Quota>,
    credits: Option<i64>,
    is_moving: bool,
}

/// Calls of a day.
struct Quota {
    left: u32,
    /// How many there are after a reset, how soon that comes, and when it was used up. None: not before midnight.
    reset: Option<(u32, Duration)>,
    empty_since: Option<Instant>,
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Marketplace {
    /// Opens with these goods.
    pub async fn open(goods: Goods) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = State(Arc::new(Mutex::new(Inner { goods, token_seconds: 7_200, ..Inner::default() })));
        let server = AbortOnDropHandle::new(tokio::spawn(serve(listener, state.clone())));
        Self { url, state, _server: server }
    }

    /// The configuration that asks here for everything, best sellers by way of Rainforest, without delays of its own.
    pub fn config(&self, config: Config) -> Config {
        Config {
            best_sellers: BestSellersSource::Rainforest,
            listings: ListingsSource::Ebay,
            oxylabs_username: Some(Secret::new(amazon::OXYLABS_USER)),
            oxylabs_password: Some(Secret::new(amazon::OXYLABS_PASSWORD)),
            oxylabs_url: self.url.clone(),
            oxylabs_requests_per_second: 10_000.0,
            rainforest_api_key: Some(Secret::new(amazon::RAINFOREST_KEY)),
            rainforest_url: self.url.clone(),
            rainforest_requests_per_second: 10_000.0,
            ebay_client_id: Some(Secret::new(ebay::CLIENT_ID)),
            ebay_client_secret: Some(Secret::new(ebay::CLIENT_SECRET)),
            ebay_url: self.url.clone(),
            ebay_requests_per_second: 10_000.0,
            source_timeout_seconds: 5,
            source_retry_ms: 2,
            ..config
        }
    }

    /// The same as the environment of another process.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("SELLERBOOK_BEST_SELLERS", "rainforest".to_owned()),
            ("SELLERBOOK_LISTINGS", "ebay".to_owned()),
            ("SELLERBOOK_OXYLABS_USERNAME", amazon::OXYLABS_USER.to_owned()),
            ("SELLERBOOK_OXYLABS_PASSWORD", amazon::OXYLABS_PASSWORD.to_owned()),
            ("SELLERBOOK_OXYLABS_URL", self.url.clone()),
            ("SELLERBOOK_OXYLABS_REQUESTS_PER_SECOND", "10000".to_owned()),
            ("SELLERBOOK_RAINFOREST_API_KEY", amazon::RAINFOREST_KEY.to_owned()),
            ("SELLERBOOK_RAINFOREST_URL", self.url.clone()),
            ("SELLERBOOK_RAINFOREST_REQUESTS_PER_SECOND", "10000".to_owned()),
            ("SELLERBOOK_EBAY_CLIENT_ID", ebay::CLIENT_ID.to_owned()),
            ("SELLERBOOK_EBAY_CLIENT_SECRET", ebay::CLIENT_SECRET.to_owned()),
            ("SELLERBOOK_EBAY_URL", self.url.clone()),
            ("SELLERBOOK_EBAY_REQUESTS_PER_SECOND", "10000".to_owned()),
            ("SELLERBOOK_SOURCE_TIMEOUT_SECONDS", "5".to_owned()),
            ("SELLERBOOK_SOURCE_RETRY_MS", "2".to_owned()),
        ]
    }

    /// Every call so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().asked.clone()
    }

    /// How many calls there were.
    pub fn calls(&self, endpoint: Endpoint) -> usize {
        self.state.lock().asked.iter().filter(|asked| asked.endpoint == endpoint).count()
    }

    /// How often each page and each search was answered well: what was bought.
    pub fn bought(&self) -> BTreeMap<(Endpoint, String), usize> {
        let mut bought = BTreeMap::new();
        let is_billed = |asked: &Asked| !matches!(asked.endpoint, Endpoint::Token | Endpoint::Account);
        for asked in self.asked().into_iter().filter(|asked| asked.status == 200 && is_billed(asked)) {
            *bought.entry((asked.endpoint, asked.what)).or_insert(0) += 1;
        }
        bought
    }

    /// The next calls fail like this, one after the other.
    pub fn fail_next(&self, endpoint: Endpoint, faults: &[Fault]) {
        self.state.lock().faults.entry(endpoint).or_default().told.extend(faults);
    }

    /// So many of all calls fail, in one of these ways.
    pub fn fail(&self, endpoint: Endpoint, rate: f64, kinds: &[Fault]) {
        let mut inner = self.state.lock();
        let faults = inner.faults.entry(endpoint).or_default();
        (faults.rate, faults.kinds) = (rate, kinds.to_vec());
    }

    /// Every connection is closed without a word, until it is not dead any more.
    pub fn dead(&self, endpoint: Endpoint, is_dead: bool) {
        self.state.lock().faults.entry(endpoint).or_default().is_dead = is_dead;
    }

    /// How long every answer takes.
    pub fn latency(&self, latency: Duration) {
        self.state.lock().latency = latency;
    }

    /// So many searches are left today. With a reset, there are so many again so long after they were used up, and
    /// `Retry-After` says so; else only the clock of California helps.
    pub fn quota(&self, left: u32, reset: Option<(u32, Duration)>) {
        self.state.lock().quota = Some(Quota { left, reset, empty_since: None });
    }

    /// So many pages are left at Rainforest.
    pub fn credits(&self, credits: i64) {
        self.state.lock().credits = Some(credits);
    }

    /// No token that was given is good any more.
    pub fn revoke_tokens(&self) {
        self.state.lock().tokens.clear();
    }

    /// What new tokens say of their life; they do not end by themselves.
    pub fn token_seconds(&self, seconds: u32) {
        self.state.lock().token_seconds = seconds;
    }

    /// A listing moves to the next page between two calls.
    pub fn moving(&self) {
        self.state.lock().is_moving = true;
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn asked(&self, endpoint: Endpoint, what: &str, status: u16) {
        self.lock().asked.push(Asked { endpoint, what: what.to_owned(), status });
    }

    /// Takes its time, and says how the call fails.
    async fn fault(&self, endpoint: Endpoint) -> Option<Fault> {
        let (latency, fault) = {
            let mut inner = self.lock();
            (inner.latency, inner.faults.entry(endpoint).or_default().next())
        };
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        fault
    }

    /// None when there is a call left; else the seconds to wait, if that is said.
    fn spend_quota(&self) -> Option<Option<u32>> {
        let mut inner = self.lock();
        let quota = inner.quota.as_mut()?;
        if let (Some((filled, after)), Some(since)) = (quota.reset, quota.empty_since)
            && since.elapsed() >= after
        {
            (quota.left, quota.empty_since) = (filled, None);
        }
        if quota.left > 0 {
            quota.left -= 1;
            return None;
        }
        let since = *quota.empty_since.get_or_insert_with(Instant::now);
        let wait = quota.reset.map(|(_, after)| after.saturating_sub(since.elapsed()).as_secs_f64().ceil());
        Some(wait.map(|seconds| seconds as u32))
    }

    fn spend_credit(&self) -> Option<i64> {
        let mut inner = self.lock();
        let Some(credits) = &mut inner.credits else { return Some(1_000) };
        if *credits <= 0 {
            return None;
        }
        *credits -= 1;
        Some(*credits)
    }
}

impl Request {
    fn header(&self, name: &str) -> Option<String> {
        Some(self.headers.get(name)?.to_str().unwrap().to_owned())
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
    }

    fn bearer(&self) -> Option<String> {
        Some(self.header("authorization")?.strip_prefix("Bearer ")?.to_owned())
    }

    fn basic(&self) -> Option<(String, String)> {
        let header = self.header("authorization")?;
        let decoded = BASE64_STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        text.split_once(':').map(|(name, secret)| (name.to_owned(), secret.to_owned()))
    }
}

async fn serve(listener: TcpListener, state: State) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let state = state.clone();
        let service = service_fn(move |request| answer(state.clone(), request));
        // An error closes the connection: that is what is wanted.
        connections.spawn(async move { http1::Builder::new().serve_connection(TokioIo::new(stream), service).await });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(state: State, request: hyper::Request<Incoming>) -> io::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let request = Request {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: body.collect().await.map_err(io::Error::other)?.to_bytes(),
    };
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/identity/v1/oauth2/token") => ebay::token(&state, request).await,
        ("GET", "/buy/browse/v1/item_summary/search") => ebay::search(&state, request).await,
        ("POST", "/v1/queries") => amazon::oxylabs(&state, request).await,
        ("GET", "/request" | "/account") => amazon::rainforest(&state, request).await,
        _ => Ok(faults::json(404, "{}".to_owned())),
    }
}
