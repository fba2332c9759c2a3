//! One filter, one truth: a list, a CSV and an NDJSON of the same filter hold the same rows in the same order, and those
//! are the rows that a plain reading of the filter picks.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::record::RecordStatus;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use sellerbook::{clock::rfc3339, id::IdKind, text};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    TestApp,
    lists::List,
    on_both,
    seed::{self, NewRecord, NewSeller},
};

/// Of every random test; change it to look elsewhere.
const SEED: u64 = 20_261_120;
const FILTERS: usize = 200;

/// What people and those who mean harm put into names and searches.
const TEXTS: [&str; 34] = [
    "Garden hose, 30 m",
    "GARDEN HOSE",
    "Störe Ünïcode",
    "STÖRE ÜNÏCODE",
    "100% cotton",
    "100_cotton",
    "100 cotton",
    "back\\slash",
    "a\\'b",
    "O'Brien's",
    "say \"hi\"",
    "emoji \u{1f600} box \u{1f469}\u{200d}\u{1f4bb}",
    "日本語 テスト",
    "ﬁne ＷＩＤＥ print",
    "tab\tinside",
    "line\nbreak",
    "'; DROP TABLE record;--",
    "E'\\x41'",
    "\\x41",
    "$$body$$",
    "$1 ?1 :name ?",
    "%",
    "%%",
    "_",
    "\\",
    "\\\\",
    "\\%",
    "ẞtraße",
    "İstanbul",
    "cafe\u{301}",
    "café",
    "/* comment */ -- end",
    "{\"json\": [1]}",
    "=1+1",
];

/// A filter as GraphQL takes it, as a link takes it, and the rows it means.
struct Case {
    variables: Map<String, Value>,
    parameters: Vec<(&'static str, String)>,
}

impl Case {
    fn new() -> Self {
        Self { variables: Map::new(), parameters: Vec::new() }
    }

    fn add(&mut self, variable: &str, value: Value, parameter: &'static str, text: impl Into<String>) {
        self.variables.insert(variable.to_owned(), value);
        self.parameters.push((parameter, text.into()));
    }

    fn path(&self, kind: &str, format: &str, column: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("columns", column).extend_pairs(&self.parameters);
        format!("/export/{kind}/{format}?{}", query.finish())
    }
}

/// Part of one of the texts, or something near it.
fn search(rng: &mut StdRng) -> String {
    let text: Vec<char> = TEXTS.choose(rng).unwrap().chars().collect();
    let from = rng.random_range(0..text.len());
    let part: String = text[from..rng.random_range(from..text.len()) + 1].iter().collect();
    match rng.random_range(0..5) {
        0 => part.to_uppercase(),
        1 => part.to_lowercase(),
        2 => format!(" \t{part}\u{a0}"),
        3 => (*TEXTS.choose(rng).unwrap()).to_owned(),
        _ => part,
    }
}

fn some<'a, T>(rng: &mut StdRng, from: &'a [T], most: usize) -> Vec<&'a T> {
    let count = rng.random_range(0..=most);
    from.choose_multiple(rng, count).collect()
}

/// With commas, as links have lists; an empty list is told from no list by its comma.
fn listed(texts: &[String]) -> String {
    if texts.is_empty() { ",".to_owned() } else { texts.join(",") }
}

fn moment(rng: &mut StdRng, app: &TestApp) -> DateTime<Utc> {
    // The last is finer than what databases store.
    app.now() + TimeDelta::nanoseconds(*[0, 1_000, -1_000, 500_000_000, 1_000_000_000, 1_500].choose(rng).unwrap())
}

/// Whether a moment is not before another, both in the whole microseconds that are stored.
fn since(time: DateTime<Utc>, from: DateTime<Utc>) -> bool {
    time.timestamp_micros() >= from.timestamp_micros()
}

type Rows<T> = Vec<(Uuid, T)>;
/// Whether a row is one of those meant.
type Test<T> = Box<dyn Fn(Uuid, &T) -> bool>;

