//! Who may do what. One table holds every root field and every route; each new one needs its row.

use std::{collections::BTreeSet, fmt::Write as _};

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use entity::{account_assignment, member::Role};
use http_body_util::BodyExt;
use jsonwebtoken::{EncodingKey, Header};
use sea_orm::EntityTrait;
use sellerbook::{
    auth, collection,
    exports::{self, ExportFormat, ExportKind, ExportRequest, NewExport},
    id::IdKind,
    imports::{self, NewImport},
    sheet::{Reading, SheetKind},
    sources::SearchSettings,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    TestApp,
    lists::List,
    on_both,
    seed::{self, NewRecord, NewSeller, Person},
    seed_runs, seed_schedules,
};

/// One row each in ALPHA, BETA, GAMMA and the other organisation's ALPHA, and one seller in each organisation.
#[derive(Clone, Copy)]
struct Ids {
    records: [Uuid; 3],
    other_record: Uuid,
    seller: Uuid,
    other_seller: Uuid,
    /// Of the va: one that is complete, one that waits.
    exports: [Uuid; 2],
    /// Complete, in this organisation.
    run: Uuid,
    preset: Uuid,
    /// Of the admin, of the preset, told by webhook.
    schedule: Uuid,
    /// Of the schedule.
    fire: Uuid,
    /// Of the admin, of sellers; its file waits to be checked. The other admin has one too.
    import: Uuid,
}

async fn seed_rows(app: &TestApp) -> Ids {
    let seeded = &app.seeded;
    let [alpha, beta, gamma] = seeded.accounts;
    let new = |org, account, order: &str| NewRecord {
        remarks: Some((Some("an order remark"), Some("a service remark"))),
        ..NewRecord::new(&app.app, org, account, order)
    };
    let records = seed::records(
        &app.app,
        vec![
            new(seeded.org, alpha, "of alpha"),
            new(seeded.org, beta, "of beta"),
            new(seeded.org, gamma, "of gamma"),
            new(seeded.other_org, seeded.other_account, "of others"),
        ],
    )
    .await;
    let sellers = seed::sellers(
        &app.app,
        vec![NewSeller::new(&app.app, seeded.org, "ours"), NewSeller::new(&app.app, seeded.other_org, "theirs")],
    )
    .await;
    let preset = preset(app).await;
    let (schedule, fire) = schedule(app, preset).await;
    Ids {
        records: [records[0], records[1], records[2]],
        other_record: records[3],
        seller: sellers[0],
        other_seller: sellers[1],
        exports: [export(app, true).await, export(app, false).await],
        run: run(app).await,
        preset,
        schedule,
        fire,
        import: imports_of_admins(app).await,
    }
}

async fn imports_of_admins(app: &TestApp) -> Uuid {
    let mut ids = Vec::new();
    for admin in [&app.seeded.admin, &app.seeded.other_admin] {
        let actor = auth::of_member(&app.app, admin.id).await.unwrap();
        let new = NewImport {
            kind: SheetKind::Sellers,
            account_id: None,
            file_name: "sellers.csv".to_owned(),
            reading: Reading::default(),
            idempotency_key: None,
        };
        let file = futures::stream::iter([Ok("display_name\nLumen\n".into())]);
        ids.push(imports::start_with_file(&app.app, &actor, new, file, None).await.unwrap().id);
    }
    ids[0]
}

/// A run that has ended, with one event.
async fn run(app: &TestApp) -> Uuid {
    let run = entity::collection_run::Model { last_seq: 1, ..seed_runs::new_run(&app.app, app.seeded.org, "Run") };
    seed_runs::runs(&app.app, vec![run.clone()]).await;
    seed_runs::events(&app.app, &run, 1, None).await;
    run.id
}

async fn preset(app: &TestApp) -> Uuid {
    let admin = auth::of_member(&app.app, app.seeded.admin.id).await.unwrap();
    let new = collection::NewPreset {
        name: "Preset".to_owned(),
        category_ids: vec!["appliances-cooktops".to_owned()],
        search: SearchSettings::default(),
    };
    collection::create_preset(&app.app, &admin, new).await.unwrap().id
}

/// A schedule of the admin, and a time of it that nobody was there for.
async fn schedule(app: &TestApp, preset: Uuid) -> (Uuid, Uuid) {
    let row = entity::schedule::Model {
        member_id: Some(app.seeded.admin.id),
        preset_id: Some(preset),
        webhook_url: Some("https://a.example/1".to_owned()),
        ..seed_schedules::new_schedule(&app.app, app.seeded.org, "Schedule")
    };
    let fire = seed_schedules::new_fire(&row, row.created_at);
    seed_schedules::schedules(&app.app, vec![row.clone()]).await;
    seed_schedules::fires(&app.app, vec![fire.clone()]).await;
    (row.id, fire.id)
}

/// An export job of the va.
async fn export(app: &TestApp, is_made: bool) -> Uuid {
    let va = auth::of_member(&app.app, app.seeded.va.id).await.unwrap();
    let request = ExportRequest::from_parameters(ExportKind::Records, ExportFormat::Csv, &[]).unwrap();
    let job = exports::start(&app.app, &va, NewExport { request, idempotency_key: None, notify: false }).await.unwrap();
    if is_made {
        assert_eq!(app.run_jobs().await, 1);
    }
    job.id
}

