//! Pages of every list: in every order, forward and backward, alone and beside a writer.

use std::fmt::Debug;

use chrono::{Days, TimeDelta};
use entity::{account, record, record::RecordStatus, seller};
use rand::{Rng, SeedableRng, rngs::StdRng};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use sellerbook::{app::App, id::IdKind, text};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    TestApp,
    lists::List,
    on_both,
    seed::{self, NewRecord, NewSeller},
};

const RECORD_ORDERS: [&str; 5] = ["SALE_DATE", "CREATED_AT", "UPDATED_AT", "SALE_PRICE", "PROFIT"];
const SELLER_ORDERS: [&str; 5] = ["CREATED_AT", "DISPLAY_NAME", "TIMES_SEEN", "FEEDBACK_PERCENT", "FEEDBACK_COUNT"];

/// Records with few different values, so that most rows tie.
fn tied_records(app: &TestApp, rng: &mut StdRng, count: usize, prefix: &str) -> Vec<NewRecord> {
    use RecordStatus::{RefundNoReturn, ReturnClosed, ReturnLabelProvided, Successful};
    let now = app.now();
    (0..count)
        .map(|index| {
            let account = app.seeded.accounts[rng.random_range(0..3)];
            let new = NewRecord::new(&app.app, app.seeded.org, account, format!("{prefix}-{index}"));
            let status = [Successful, ReturnClosed, ReturnLabelProvided, RefundNoReturn][rng.random_range(0..4)];
            NewRecord {
                day: new.day + Days::new(rng.random_range(0..4)),
                sale: 1_000 * rng.random_range(0..5),
                fees: [None, Some(0), Some(1_000)][rng.random_range(0..3)],
                price: [None, Some(1_000)][rng.random_range(0..2)],
                status,
                label: if status == RefundNoReturn { Some(0) } else { [None, Some(500)][rng.random_range(0..2)] },
                // Whole seconds, milliseconds and microseconds are spelled with different lengths on SQLite.
                created_at: now - TimeDelta::microseconds([0, 1, 1_000, 1_000_000][rng.random_range(0..4)]),
                updated_at: now + TimeDelta::microseconds([0, 999_999, 500_000][rng.random_range(0..3)]),
                ..new
            }
        })
        .collect()
}

fn profit(new: &NewRecord) -> i64 {
    let known = |cents: Option<i64>| cents.unwrap_or(0);
    let margin = new.sale - known(new.fees) - known(new.price) - known(new.tax) - known(new.shipping);
    match new.status {
        RecordStatus::Successful => margin,
        RecordStatus::ReturnClosed => -known(new.label),
        RecordStatus::ReturnLabelProvided | RecordStatus::RefundNoReturn => margin - known(new.label),
    }
}

/// Sellers with few different values; the fractions are ones that are easily read back one bit wrong.
fn tied_sellers(app: &TestApp, rng: &mut StdRng, count: usize, prefix: &str) -> Vec<NewSeller> {
    let long = "ä".repeat(205);
    let names = ["Acme", "acme", "Zebra", "Ärger", "ärger", "😀 shop", "'quoted\"", "a", "日本", &long];
    let percents = [0.0, 100.0, 98.6, 0.012_126_111_560_226_353, 0.025_869_037_995_149_554, 0.099_434_114_793_856_11];
    (0..count)
        .map(|index| NewSeller {
            platform_id: Some(format!("{prefix}-{index}")),
            feedback: rng
                .random_bool(0.7)
                .then(|| (percents[rng.random_range(0..percents.len())], rng.random_range(0..3))),
            times_seen: rng.random_range(0..4),
            flagged: rng.random_bool(0.5),
            created_at: app.now() - TimeDelta::microseconds([0, 1, 1_000, 1_000_000][rng.random_range(0..4)]),
            ..NewSeller::new(&app.app, app.seeded.org, names[rng.random_range(0..names.len())])
        })
        .collect()
}

