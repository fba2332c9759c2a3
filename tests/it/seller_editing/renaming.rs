//! Renaming one.

use sellerbook::id::IdKind;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{add, audit, done, events, stored, versions};
use crate::{
    TestApp,
    collection_api::{change, refusal},
    on_both,
    seed::{self, NewSeller},
};

async fn rename(app: &TestApp, id: &str, name: &str) -> Value {
    let input = json!({ "id": id, "displayName": name });
    change(app, &app.seeded.admin.token, "renameSeller", input, "seller { displayName normalizedName names }").await
}

on_both! {
    async fn the_old_name_stays_among_those_it_is_known_under(app: TestApp) {
        let id = add(&app, &["First"]).await.remove(0);
        for (name, names) in [
            (" Second Name ", json!(["First", "Second Name"])),
            ("SECOND name", json!(["First", "Second Name"])),
            ("third", json!(["First", "Second Name", "third"])),
        ] {
            app.pass(chrono::TimeDelta::seconds(1));
            let payload = rename(&app, &id, name).await;
            assert_eq!(payload["userErrors"], json!([]));
            assert_eq!((&payload["seller"]["displayName"], &payload["seller"]["names"]), (&json!(name.trim()), &names));
            assert_eq!(stored(&app, &id).await.updated_at, app.now());
        }
        let row = stored(&app, &id).await;
        assert_eq!((row.display_name.as_str(), row.normalized_name.as_str()), ("third", "third"));
        let renamed = |old: &str, new: &str| {
            ("RENAMED".to_owned(), 1, vec![("third".to_owned(), Some(old.to_owned()), Some(new.to_owned()))])
        };
        let (first, second, third) =
            (renamed("First", "Second Name"), renamed("Second Name", "SECOND name"), renamed("SECOND name", "third"));
        assert_eq!(events(&app).await[1..], [first, second, third]);
        assert_eq!(versions(&app).await, 3);
        let (action, count, name, before, after) = audit(&app).await.remove(1);
        assert_eq!((action.as_str(), count, name.as_deref()), ("SELLER_RENAMED", 1, Some("Second Name")));
        assert_eq!(before.as_deref(), Some("{\"displayName\":\"First\"}"));
        assert_eq!(after.as_deref(), Some("{\"displayName\":\"Second Name\"}"));
        // The very same name is no change.
        rename(&app, &id, "third").await;
        assert_eq!((events(&app).await.len(), versions(&app).await, audit(&app).await.len()), (4, 3, 4));
    }
}

on_both! {
    async fn a_name_that_is_taken_is_refused(app: TestApp) {
        let ids = add(&app, &["one", "other"]).await;
        let known = NewSeller { platform_id: Some("usr".to_owned()), ..NewSeller::new(&app.app, app.seeded.org, "by id") };
        let by_id = IdKind::Seller.show(seed::sellers(&app.app, vec![known]).await[0]);
        assert_eq!(refusal(&rename(&app, &ids[0], " OTHER").await), ("SELLER_EXISTS", &json!(["displayName"])));
        for bad in ["", " ", &*"x".repeat(1_001)] {
            assert_eq!(refusal(&rename(&app, &ids[0], bad).await), ("INVALID_NAME", &json!(["displayName"])));
        }
        assert_eq!(stored(&app, &ids[0]).await.display_name, "one");
        // Whoever has a platform id is known by that: two may have one name then.
        assert_eq!(rename(&app, &by_id, "other").await["seller"]["displayName"], "other");
        assert_eq!(rename(&app, &ids[0], "BY ID").await["seller"]["displayName"], "BY ID");
        // The name of one that was deleted is free.
        done(&app, "deleteSellers", json!({ "ids": [ids[1]] }), "").await;
        assert_eq!(rename(&app, &ids[0], "other").await["seller"]["displayName"], "other");
    }
}

on_both! {
    async fn whoever_is_not_there_is_not_found(app: TestApp) {
        let deleted = add(&app, &["deleted"]).await.remove(0);
        done(&app, "deleteSellers", json!({ "ids": [deleted] }), "").await;
        let theirs = seed::sellers(&app.app, vec![NewSeller::new(&app.app, app.seeded.other_org, "theirs")]).await;
        let query = "mutation ($id: ID!) { renameSeller(input: { id: $id, displayName: \"x\" }) { seller { id } } }";
        for id in [deleted, IdKind::Seller.show(theirs[0]), IdKind::Seller.show(Uuid::now_v7())] {
            assert_eq!(app.refusal(&app.seeded.admin.token, query, json!({ "id": id })).await, "NOT_FOUND");
        }
        let run = IdKind::Run.show(theirs[0]);
        assert_eq!(app.refusal(&app.seeded.admin.token, query, json!({ "id": run })).await, "INVALID_ID");
    }
}