/// Everybody there is, with what they are called in the table.
fn people(app: &TestApp) -> [(&'static str, String); 8] {
    let seeded = &app.seeded;
    let token = |person: &Person| person.token.clone();
    [
        ("no token", String::new()),
        ("admin", token(&seeded.admin)),
        ("va", token(&seeded.va)),
        ("va, remarks", token(&seeded.va_remarks)),
        ("va, nothing", token(&seeded.va_nothing)),
        ("client", token(&seeded.client)),
        ("suspended", token(&seeded.suspended)),
        ("other admin", token(&seeded.other_admin)),
    ]
}

/// One thing to do.
struct Operation {
    /// The root field or route it is of.
    of: &'static str,
    /// What tells it from others of the same field or route.
    with: &'static str,
    door: Door,
}

enum Door {
    /// A query, and where in its data the answer is: a number or null is told as it is.
    Query(String, &'static str),
    /// A subscription, and where in the data of its first event the answer is.
    Event(String, &'static str),
    /// A request by GET; a CSV is told by its columns and rows, the rest by status and code.
    Get(String),
    /// A file sent by PUT, told by status and code.
    Put(String),
}

fn query(of: &'static str, with: &'static str, query: impl Into<String>, answer: &'static str) -> Operation {
    Operation { of, with, door: Door::Query(query.into(), answer) }
}

fn event(of: &'static str, with: &'static str, query: impl Into<String>, answer: &'static str) -> Operation {
    Operation { of, with, door: Door::Event(query.into(), answer) }
}

fn get(of: &'static str, with: &'static str, path: impl Into<String>) -> Operation {
    Operation { of, with, door: Door::Get(path.into()) }
}

/// A mutation that names one export; its first refusal is told.
fn change(mutation: &'static str, with: &'static str, id: &str) -> Operation {
    let of = match mutation {
        "cancelExport" => "Mutation.cancelExport",
        "retryExport" => "Mutation.retryExport",
        _ => "Mutation.deleteExport",
    };
    let text = format!("mutation {{ {mutation}(input: {{ id: \"{id}\" }}) {{ userErrors {{ code }} }} }}");
    let answer = match mutation {
        "cancelExport" => "/cancelExport/userErrors/0/code",
        "retryExport" => "/retryExport/userErrors/0/code",
        _ => "/deleteExport/userErrors/0/code",
    };
    query(of, with, text, answer)
}

/// Everything about collection. The run of the table has ended: what would steer it is refused to whoever may.
fn of_collection(ids: Ids) -> Vec<Operation> {
    let (run, preset) = (IdKind::Run.show(ids.run), IdKind::Preset.show(ids.preset));
    let node = |id: &str| format!("{{ node(id: \"{id}\") {{ __typename }} }}");
    let steer = |name: &str| format!("mutation {{ {name}(input: {{ id: \"{run}\" }}) {{ userErrors {{ code }} }} }}");
    vec![
        query("Query.node", "a run", node(&run), "/node/__typename"),
        query("Query.node", "a preset", node(&preset), "/node/__typename"),
        query("Query.departments", "", "{ departments { id } }", "/departments"),
        query("Query.presets", "", "{ presets { totalCount } }", "/presets/totalCount"),
        query("Query.collectionSettings", "", "{ collectionSettings { workers } }", "/collectionSettings/workers"),
        query(
            "Query.collectionEstimate",
            "a preset",
            format!("{{ collectionEstimate(input: {{ presetId: \"{preset}\" }}) {{ products }} }}"),
            "/collectionEstimate/products",
        ),
        query(
            "Query.collectionRun",
            "",
            format!("{{ collectionRun(id: \"{run}\") {{ status }} }}"),
            "/collectionRun/status",
        ),
        query(
            "Query.collectionRun",
            "its events and sellers",
            format!("{{ collectionRun(id: \"{run}\") {{ activity {{ totalCount }} sellers {{ totalCount }} }} }}"),
            "/collectionRun/activity/totalCount",
        ),
        query(
            "Query.cronPreview",
            "",
            "{ cronPreview(expression: \"@daily\", count: 3) { fires { at } } }",
            "/cronPreview/fires",
        ),
        query("Query.collectionRuns", "", "{ collectionRuns { totalCount } }", "/collectionRuns/totalCount"),
        query(
            "Mutation.createPreset",
            "refused",
            "mutation { createPreset(input: { name: \"x\", categoryIds: [] }) { userErrors { code } } }",
            "/createPreset/userErrors/0/code",
        ),
        query(
            "Mutation.updatePreset",
            "refused",
            format!(
                "mutation {{ updatePreset(input: {{ id: \"{preset}\", name: \"\" }}) {{ userErrors {{ code }} }} }}"
            ),
            "/updatePreset/userErrors/0/code",
        ),
        query(
            "Mutation.deletePreset",
            "what is built in",
            "mutation { deletePreset(input: { id: \"00000000000080008000000000000001\" }) { userErrors { code } } }",
            "/deletePreset/userErrors/0/code",
        ),
        query(
            "Mutation.updateCollectionSettings",
            "",
            "mutation { updateCollectionSettings(input: { workers: 5 }) { collectionSettings { workers } } }",
            "/updateCollectionSettings/collectionSettings/workers",
        ),
        query(
            "Mutation.startCollectionRun",
            "refused",
            "mutation { startCollectionRun(input: { collection: {} }) { userErrors { code } } }",
            "/startCollectionRun/userErrors/0/code",
        ),
        query(
            "Mutation.startCollectionRun",
            "a category",
            "mutation { startCollectionRun(input: { collection: { categoryIds: [\"appliances-cooktops\"] } }) {
                collectionRun { status } } }",
            "/startCollectionRun/collectionRun/status",
        ),
        query("Mutation.pauseCollectionRun", "", steer("pauseCollectionRun"), "/pauseCollectionRun/userErrors/0/code"),
        query(
            "Mutation.resumeCollectionRun",
            "",
            steer("resumeCollectionRun"),
            "/resumeCollectionRun/userErrors/0/code",
        ),
        query(
            "Mutation.cancelCollectionRun",
            "",
            steer("cancelCollectionRun"),
            "/cancelCollectionRun/userErrors/0/code",
        ),
        query(
            "Mutation.rerunCollectionRun",
            "",
            steer("rerunCollectionRun").replace("userErrors { code }", "collectionRun { status }"),
            "/rerunCollectionRun/collectionRun/status",
        ),
        query(
            "Mutation.retryCollectionFailures",
            "",
            steer("retryCollectionFailures"),
            "/retryCollectionFailures/userErrors/0/code",
        ),
        event(
            "Subscription.collectionRunProgress",
            "",
            format!("subscription {{ collectionRunProgress(id: \"{run}\") {{ status }} }}"),
            "/collectionRunProgress/status",
        ),
        event(
            "Subscription.collectionRunsProgress",
            "one waits",
            "subscription { collectionRunsProgress { status } }",
            "/collectionRunsProgress/status",
        ),
        event(
            "Subscription.collectionActivity",
            "",
            format!("subscription {{ collectionActivity(runId: \"{run}\") {{ kind }} }}"),
            "/collectionActivity/kind",
        ),
    ]
}

/// Everything about schedules. A run waits by now: a fire waits behind it.
fn of_schedules(ids: Ids) -> Vec<Operation> {
    let (schedule, fire) = (IdKind::Schedule.show(ids.schedule), IdKind::Fire.show(ids.fire));
    let node = |id: &str| format!("{{ node(id: \"{id}\") {{ __typename }} }}");
    let read = |selection: &str| format!("{{ schedule(id: \"{schedule}\") {{ {selection} }} }}");
    let named = |name: &str, selection: &str| {
        format!("mutation {{ {name}(input: {{ id: \"{schedule}\" }}) {{ {selection} }} }}")
    };
    vec![
        query("Query.node", "a schedule", node(&schedule), "/node/__typename"),
        query("Query.node", "a fire", node(&fire), "/node/__typename"),
        query("Query.schedules", "", "{ schedules { totalCount } }", "/schedules/totalCount"),
        query("Query.schedule", "", read("overlap"), "/schedule/overlap"),
        query("Query.schedule", "its fires", read("fires { totalCount }"), "/schedule/fires/totalCount"),
        query("Query.schedule", "its webhook", read("webhookUrl"), "/schedule/webhookUrl"),
        query("Query.schedule", "its secret", read("a: webhookSecret b: webhookSecret name"), "/schedule/name"),
        query(
            "Query.schedule",
            "what was told",
            read("notifications { totalCount }"),
            "/schedule/notifications/totalCount",
        ),
        query(
            "Mutation.createSchedule",
            "refused",
            "mutation { createSchedule(input: { name: \"\", presetId: \"00000000000080008000000000000001\" }) {
                userErrors { code } } }",
            "/createSchedule/userErrors/0/code",
        ),
        query(
            "Mutation.createSchedule",
            "an export of records",
            "mutation { createSchedule(input: { name: \"x\", export: { kind: RECORDS, format: CSV } }) {
                schedule { name } } }",
            "/createSchedule/schedule/name",
        ),
        query(
            "Mutation.updateSchedule",
            "",
            format!(
                "mutation {{ updateSchedule(input: {{ id: \"{schedule}\", overlap: SKIP }}) {{ schedule {{ overlap }} }} }}"
            ),
            "/updateSchedule/schedule/overlap",
        ),
        query(
            "Mutation.triggerSchedule",
            "",
            named("triggerSchedule", "fire { outcome }"),
            "/triggerSchedule/fire/outcome",
        ),
        query(
            "Mutation.deleteSchedule",
            "",
            named("deleteSchedule", "schedule { name }"),
            "/deleteSchedule/schedule/name",
        ),
    ]
}