/// The ids of rows by `key`, ties by id.
fn sorted<T, K: PartialOrd + Debug>(
    kind: IdKind,
    direction: &str,
    rows: &[(Uuid, T)],
    key: impl Fn(&T) -> K,
) -> Vec<String> {
    let mut keyed: Vec<(K, Uuid)> = rows.iter().map(|(id, row)| (key(row), *id)).collect();
    keyed.sort_by(|left, right| left.partial_cmp(right).unwrap());
    if direction == "DESC" {
        keyed.reverse();
    }
    keyed.into_iter().map(|(_, id)| kind.show(id)).collect()
}

fn sorted_records(rows: &[(Uuid, NewRecord)], field: &str, direction: &str) -> Vec<String> {
    let kind = IdKind::Record;
    match field {
        "SALE_DATE" => sorted(kind, direction, rows, |row| row.day),
        "CREATED_AT" => sorted(kind, direction, rows, |row| row.created_at),
        "UPDATED_AT" => sorted(kind, direction, rows, |row| row.updated_at),
        "SALE_PRICE" => sorted(kind, direction, rows, |row| row.sale),
        "PROFIT" => sorted(kind, direction, rows, profit),
        other => panic!("{other} is not an order of records"),
    }
}

fn sorted_sellers(rows: &[(Uuid, NewSeller)], field: &str, direction: &str) -> Vec<String> {
    let kind = IdKind::Seller;
    match field {
        "CREATED_AT" => sorted(kind, direction, rows, |row| row.created_at),
        "DISPLAY_NAME" => {
            sorted(kind, direction, rows, |row| text::normalize(&row.name).chars().take(200).collect::<String>())
        }
        "TIMES_SEEN" => sorted(kind, direction, rows, |row| row.times_seen),
        "FEEDBACK_PERCENT" => sorted(kind, direction, rows, |row| row.feedback.map_or(-1.0, |feedback| feedback.0)),
        "FEEDBACK_COUNT" => sorted(kind, direction, rows, |row| row.feedback.map_or(-1, |feedback| feedback.1)),
        other => panic!("{other} is not an order of sellers"),
    }
}

async fn seed_records(app: &TestApp, rng: &mut StdRng, count: usize) -> Vec<(Uuid, NewRecord)> {
    let new = tied_records(app, rng, count, "seeded");
    let ids = seed::records(&app.app, new.clone()).await;
    let mut hidden = tied_records(app, rng, 10, "deleted");
    hidden.iter_mut().for_each(|row| row.deleted_at = Some(app.now()));
    hidden.push(NewRecord::new(&app.app, app.seeded.other_org, app.seeded.other_account, "of others"));
    seed::records(&app.app, hidden).await;
    ids.into_iter().zip(new).collect()
}

async fn seed_sellers(app: &TestApp, rng: &mut StdRng, count: usize) -> Vec<(Uuid, NewSeller)> {
    let new = tied_sellers(app, rng, count, "seeded");
    let ids = seed::sellers(&app.app, new.clone()).await;
    let mut hidden = tied_sellers(app, rng, 10, "deleted");
    hidden.iter_mut().for_each(|row| row.deleted_at = Some(app.now()));
    hidden.push(NewSeller::new(&app.app, app.seeded.other_org, "of others"));
    seed::sellers(&app.app, hidden).await;
    ids.into_iter().zip(new).collect()
}

async fn seed_accounts(app: &TestApp, count: usize) -> Vec<(Uuid, String)> {
    let mut rows: Vec<(Uuid, String)> =
        app.seeded.accounts.into_iter().zip(["ALPHA", "BETA", "GAMMA"].map(str::to_owned)).collect();
    for index in 0..count {
        // Upper case, lower case and umlauts: the order is that of bytes on both databases.
        let code = format!("{}{index}", ["b", "B", "ä", "_", "10"][index % 5]);
        rows.push((seed::account(&app.app, app.seeded.org, &code, None).await, code));
    }
    rows
}

/// Walks the list both ways by several page sizes.
async fn assert_walks(app: &TestApp, list: &List, expected: &[String]) {
    let backward: Vec<String> = expected.iter().rev().cloned().collect();
    for size in [4, expected.len().clamp(1, 100), 100] {
        assert_eq!(list.forward(app, size).await, expected, "forward by {size}: {list:?}");
        assert_eq!(list.backward(app, size).await, backward, "backward by {size}: {list:?}");
    }
    assert_eq!(list.page(app, json!({})).await.total_count, expected.len(), "{list:?}");
}

