//! Adding by name: trimmed, once each, and nothing done to who is known.

use serde_json::json;

use super::{add, audit, done, events, listed, stored};
use crate::{
    collection_api::{change, refusal},
    on_both,
    seed::{self, NewSeller},
};

const ADDED: &str = "addedCount alreadyKnownCount added { displayName normalizedName timesSeen flagged platformId }
    alreadyKnown { displayName feedbackCount }";

on_both! {
    async fn names_are_trimmed_and_count_once_however_they_are_spelled(app: TestApp) {
        let known = vec![
            NewSeller::new(&app.app, app.seeded.org, "Known One"),
            NewSeller { platform_id: Some("usr2".to_owned()), ..NewSeller::new(&app.app, app.seeded.org, "Known Two") },
            NewSeller { deleted_at: Some(app.now()), ..NewSeller::new(&app.app, app.seeded.org, "Gone") },
        ];
        seed::sellers(&app.app, known).await;
        seed::sellers(&app.app, vec![NewSeller::new(&app.app, app.seeded.other_org, "Theirs")]).await;
        // Later than the ids of those that are there, which are made by the machine's clock.
        app.pass(chrono::TimeDelta::days(100_000));
        let names = ["\u{a0} ＡＣＭＥ  Störe \n", "acme störe", "KNOWN one", "gone", "known two", "theirs", "ﬁne"];
        let payload = done(&app, "addSellers", json!({ "names": names }), ADDED).await;
        let new = |name: &str, folded: &str| json!({
            "displayName": name, "normalizedName": folded, "timesSeen": 0, "flagged": false, "platformId": null,
        });
        let added = [new("ＡＣＭＥ  Störe", "acme störe"), new("gone", "gone"), new("theirs", "theirs"), new("ﬁne", "fine")];
        assert_eq!((&payload["added"], &payload["addedCount"]), (&json!(added), &json!(4)));
        assert_eq!(payload["alreadyKnownCount"], 2);
        assert_eq!(payload["alreadyKnown"], json!([
            { "displayName": "Known One", "feedbackCount": 1_234 }, { "displayName": "Known Two", "feedbackCount": 1_234 },
        ]));
        assert_eq!(listed(&app).await[..4], ["ＡＣＭＥ  Störe", "gone", "theirs", "ﬁne"], "in the order of the names");
        let items = ["gone", "theirs", "ＡＣＭＥ  Störe", "ﬁne"].map(|name| (name.to_owned(), None, None));
        let mut items = items.to_vec();
        items.sort();
        assert_eq!(events(&app).await, [("ADDED".to_owned(), 4, items)]);
        assert_eq!(audit(&app).await, [("SELLERS_ADDED".to_owned(), 4, None, None, None)]);
        // Again: nothing happens, and nothing is noted.
        let again = done(&app, "addSellers", json!({ "names": names }), "addedCount alreadyKnownCount").await;
        assert_eq!((&again["addedCount"], &again["alreadyKnownCount"]), (&json!(0), &json!(6)));
        assert_eq!((events(&app).await.len(), audit(&app).await.len()), (1, 1));
    }
}

on_both! {
    async fn one_name_that_cannot_be_refuses_all(app: TestApp) {
        let token = &app.seeded.admin.token;
        for (bad, fault) in [("", "white space"), (" \u{3000}\t", "white space"), (&*"x".repeat(1_001), "at most 1000")] {
            let payload = change(&app, token, "addSellers", json!({ "names": ["good", bad] }), "addedCount added { id }").await;
            assert_eq!(refusal(&payload), ("INVALID_NAME", &json!(["names"])));
            let message = payload["userErrors"][0]["message"].as_str().unwrap();
            assert!(message.contains("`names[1]`") && message.contains(fault), "{message}");
            assert_eq!((&payload["addedCount"], &payload["added"]), (&json!(0), &json!([])));
        }
        assert!(listed(&app).await.is_empty() && events(&app).await.is_empty());
        let longest = format!(" {} ", "ü".repeat(1_000));
        assert_eq!(add(&app, &[&longest]).await.len(), 1);
        assert!(add(&app, &[]).await.is_empty());
        let too_many = vec!["x"; 100_001];
        let payload = change(&app, token, "addSellers", json!({ "names": too_many }), "").await;
        assert_eq!(refusal(&payload), ("TOO_MANY_SELLERS", &json!(["names"])));
    }
}

on_both! {
    async fn as_many_are_shown_as_are_asked_for(app: TestApp) {
        let names: Vec<String> = (0..30).map(|number| format!("seller {number:02}")).collect();
        let few = "added(first: 2) { displayName } none: added(first: 0) { id } alreadyKnown(first: 5) { id }";
        let payload = done(&app, "addSellers", json!({ "names": names }), few).await;
        assert_eq!(payload["added"], json!([{ "displayName": "seller 00" }, { "displayName": "seller 01" }]));
        assert_eq!((&payload["none"], &payload["alreadyKnown"]), (&json!([]), &json!([])));
        let id = add(&app, &["another"]).await.remove(0);
        let row = stored(&app, &id).await;
        assert_eq!((row.created_at, row.updated_at), (app.now(), app.now()));
        // What cannot be shown costs the list alone: the sellers are added.
        let query = "mutation { addSellers(input: { names: [\"third\"] }) { addedCount added(first: -1) { id } } }";
        let answer = app.query(&app.seeded.admin.token, query, json!({})).await.body;
        assert_eq!(answer["data"]["addSellers"], json!({ "addedCount": 1, "added": null }), "{answer:#}");
    }
}