/// Everything about editing records. The one of GAMMA is deleted, and restored.
fn of_records(app: &TestApp, ids: Ids) -> Vec<Operation> {
    let [of_alpha, _, of_gamma] = ids.records.map(|id| IdKind::Record.show(id));
    let alpha = IdKind::Account.show(app.seeded.accounts[0]);
    let update = |fields: &str| {
        format!(
            "mutation {{ updateRecord(input: {{ id: \"{of_alpha}\", {fields} }}) {{ record {{ version }} userErrors {{ code }} }} }}"
        )
    };
    let turn = |name: &str| format!("mutation {{ {name}(input: {{ ids: [\"{of_gamma}\"] }}) {{ records {{ id }} }} }}");
    vec![
        query(
            "Mutation.createRecord",
            "refused",
            format!(
                "mutation {{ createRecord(input: {{ accountId: \"{alpha}\", ebayOrderId: \"\", saleDate: \"2026-11-20\",
                    itemName: \"x\", salePriceCents: 1 }}) {{ userErrors {{ code }} }} }}"
            ),
            "/createRecord/userErrors/0/code",
        ),
        query("Mutation.updateRecord", "no field", update("version: 1"), "/updateRecord/record/version"),
        query("Mutation.updateRecord", "stale", update("version: 2, qty: 7"), "/updateRecord/userErrors/0/code"),
        query("Mutation.deleteRecords", "", turn("deleteRecords"), "/deleteRecords/records"),
        query("Query.deletedRecords", "", "{ deletedRecords { totalCount } }", "/deletedRecords/totalCount"),
        query(
            "Query.recordEvents",
            "of a deleted record",
            format!("{{ recordEvents(recordId: \"{of_gamma}\") {{ totalCount }} }}"),
            "/recordEvents/totalCount",
        ),
        query("Mutation.restoreRecords", "", turn("restoreRecords"), "/restoreRecords/records"),
        query(
            "Query.recordEvents",
            "",
            format!("{{ recordEvents(recordId: \"{of_alpha}\") {{ totalCount }} }}"),
            "/recordEvents/totalCount",
        ),
    ]
}