on_both! {
    async fn records_are_the_same_list_forward_and_backward_in_every_order(app: TestApp) {
        let rows = seed_records(&app, &mut StdRng::seed_from_u64(1), 97).await;
        for (field, direction) in RECORD_ORDERS.into_iter().flat_map(|field| [(field, "ASC"), (field, "DESC")]) {
            let list = List::of("records", &app.seeded.admin.token).ordered(field, direction);
            assert_walks(&app, &list, &sorted_records(&rows, field, direction)).await;
        }
        let usual = List::of("records", &app.seeded.admin.token);
        assert_eq!(usual.forward(&app, 100).await, sorted_records(&rows, "SALE_DATE", "DESC"));
    }
}

on_both! {
    async fn records_of_an_account_are_the_same_list_forward_and_backward_in_every_order(app: TestApp) {
        let rows = seed_records(&app, &mut StdRng::seed_from_u64(2), 97).await;
        let account = app.seeded.accounts[0];
        let rows: Vec<_> = rows.into_iter().filter(|(_, row)| row.account == account).collect();
        for (field, direction) in RECORD_ORDERS.into_iter().flat_map(|field| [(field, "ASC"), (field, "DESC")]) {
            let list = List::of_account(account, &app.seeded.admin.token).ordered(field, direction);
            assert_walks(&app, &list, &sorted_records(&rows, field, direction)).await;
        }
    }
}

on_both! {
    async fn sellers_are_the_same_list_forward_and_backward_in_every_order(app: TestApp) {
        let rows = seed_sellers(&app, &mut StdRng::seed_from_u64(3), 97).await;
        for (field, direction) in SELLER_ORDERS.into_iter().flat_map(|field| [(field, "ASC"), (field, "DESC")]) {
            let list = List::of("sellers", &app.seeded.admin.token).ordered(field, direction);
            assert_walks(&app, &list, &sorted_sellers(&rows, field, direction)).await;
        }
        let usual = List::of("sellers", &app.seeded.admin.token);
        assert_eq!(usual.forward(&app, 100).await, sorted_sellers(&rows, "CREATED_AT", "DESC"));
    }
}

on_both! {
    async fn accounts_are_the_same_list_forward_and_backward(app: TestApp) {
        let rows = seed_accounts(&app, 40).await;
        let expected = sorted(IdKind::Account, "ASC", &rows, Clone::clone);
        assert_walks(&app, &List::of("accounts", &app.seeded.admin.token), &expected).await;
    }
}

on_both! {
    async fn the_records_of_several_accounts_in_one_query_are_those_of_each(app: TestApp) {
        let rows = seed_records(&app, &mut StdRng::seed_from_u64(4), 97).await;
        let query = "query ($order: RecordOrder, $after: String, $before: String, $first: Int, $last: Int) {
            accounts { nodes { id records(orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
                totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } } } }";
        for (field, direction) in RECORD_ORDERS.into_iter().flat_map(|field| [(field, "ASC"), (field, "DESC")]) {
            for window in [json!({ "first": 5 }), json!({ "last": 5 }), json!({ "first": 100 })] {
                let mut variables = window.clone();
                variables["order"] = json!({ "field": field, "direction": direction });
                let data = app.data(&app.seeded.admin.token, query, variables).await;
                for account in data["accounts"]["nodes"].as_array().unwrap() {
                    let id = IdKind::Account.read(account["id"].as_str().unwrap()).unwrap();
                    let rows: Vec<_> = rows.iter().filter(|(_, row)| row.account == id).cloned().collect();
                    let mut expected = sorted_records(&rows, field, direction);
                    if window["last"] == 5 {
                        expected.drain(..expected.len() - 5);
                    } else if window["first"] == 5 {
                        expected.truncate(5);
                    }
                    let records = &account["records"];
                    let ids: Vec<&Value> = records["nodes"].as_array().unwrap().iter().map(|node| &node["id"]).collect();
                    assert_eq!(ids, expected.iter().collect::<Vec<_>>(), "{window} by {field} {direction}");
                    assert_eq!(records["totalCount"], rows.len());
                    assert_eq!(records["pageInfo"]["hasNextPage"], window["first"] == 5);
                    assert_eq!(records["pageInfo"]["hasPreviousPage"], window["last"] == 5);
                }
            }
        }
    }
}

