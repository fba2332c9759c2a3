//! Access profiles: what they give, and who holds them.

use serde_json::{Value, json};

use super::{change, refused};
use crate::on_both;

const PROFILE: &str = "accessProfile { id name permissions effectivePermissions }";

on_both! {
    async fn a_profile_gives_what_it_implies_at_once_to_who_holds_it(app: TestApp) {
        let input = json!({ "name": "Orders", "permissions": ["order_tracking.write.order_fields"] });
        let made = change(&app, "createAccessProfile", input, PROFILE).await["accessProfile"].clone();
        assert_eq!(made["permissions"], json!(["order_tracking.write.order_fields"]));
        assert!(made["effectivePermissions"].as_array().unwrap().contains(&json!("order_tracking.read.order_remark")));
        let va = sellerbook::id::IdKind::Member.show(app.seeded.va_nothing.id);
        let give = json!({ "id": va, "accessProfileIds": [made["id"]] });
        change(&app, "updateMember", give, "member { id }").await;
        let viewer = app.data(&app.seeded.va_nothing.token, "{ viewer { permissions } }", Value::Null).await;
        assert_eq!(viewer["viewer"]["permissions"], made["effectivePermissions"]);
        assert_eq!(refused(&app, "deleteAccessProfile", json!({ "id": made["id"] })).await, "ACCESS_PROFILE_IN_USE");
        let update = json!({ "id": made["id"], "permissions": [] });
        change(&app, "updateAccessProfile", update, PROFILE).await;
        let viewer = app.data(&app.seeded.va_nothing.token, "{ viewer { permissions } }", Value::Null).await;
        assert_eq!(viewer["viewer"]["permissions"], json!([]));
        change(&app, "updateMember", json!({ "id": va, "accessProfileIds": [] }), "member { id }").await;
        let deleted = change(&app, "deleteAccessProfile", json!({ "id": made["id"] }), PROFILE).await;
        assert_eq!(deleted["accessProfile"]["name"], "Orders");
    }
}

on_both! {
    async fn a_name_is_taken_whatever_its_case_and_no_key_is_made_up(app: TestApp) {
        let named = |name: &str, key: &str| json!({ "name": name, "permissions": [key] });
        change(&app, "createAccessProfile", named("Orders", "accounts.view"), PROFILE).await;
        let create = "createAccessProfile";
        assert_eq!(refused(&app, create, named(" ORDERS ", "accounts.view")).await, "ACCESS_PROFILE_NAME_TAKEN");
        assert_eq!(refused(&app, create, named("Other", "no.such.key")).await, "UNKNOWN_PERMISSION");
        assert_eq!(refused(&app, create, named(" ", "accounts.view")).await, "INVALID_TEXT");
    }
}