/// Everything that admins do. Changes are refused to whoever may make them, so that the table stays true from column to column.
fn of_administration(app: &TestApp) -> Vec<Operation> {
    let (va, alpha) = (IdKind::Member.show(app.seeded.va.id), IdKind::Account.show(app.seeded.accounts[0]));
    let nothing = Uuid::from_u128(0x8000_8000_0000_0000_0001);
    let absent = |kind: IdKind| kind.show(nothing);
    let refused =
        |name: &str, input: String| format!("mutation {{ {name}(input: {{ {input} }}) {{ userErrors {{ code }} }} }}");
    let named = |name: &str, kind: IdKind| refused(name, format!("id: \"{}\"", absent(kind)));
    vec![
        query("Query.members", "", "{ members { totalCount } }", "/members/totalCount"),
        query("Query.members", "their tokens", "{ members { nodes { apiTokens { totalCount } } } }", "/members/nodes"),
        query("Query.accessProfiles", "", "{ accessProfiles { totalCount } }", "/accessProfiles/totalCount"),
        query("Query.apiTokens", "", "{ apiTokens { totalCount } }", "/apiTokens/totalCount"),
        query(
            "Query.accounts",
            "archived",
            "{ accounts(filter: { archived: true }) { totalCount } }",
            "/accounts/totalCount",
        ),
        query(
            "Query.auditEvents",
            "none such",
            "{ auditEvents(filter: { actions: [TOKEN_REVOKED] }) { totalCount } }",
            "/auditEvents/totalCount",
        ),
        query(
            "Mutation.inviteMember",
            "refused",
            refused("inviteMember", "email: \"x\", role: VA".to_owned()),
            "/inviteMember/userErrors/0/code",
        ),
        query(
            "Mutation.updateMember",
            "nothing",
            refused("updateMember", format!("id: \"{va}\", status: ACTIVE")),
            "/updateMember/userErrors",
        ),
        query(
            "Mutation.createAccessProfile",
            "refused",
            refused("createAccessProfile", "name: \"\", permissions: []".to_owned()),
            "/createAccessProfile/userErrors/0/code",
        ),
        query(
            "Mutation.updateAccessProfile",
            "not there",
            named("updateAccessProfile", IdKind::AccessProfile),
            "/updateAccessProfile/userErrors",
        ),
        query(
            "Mutation.deleteAccessProfile",
            "not there",
            named("deleteAccessProfile", IdKind::AccessProfile),
            "/deleteAccessProfile/userErrors",
        ),
        query(
            "Mutation.createApiToken",
            "refused",
            refused("createApiToken", format!("memberId: \"{va}\", name: \"\"")),
            "/createApiToken/userErrors/0/code",
        ),
        query(
            "Mutation.revokeApiToken",
            "not there",
            named("revokeApiToken", IdKind::Token),
            "/revokeApiToken/userErrors",
        ),
        query(
            "Mutation.createAccount",
            "refused",
            refused("createAccount", "code: \"\"".to_owned()),
            "/createAccount/userErrors/0/code",
        ),
        query(
            "Mutation.updateAccount",
            "nothing",
            refused("updateAccount", format!("id: \"{alpha}\"")),
            "/updateAccount/userErrors",
        ),
        query(
            "Mutation.archiveAccount",
            "not there",
            named("archiveAccount", IdKind::Account),
            "/archiveAccount/userErrors",
        ),
        query(
            "Mutation.restoreAccount",
            "refused",
            refused("restoreAccount", format!("id: \"{alpha}\"")),
            "/restoreAccount/userErrors/0/code",
        ),
    ]
}

/// What can be done to sellers by hand. Whoever may not touch the seller does not see that it is there.
fn of_sellers(ids: Ids) -> Vec<Operation> {
    let seller = IdKind::Seller.show(ids.seller);
    let many =
        |name: &str, more: &str| format!("mutation {{ {name}(input: {{ ids: [\"{seller}\"]{more} }}) {{ count }} }}");
    vec![
        query(
            "Mutation.addSellers",
            "one more",
            "mutation { addSellers(input: { names: [\"one more\"] }) { addedCount } }",
            "/addSellers/addedCount",
        ),
        query(
            "Mutation.renameSeller",
            "",
            format!(
                "mutation {{ renameSeller(input: {{ id: \"{seller}\", displayName: \"Ours\" }}) {{
                    seller {{ displayName }} }} }}"
            ),
            "/renameSeller/seller/displayName",
        ),
        query("Mutation.flagSellers", "", many("flagSellers", ", flagged: true"), "/flagSellers/count"),
        query("Mutation.deleteSellers", "", many("deleteSellers", ""), "/deleteSellers/count"),
        query("Mutation.restoreSellers", "", many("restoreSellers", ""), "/restoreSellers/count"),
        event(
            "Subscription.sellersChanged",
            "",
            "subscription { sellersChanged { added { id } } }",
            "/sellersChanged/added",
        ),
    ]
}

/// Everything about imports.
fn of_imports(ids: Ids) -> Vec<Operation> {
    let id = IdKind::Import.show(ids.import);
    let start = |input: &str| {
        format!("mutation {{ startImport(input: {{ {input} }}) {{ import {{ status }} userErrors {{ code }} }} }}")
    };
    let change = |name: &str, more: &str| {
        format!("mutation {{ {name}(input: {{ id: \"{id}\"{more} }}) {{ userErrors {{ code }} }} }}")
    };
    vec![
        query("Query.node", "an import", format!("{{ node(id: \"{id}\") {{ __typename }} }}"), "/node/__typename"),
        query("Query.importFields", "records", "{ importFields(kind: RECORDS) { key } }", "/importFields"),
        query("Query.importFields", "sellers", "{ importFields(kind: SELLERS) { key } }", "/importFields"),
        query("Query.import", "the admin's", format!("{{ import(id: \"{id}\") {{ status }} }}"), "/import/status"),
        query("Query.imports", "", "{ imports { totalCount } }", "/imports/totalCount"),
        query("Mutation.startImport", "records", start("kind: RECORDS"), "/startImport/import/status"),
        query("Mutation.startImport", "sellers", start("kind: SELLERS"), "/startImport/import/status"),
        query(
            "Mutation.updateImportReading",
            "the admin's",
            change("updateImportReading", ", reading: {}"),
            "/updateImportReading/userErrors/0/code",
        ),
        query("Mutation.commitImport", "the admin's", change("commitImport", ""), "/commitImport/userErrors/0/code"),
        query(
            "Mutation.rollbackImport",
            "the admin's",
            change("rollbackImport", ""),
            "/rollbackImport/userErrors/0/code",
        ),
        event(
            "Subscription.importProgress",
            "the admin's",
            format!("subscription {{ importProgress(id: \"{id}\") {{ status }} }}"),
            "/importProgress/status",
        ),
        event(
            "Subscription.importsProgress",
            "",
            "subscription { importsProgress { status } }",
            "/importsProgress/status",
        ),
        Operation { of: "/import/{id}", with: "the admin's", door: Door::Put(format!("/import/{id}")) },
        get("/import/{id}/faults.csv", "the admin's", format!("/import/{id}/faults.csv")),
        query(
            "Mutation.discardImport",
            "the admin's",
            change("discardImport", "").replace("userErrors { code }", "import { status }"),
            "/discardImport/import/status",
        ),
    ]
}