on_both! {
    async fn a_page_lies_between_the_cursors_it_is_given(app: TestApp) {
        let rows = seed_records(&app, &mut StdRng::seed_from_u64(5), 40).await;
        let expected = sorted_records(&rows, "PROFIT", "ASC");
        let list = List::of("records", &app.seeded.admin.token).ordered("PROFIT", "ASC");
        let cursors = list.page(&app, json!({ "first": 40 })).await.cursors;
        let between = |first: Value| {
            let mut window = first;
            window["after"] = json!(cursors[4]);
            window["before"] = json!(cursors[30]);
            window
        };
        let ids = async |window: Value| list.page(&app, window).await.ids;
        assert_eq!(ids(between(json!({ "first": 100 }))).await, expected[5..30]);
        assert_eq!(ids(between(json!({ "first": 4 }))).await, expected[5..9]);
        assert_eq!(ids(between(json!({ "last": 4 }))).await, expected[26..30]);
        assert_eq!(ids(json!({ "first": 3, "before": cursors[30] })).await, expected[..3]);
        assert_eq!(ids(json!({ "last": 3, "after": cursors[30] })).await, expected[37..]);
        let nothing = list.page(&app, json!({ "after": cursors[4], "before": cursors[5], "first": 9 })).await;
        assert!(nothing.ids.is_empty() && !nothing.has_next);
        let end = list.page(&app, json!({ "first": 9, "after": cursors[39] })).await;
        assert!(end.ids.is_empty() && !end.has_next && end.has_previous);
    }
}

on_both! {
    async fn a_page_has_twenty_five_rows_unless_another_size_is_asked_for(app: TestApp) {
        let rows = seed_records(&app, &mut StdRng::seed_from_u64(6), 60).await;
        let expected = sorted_records(&rows, "SALE_DATE", "DESC");
        let list = List::of("records", &app.seeded.admin.token);
        let page = list.page(&app, json!({})).await;
        assert_eq!(page.ids, expected[..25]);
        let next = list.page(&app, json!({ "after": page.cursors[24] })).await;
        assert_eq!(next.ids, expected[25..50]);
        let back = list.page(&app, json!({ "before": next.cursors[10] })).await;
        assert_eq!(back.ids, expected[10..35]);
    }
}

on_both! {
    async fn page_sizes_outside_one_to_a_hundred_and_two_directions_are_refused(app: TestApp) {
        let token = &app.seeded.admin.token;
        let lists = ["accounts", "sellers", "records"].map(|field| List::of(field, token));
        for list in lists.into_iter().chain([List::of_account(app.seeded.accounts[0], token)]) {
            for end in ["first", "last"] {
                for size in [0, -1, 101, i32::MAX, i32::MIN] {
                    assert_eq!(list.refusal(&app, json!({ end: size })).await, "PAGE_SIZE", "{end}: {size}");
                }
            }
            assert_eq!(list.refusal(&app, json!({ "first": 5, "last": 5 })).await, "PAGE_DIRECTION");
        }
    }
}