fn records(app: &TestApp, rng: &mut StdRng) -> Vec<NewRecord> {
    use RecordStatus::{RefundNoReturn, ReturnClosed, ReturnLabelProvided, Successful};
    (0..120)
        .map(|index| {
            let text = TEXTS[index % TEXTS.len()];
            let order = format!("{}-{index}", TEXTS[rng.random_range(0..TEXTS.len())]);
            let status = [Successful, ReturnClosed, ReturnLabelProvided, RefundNoReturn][rng.random_range(0..4)];
            let new = NewRecord::new(&app.app, app.seeded.org, *app.seeded.accounts.choose(rng).unwrap(), order);
            NewRecord {
                day: new.day + Days::new(rng.random_range(0..6)),
                item: if rng.random_bool(0.5) { text.to_owned() } else { format!("{text}  {}", search(rng)) },
                status,
                sale: rng.random_range(0..4_000),
                label: (status == RefundNoReturn).then_some(0),
                amazon_order: rng.random_bool(0.5).then(|| format!("{}-{index}", TEXTS.choose(rng).unwrap())),
                updated_at: app.now() + TimeDelta::microseconds(*[0, 1, 2, 500_000].choose(rng).unwrap()),
                deleted_at: rng.random_bool(0.1).then(|| app.now()),
                ..new
            }
        })
        .chain([NewRecord::new(&app.app, app.seeded.other_org, app.seeded.other_account, "of others")])
        .collect()
}

fn profit(new: &NewRecord) -> i64 {
    let known = |cents: Option<i64>| cents.unwrap_or(0);
    let margin = new.sale - known(new.fees) - known(new.price) - known(new.tax) - known(new.shipping);
    match new.status {
        RecordStatus::ReturnClosed => -known(new.label),
        _ => margin - if new.status == RecordStatus::Successful { 0 } else { known(new.label) },
    }
}

fn record_matches_search(search: &str) -> Test<NewRecord> {
    let (folded, start) = (text::normalize(search), search.trim().to_ascii_lowercase());
    Box::new(move |_, row| {
        let starts = |id: &str| id.to_ascii_lowercase().starts_with(&start);
        folded.is_empty()
            || text::normalize(&row.item).contains(&folded)
            || starts(&row.order)
            || row.amazon_order.as_deref().is_some_and(starts)
    })
}

fn status_name(status: RecordStatus) -> &'static str {
    match status {
        RecordStatus::Successful => "SUCCESSFUL",
        RecordStatus::ReturnLabelProvided => "RETURN_LABEL_PROVIDED",
        RecordStatus::ReturnClosed => "RETURN_CLOSED",
        RecordStatus::RefundNoReturn => "REFUND_NO_RETURN",
    }
}

