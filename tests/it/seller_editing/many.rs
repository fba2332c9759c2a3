//! Flagging, deleting and restoring: set and not toggled, one event each, and nobody else's touched.

use entity::member::Role;
use sellerbook::id::IdKind;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{add, audit, done, events, listed, stored, versions};
use crate::{
    TestApp,
    collection_api::{change, refusal},
    on_both,
    seed::{self, NewSeller},
};

const CHANGED: &str = "count unknownIds sellers { id displayName flagged }";

fn item(name: &str) -> (String, Option<String>, Option<String>) {
    (name.to_owned(), None, None)
}

async fn flag(app: &TestApp, ids: &[&str], flagged: bool) -> Value {
    done(app, "flagSellers", json!({ "ids": ids, "flagged": flagged }), CHANGED).await
}

on_both! {
    async fn a_flag_is_set_and_never_toggled(app: TestApp) {
        let ids = add(&app, &["a", "b", "c"]).await;
        let [a, b, c] = [&*ids[0], &*ids[1], &*ids[2]];
        let nobody = IdKind::Seller.show(Uuid::now_v7());
        app.pass(chrono::TimeDelta::seconds(1));
        assert_eq!(flag(&app, &[b], true).await["count"], 1);
        app.pass(chrono::TimeDelta::seconds(1));
        let payload = flag(&app, &[c, &nobody, b, a, c, a], true).await;
        let shown = |id: &str, name: &str| json!({ "id": id, "displayName": name, "flagged": true });
        assert_eq!(payload["sellers"], json!([shown(c, "c"), shown(a, "a")]), "those that were changed, as they were named");
        assert_eq!((&payload["count"], &payload["unknownIds"]), (&json!(2), &json!([nobody])));
        let again = flag(&app, &[a, b, c], true).await;
        assert_eq!((&again["count"], &again["unknownIds"]), (&json!(0), &json!([])));
        assert_eq!(flag(&app, &[a], false).await["sellers"][0]["flagged"], false);
        assert_eq!(events(&app).await[1..], [
            ("FLAGGED".to_owned(), 1, vec![item("b")]),
            ("FLAGGED".to_owned(), 2, vec![item("a"), item("c")]),
            ("UNFLAGGED".to_owned(), 1, vec![item("a")]),
        ]);
        // Three states were replaced; the one of this very moment was never seen.
        assert_eq!(versions(&app).await, 3);
        let noted: Vec<_> = audit(&app).await.into_iter().map(|(action, count, ..)| (action, count)).collect();
        let expected = [("SELLERS_ADDED", 3), ("SELLERS_FLAGGED", 1), ("SELLERS_FLAGGED", 2), ("SELLERS_UNFLAGGED", 1)];
        assert_eq!(noted, expected.map(|(action, count)| (action.to_owned(), count)));
    }
}

on_both! {
    async fn what_is_deleted_comes_back_as_it_was(app: TestApp) {
        let ids = add(&app, &["a", "b"]).await;
        let [a, b] = [&*ids[0], &*ids[1]];
        flag(&app, &[a], true).await;
        app.pass(chrono::TimeDelta::seconds(1));
        let before = stored(&app, a).await;
        let payload = done(&app, "deleteSellers", json!({ "ids": [a, b] }), CHANGED).await;
        assert_eq!((&payload["count"], payload["sellers"].as_array().unwrap().len()), (&json!(2), 2));
        assert!(listed(&app).await.is_empty());
        // They are there for nobody: neither deleted again nor flagged.
        let again = done(&app, "deleteSellers", json!({ "ids": [a] }), CHANGED).await;
        assert_eq!((&again["count"], &again["unknownIds"]), (&json!(0), &json!([a])));
        assert_eq!(flag(&app, &[b], true).await["unknownIds"], json!([b]));
        // However long ago it was, and whatever chore went by.
        app.pass(chrono::TimeDelta::days(400));
        sellerbook::work::chore(&app.app, sellerbook::work::Chore::Purge).await.unwrap();
        let payload = done(&app, "restoreSellers", json!({ "ids": [a] }), CHANGED).await;
        assert_eq!(payload["sellers"], json!([{ "id": a, "displayName": "a", "flagged": true }]));
        let after = stored(&app, a).await;
        assert_eq!(after, entity::seller::Model { updated_at: app.now(), ..before });
        let again = done(&app, "restoreSellers", json!({ "ids": [a] }), CHANGED).await;
        assert_eq!((&again["count"], &again["unknownIds"]), (&json!(0), &json!([a])));
        assert_eq!(events(&app).await[2..], [
            ("DELETED".to_owned(), 2, vec![item("a"), item("b")]),
            ("RESTORED".to_owned(), 1, vec![item("a")]),
        ]);
    }
}