on_both! {
    async fn a_cursor_of_another_filter_order_list_or_organisation_is_refused(app: TestApp) {
        seed_records(&app, &mut StdRng::seed_from_u64(7), 30).await;
        seed_sellers(&app, &mut StdRng::seed_from_u64(7), 30).await;
        let (admin, others) = (&app.seeded.admin.token, &app.seeded.other_admin.token);
        let [alpha, beta, _] = app.seeded.accounts;
        let records = List::of("records", admin);
        let lists = [
            records.clone(),
            records.clone().ordered("SALE_DATE", "ASC"),
            records.clone().ordered("CREATED_AT", "DESC"),
            records.clone().filtered(json!({ "search": "garden" })),
            records.clone().filtered(json!({ "minProfitCents": 0 })),
            List::of("records", others),
            List::of_account(alpha, admin),
            List::of_account(beta, admin),
            List::of("sellers", admin),
            List::of("sellers", admin).ordered("CREATED_AT", "ASC"),
            List::of("sellers", admin).filtered(json!({ "flagged": true })),
            List::of("sellers", others),
            List::of("accounts", admin),
            List::of("accounts", others),
        ];
        for (at, list) in lists.iter().enumerate() {
            let cursor = list.page(&app, json!({ "first": 1 })).await.cursors.remove(0);
            for (other_at, other) in lists.iter().enumerate().filter(|(other_at, _)| *other_at != at) {
                for end in ["after", "before"] {
                    let code = other.refusal(&app, json!({ end: cursor })).await;
                    assert_eq!(code, "INVALID_CURSOR", "list {at}'s cursor as `{end}` of list {other_at}");
                }
            }
        }
        for nonsense in ["", "x", "0", "=", "AAAAAAAAAAAAAAAAAAAAAA", "😀"] {
            for list in &lists {
                assert_eq!(list.refusal(&app, json!({ "after": nonsense })).await, "INVALID_CURSOR", "{nonsense:?}");
            }
        }
    }
}

on_both! {
    async fn the_cursor_of_an_account_s_records_is_one_of_the_list_filtered_by_that_account(app: TestApp) {
        let rows = seed_records(&app, &mut StdRng::seed_from_u64(8), 60).await;
        let account = app.seeded.accounts[1];
        let rows: Vec<_> = rows.into_iter().filter(|(_, row)| row.account == account).collect();
        let expected = sorted_records(&rows, "SALE_DATE", "DESC");
        let token = &app.seeded.admin.token;
        let page = List::of_account(account, token).page(&app, json!({ "first": 4 })).await;
        let filtered = List::of("records", token).filtered(json!({ "accountIds": [IdKind::Account.show(account)] }));
        assert_eq!(filtered.page(&app, json!({ "first": 4, "after": page.cursors[3] })).await.ids, expected[4..8]);
    }
}

on_both! {
    async fn a_list_goes_on_after_a_row_that_was_deleted(app: TestApp) {
        let rows = seed_records(&app, &mut StdRng::seed_from_u64(9), 20).await;
        let expected = sorted_records(&rows, "SALE_DATE", "DESC");
        let list = List::of("records", &app.seeded.admin.token);
        let page = list.page(&app, json!({ "first": 5 })).await;
        delete_record(&app.app, IdKind::Record.read(&page.ids[4]).unwrap()).await;
        assert_eq!(list.page(&app, json!({ "first": 5, "after": page.cursors[4] })).await.ids, expected[5..10]);
        assert_eq!(list.page(&app, json!({ "last": 4, "before": page.cursors[4] })).await.ids, expected[..4]);
    }
}

/// What goes on while one pages: rows come, rows that nobody watches go, and watched rows change but not in their key.
#[derive(Clone, Copy, Debug)]
enum Writing {
    Records { keeps_updated_at: bool },
    Sellers,
    Accounts,
}

const WRITES: usize = 60;

async fn write_on(app: &TestApp, writing: Writing, watched: Vec<Uuid>, seed: u64) -> tokio::task::JoinHandle<()> {
    let mut rng = StdRng::seed_from_u64(seed);
    let prefix = format!("written {seed}");
    let (handle, org) = (app.app.clone(), app.seeded.org);
    let (records, sellers) =
        (tied_records(app, &mut rng, WRITES, &prefix), tied_sellers(app, &mut rng, WRITES, &prefix));
    tokio::spawn(async move {
        let mut added: Vec<Uuid> = Vec::new();
        for index in 0..WRITES {
            let id = match writing {
                Writing::Records { .. } => seed::records(&handle, vec![records[index].clone()]).await[0],
                Writing::Sellers => seed::sellers(&handle, vec![sellers[index].clone()]).await[0],
                Writing::Accounts => seed::account(&handle, org, &format!("{prefix} {index}"), None).await,
            };
            added.push(id);
            edit(&handle, writing, watched[rng.random_range(0..watched.len())], index).await;
            if index % 3 == 2 {
                let id = added.swap_remove(rng.random_range(0..added.len()));
                match writing {
                    Writing::Records { .. } => delete_record(&handle, id).await,
                    Writing::Sellers => delete_seller(&handle, id).await,
                    Writing::Accounts => delete_account(&handle, id).await,
                }
            }
        }
    })
}

