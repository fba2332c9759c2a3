//! Imports: what a file changes, what it leaves alone, and what it is refused for.

use std::sync::Arc;

use sellerbook::{
    auth::{self, Actor},
    csv_file::{ImportError, OnStep, Summary},
    records, sellers,
};
use serde_json::json;

use crate::{TestApp, on_both};

fn quiet() -> OnStep {
    Arc::new(|_| {})
}

fn summary(added: u64, changed: u64, unchanged: u64) -> Summary {
    Summary { added, changed, unchanged }
}

async fn operator(app: &TestApp) -> Actor {
    auth::operator(&app.app, "acme").await.unwrap()
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

async fn import(app: &TestApp, account: &str, text: &str) -> Result<Summary, ImportError> {
    records::import(&app.app, &operator(app).await, account, file(text).path(), quiet()).await
}

async fn import_sellers(app: &TestApp, text: &str) -> Result<Summary, ImportError> {
    sellers::import(&app.app, &operator(app).await, file(text).path(), quiet()).await
}

/// What is wrong, line by line.
fn faults(result: Result<Summary, ImportError>) -> String {
    match result.unwrap_err() {
        ImportError::Faults(faults) => faults.kept.iter().map(|fault| format!("{fault}\n")).collect(),
        other => panic!("{other}"),
    }
}

/// Everything but the ids.
async fn exported(app: &TestApp, account: usize) -> String {
    let columns = "ebay_order_id,sale_date,item_name,qty,sale_price_cents,ebay_fees_cents,amazon_price_cents,\
                   amazon_tax_cents,amazon_shipping_cents,amazon_order_id,status,return_label_cost_cents,\
                   order_remark,service_remark";
    let path = format!("/export/records/csv?columns={columns}&account_id={}", app.seeded.accounts[account]);
    app.file(&app.seeded.admin.token, &path).await
}

/// Every kind of text that a reader of CSV could spoil, and rows of one day in an order that is not theirs by name.
const ODD: &str = "ebay_order_id,sale_date,item_name,qty,sale_price_cents,ebay_fees_cents,amazon_price_cents,\
amazon_tax_cents,amazon_shipping_cents,amazon_order_id,status,return_label_cost_cents,order_remark,service_remark\r\n\
b,2026-03-02,\" A \"\"b\"\",\r\nc \",1,1200,,,,,,SUCCESSFUL,,,\r\n\
a,2026-03-02,'=SUM(A1),2,0,1,2,3,4,'-1,RETURN_CLOSED,5,''@x,'+y\r\n\
0c,2026-03-01,'90s 日本 ü 🎧,2147483647,9007199254740991,,,,,007,REFUND_NO_RETURN,0,,\"a\nb\"\r\n";

on_both! {
    async fn a_file_comes_back_byte_for_byte(app: TestApp) {
        assert_eq!(import(&app, "ALPHA", ODD).await.unwrap(), summary(3, 0, 0));
        let first = exported(&app, 0).await;
        assert_eq!(first, ODD);
        assert_eq!(import(&app, "ALPHA", &first).await.unwrap(), summary(0, 0, 3));
        assert_eq!(import(&app, "GAMMA", &first).await.unwrap(), summary(3, 0, 0));
        assert_eq!(exported(&app, 2).await, first);
        let query = "{ records(filter: {search: \"a\"}) { nodes { version } } }";
        let data = app.data(&app.seeded.admin.token, query, json!({})).await;
        assert!(data["records"]["nodes"].as_array().unwrap().iter().all(|node| node["version"] == 1), "{data}");
    }
}

on_both! {
    async fn only_the_columns_of_the_file_change(app: TestApp) {
        import(&app, "ALPHA", ODD).await.unwrap();
        let head = "item_name,sale_price,ebay_order_id,profit,sale_date";
        let rows = "new,12.5,a,-1.00,2026-03-02\nadded,3,d,,2026-02-28\n' A,0.07,b,x,2026-03-02\n";
        assert_eq!(import(&app, "ALPHA", &format!("{head}\n{rows}")).await.unwrap(), summary(1, 2, 0));
        let lines = exported(&app, 0).await;
        assert!(lines.contains("a,2026-03-02,new,2,1250,1,2,3,4,'-1,RETURN_CLOSED,5,''@x,'+y\r\n"), "{lines}");
        assert!(lines.contains("b,2026-03-02,' A,1,7,,"), "{lines}");
        assert!(lines.contains("0c,2026-03-01,'90s"), "{lines}");
        assert!(lines.contains("d,2026-02-28,added,1,300,,,,,,SUCCESSFUL,,,\r\n"), "{lines}");
    }
}

on_both! {
    async fn a_refund_without_a_return_keeps_its_label_free(app: TestApp) {
        import(&app, "ALPHA", ODD).await.unwrap();
        let required = "ebay_order_id,sale_date,item_name,sale_price_cents";
        let label = format!("{required},return_label_cost_cents\n0c,2026-03-01,x,1,500\n");
        import(&app, "ALPHA", &label).await.unwrap();
        let status = format!("{required},status\na,2026-03-02,x,1,REFUND_NO_RETURN\n");
        import(&app, "ALPHA", &status).await.unwrap();
        let lines = exported(&app, 0).await;
        assert!(lines.contains("REFUND_NO_RETURN,0,,\"a\nb\"\r\n"), "{lines}");
        assert!(lines.contains("REFUND_NO_RETURN,0,''@x,'+y\r\n"), "{lines}");
    }
}

on_both! {
    async fn a_changed_remark_is_a_change_of_its_record(app: TestApp) {
        import(&app, "ALPHA", ODD).await.unwrap();
        let head = "ebay_order_id,sale_date,item_name,sale_price_cents,order_remark";
        let text = format!("{head}\nd,2026-02-01,x,1,\nb,2026-03-02,\" A \"\"b\"\",\r\nc \",1200,hello\n");
        assert_eq!(import(&app, "ALPHA", &text).await.unwrap(), summary(1, 1, 0));
        assert_eq!(import(&app, "ALPHA", &text).await.unwrap(), summary(0, 0, 2));
        let query = "{ records(filter: {search: \"b\"}) { nodes { ebayOrderId version orderRemark } } }";
        let data = app.data(&app.seeded.admin.token, query, json!({})).await;
        let found = json!({ "ebayOrderId": "b", "version": 2, "orderRemark": "hello" });
        assert!(data["records"]["nodes"].as_array().unwrap().contains(&found), "{data}");
    }
}

on_both! {
    async fn every_fault_is_named_and_nothing_is_written(app: TestApp) {
        let text = "ebay_order_id,sale_date,item_name,sale_price_cents,qty,status\n\
            1,2026-01-01,fine,1,1,\n\
            2,2026-02-30,,-1,0,GONE\n\
            3,2026-01-01,\"two\nlines\",1,1,\n\
            3,2026-01-01,again,1,1,\n\
            4,2026-01-01\n";
        let found = faults(import(&app, "ALPHA", text).await);
        insta::allow_duplicates! { insta::assert_snapshot!(found, @r#"
        line 3, column sale_date: must be a day as YYYY-MM-DD, not "2026-02-30"
        line 3, column item_name: must not be empty
        line 3, column sale_price_cents: must be a whole number of cents, 0 or more, not "-1"
        line 3, column qty: must be a whole number from 1 to 2147483647, not "0"
        line 3, column status: must be one of SUCCESSFUL, RETURN_LABEL_PROVIDED, RETURN_CLOSED, REFUND_NO_RETURN, not "GONE"
        line 6, column ebay_order_id: is the same as on line 4
        line 7: has 2 fields where the header has 6
        "#); }
        assert_eq!(exported(&app, 0).await.lines().count(), 1);
    }
}

on_both! {
    async fn a_header_must_say_what_it_means(app: TestApp) {
        let text = "ebay_order_id,sale_date,sale_price,sale_price_cents,qty,qty,profit\n1,2,3\n";
        let found = faults(import(&app, "ALPHA", text).await);
        insta::allow_duplicates! { insta::assert_snapshot!(found, @r"
        line 1, column sale_price_cents: says the same as the column sale_price; keep one of them
        line 1, column qty: is there twice
        line 1: the column item_name is missing
        "); }
        assert!(faults(import(&app, "ALPHA", "order,total\n").await).contains("there is no such column; the columns are id, "));
        assert!(faults(import(&app, "ALPHA", "ebay_order_id;qty\n").await).contains("separated by commas"));
        assert!(matches!(import(&app, "ALPHA", "").await, Err(ImportError::Empty)));
        let unknown = import(&app, "OMEGA", ODD).await.unwrap_err();
        assert_eq!(unknown.to_string(), "there is no account `OMEGA`");
    }
}

on_both! {
    async fn what_is_stored_counts_when_sums_are_checked(app: TestApp) {
        let required = "ebay_order_id,sale_date,item_name,sale_price_cents";
        let most = 9_007_199_254_740_991_i64;
        import(&app, "ALPHA", &format!("{required},amazon_price_cents\n1,2026-01-01,x,1,{most}\n")).await.unwrap();
        let more = format!("{required},amazon_tax_cents\n0,2026-01-01,new,1,1\n1,2026-01-01,x,1,1\n");
        let refused = import(&app, "ALPHA", &more).await.unwrap_err().to_string();
        assert!(refused.starts_with("line 3: the costs come to more than"), "{refused}");
        assert_eq!(exported(&app, 0).await.lines().count(), 2);
    }
}

const SELLERS: &str =
    "/export/sellers/csv?columns=display_name,platform_id,times_seen,feedback_percent,feedback_count,flagged";

on_both! {
    async fn sellers_come_back_byte_for_byte(app: TestApp) {
        let text = "display_name,platform_id,times_seen,feedback_percent,feedback_count,flagged\r\n\
            \" ACME, \"\"Störe\"\" \",,3,98.6,1234,true\r\n\
            acme,usr1,0,,,false\r\n\
            acme,,1,0,0,false\r\n\
            '=deals=,usr2,1,100,1,false\r\n";
        assert_eq!(import_sellers(&app, text).await.unwrap(), summary(4, 0, 0));
        assert_eq!(app.file(&app.seeded.admin.token, SELLERS).await, text);
        assert_eq!(import_sellers(&app, text).await.unwrap(), summary(0, 0, 4));
    }
}

on_both! {
    async fn a_seller_is_found_by_platform_id_else_by_name(app: TestApp) {
        import_sellers(&app, "display_name,platform_id\nacme,usr1\nrow,\nTwins,usr2\ntwins,usr3\n").await.unwrap();
        // An id decides, whatever the name; without one, the name of somebody who has none.
        let named = "display_name,platform_id,flagged\nrenamed,usr1,true\n ROW ,,true\nacme,,true\n";
        assert_eq!(import_sellers(&app, named).await.unwrap(), summary(1, 2, 0));
        // A list of names finds anyone of that name.
        assert_eq!(import_sellers(&app, "display_name\nRenamed\nrow\n").await.unwrap(), summary(0, 2, 0));
        let refused = import_sellers(&app, "display_name\nnew\ntwins\n").await.unwrap_err().to_string();
        assert!(refused.starts_with("line 3, column display_name: several sellers have this name"), "{refused}");
        let lines = app.file(&app.seeded.admin.token, SELLERS).await;
        assert!(lines.contains("Renamed,usr1,0,,,true\r\n") && lines.contains("row,,0,,,true\r\n"), "{lines}");
        assert!(lines.contains("acme,,0,,,true\r\n") && !lines.contains("new"), "{lines}");
        let found = faults(import_sellers(&app, "display_name,flagged,feedback_percent\nA  b,yes,101\na B,,\n\" \",,\n").await);
        insta::allow_duplicates! { insta::assert_snapshot!(found, @r#"
        line 2, column flagged: must be true or false, not "yes"
        line 2, column feedback_percent: must be a number from 0 to 100, not "101"
        line 3, column display_name: is the same as on line 2
        line 4: the display_name must have more than white space
        "#); }
    }
}

on_both! {
    async fn an_import_needs_its_permission(app: TestApp) {
        let admin = operator(&app).await;
        let nobody = Actor { permissions: auth::PermissionSet::default(), ..admin.clone() };
        let importer = auth::PermissionSet::of([auth::Permission::ImportRecords]);
        let without_remarks = Actor { permissions: importer, ..admin };
        let odd = file(ODD);
        for actor in [nobody, without_remarks] {
            let refused = records::import(&app.app, &actor, "ALPHA", odd.path(), quiet()).await.unwrap_err();
            assert!(matches!(refused, ImportError::Other(ref error) if error.code() == "FORBIDDEN"), "{refused}");
            let refused = sellers::import(&app.app, &actor, odd.path(), quiet()).await.unwrap_err();
            assert!(matches!(refused, ImportError::Other(ref error) if error.code() == "FORBIDDEN"), "{refused}");
        }
        assert_eq!(exported(&app, 0).await.lines().count(), 1);
    }
}
