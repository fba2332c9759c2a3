//! The issuer of JWTs is down, slow or back again: whom it keeps out, and how often it is asked.
//!
//! A token whose key nobody knows waits for the fetch that is under way, if there is one, and starts none that is not
//! due. So its answer also says that what was fetched behind its back is there.

use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use jsonwebtoken::{Algorithm, EncodingKey};
use sellerbook::clock::Clock;
use serde_json::{Value, json};

use super::{ADMIN, ADMIN_SUB, EC, EC_NEXT, Issuer, ec, is, jwk, refused, sign, who, with_jwks};
use crate::{TestApp, log, on_both};

type Who = Result<String, (u16, String)>;

/// The product with the keys of a JWKS, and tokens that last for a month.
struct Door {
    router: Router,
    clock: Clock,
    begun: DateTime<Utc>,
    first: String,
    next: String,
    unknown: String,
}

impl Door {
    fn new(app: &TestApp, url: &str) -> Self {
        let (configured, router) = with_jwks(app, url);
        let begun = app.now();
        let claims = json!({ "sub": ADMIN_SUB, "exp": (begun + TimeDelta::days(30)).timestamp() });
        let token = |kid, key: &EncodingKey| sign(app, Algorithm::ES256, Some(kid), key, claims.clone());
        let (first, next) = (token("first", &ec(EC)), token("next", &ec(EC_NEXT)));
        let unknown = token("unknown", &ec(EC));
        Self { router, clock: configured.clock, begun, first, next, unknown }
    }

    /// Moves the clock to so long after the beginning.
    fn at(&self, since_begun: TimeDelta) {
        self.clock.set(self.begun + since_begun);
    }

    async fn first(&self) -> Who {
        who(&self.router, &self.first, None).await
    }

    async fn next(&self) -> Who {
        who(&self.router, &self.next, None).await
    }

    async fn unknown(&self) -> Who {
        who(&self.router, &self.unknown, None).await
    }
}

fn first() -> Value {
    json!({ "keys": [jwk(&ec(EC), Algorithm::ES256, "first")] })
}

fn next() -> Value {
    json!({ "keys": [jwk(&ec(EC_NEXT), Algorithm::ES256, "next")] })
}

fn unavailable() -> Who {
    refused(503, "UNAVAILABLE")
}

fn invalid() -> Who {
    refused(401, "TOKEN_INVALID")
}

on_both! {
    async fn a_key_that_is_known_outlives_its_issuer_by_a_day(app: TestApp) {
        let issuer = Issuer::start(first()).await;
        let door = Door::new(&app, &issuer.url);
        assert_eq!(door.first().await, is(ADMIN));
        issuer.fail();
        // The one time before they are due is the unknown key's.
        for (minutes, asked) in [(9, 2), (11, 3), (120, 4), (24 * 60 - 1, 5)] {
            door.at(TimeDelta::minutes(minutes));
            for _ in 0..5 {
                assert_eq!(door.first().await, is(ADMIN), "after {minutes} minutes");
            }
            assert_eq!(door.unknown().await, unavailable(), "after {minutes} minutes");
            assert_eq!(issuer.asked(), asked, "after {minutes} minutes");
        }
        door.at(TimeDelta::hours(24));
        for _ in 0..5 {
            assert_eq!(door.first().await, unavailable());
        }
        assert_eq!(issuer.asked(), 6);
        issuer.publish(first());
        door.at(TimeDelta::hours(25));
        assert_eq!(door.first().await, is(ADMIN), "the issuer is back");
        assert_eq!(issuer.asked(), 7);
    }
}

on_both! {
    async fn an_issuer_that_is_down_is_asked_less_and_less_often(app: TestApp) {
        let issuer = Issuer::start(first()).await;
        let door = Door::new(&app, &issuer.url);
        assert_eq!(door.first().await, is(ADMIN));
        issuer.fail();
        // What was fetched just now settles it, and the issuer need not be asked.
        door.at(TimeDelta::seconds(29));
        assert_eq!(door.unknown().await, invalid());
        assert_eq!(issuer.asked(), 1);
        for (seconds, asked) in
            [(30, 2), (34, 2), (35, 3), (44, 3), (45, 4), (64, 4), (65, 5), (105, 6), (164, 6), (165, 7), (225, 8)]
        {
            door.at(TimeDelta::seconds(seconds));
            for _ in 0..5 {
                assert_eq!(door.unknown().await, unavailable(), "after {seconds} seconds");
            }
            assert_eq!(issuer.asked(), asked, "after {seconds} seconds");
            assert_eq!(door.first().await, is(ADMIN), "after {seconds} seconds");
        }
        issuer.publish(next());
        assert_eq!(door.next().await, unavailable(), "it is not asked yet");
        door.at(TimeDelta::seconds(285));
        assert_eq!(door.next().await, is(ADMIN));
        assert_eq!(issuer.asked(), 9);
        // What went wrong before is forgotten.
        issuer.fail();
        for (seconds, asked) in [(315, 10), (319, 10), (320, 11)] {
            door.at(TimeDelta::seconds(seconds));
            assert_eq!(door.unknown().await, unavailable(), "after {seconds} seconds");
            assert_eq!(issuer.asked(), asked, "after {seconds} seconds");
        }
    }
}