async fn edit(app: &App, writing: Writing, id: Uuid, index: usize) {
    let now = app.clock.now() + TimeDelta::seconds(i64::try_from(index).unwrap());
    let mut records = record::Entity::update_many()
        .col_expr(record::Column::ItemName, Expr::value(format!("edited {index}")))
        .col_expr(record::Column::Version, Expr::value(2));
    if let Writing::Records { keeps_updated_at: false } = writing {
        records = records.col_expr(record::Column::UpdatedAt, Expr::value(now));
    }
    let sellers = seller::Entity::update_many()
        .col_expr(seller::Column::Flagged, Expr::value(index.is_multiple_of(2)))
        .col_expr(seller::Column::UpdatedAt, Expr::value(now));
    let accounts =
        account::Entity::update_many().col_expr(account::Column::Name, Expr::value(format!("edited {index}")));
    let write = app.db.write(move |tx| {
        Box::pin(async move {
            let edited = match writing {
                Writing::Records { .. } => records.filter(record::Column::Id.eq(id)).exec(tx).await,
                Writing::Sellers => sellers.filter(seller::Column::Id.eq(id)).exec(tx).await,
                Writing::Accounts => accounts.filter(account::Column::Id.eq(id)).exec(tx).await,
            };
            assert_eq!(edited.unwrap().rows_affected, 1);
            Ok(())
        })
    });
    write.await.unwrap();
}

async fn delete_record(app: &App, id: Uuid) {
    let now = app.clock.now();
    let delete = record::Entity::update_many().col_expr(record::Column::DeletedAt, Expr::value(now));
    let delete = delete.filter(record::Column::Id.eq(id));
    let write = app.db.write(move |tx| Box::pin(async move { Ok(delete.exec(tx).await.unwrap()) }));
    assert_eq!(write.await.unwrap().rows_affected, 1);
}

async fn delete_seller(app: &App, id: Uuid) {
    let now = app.clock.now();
    let delete = seller::Entity::update_many().col_expr(seller::Column::DeletedAt, Expr::value(now));
    let delete = delete.filter(seller::Column::Id.eq(id));
    let write = app.db.write(move |tx| Box::pin(async move { Ok(delete.exec(tx).await.unwrap()) }));
    assert_eq!(write.await.unwrap().rows_affected, 1);
}

async fn delete_account(app: &App, id: Uuid) {
    let delete = account::Entity::delete_by_id(id);
    let write = app.db.write(move |tx| Box::pin(async move { Ok(delete.exec(tx).await.unwrap()) }));
    assert_eq!(write.await.unwrap().rows_affected, 1);
}

/// Walks both ways until the writer is done: the watched rows are each there once and in order, no other row twice.
async fn assert_undisturbed(app: &TestApp, list: &List, expected: &[String], writer: tokio::task::JoinHandle<()>) {
    let backward: Vec<String> = expected.iter().rev().cloned().collect();
    let check = |mut walked: Vec<String>, expected: &[String]| {
        let mut unique = walked.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), walked.len(), "a row is doubled: {list:?}");
        walked.retain(|id| expected.contains(id));
        assert_eq!(walked, expected, "{list:?}");
    };
    loop {
        let is_last = writer.is_finished();
        check(list.forward(app, 6).await, expected);
        check(list.backward(app, 6).await, &backward);
        if is_last {
            break;
        }
    }
    writer.await.unwrap();
}

on_both! {
    async fn writers_take_no_record_from_a_walk_and_double_none(app: TestApp) {
        let rows = seed_records(&app, &mut StdRng::seed_from_u64(10), 60).await;
        let watched: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        for (seed, field) in (0..).zip(RECORD_ORDERS) {
            let direction = if seed % 2 == 0 { "DESC" } else { "ASC" };
            let list = List::of("records", &app.seeded.admin.token).ordered(field, direction);
            let writing = Writing::Records { keeps_updated_at: field == "UPDATED_AT" };
            let rows = if field == "UPDATED_AT" { stamped(&app, &rows).await } else { rows.clone() };
            let writer = write_on(&app, writing, watched.clone(), seed).await;
            assert_undisturbed(&app, &list, &sorted_records(&rows, field, direction), writer).await;
        }
    }
}