on_both! {
    async fn a_seller_whose_place_is_taken_cannot_be_restored(app: TestApp) {
        let ids = add(&app, &["Acme", "free"]).await;
        let known = |name: &str, id: &str| {
            NewSeller { platform_id: Some(id.to_owned()), ..NewSeller::new(&app.app, app.seeded.org, name) }
        };
        let by_id = IdKind::Seller.show(seed::sellers(&app.app, vec![known("by id", "usr1")]).await[0]);
        let all = json!({ "ids": [ids[0], ids[1], by_id] });
        done(&app, "deleteSellers", all.clone(), "").await;
        let newer = add(&app, &["ACME"]).await.remove(0);
        seed::sellers(&app.app, vec![known("renamed since", "usr1")]).await;
        let payload = change(&app, &app.seeded.admin.token, "restoreSellers", all, CHANGED).await;
        assert_eq!(refusal(&payload), ("SELLER_EXISTS", &json!(["ids"])));
        let message = payload["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains("“Acme”") && message.contains("“by id”") && !message.contains("free"), "{message}");
        assert_eq!(payload["count"], 0);
        assert_eq!(listed(&app).await.len(), 2, "nothing is restored");
        // Two that were deleted are in each other's way.
        done(&app, "deleteSellers", json!({ "ids": [newer] }), "").await;
        let both = json!({ "ids": [ids[0], newer] });
        let payload = change(&app, &app.seeded.admin.token, "restoreSellers", both, "").await;
        assert_eq!(refusal(&payload).0, "SELLER_EXISTS");
        assert_eq!(done(&app, "restoreSellers", json!({ "ids": [ids[0], ids[1]] }), CHANGED).await["count"], 2);
    }
}

on_both! {
    async fn sellers_of_another_organisation_are_unknown_and_stay_as_they_are(app: TestApp) {
        let theirs = seed::sellers(&app.app, vec![NewSeller::new(&app.app, app.seeded.other_org, "theirs")]).await;
        let deleted = NewSeller { deleted_at: Some(app.now()), ..NewSeller::new(&app.app, app.seeded.other_org, "gone") };
        let gone = seed::sellers(&app.app, vec![deleted]).await;
        let ids = [theirs[0], gone[0]].map(|id| IdKind::Seller.show(id));
        let before = [stored(&app, &ids[0]).await, stored(&app, &ids[1]).await];
        for (mutation, more) in [("flagSellers", Some(true)), ("deleteSellers", None), ("restoreSellers", None)] {
            let mut input = json!({ "ids": ids });
            if let Some(flagged) = more {
                input["flagged"] = json!(flagged);
            }
            let payload = done(&app, mutation, input, CHANGED).await;
            assert_eq!(payload, json!({ "count": 0, "unknownIds": ids, "sellers": [], "userErrors": [] }), "{mutation}");
        }
        assert_eq!([stored(&app, &ids[0]).await, stored(&app, &ids[1]).await], before);
        assert!(events(&app).await.is_empty() && audit(&app).await.is_empty());
    }
}

on_both! {
    async fn whoever_may_write_sellers_may_and_nobody_else(app: TestApp) {
        let keys = "seller_collection.write";
        let writer = seed::person(&app.app, app.seeded.org, "writer@acme.example", Role::Va, keys).await;
        let input = json!({ "names": ["new"] });
        let payload = change(&app, &writer.token, "addSellers", input.clone(), "added { id }").await;
        let id = payload["added"][0]["id"].clone();
        let query = "mutation ($input: AddSellersInput!) { addSellers(input: $input) { addedCount } }";
        for token in [&app.seeded.va.token, &app.seeded.client.token, &app.seeded.va_nothing.token] {
            assert_eq!(app.refusal(token, query, json!({ "input": input })).await, "FORBIDDEN");
        }
        assert_eq!(change(&app, &writer.token, "deleteSellers", json!({ "ids": [id] }), "count").await["count"], 1);
        assert_eq!(change(&app, &writer.token, "restoreSellers", json!({ "ids": [id] }), "count").await["count"], 1);
    }
}
