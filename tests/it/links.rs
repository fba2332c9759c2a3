//! Signed links: downloads without a token, for whom they were made, until they expire, and nobody else.

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    TestApp, on_both,
    seed::{self, NewSeller},
};

const SELLERS: &str = "/export/sellers/csv?columns=display_name";

impl TestApp {
    fn link(&self, path: &str, member: Uuid) -> String {
        self.app.links.sign(path, member, self.now() + TimeDelta::minutes(15))
    }

    /// Follows a link without a token: its status, the code of its refusal, and what it says.
    async fn follow(&self, link: &str) -> (u16, String, String) {
        let (status, headers, body) = self.get("", link).await;
        let text = String::from_utf8(body).unwrap();
        let code = serde_json::from_str::<serde_json::Value>(&text).ok();
        let code = code.and_then(|body| body["code"].as_str().map(str::to_owned)).unwrap_or_default();
        if status == StatusCode::UNAUTHORIZED {
            assert!(headers.contains_key("www-authenticate"));
        }
        (status.as_u16(), code, text)
    }

    async fn refusal_of_link(&self, link: &str) -> String {
        let (status, code, text) = self.follow(link).await;
        assert_eq!(status, 401, "{link}: {text}");
        assert!(!text.contains("ours only") && !text.contains("acme") && !text.contains("admin@"), "{text}");
        code
    }
}

async fn fill(app: &TestApp) {
    let (ours, theirs) = (app.seeded.org, app.seeded.other_org);
    seed::sellers(
        &app.app,
        vec![NewSeller::new(&app.app, ours, "ours only"), NewSeller::new(&app.app, theirs, "theirs")],
    )
    .await;
}

on_both! {
    async fn a_link_gives_what_its_member_may_have(app: TestApp) {
        fill(&app).await;
        let (status, _, text) = app.follow(&app.link(SELLERS, app.seeded.va.id)).await;
        assert_eq!((status, text.as_str()), (200, "display_name\r\nours only\r\n"));
        let (status, _, text) = app.follow(&app.link(SELLERS, app.seeded.other_admin.id)).await;
        assert_eq!((status, text.as_str()), (200, "display_name\r\ntheirs\r\n"));
        // Without a query string of its own, too.
        let (status, _, text) = app.follow(&app.link("/export/sellers/text", app.seeded.va.id)).await;
        assert_eq!((status, text.trim_end()), (200, "ours only"));
        let (status, code, _) = app.follow(&app.link("/export/records/csv?columns=order_remark", app.seeded.va.id)).await;
        assert_eq!((status, code.as_str()), (403, "FORBIDDEN"));
        let (status, code, _) = app.follow(&app.link(SELLERS, app.seeded.va_nothing.id)).await;
        assert_eq!((status, code.as_str()), (403, "FORBIDDEN"));
    }
}

on_both! {
    async fn a_link_wins_over_a_token_and_is_judged_alone(app: TestApp) {
        fill(&app).await;
        let link = app.link(SELLERS, app.seeded.other_admin.id);
        assert_eq!(app.file(&app.seeded.admin.token, &link).await, "display_name\r\ntheirs\r\n");
        let (status, ..) = app.get(&app.seeded.admin.token, &link.replace("signature=", "signature=A")).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
}

on_both! {
    async fn a_link_that_was_changed_or_borrowed_is_refused_and_says_nothing(app: TestApp) {
        fill(&app).await;
        let (va, admin) = (app.seeded.va.id.simple().to_string(), app.seeded.admin.id.simple().to_string());
        let link = app.link(SELLERS, app.seeded.va.id);
        let (rest, signature) = link.rsplit_once("&signature=").unwrap();
        let of_job = app.link("/export/jobs/0197/download", app.seeded.va.id);
        let borrowed = of_job.split_once('?').unwrap().1;
        for changed in [
            link.replace("/sellers/", "/records/"),
            link.replace("/csv", "/json"),
            link.replace("columns=display_name", "columns=platform_id"),
            link.replace(&va, &admin),
            link.replace("expires=1", "expires=2"),
            link.replace(&va, &app.seeded.va.id.to_string()),
            format!("{rest}&signature={}", signature.chars().rev().collect::<String>()),
            format!("{rest}&signature="),
            format!("{rest}&signature"),
            format!("{link}&member={admin}"),
            format!("{link}&expires=9999999999"),
            format!("{link}&columns=platform_id"),
            format!("{link}&signature={signature}"),
            link.replace("?columns", &format!("?member={admin}&columns")),
            link.replace("?columns", "?expires=9999999999&columns"),
            link.replace("?columns", "?search=a&columns"),
            format!("/export/sellers/csv?{borrowed}"),
            format!("{SELLERS}&signature={signature}"),
        ] {
            assert_eq!(app.refusal_of_link(&changed).await, "LINK_INVALID", "{changed}");
        }
        // Without the signature it is an address like any other.
        assert_eq!(app.refusal_of_link(rest).await, "UNAUTHENTICATED");
    }
}

on_both! {
    async fn a_link_ends_with_its_time_and_with_its_member(app: TestApp) {
        fill(&app).await;
        let link = app.link(SELLERS, app.seeded.va.id);
        let at = |time: DateTime<Utc>| app.app.clock.set(time);
        let begun = app.now();
        at(begun + TimeDelta::minutes(15) - TimeDelta::seconds(1));
        assert_eq!(app.follow(&link).await.0, 200);
        at(begun + TimeDelta::minutes(15));
        assert_eq!(app.refusal_of_link(&link).await, "LINK_EXPIRED");
        at(begun);
        let (status, code, _) = app.follow(&app.link(SELLERS, app.seeded.suspended.id)).await;
        assert_eq!((status, code.as_str()), (403, "MEMBER_SUSPENDED"));
        seed::suspend(&app.app, app.seeded.va.id).await;
        let (status, code, _) = app.follow(&link).await;
        assert_eq!((status, code.as_str()), (403, "MEMBER_SUSPENDED"));
        assert_eq!(app.refusal_of_link(&app.link(SELLERS, Uuid::now_v7())).await, "LINK_INVALID");
    }
}