fn record_case(app: &TestApp, rng: &mut StdRng, rows: &Rows<NewRecord>) -> (Case, Vec<Test<NewRecord>>) {
    let (mut case, mut tests): (Case, Vec<Test<NewRecord>>) = (Case::new(), Vec::new());
    if rng.random_bool(0.25) {
        let [alpha, beta, gamma] = app.seeded.accounts;
        let ids: Vec<Uuid> =
            some(rng, &[alpha, beta, gamma, app.seeded.other_account, Uuid::nil()], 4).into_iter().copied().collect();
        let texts: Vec<String> = ids.iter().map(|id| IdKind::Account.show(*id)).collect();
        case.add("accountIds", json!(texts), "account_id", listed(&texts));
        tests.push(Box::new(move |_, row| ids.contains(&row.account)));
    }
    if rng.random_bool(0.25) {
        use RecordStatus::{RefundNoReturn, ReturnClosed, ReturnLabelProvided, Successful};
        let statuses: Vec<RecordStatus> =
            some(rng, &[Successful, ReturnLabelProvided, ReturnClosed, RefundNoReturn], 4)
                .into_iter()
                .copied()
                .collect();
        let texts: Vec<String> = statuses.iter().map(|status| status_name(*status).to_owned()).collect();
        case.add("statuses", json!(texts), "status", listed(&texts));
        tests.push(Box::new(move |_, row| statuses.contains(&row.status)));
    }
    let day = |rng: &mut StdRng| NaiveDate::from_ymd_opt(2026, 10, 31).unwrap() + Days::new(rng.random_range(0..8));
    let (from, to) = (day(rng), day(rng));
    if rng.random_bool(0.25) {
        let from = from.min(to);
        case.add("saleDateFrom", json!(from), "date_from", from.to_string());
        tests.push(Box::new(move |_, row| row.day >= from));
    }
    if rng.random_bool(0.25) {
        let to = from.max(to);
        case.add("saleDateTo", json!(to), "date_to", to.to_string());
        tests.push(Box::new(move |_, row| row.day <= to));
    }
    if rng.random_bool(0.5) {
        let search = search(rng);
        case.add("search", json!(search), "search", search.clone());
        tests.push(record_matches_search(&search));
    }
    let (min, max) = (rng.random_range(-2_000..1_000), rng.random_range(1_000..3_000));
    if rng.random_bool(0.25) {
        case.add("minProfitCents", json!(min), "min_profit_cents", min.to_string());
        tests.push(Box::new(move |_, row| profit(row) >= min));
    }
    if rng.random_bool(0.25) {
        case.add("maxProfitCents", json!(max), "max_profit_cents", max.to_string());
        tests.push(Box::new(move |_, row| profit(row) <= max));
    }
    if rng.random_bool(0.25) {
        let from = moment(rng, app);
        case.add("updatedSince", json!(rfc3339(from)), "updated_since", rfc3339(from));
        tests.push(Box::new(move |_, row| since(row.updated_at, from)));
    }
    if rng.random_bool(0.2) {
        let ids: Vec<Uuid> = some(rng, rows, 60).into_iter().map(|(id, _)| *id).chain([Uuid::nil()]).collect();
        let texts: Vec<String> = ids.iter().map(|id| IdKind::Record.show(*id)).collect();
        case.add("ids", json!(texts), "ids", listed(&texts));
        tests.push(Box::new(move |id, _| ids.contains(&id)));
    }
    (case, tests)
}

/// The records that are meant, in the usual order.
fn record_model(app: &TestApp, rows: &Rows<NewRecord>, tests: &[Test<NewRecord>]) -> Vec<String> {
    let mut found: Vec<(NaiveDate, Uuid)> = rows
        .iter()
        .filter(|(_, row)| row.org == app.seeded.org && row.deleted_at.is_none())
        .filter(|(id, row)| tests.iter().all(|test| test(*id, row)))
        .map(|(id, row)| (row.day, *id))
        .collect();
    found.sort_unstable_by(|left, right| right.cmp(left));
    found.into_iter().map(|(_, id)| IdKind::Record.show(id)).collect()
}

fn sellers(app: &TestApp, rng: &mut StdRng) -> Vec<NewSeller> {
    let mut rows: Vec<NewSeller> = (0..120)
        .map(|index| NewSeller {
            platform_id: Some(format!("platform-{index}")),
            feedback: rng.random_bool(0.7).then(|| (*PERCENTS.choose(rng).unwrap(), rng.random_range(0..50))),
            times_seen: rng.random_range(0..5),
            flagged: rng.random_bool(0.3),
            created_at: app.now() + TimeDelta::microseconds(*[0, 1, 2, 500_000].choose(rng).unwrap()),
            deleted_at: rng.random_bool(0.1).then(|| app.now()),
            ..NewSeller::new(&app.app, app.seeded.org, format!("{} {}", TEXTS[index % TEXTS.len()], search(rng)))
        })
        .collect();
    rows.push(NewSeller::new(&app.app, app.seeded.other_org, "of others"));
    rows
}