/// Every root field and every route, with what makes a difference to who may use it.
fn operations(app: &TestApp, ids: Ids) -> Vec<Operation> {
    let [alpha, beta, gamma] = app.seeded.accounts.map(|id| IdKind::Account.show(id));
    let [_, of_beta, _] = ids.records.map(|id| IdKind::Record.show(id));
    let (seller, org) = (IdKind::Seller.show(ids.seller), IdKind::Organisation.show(app.seeded.org));
    let [made, waiting] = ids.exports.map(|id| IdKind::Export.show(id));
    let va = IdKind::Member.show(app.seeded.va.id);
    let node = |id: &str| format!("{{ node(id: \"{id}\") {{ __typename }} }}");
    let records = "/export/records/{format}";
    let sellers = "/export/sellers/{format}";
    let mut operations = vec![
        query("Query.viewer", "", "{ viewer { permissions role } }", "/viewer/role"),
        query("Query.node", "the organisation", node(&org), "/node/__typename"),
        query("Query.node", "an account", node(&alpha), "/node/__typename"),
        query("Query.node", "another account", node(&beta), "/node/__typename"),
        query("Query.node", "a record", node(&of_beta), "/node/__typename"),
        query("Query.node", "a seller", node(&seller), "/node/__typename"),
        query(
            "Query.nodes",
            "three accounts",
            format!("{{ nodes(ids: [\"{alpha}\", \"{beta}\", \"{gamma}\"]) {{ id }} }}"),
            "/nodes",
        ),
        query("Query.accounts", "", "{ accounts { totalCount } }", "/accounts/totalCount"),
        query(
            "Query.accounts",
            "their records",
            "{ accounts { nodes { records { totalCount } } } }",
            "/accounts/nodes",
        ),
        query("Query.sellers", "", "{ sellers { totalCount } }", "/sellers/totalCount"),
        query(
            "Query.sellers",
            "as of a moment",
            "{ sellers(asOf: { at: \"2026-11-20T08:00:00Z\" }) { totalCount } }",
            "/sellers/totalCount",
        ),
        // Files are events too; what is asked below must not be seen here.
        query(
            "Query.sellerEvents",
            "",
            "{ sellerEvents(filter: { kinds: [ADDED] }) { totalCount } }",
            "/sellerEvents/totalCount",
        ),
        query(
            "Query.sellerDiff",
            "",
            "{ sellerDiff(from: { at: \"2026-11-20T07:00:00Z\" }, to: { now: true }) { added { totalCount } } }",
            "/sellerDiff/added/totalCount",
        ),
        query("Query.records", "", "{ records { totalCount } }", "/records/totalCount"),
        query("Query.records", "sums", "{ records { totals { count } } }", "/records/totals/count"),
        query("Query.records", "order remarks", "{ records { nodes { remark: orderRemark } } }", "/records/nodes"),
        query("Query.records", "service remarks", "{ records { nodes { remark: serviceRemark } } }", "/records/nodes"),
        query("Query.exportColumns", "records", "{ exportColumns(kind: RECORDS) { key } }", "/exportColumns"),
        query("Query.exportColumns", "sellers", "{ exportColumns(kind: SELLERS) { key } }", "/exportColumns"),
        query(
            "Query.exportEstimate",
            "records",
            "{ exportEstimate(input: { kind: RECORDS, format: CSV }) { rows } }",
            "/exportEstimate/rows",
        ),
        query(
            "Query.exportEstimate",
            "sellers",
            "{ exportEstimate(input: { kind: SELLERS, format: CSV }) { rows } }",
            "/exportEstimate/rows",
        ),
        query(
            "Query.exportJob",
            "the va's",
            format!("{{ exportJob(id: \"{made}\") {{ status }} }}"),
            "/exportJob/status",
        ),
        query("Query.exportLog", "", "{ exportLog { nodes { outcome } } }", "/exportLog/nodes/0/outcome"),
        query("Query.node", "the va's export", node(&made), "/node/__typename"),
        query("Query.node", "the va", node(&va), "/node/__typename"),
        query(
            "Query.exportJobs",
            "",
            "{ exportJobs(filter: { statuses: [COMPLETED] }) { totalCount } }",
            "/exportJobs/totalCount",
        ),
        query(
            "Mutation.startExport",
            "refused",
            "mutation { startExport(input: { export: { kind: RECORDS, format: CSV, columns: [\"x\"] } }) { userErrors { code } } }",
            "/startExport/userErrors/0/code",
        ),
        query(
            "Mutation.startExport",
            "records",
            "mutation { startExport(input: { export: { kind: RECORDS, format: CSV } }) { exportJob { status } } }",
            "/startExport/exportJob/status",
        ),
        query(
            "Mutation.startExport",
            "sellers",
            "mutation { startExport(input: { export: { kind: SELLERS, format: CSV } }) { exportJob { status } } }",
            "/startExport/exportJob/status",
        ),
        change("cancelExport", "the va's, complete", &made),
        change("retryExport", "the va's, complete", &made),
        change("deleteExport", "the va's, waiting", &waiting),
        event(
            "Subscription.exportJobProgress",
            "the va's, complete",
            format!("subscription {{ exportJobProgress(id: \"{made}\") {{ status }} }}"),
            "/exportJobProgress/status",
        ),
        event(
            "Subscription.exportJobsProgress",
            "after starting one",
            "subscription { exportJobsProgress { status } }",
            "/exportJobsProgress/status",
        ),
        get("/export/jobs/{id}/download", "the va's, complete", format!("/export/jobs/{made}/download")),
        get("/export/jobs/{id}/download", "the va's, waiting", format!("/export/jobs/{waiting}/download")),
        event("Subscription.viewer", "", "subscription { viewer { role } }", "/viewer/role"),
        get("/graphql/ws", "not a socket", "/graphql/ws"),
        get("/graphql", "by GET", "/graphql?query=%7Bviewer%7Bid%7D%7D"),
        get(records, "csv", "/export/records/csv"),
        get(records, "json", "/export/records/json"),
        get(records, "ndjson", "/export/records/ndjson"),
        get(records, "excel", "/export/records/excel"),
        get(records, "parquet", "/export/records/parquet"),
        get(records, "the set `all`", "/export/records/csv?columns=all"),
        get(records, "order remarks", "/export/records/csv?columns=id,order_remark"),
        get(records, "service remarks", "/export/records/csv?columns=id,service_remark"),
        get(records, "an account", format!("/export/records/csv?account_id={alpha}")),
        get(records, "another account", format!("/export/records/csv?account_id={beta}")),
        get(records, "no such column", "/export/records/csv?columns=nothing"),
        get(records, "no such format", "/export/records/doc"),
        get(sellers, "csv", "/export/sellers/csv"),
        get(sellers, "json", "/export/sellers/json"),
        get(sellers, "ndjson", "/export/sellers/ndjson"),
        get(sellers, "excel", "/export/sellers/excel"),
        get(sellers, "text", "/export/sellers/text"),
        get(sellers, "parquet", "/export/sellers/parquet"),
        get("/health/live", "", "/health/live"),
        get("/health/ready", "", "/health/ready"),
        get("/graphiql/{name}", "", "/graphiql/boot.js"),
    ];
    operations.extend(of_collection(ids));
    operations.extend(of_schedules(ids));
    operations.extend(of_records(app, ids));
    operations.extend(of_administration(app));
    operations.extend(of_sellers(ids));
    operations.extend(of_imports(ids));
    operations
}

