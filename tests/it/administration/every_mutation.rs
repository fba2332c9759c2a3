//! Every mutation of the schema leaves a line in the audit, or is named here with the reason why it does not.

use sellerbook::{id::IdKind, sources::FaultKind};
use serde_json::{Value, json};

use super::{audit::events, change};
use crate::{
    TestApp,
    collection::scripted::{Script, fault},
    on_both,
};

/// Mutations that leave none, and why.
const WITHOUT: &[(&str, &str)] =
    &[("updateImportReading", "it says how a file is read; what comes of it is noted when it is carried out")];

/// The mutations that were done, one after the other.
struct Doing<'a> {
    app: &'a TestApp,
    done: Vec<&'static str>,
}

impl Doing<'_> {
    /// Does a mutation, and the jobs it asks for; it must leave a line of this action.
    async fn worked(&mut self, mutation: &'static str, input: Value, selection: &str, action: &str) -> Value {
        self.leaves(mutation, input, selection, action, true).await
    }

    /// Does a mutation, which must leave a line of this action at once.
    async fn does(&mut self, mutation: &'static str, input: Value, selection: &str, action: &str) -> Value {
        self.leaves(mutation, input, selection, action, false).await
    }

    async fn leaves(
        &mut self,
        mutation: &'static str,
        input: Value,
        selection: &str,
        action: &str,
        is_worked: bool,
    ) -> Value {
        let count = async || events(self.app, json!({ "actions": [action] })).await["totalCount"].as_i64().unwrap();
        let before = count().await;
        let payload = change(self.app, mutation, input, selection).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
        if is_worked {
            self.app.run_jobs().await;
        }
        assert_eq!(count().await, before + 1, "{mutation} leaves no {action}");
        self.done.push(mutation);
        payload
    }

    async fn members(&mut self) {
        let va = IdKind::Member.show(self.app.seeded.va.id);
        let new = json!({ "email": "n@acme.example", "role": "VA" });
        self.does("inviteMember", new, "member { id }", "MEMBER_INVITED").await;
        let stripped = json!({ "id": va, "accessProfileIds": [] });
        self.does("updateMember", stripped, "member { id }", "MEMBER_UPDATED").await;
        let (profile, of) = (json!({ "name": "P", "permissions": [] }), "accessProfile { id }");
        let profile = self.does("createAccessProfile", profile, of, "ACCESS_PROFILE_CREATED").await;
        let id = &profile["accessProfile"]["id"];
        let renamed = json!({ "id": id, "name": "Q" });
        self.does("updateAccessProfile", renamed, of, "ACCESS_PROFILE_UPDATED").await;
        self.does("deleteAccessProfile", json!({ "id": id }), of, "ACCESS_PROFILE_DELETED").await;
        let (token, of) = (json!({ "memberId": va, "name": "T" }), "apiToken { id }");
        let token = self.does("createApiToken", token, of, "TOKEN_CREATED").await;
        self.does("revokeApiToken", json!({ "id": token["apiToken"]["id"] }), of, "TOKEN_REVOKED").await;
        let of = "account { id }";
        let account = self.does("createAccount", json!({ "code": "N" }), of, "ACCOUNT_CREATED").await;
        let id = &account["account"]["id"];
        self.does("updateAccount", json!({ "id": id, "code": "M" }), of, "ACCOUNT_UPDATED").await;
        self.does("archiveAccount", json!({ "id": id }), of, "ACCOUNT_ARCHIVED").await;
        self.does("restoreAccount", json!({ "id": id }), of, "ACCOUNT_RESTORED").await;
    }

    async fn rows(&mut self) {
        let account = IdKind::Account.show(self.app.seeded.accounts[0]);
        let new = json!({ "accountId": account, "ebayOrderId": "1", "saleDate": "2026-11-18", "itemName": "A", "salePriceCents": 1 });
        let record = self.does("createRecord", new, "record { id }", "RECORD_CREATED").await;
        let id = &record["record"]["id"];
        let update = json!({ "id": id, "version": 1, "qty": 2 });
        self.does("updateRecord", update, "record { id }", "RECORD_UPDATED").await;
        self.does("deleteRecords", json!({ "ids": [id] }), "unknownIds", "RECORDS_DELETED").await;
        self.does("restoreRecords", json!({ "ids": [id] }), "unknownIds", "RECORDS_RESTORED").await;
        let seller = self.does("addSellers", json!({ "names": ["a"] }), "added { id }", "SELLERS_ADDED").await;
        let id = &seller["added"][0]["id"];
        let named = json!({ "id": id, "displayName": "b" });
        self.does("renameSeller", named, "__typename", "SELLER_RENAMED").await;
        let flag = |flagged: bool| json!({ "ids": [id], "flagged": flagged });
        self.does("flagSellers", flag(true), "__typename", "SELLERS_FLAGGED").await;
        self.does("flagSellers", flag(false), "__typename", "SELLERS_UNFLAGGED").await;
        self.does("deleteSellers", json!({ "ids": [id] }), "__typename", "SELLERS_DELETED").await;
        self.does("restoreSellers", json!({ "ids": [id] }), "__typename", "SELLERS_RESTORED").await;
    }

    /// Carrying out and undoing are noted when they are done: before, nothing is.
    async fn files(&mut self) {
        let (new, of) = (json!({ "kind": "SELLERS", "fileName": "x" }), "import { id uploadUrl }");
        let given_up = self.does("startImport", new.clone(), of, "IMPORT_STARTED").await;
        let id = json!({ "id": given_up["import"]["id"] });
        self.does("discardImport", id, "import { id }", "IMPORT_DISCARDED").await;
        let import = self.does("startImport", new, of, "IMPORT_STARTED").await["import"].clone();
        let (status, answer) =
            crate::import_api::put(self.app, import["uploadUrl"].as_str().unwrap(), "display_name\nc\n").await;
        assert_eq!(status, 201, "{answer}");
        assert_eq!(events(self.app, json!({ "actions": ["IMPORT_RECEIVED"] })).await["totalCount"], 1);
        self.app.run_jobs().await;
        let id = json!({ "id": import["id"] });
        self.worked("commitImport", id.clone(), "import { id }", "IMPORT_COMMITTED").await;
        self.worked("rollbackImport", id, "import { id }", "IMPORT_ROLLED_BACK").await;
        let (file, of) = (json!({ "export": { "kind": "RECORDS", "format": "CSV" } }), "exportJob { id }");
        let job = self.does("startExport", file, of, "EXPORT_STARTED").await;
        let id = json!({ "id": job["exportJob"]["id"] });
        self.does("cancelExport", id.clone(), of, "EXPORT_CANCELLED").await;
        self.does("retryExport", id.clone(), of, "EXPORT_RETRIED").await;
        change(self.app, "cancelExport", id.clone(), of).await;
        self.does("deleteExport", id, of, "EXPORT_DELETED").await;
    }

    async fn collection(&mut self, script: &Script) {
        let of = "collectionRun { id }";
        let new = json!({ "collection": { "categoryIds": ["appliances-cooktops"] } });
        script.refuses("product 000", Some(fault(FaultKind::BadResponse)));
        let failing = self.worked("startCollectionRun", new.clone(), of, "RUN_STARTED").await;
        script.refuses("product 000", None);
        let id = json!({ "id": failing["collectionRun"]["id"] });
        self.worked("retryCollectionFailures", id, of, "RUN_FAILURES_RETRIED").await;
        let run = self.does("startCollectionRun", new, of, "RUN_STARTED").await;
        let id = json!({ "id": run["collectionRun"]["id"] });
        self.does("pauseCollectionRun", id.clone(), of, "RUN_PAUSED").await;
        self.does("resumeCollectionRun", id.clone(), of, "RUN_RESUMED").await;
        self.does("cancelCollectionRun", id.clone(), of, "RUN_CANCELLED").await;
        self.does("rerunCollectionRun", id, of, "RUN_STARTED").await;
        let (settings, of) = (json!({ "workers": 3 }), "collectionSettings { workers }");
        self.does("updateCollectionSettings", settings, of, "COLLECTION_SETTINGS_UPDATED").await;
    }

    async fn schedules(&mut self) {
        let (preset, of) = (json!({ "name": "P", "categoryIds": ["appliances-cooktops"] }), "preset { id }");
        let preset = self.does("createPreset", preset, of, "PRESET_CREATED").await["preset"]["id"].clone();
        self.does("updatePreset", json!({ "id": preset, "name": "Q" }), of, "PRESET_UPDATED").await;
        let (schedule, of) = (json!({ "name": "S", "presetId": preset }), "schedule { id }");
        let schedule = self.does("createSchedule", schedule, of, "SCHEDULE_CREATED").await["schedule"]["id"].clone();
        self.does("updateSchedule", json!({ "id": schedule, "name": "R" }), of, "SCHEDULE_UPDATED").await;
        self.does("triggerSchedule", json!({ "id": schedule }), of, "SCHEDULE_TRIGGERED").await;
        let started = events(self.app, json!({ "actions": ["RUN_STARTED"], "channels": ["SCHEDULE"] })).await;
        assert_eq!(started["nodes"][0]["memberEmail"], "admin@acme.example", "{started}");
        self.does("deleteSchedule", json!({ "id": schedule }), of, "SCHEDULE_DELETED").await;
        self.does("deletePreset", json!({ "id": preset }), "preset { id }", "PRESET_DELETED").await;
    }
}

on_both! {
    async fn every_mutation_leaves_a_line(app: TestApp) {
        let mut app = app;
        let script = Script::new(2);
        script.install(&mut app);
        let mut doing = Doing { app: &app, done: Vec::new() };
        doing.members().await;
        doing.rows().await;
        doing.files().await;
        // Before runs that nobody works on: there may be three at once.
        doing.schedules().await;
        app.run_jobs().await;
        doing.collection(&script).await;
        let schema = app.data("", "{ __schema { mutationType { fields { name } } } }", Value::Null).await;
        for field in schema["__schema"]["mutationType"]["fields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            let is_without = WITHOUT.iter().any(|(without, _)| *without == name);
            assert_ne!(doing.done.contains(&name), is_without, "what does {name} leave?");
        }
    }
}