/// Runs, one of them of the other organisation, each with the sellers it saw and whether it added them.
type Runs = Vec<(Uuid, HashMap<Uuid, bool>)>;

async fn runs(app: &TestApp, rng: &mut StdRng, rows: &Rows<NewSeller>) -> Runs {
    let mut runs = Runs::new();
    let mut known = HashSet::new();
    for org in [app.seeded.org, app.seeded.org, app.seeded.org, app.seeded.other_org] {
        let run = seed::bare_run(&app.app, org).await;
        let of_org = rows.iter().filter(|(_, row)| row.org == org).map(|(id, _)| *id);
        let seen: Vec<Uuid> = of_org.filter(|_| rng.random_bool(0.4)).collect();
        let seen: Vec<(Uuid, bool)> =
            seen.into_iter().map(|id| (id, known.insert(id) && rng.random_bool(0.7))).collect();
        seed::seen_in_run(&app.app, org, run, seen.clone()).await;
        runs.push((run, seen.into_iter().collect()));
    }
    runs.push((Uuid::nil(), HashMap::new()));
    runs
}

/// A run in the filter, by either of its two conditions. What a run of others saw is of others.
fn add_run(case: &mut Case, tests: &mut Vec<Test<NewSeller>>, rng: &mut StdRng, runs: &Runs) {
    let mut any = || runs.choose(rng).unwrap().clone();
    let ((added_by, added), (seen_in, seen)) = (any(), any());
    let show = |id: Uuid| IdKind::Run.show(id);
    let scope = rng.random_range(0..5);
    if scope < 3 {
        let key = if scope == 0 { show(added_by) } else { added_by.to_string() };
        case.add("firstSeenInRun", json!(key), "run_id", key.clone());
        if scope == 1 {
            case.parameters.push(("run_scope", "new".to_owned()));
        }
        tests.push(Box::new(move |id, _| added.get(&id).copied().unwrap_or_default()));
    }
    if scope >= 2 {
        let key = show(seen_in);
        if scope == 3 {
            case.add("seenInRun", json!(key), "run_id", key.clone());
            case.parameters.push(("run_scope", "seen".to_owned()));
        } else {
            case.add("seenInRun", json!(key), "seen_in_run", key.clone());
        }
        tests.push(Box::new(move |id, _| seen.contains_key(&id)));
    }
}

const PERCENTS: [f64; 6] = [0.0, 50.0, 98.6, 99.9, 100.0, 0.025_869_037_995_149_554];

fn seller_case(app: &TestApp, rng: &mut StdRng, rows: &Rows<NewSeller>) -> (Case, Vec<Test<NewSeller>>) {
    let (mut case, mut tests): (Case, Vec<Test<NewSeller>>) = (Case::new(), Vec::new());
    if rng.random_bool(0.5) {
        let search = search(rng);
        case.add("search", json!(search), "search", search.clone());
        let folded = text::normalize(&search).replace(' ', "");
        tests.push(Box::new(move |_, row| text::normalize(&row.name).replace(' ', "").contains(&folded)));
    }
    if rng.random_bool(0.25) {
        let flagged = rng.random_bool(0.5);
        case.add("flagged", json!(flagged), "flagged", flagged.to_string());
        tests.push(Box::new(move |_, row| row.flagged == flagged));
    }
    if rng.random_bool(0.25) {
        let min = rng.random_range(-1..5);
        case.add("minTimesSeen", json!(min), "min_times_seen", min.to_string());
        tests.push(Box::new(move |_, row| row.times_seen >= min));
    }
    if rng.random_bool(0.25) {
        let min = *PERCENTS.choose(rng).unwrap();
        case.add("minFeedbackPercent", json!(min), "min_feedback_percent", min.to_string());
        tests.push(Box::new(move |_, row| row.feedback.is_some_and(|feedback| feedback.0 >= min)));
    }
    if rng.random_bool(0.25) {
        let min = rng.random_range(-1..50);
        case.add("minFeedbackCount", json!(min), "min_feedback_count", min.to_string());
        tests.push(Box::new(move |_, row| row.feedback.is_some_and(|feedback| feedback.1 >= min)));
    }
    let (one, other) = (moment(rng, app), moment(rng, app));
    if rng.random_bool(0.25) {
        let from = one.min(other);
        case.add("createdFrom", json!(rfc3339(from)), "created_from", rfc3339(from));
        tests.push(Box::new(move |_, row| since(row.created_at, from)));
    }
    if rng.random_bool(0.25) {
        let to = one.max(other);
        case.add("createdTo", json!(rfc3339(to)), "created_to", rfc3339(to));
        tests.push(Box::new(move |_, row| since(to, row.created_at)));
    }
    if rng.random_bool(0.2) {
        let ids: Vec<Uuid> = some(rng, rows, 60).into_iter().map(|(id, _)| *id).chain([Uuid::nil()]).collect();
        let texts: Vec<String> = ids.iter().map(|id| IdKind::Seller.show(*id)).collect();
        case.add("ids", json!(texts), "ids", listed(&texts));
        tests.push(Box::new(move |id, _| ids.contains(&id)));
    }
    (case, tests)
}