impl Operation {
    /// What comes of it, in a few words.
    async fn outcome(&self, app: &TestApp, token: &str) -> String {
        match &self.door {
            Door::Query(query, answer) => code_or_answer(&app.query(token, query, Value::Null).await.body, answer),
            Door::Event(query, answer) => code_or_answer(&app.event(token, query).await, answer),
            Door::Put(path) => {
                let mut request = Request::put(path);
                if !token.is_empty() {
                    request = request.header("authorization", format!("Bearer {token}"));
                }
                let (parts, body) = app.send(request.body(Body::from("Lumen\n")).unwrap()).await.into_parts();
                let problem: Value = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
                format!("{} {}", parts.status.as_u16(), problem["code"].as_str().unwrap_or_default())
            }
            Door::Get(path) => {
                let (status, headers, body) = app.get(token, path).await;
                let (media, text) = (headers["content-type"].to_str().unwrap(), String::from_utf8_lossy(&body));
                let json: Value = serde_json::from_str(&text).unwrap_or_default();
                let code = json["code"].as_str().or(json["errors"][0]["extensions"]["code"].as_str());
                match code {
                    Some(code) => format!("{} {code}", status.as_u16()),
                    None if media.starts_with("text/csv") => {
                        let columns = text.lines().next().unwrap_or_default().split(',').count();
                        format!("{columns} x {}", text.lines().count() - 1)
                    }
                    None => status.as_u16().to_string(),
                }
            }
        }
    }
}

fn code_or_answer(found: &Value, answer: &str) -> String {
    match found["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => code.to_owned(),
        None => told(found["data"].pointer(answer).unwrap_or(&Value::Null)),
    }
}

/// A value as it is, a list by what it has that is not null.
fn told(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let is_there = |item: &&Value| !item.is_null() && item.get("remark").is_none_or(|remark| !remark.is_null());
            format!("{} of {}", items.iter().filter(is_there).count(), items.len())
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

on_both! {
    async fn each_role_may_do_what_the_table_says(app: TestApp) {
        let ids = seed_rows(&app).await;
        let mut table = format!("{:<50}", "");
        for (name, _) in people(&app) {
            write!(table, "{name:<21}").unwrap();
        }
        for operation in operations(&app, ids) {
            table.truncate(table.trim_end().len());
            write!(table, "\n{:<50}", format!("{} {}", operation.of, operation.with)).unwrap();
            for (_, token) in people(&app) {
                write!(table, "{:<21}", operation.outcome(&app, &token).await).unwrap();
            }
        }
        insta::assert_snapshot!("table", table.trim_end());
    }
}

on_both! {
    async fn every_root_field_and_every_route_has_a_row(app: TestApp) {
        let ids = seed_rows(&app).await;
        let rows: BTreeSet<String> = operations(&app, ids).iter().map(|operation| operation.of.to_owned()).collect();
        let query = "{ __schema { queryType { name fields { name } } mutationType { name fields { name } }
            subscriptionType { name fields { name } } } }";
        let schema = app.data("", query, Value::Null).await;
        let mut there_are = BTreeSet::new();
        for root in ["queryType", "mutationType", "subscriptionType"].map(|root| &schema["__schema"][root]) {
            for field in root["fields"].as_array().into_iter().flatten() {
                there_are.insert(format!("{}.{}", root["name"].as_str().unwrap(), field["name"].as_str().unwrap()));
            }
        }
        // The router names its routes to nobody but a debugger; what begins with `{*` is its own fallback.
        let routes = format!("{:?}", app.router);
        let paths = routes.split('"').filter(|text| text.starts_with('/') && *text != "/" && !text.starts_with("/{*"));
        there_are.extend(paths.map(str::to_owned));
        assert!(there_are.contains("Query.records") && there_are.contains("/export/records/{format}"), "{there_are:?}");
        assert_eq!(rows, there_are);
    }
}

on_both! {
    async fn rows_of_another_organisation_are_not_found_by_any_way(app: TestApp) {
        let ids = seed_rows(&app).await;
        let token = &app.seeded.admin.token;
        let (record, seller) = (IdKind::Record.show(ids.other_record), IdKind::Seller.show(ids.other_seller));
        let account = IdKind::Account.show(app.seeded.other_account);
        let org = IdKind::Organisation.show(app.seeded.other_org);
        for id in [&record, &seller, &account, &org] {
            let query = "query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }";
            let data = app.data(token, query, json!({ "id": id })).await;
            assert_eq!(data, json!({ "node": null, "nodes": [null] }), "{id}");
        }
        for field in ["accounts", "records", "sellers"] {
            let found = List::of(field, token).forward(&app, 100).await;
            assert!(!found.is_empty() && [&record, &seller, &account].iter().all(|id| !found.contains(id)), "{field}");
        }
        for (field, filter) in [
            ("records", json!({ "accountIds": [account] })),
            ("records", json!({ "ids": [record] })),
            ("records", json!({ "search": "of others" })),
            ("sellers", json!({ "ids": [seller] })),
            ("sellers", json!({ "search": "theirs" })),
        ] {
            let page = List::of(field, token).filtered(filter.clone()).page(&app, json!({})).await;
            assert_eq!((page.ids.len(), page.total_count), (0, 0), "{field} {filter}");
        }
        for field in ["accounts", "records", "sellers"] {
            let cursor = List::of(field, &app.seeded.other_admin.token).page(&app, json!({})).await.cursors.remove(0);
            let code = List::of(field, token).refusal(&app, json!({ "after": cursor })).await;
            assert_eq!(code, "INVALID_CURSOR", "{field}");
        }
        for path in [
            format!("/export/records/ndjson?account_id={account}"),
            format!("/export/records/ndjson?ids={record}"),
            "/export/records/ndjson?search=of+others".to_owned(),
            format!("/export/sellers/ndjson?ids={seller}"),
            "/export/sellers/text?search=theirs".to_owned(),
        ] {
            assert_eq!(app.file(token, &path).await, "", "{path}");
        }
        let query = "query ($filter: RecordFilter) { records(filter: $filter) { totals { count salePriceCents } } }";
        let data = app.data(token, query, json!({ "filter": { "accountIds": [account] } })).await;
        assert_eq!(data["records"]["totals"], json!({ "count": 0, "salePriceCents": 0 }));
    }
}