/// Earlier rounds changed `updated_at`: gives every row what it was seeded with.
async fn stamped(app: &TestApp, rows: &[(Uuid, NewRecord)]) -> Vec<(Uuid, NewRecord)> {
    for (id, new) in rows.iter().cloned() {
        let update = record::Entity::update_many()
            .col_expr(record::Column::UpdatedAt, Expr::value(new.updated_at))
            .filter(record::Column::Id.eq(id));
        app.app.db.write(move |tx| Box::pin(async move { Ok(update.exec(tx).await.unwrap()) })).await.unwrap();
    }
    rows.to_vec()
}

on_both! {
    async fn writers_take_no_record_of_an_account_from_a_walk_and_double_none(app: TestApp) {
        let rows = seed_records(&app, &mut StdRng::seed_from_u64(11), 90).await;
        let account = app.seeded.accounts[2];
        let rows: Vec<_> = rows.into_iter().filter(|(_, row)| row.account == account).collect();
        let watched: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        let list = List::of_account(account, &app.seeded.admin.token).ordered("PROFIT", "DESC");
        let writer = write_on(&app, Writing::Records { keeps_updated_at: false }, watched, 1).await;
        assert_undisturbed(&app, &list, &sorted_records(&rows, "PROFIT", "DESC"), writer).await;
    }
}

on_both! {
    async fn writers_take_no_seller_from_a_walk_and_double_none(app: TestApp) {
        let rows = seed_sellers(&app, &mut StdRng::seed_from_u64(12), 60).await;
        let watched: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        for (seed, field) in (0..).zip(SELLER_ORDERS) {
            let direction = if seed % 2 == 0 { "DESC" } else { "ASC" };
            let list = List::of("sellers", &app.seeded.admin.token).ordered(field, direction);
            let writer = write_on(&app, Writing::Sellers, watched.clone(), seed).await;
            assert_undisturbed(&app, &list, &sorted_sellers(&rows, field, direction), writer).await;
        }
    }
}

on_both! {
    async fn writers_take_no_account_from_a_walk_and_double_none(app: TestApp) {
        let rows = seed_accounts(&app, 40).await;
        let expected = sorted(IdKind::Account, "ASC", &rows, Clone::clone);
        let writer = write_on(&app, Writing::Accounts, rows.iter().map(|(id, _)| *id).collect(), 1).await;
        assert_undisturbed(&app, &List::of("accounts", &app.seeded.admin.token), &expected, writer).await;
    }
}

on_both! {
    async fn totals_are_those_of_the_whole_filter_whatever_the_page(app: TestApp) {
        let rows = seed_records(&app, &mut StdRng::seed_from_u64(13), 97).await;
        let query = "query ($filter: RecordFilter, $first: Int) { records(filter: $filter, first: $first) { totalCount
            totals { count salePriceCents ebayFeesCents profitCents } } }";
        for account in [None, Some(app.seeded.accounts[0])] {
            let rows: Vec<_> = rows.iter().filter(|(_, row)| account.is_none_or(|id| row.account == id)).collect();
            let sum = |value: fn(&NewRecord) -> i64| rows.iter().map(|(_, row)| value(row)).sum::<i64>();
            let filter = account.map(|id| json!({ "accountIds": [id] }));
            for first in [1, 50] {
                let variables = json!({ "first": first, "filter": filter });
                let data = app.data(&app.seeded.admin.token, query, variables).await;
                assert_eq!(data["records"]["totalCount"], rows.len());
                let expected = json!({
                    "count": rows.len(),
                    "salePriceCents": sum(|row| row.sale),
                    "ebayFeesCents": sum(|row| row.fees.unwrap_or(0)),
                    "profitCents": sum(profit),
                });
                assert_eq!(data["records"]["totals"], expected);
            }
        }
    }
}