/// The sellers that are meant, in the usual order: id, and the platform id that files know them by.
fn seller_model(app: &TestApp, rows: &Rows<NewSeller>, tests: &[Test<NewSeller>]) -> Vec<(String, String)> {
    let mut found: Vec<(DateTime<Utc>, Uuid, String)> = rows
        .iter()
        .filter(|(_, row)| row.org == app.seeded.org && row.deleted_at.is_none())
        .filter(|(id, row)| tests.iter().all(|test| test(*id, row)))
        .map(|(id, row)| (row.created_at, *id, row.platform_id.clone().unwrap()))
        .collect();
    found.sort_unstable_by(|left, right| right.cmp(left));
    found.into_iter().map(|(_, id, platform_id)| (IdKind::Seller.show(id), platform_id)).collect()
}

async fn csv_column(app: &TestApp, path: &str) -> Vec<String> {
    let file = app.file(&app.seeded.admin.token, path).await;
    file.split("\r\n").skip(1).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

async fn ndjson_column(app: &TestApp, path: &str, column: &str) -> Vec<String> {
    let file = app.file(&app.seeded.admin.token, path).await;
    file.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()[column].as_str().unwrap().to_owned()).collect()
}

async fn assert_records(app: &TestApp, case: &Case, expected: &[String], said: &str) {
    let said = format!("{said}: {:?}", case.parameters);
    let filter = Value::Object(case.variables.clone());
    let list = List::of("records", &app.seeded.admin.token).filtered(filter);
    assert_eq!(list.forward(app, 100).await, expected, "the list, {said}");
    assert_eq!(csv_column(app, &case.path("records", "csv", "id")).await, expected, "the CSV, {said}");
    assert_eq!(ndjson_column(app, &case.path("records", "ndjson", "id"), "id").await, expected, "the NDJSON, {said}");
}

async fn assert_sellers(app: &TestApp, case: &Case, expected: Vec<(String, String)>, said: &str) {
    let said = format!("{said}: {:?}", case.parameters);
    let (ids, platform_ids): (Vec<String>, Vec<String>) = expected.into_iter().unzip();
    let filter = Value::Object(case.variables.clone());
    let list = List::of("sellers", &app.seeded.admin.token).filtered(filter);
    assert_eq!(list.forward(app, 100).await, ids, "the list, {said}");
    let csv = csv_column(app, &case.path("sellers", "csv", "platform_id")).await;
    assert_eq!(csv, platform_ids, "the CSV, {said}");
    let ndjson = ndjson_column(app, &case.path("sellers", "ndjson", "platform_id"), "platform_id").await;
    assert_eq!(ndjson, platform_ids, "the NDJSON, {said}");
}