/// Of the three accounts this person sees the one at `own` alone, and its records.
async fn assert_sees_only(app: &TestApp, ids: Ids, person: &Person, own: usize) {
    let (accounts, records) =
        (app.seeded.accounts.map(|id| IdKind::Account.show(id)), ids.records.map(|id| IdKind::Record.show(id)));
    let of_accounts = |ids: &[String]| json!({ "accountIds": ids });
    assert_eq!(List::of("accounts", &person.token).forward(app, 9).await, [accounts[own].as_str()]);
    let all = List::of("records", &person.token);
    for list in [
        all.clone(),
        all.clone().filtered(of_accounts(&accounts)),
        all.clone().filtered(json!({ "ids": records })),
        all.clone().ordered("PROFIT", "ASC"),
        List::of_account(app.seeded.accounts[own], &person.token),
    ] {
        assert_eq!(list.forward(app, 9).await, [records[own].as_str()], "{list:?}");
        assert_eq!(list.page(app, json!({})).await.total_count, 1, "{list:?}");
    }
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } records { totals { count } } }";
    let data = app.data(&person.token, query, json!({ "ids": accounts })).await;
    let seen = |ids: &[String]| {
        let seen = ids.iter().enumerate().map(|(at, id)| if at == own { json!({ "id": id }) } else { Value::Null });
        Value::Array(seen.collect())
    };
    assert_eq!(data["nodes"], seen(&accounts));
    assert_eq!(data["records"]["totals"]["count"], 1);
    let data = app.data(&person.token, query, json!({ "ids": records })).await;
    assert_eq!(data["nodes"], seen(&records));
    let others: Vec<String> = (0..3).filter(|at| *at != own).map(|at| accounts[at].clone()).collect();
    let none = List::of("records", &person.token).filtered(of_accounts(&others));
    assert!(none.forward(app, 9).await.is_empty());
    let file =
        |query: String| async move { app.file(&person.token, &format!("/export/records/csv?columns=id{query}")).await };
    assert_eq!(file(String::new()).await, format!("id\r\n{}\r\n", records[own]));
    assert_eq!(file(format!("&account_id={}", accounts.join(","))).await, format!("id\r\n{}\r\n", records[own]));
    assert_eq!(file(format!("&account_id={}", others.join(","))).await, "id\r\n");
    assert_eq!(file(format!("&ids={}", records.join(","))).await, format!("id\r\n{}\r\n", records[own]));
}

on_both! {
    async fn a_va_sees_the_accounts_assigned_to_it_and_their_records(app: TestApp) {
        let ids = seed_rows(&app).await;
        assert_sees_only(&app, ids, &app.seeded.va.clone(), 0).await;
    }
}

on_both! {
    async fn a_client_sees_the_accounts_it_owns_and_their_records(app: TestApp) {
        let ids = seed_rows(&app).await;
        assert_sees_only(&app, ids, &app.seeded.client.clone(), 1).await;
    }
}

on_both! {
    async fn an_assignment_counts_from_the_next_request_and_ends_with_it(app: TestApp) {
        seed_rows(&app).await;
        let (va, [alpha, beta, _]) = (app.seeded.va.clone(), app.seeded.accounts);
        seed::assign(&app.app, app.seeded.org, va.id, beta).await;
        assert_eq!(List::of("records", &va.token).forward(&app, 9).await.len(), 2);
        for account in [alpha, beta] {
            let delete = account_assignment::Entity::delete_by_id((va.id, account));
            app.app.db.write(move |tx| Box::pin(async move { Ok(delete.exec(tx).await.unwrap()) })).await.unwrap();
        }
        assert!(List::of("records", &va.token).forward(&app, 9).await.is_empty());
        assert!(List::of("accounts", &va.token).forward(&app, 9).await.is_empty());
        assert_eq!(app.file(&va.token, "/export/records/ndjson").await, "");
    }
}

on_both! {
    async fn remarks_are_null_and_their_columns_absent_for_who_may_not_read_them(app: TestApp) {
        seed_rows(&app).await;
        let one = "order_tracking.read order_tracking.read.service_remark";
        let half = seed::person(&app.app, app.seeded.org, "half@acme.example", Role::Va, one).await;
        seed::assign(&app.app, app.seeded.org, half.id, app.seeded.accounts[0]).await;
        let seeded = &app.seeded;
        let (order, service) = (Some("an order remark"), Some("a service remark"));
        for (person, order, service) in [
            (&seeded.admin, order, service),
            (&seeded.va_remarks, order, service),
            (&half, None, service),
            (&seeded.va, None, None),
            (&seeded.client, None, None),
        ] {
            let query = "{ records { nodes { orderRemark serviceRemark } } accounts { nodes { records {
                nodes { orderRemark serviceRemark } } } } exportColumns(kind: RECORDS) { key isDefault } }";
            let data = app.data(&person.token, query, json!({})).await;
            let expected = json!({ "orderRemark": order, "serviceRemark": service });
            for records in [&data["records"], &data["accounts"]["nodes"][0]["records"]] {
                assert_eq!(records["nodes"][0], expected);
            }
            let may_choose: Vec<&str> =
                data["exportColumns"].as_array().unwrap().iter().map(|column| column["key"].as_str().unwrap()).collect();
            let usual = app.file(&person.token, "/export/records/csv").await;
            let all = app.file(&person.token, "/export/records/ndjson?columns=all").await;
            let all: Value = serde_json::from_str(all.lines().next().unwrap()).unwrap();
            for (column, remark) in [("order_remark", order), ("service_remark", service)] {
                assert!(!usual.contains("remark"), "remarks are not among the default columns");
                assert_eq!(may_choose.contains(&column), remark.is_some(), "{column}");
                assert_eq!(all.get(column).and_then(Value::as_str), remark, "{column}");
                assert_eq!(all.as_object().unwrap().contains_key(column), remark.is_some(), "{column}");
                for format in ["csv", "json", "ndjson", "excel"] {
                    let path = format!("/export/records/{format}?columns={column}");
                    let (status, _, body) = app.get(&person.token, &path).await;
                    if remark.is_some() {
                        assert_eq!(status, StatusCode::OK);
                    } else {
                        let problem: Value = serde_json::from_slice(&body).unwrap();
                        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("FORBIDDEN")));
                    }
                }
            }
        }
    }
}