on_both! {
    async fn nobody_waits_for_a_fetch_who_has_a_key_and_a_withdrawn_key_ends_with_it(app: TestApp) {
        let issuer = Issuer::start(first()).await;
        let door = Door::new(&app, &issuer.url);
        assert_eq!(door.first().await, is(ADMIN));
        issuer.publish(next());
        issuer.hold();
        door.at(TimeDelta::minutes(11));
        for _ in 0..5 {
            assert_eq!(door.first().await, is(ADMIN));
        }
        issuer.is_asked(2).await;
        issuer.release();
        // Had anybody waited, the fetch would have failed by now.
        assert_eq!(door.unknown().await, invalid());
        assert_eq!(door.first().await, invalid());
        assert_eq!(door.next().await, is(ADMIN));
        assert_eq!(issuer.asked(), 2);
    }
}

on_both! {
    async fn requests_at_the_same_time_share_one_fetch(app: TestApp) {
        let issuer = Issuer::start(first()).await;
        let door = Door::new(&app, &issuer.url);
        let fifty_while_it_holds = async |asked| {
            issuer.hold();
            let release = async {
                issuer.is_asked(asked).await;
                issuer.release();
            };
            tokio::join!(join_all((0..50).map(|_| door.first())), release).0
        };
        issuer.fail();
        assert_eq!(fifty_while_it_holds(1).await, vec![unavailable(); 50]);
        assert_eq!(issuer.asked(), 1);
        issuer.publish(first());
        door.at(TimeDelta::seconds(5));
        assert_eq!(fifty_while_it_holds(2).await, vec![is(ADMIN); 50]);
        assert_eq!(issuer.asked(), 2);
    }
}

on_both! {
    async fn a_fetch_goes_on_without_the_request_that_began_it(app: TestApp) {
        let issuer = Issuer::start(first()).await;
        let door = Door::new(&app, &issuer.url);
        issuer.hold();
        tokio::select! {
            answer = door.first() => panic!("answered without a key: {answer:?}"),
            () = issuer.is_asked(1) => {}
        }
        issuer.release();
        assert_eq!(door.first().await, is(ADMIN));
        assert_eq!(issuer.asked(), 1);
    }
}

on_both! {
    async fn keys_in_a_file_are_changed_by_writing_it_again(app: TestApp) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.json");
        let door = Door::new(&app, &format!("file:{}", path.display()));
        assert_eq!(door.first().await, unavailable(), "there is no file yet");
        std::fs::write(&path, first().to_string()).unwrap();
        door.at(TimeDelta::minutes(1));
        assert_eq!(door.first().await, is(ADMIN));
        // Half written when it is read.
        std::fs::write(&path, &first().to_string()[..40]).unwrap();
        door.at(TimeDelta::minutes(12));
        assert_eq!(door.first().await, is(ADMIN));
        assert_eq!(door.unknown().await, unavailable());
        assert_eq!(door.first().await, is(ADMIN));
        std::fs::write(&path, next().to_string()).unwrap();
        door.at(TimeDelta::minutes(13));
        assert_eq!(door.next().await, is(ADMIN));
        assert_eq!(door.first().await, invalid());
    }
}

on_both! {
    async fn a_fetch_that_fails_is_one_warning_without_the_token(app: TestApp) {
        log::keep_all();
        let issuer = Issuer::start(first()).await;
        let door = Door::new(&app, &issuer.url);
        issuer.fail();
        for seconds in [0, 1, 5, 6] {
            door.at(TimeDelta::seconds(seconds));
            assert_eq!(door.first().await, unavailable());
        }
        assert_eq!(issuer.asked(), 2);
        let text = log::all();
        let warnings = text.lines().filter(|line| line.contains("WARN") && line.contains(&issuer.url)).count();
        assert_eq!(warnings, 2, "{text}");
        assert!(!text.contains(&door.first[door.first.len() - 20..]));
    }
}