async fn seed_records(app: &TestApp, rng: &mut StdRng) -> Rows<NewRecord> {
    let new = records(app, rng);
    seed::records(&app.app, new.clone()).await.into_iter().zip(new).collect()
}

async fn seed_sellers(app: &TestApp, rng: &mut StdRng) -> Rows<NewSeller> {
    let new = sellers(app, rng);
    seed::sellers(&app.app, new.clone()).await.into_iter().zip(new).collect()
}

on_both! {
    async fn two_hundred_record_filters_mean_the_same_in_lists_and_files(app: TestApp) {
        let mut rng = StdRng::seed_from_u64(SEED);
        let rows = seed_records(&app, &mut rng).await;
        let mut hits = 0;
        for index in 0..FILTERS {
            let (case, tests) = record_case(&app, &mut rng, &rows);
            let expected = record_model(&app, &rows, &tests);
            hits += usize::from(!expected.is_empty());
            assert_records(&app, &case, &expected, &format!("filter {index} of seed {SEED}")).await;
        }
        assert!(hits > FILTERS / 3, "only {hits} filters found anything");
    }
}

on_both! {
    async fn two_hundred_seller_filters_mean_the_same_in_lists_and_files(app: TestApp) {
        let mut rng = StdRng::seed_from_u64(SEED);
        let rows = seed_sellers(&app, &mut rng).await;
        let runs = runs(&app, &mut rng, &rows).await;
        let mut hits = 0;
        for index in 0..FILTERS {
            let (mut case, mut tests) = seller_case(&app, &mut rng, &rows);
            if rng.random_bool(0.25) {
                add_run(&mut case, &mut tests, &mut rng, &runs);
            }
            let expected = seller_model(&app, &rows, &tests);
            hits += usize::from(!expected.is_empty());
            assert_sellers(&app, &case, expected, &format!("filter {index} of seed {SEED}")).await;
        }
        assert!(hits > FILTERS / 3, "only {hits} filters found anything");
    }
}

on_both! {
    async fn a_search_is_read_letter_by_letter_in_lists_and_files(app: TestApp) {
        let mut rng = StdRng::seed_from_u64(SEED);
        let (records, sellers) = (seed_records(&app, &mut rng).await, seed_sellers(&app, &mut rng).await);
        let long = "\u{1f600}".repeat(200);
        let nasty = ["\\'", "';--", "' OR '1'='1", "E'\\\\x'", "\r\n", "\\n", "\u{7f}", "\u{feff}", "\u{202e}", "''", &long];
        for search in TEXTS.into_iter().chain(nasty) {
            let mut case = Case::new();
            case.add("search", json!(search), "search", search);
            let expected = record_model(&app, &records, &[record_matches_search(search)]);
            assert_records(&app, &case, &expected, "records").await;
            let folded = text::normalize(search).replace(' ', "");
            let test: Test<NewSeller> =
                Box::new(move |_, row| text::normalize(&row.name).replace(' ', "").contains(&folded));
            assert_sellers(&app, &case, seller_model(&app, &sellers, &[test]), "sellers").await;
        }
    }
}