on_both! {
    async fn a_suspension_cuts_off_at_the_next_request(app: TestApp) {
        seed_rows(&app).await;
        let admin = app.seeded.admin.clone();
        let jwt = jwt(&app, "user of admin@acme.example", 60);
        for token in [&admin.token, &jwt] {
            app.data(token, "{ viewer { id } }", json!({})).await;
        }
        seed::suspend(&app.app, admin.id).await;
        for token in [&admin.token, &jwt] {
            assert_eq!(app.refusal(token, "{ viewer { id } }", json!({})).await, "MEMBER_SUSPENDED");
            for path in ["/export/records/csv", "/export/sellers/csv"] {
                let (status, _, body) = app.get(token, path).await;
                let problem: Value = serde_json::from_slice(&body).unwrap();
                assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("MEMBER_SUSPENDED")));
            }
        }
        assert!(app.data(&app.seeded.va.token, "{ viewer { id } }", json!({})).await["viewer"].is_object());
    }
}

/// A token as another service would sign it with the secret we share.
fn jwt(app: &TestApp, sub: &str, seconds_left: i64) -> String {
    let claims = json!({ "sub": sub, "exp": app.now().timestamp() + seconds_left });
    let secret = app.app.config.jwt_secret.as_ref().unwrap().expose().as_bytes();
    jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(secret)).unwrap()
}

/// Who one is by a token and, where given, a header; else the code of the refusal.
async fn viewer(app: &TestApp, token: &str, organisation: Option<&str>) -> Result<String, String> {
    let mut request = Request::post("/graphql")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"));
    if let Some(slug) = organisation {
        request = request.header("x-organisation", slug);
    }
    let body = json!({ "query": "{ viewer { role organisation { slug } } }" }).to_string();
    let response = app.send(request.body(Body::from(body)).unwrap()).await;
    let body: Value = serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap();
    match body["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => Err(code.to_owned()),
        None => Ok(format!(
            "{} {}",
            told(&body["data"]["viewer"]["organisation"]["slug"]),
            told(&body["data"]["viewer"]["role"])
        )),
    }
}

on_both! {
    async fn a_person_in_two_organisations_chooses_one(app: TestApp) {
        let (org, other_org) = (app.seeded.org, app.seeded.other_org);
        let both = "both@people.example";
        let va = seed::person(&app.app, org, both, Role::Va, "order_tracking.read").await;
        let admin = seed::person(&app.app, other_org, both, Role::Admin, "").await;
        let token = jwt(&app, &format!("user of {both}"), 60);
        let refused = |code: &str| Err(code.to_owned());
        assert_eq!(viewer(&app, &token, None).await, refused("ORGANISATION_REQUIRED"));
        assert_eq!(viewer(&app, &token, Some("acme")).await, Ok("acme VA".to_owned()));
        assert_eq!(viewer(&app, &token, Some("rival")).await, Ok("rival ADMIN".to_owned()));
        for unknown in ["nobody", "ACME", "acme,rival", ""] {
            assert_eq!(viewer(&app, &token, Some(unknown)).await, refused("ORGANISATION_UNKNOWN"), "{unknown}");
        }
        // An API token is of one member: the header can only agree with it.
        assert_eq!(viewer(&app, &va.token, None).await, Ok("acme VA".to_owned()));
        assert_eq!(viewer(&app, &va.token, Some("acme")).await, Ok("acme VA".to_owned()));
        assert_eq!(viewer(&app, &va.token, Some("rival")).await, refused("ORGANISATION_UNKNOWN"));
        // A suspension is of one organisation.
        seed::suspend(&app.app, admin.id).await;
        assert_eq!(viewer(&app, &token, Some("rival")).await, refused("MEMBER_SUSPENDED"));
        assert_eq!(viewer(&app, &token, Some("acme")).await, Ok("acme VA".to_owned()));
    }
}

on_both! {
    async fn downloads_choose_the_organisation_by_the_same_header(app: TestApp) {
        seed_rows(&app).await;
        let both = "both@people.example";
        for org in [app.seeded.org, app.seeded.other_org] {
            seed::person(&app.app, org, both, Role::Admin, "").await;
        }
        let token = jwt(&app, &format!("user of {both}"), 60);
        for (slug, expected) in [("acme", "ours\n"), ("rival", "theirs\n")] {
            let request = Request::get("/export/sellers/text")
                .header("authorization", format!("Bearer {token}"))
                .header("x-organisation", slug);
            let response = app.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), expected);
        }
        let (status, _, body) = app.get(&token, "/export/sellers/text").await;
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!("ORGANISATION_REQUIRED")));
    }
}

on_both! {
    async fn a_token_that_does_not_hold_lets_nobody_in(app: TestApp) {
        let sub = "user of admin@acme.example";
        let good = jwt(&app, sub, 60);
        assert_eq!(viewer(&app, &good, None).await, Ok("acme ADMIN".to_owned()));
        assert_eq!(viewer(&app, &jwt(&app, sub, -60), None).await, Err("TOKEN_EXPIRED".to_owned()));
        let claims = json!({ "sub": sub, "exp": app.now().timestamp() + 60 });
        let forged = jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(b"another")).unwrap();
        let (_, unsigned) = good.split_once('.').unwrap();
        // {"alg":"none"}
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", unsigned.rsplit_once('.').unwrap().0);
        let mut cut = app.seeded.admin.token.clone();
        cut.pop();
        for token in [&forged, &unsigned, &cut, &jwt(&app, "nobody", 60), "sb_", "x"] {
            assert_eq!(viewer(&app, token, None).await, Err("TOKEN_INVALID".to_owned()), "{token}");
            assert_eq!(app.get(token, "/export/records/csv").await.0, StatusCode::UNAUTHORIZED, "{token}");
        }
    }
}