on_both! {
    async fn filters_at_the_edges_of_the_calendar_and_of_numbers_mean_the_same_in_lists_and_files(app: TestApp) {
        let mut rng = StdRng::seed_from_u64(SEED);
        let (records, sellers) = (seed_records(&app, &mut rng).await, seed_sellers(&app, &mut rng).await);
        let (all, none) = (record_model(&app, &records, &[]), Vec::new());
        let edges = [
            ("saleDateFrom", "date_from", json!("0001-01-01"), true),
            ("saleDateFrom", "date_from", json!("9999-12-31"), false),
            ("saleDateTo", "date_to", json!("0001-01-01"), false),
            ("saleDateTo", "date_to", json!("9999-12-31"), true),
            ("updatedSince", "updated_since", json!("0001-01-01T00:00:00Z"), true),
            ("updatedSince", "updated_since", json!("9999-12-31T23:59:59.999999999Z"), false),
            ("updatedSince", "updated_since", json!("2026-11-20T00:00:00-08:00"), true),
            ("minProfitCents", "min_profit_cents", json!(-(1_i64 << 53)), true),
            ("minProfitCents", "min_profit_cents", json!(1_i64 << 53), false),
            ("maxProfitCents", "max_profit_cents", json!(1_i64 << 53), true),
        ];
        for (variable, parameter, value, has_all) in edges {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let mut case = Case::new();
            case.add(variable, value, parameter, text);
            assert_records(&app, &case, if has_all { &all } else { &none }, "edge").await;
        }
        let all = seller_model(&app, &sellers, &[]);
        for (variable, parameter, value, has_all) in [
            ("createdFrom", "created_from", json!("0001-01-01T00:00:00Z"), true),
            ("createdTo", "created_to", json!("9999-12-31T23:59:59.999999999Z"), true),
            ("createdTo", "created_to", json!("2016-12-31T23:59:60Z"), false),
            ("minTimesSeen", "min_times_seen", json!(i32::MIN), true),
            ("minTimesSeen", "min_times_seen", json!(i32::MAX), false),
            ("minFeedbackCount", "min_feedback_count", json!(i32::MAX), false),
        ] {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let mut case = Case::new();
            case.add(variable, value, parameter, text);
            assert_sellers(&app, &case, if has_all { all.clone() } else { Vec::new() }, "edge").await;
        }
    }
}

on_both! {
    async fn what_no_filter_can_mean_is_refused_alike_by_lists_and_files(app: TestApp) {
        let refused = |variable: &'static str, value: Value, parameter: &'static str, text: &str| {
            (variable, value, parameter, text.to_owned())
        };
        let long = "x".repeat(201);
        let many: Vec<String> = (0..1_001).map(|_| IdKind::Record.show(Uuid::now_v7())).collect();
        let cases = [
            refused("search", json!(long), "search", &long),
            refused("saleDateFrom", json!("0000-01-01"), "date_from", "0000-01-01"),
            refused("saleDateFrom", json!("+2026-01-1"), "date_from", "+2026-01-1"),
            refused("saleDateFrom", json!("-026-01-01"), "date_from", "-026-01-01"),
            refused("saleDateFrom", json!("2026-02-30"), "date_from", "2026-02-30"),
            refused("saleDateFrom", json!("2026-1-2"), "date_from", "2026-1-2"),
            refused("updatedSince", json!("0000-12-31T00:00:00Z"), "updated_since", "0000-12-31T00:00:00Z"),
            refused("updatedSince", json!("9999-12-31T23:00:00-08:00"), "updated_since", "9999-12-31T23:00:00-08:00"),
            refused("updatedSince", json!("2026-11-20T08:00:00"), "updated_since", "2026-11-20T08:00:00"),
            refused("ids", json!(many), "ids", &many.join(",")),
            refused("ids", json!(["seller_00000000000000000000000000000000"]), "ids", "seller_00000000000000000000000000000000"),
            refused("statuses", json!(["LOST"]), "status", "LOST"),
            refused("minProfitCents", json!(1.5), "min_profit_cents", "1.5"),
        ];
        let query = "query ($filter: RecordFilter) { records(filter: $filter) { totalCount nodes { id } } }";
        for (variable, value, parameter, text) in cases {
            app.refusal(&app.seeded.admin.token, query, json!({ "filter": { variable: value } })).await;
            let mut case = Case::new();
            case.add(variable, value, parameter, text);
            let (status, _, _) = app.get(&app.seeded.admin.token, &case.path("records", "csv", "id")).await;
            assert_eq!(status, 400, "{:?}", case.parameters);
        }
    }
}
