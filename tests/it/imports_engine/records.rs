//! Files of records: what they add and change, and what their undoing brings back.

use sellerbook::imports::{self, ImportStatus};
use serde_json::json;

use super::{RECORDS, checked, code, commit, committed, counts, exported, faults_of, many, of_alpha, rollback, staged};
use crate::on_both;

/// What a reader of files could spoil.
const ODD: &str = "ebay_order_id,sale_date,item_name,qty,sale_price_cents,ebay_fees_cents,amazon_price_cents,\
amazon_tax_cents,amazon_shipping_cents,amazon_order_id,status,return_label_cost_cents,order_remark,service_remark\r\n\
b,2026-03-02,\" A \"\"b\"\",\r\nc \",1,1200,,,,,,SUCCESSFUL,,,\r\n\
a,2026-03-02,'=SUM(A1),2,0,1,2,3,4,'-1,RETURN_CLOSED,5,''@x,'+y\r\n\
0c,2026-03-01,'90s 日本 ü 🎧,2147483647,9007199254740991,,,,,007,REFUND_NO_RETURN,0,,\"a\nb\"\r\n";

on_both! {
    async fn three_cells_are_three_changes_and_undoing_brings_the_bytes_back(app: TestApp) {
        let first = committed(&app, of_alpha(&app), ODD).await;
        assert_eq!((first.status, counts(&first)), (ImportStatus::Committed, (3, 0, 0)));
        let before = exported(&app, RECORDS).await;
        assert_eq!(before, ODD);
        let again = committed(&app, of_alpha(&app), ODD).await;
        assert_eq!(counts(&again), (0, 0, 3));
        let changed = ODD.replace("c \",1,1200", "c \",1,1201").replace("''@x", "").replace(",007,", ",008,");
        let third = checked(&app, of_alpha(&app), &changed).await;
        assert_eq!((third.status, counts(&third)), (ImportStatus::Ready, (0, 3, 0)));
        assert_eq!(exported(&app, RECORDS).await, before, "nothing is written before it is carried out");
        commit(&app, third.id).await;
        assert_eq!(exported(&app, RECORDS).await, changed);
        let undone = rollback(&app, third.id, false).await.unwrap();
        assert_eq!((undone.status, undone.error_code), (ImportStatus::RolledBack, None));
        assert_eq!(exported(&app, RECORDS).await, before);
        assert_eq!(staged(&app).await, 0);
        let versions = app.data(&app.seeded.admin.token, "{ records { nodes { version } } }", json!({})).await;
        assert_eq!(versions, json!({ "records": { "nodes": [{ "version": 3 }, { "version": 3 }, { "version": 3 }] } }));
    }
}

on_both! {
    async fn what_an_import_added_goes_with_its_undoing(app: TestApp) {
        committed(&app, of_alpha(&app), ODD).await;
        let added = committed(&app, of_alpha(&app), &many(50)).await;
        assert_eq!(counts(&added), (50, 0, 0));
        assert_eq!(exported(&app, RECORDS).await.lines().count(), ODD.lines().count() + 50);
        assert_eq!(rollback(&app, added.id, false).await.unwrap().status, ImportStatus::RolledBack);
        assert_eq!(exported(&app, RECORDS).await, ODD);
        // The order ids are free again.
        assert_eq!(counts(&committed(&app, of_alpha(&app), &many(50)).await), (50, 0, 0));
        assert_eq!(code(rollback(&app, added.id, false).await), "IMPORT_NOT_COMMITTED");
    }
}

on_both! {
    async fn lists_show_the_order_of_the_file(app: TestApp) {
        committed(&app, of_alpha(&app), &many(30)).await;
        let path = "/export/records/csv?columns=ebay_order_id";
        let orders = exported(&app, path).await;
        let file: Vec<String> = (0..28).map(|row| format!("order-{row:06}")).collect();
        assert_eq!(orders.lines().skip(1).filter(|order| *order < "order-000028").collect::<Vec<_>>(), file);
    }
}

on_both! {
    async fn only_the_columns_of_the_file_change(app: TestApp) {
        committed(&app, of_alpha(&app), ODD).await;
        let head = "item_name,sale_price,ebay_order_id,profit,sale_date";
        let rows = "new,12.5,a,-1.00,2026-03-02\nadded,3,d,,2026-02-28\n' A,0.07,b,x,2026-03-02\n";
        let import = committed(&app, of_alpha(&app), &format!("{head}\n{rows}")).await;
        assert_eq!(counts(&import), (1, 2, 0));
        let lines = exported(&app, RECORDS).await;
        assert!(lines.contains("a,2026-03-02,new,2,1250,1,2,3,4,'-1,RETURN_CLOSED,5,''@x,'+y\r\n"), "{lines}");
        assert!(lines.contains("b,2026-03-02,' A,1,7,,"), "{lines}");
        assert!(lines.contains("0c,2026-03-01,'90s"), "{lines}");
        assert!(lines.contains("d,2026-02-28,added,1,300,,,,,,SUCCESSFUL,,,\r\n"), "{lines}");
    }
}

on_both! {
    async fn a_refund_without_a_return_keeps_its_label_free(app: TestApp) {
        committed(&app, of_alpha(&app), ODD).await;
        let required = "ebay_order_id,sale_date,item_name,sale_price_cents";
        let label = format!("{required},return_label_cost_cents\n0c,2026-03-01,x,1,500\n");
        committed(&app, of_alpha(&app), &label).await;
        let status = format!("{required},status\na,2026-03-02,x,1,REFUND_NO_RETURN\n");
        let refunded = committed(&app, of_alpha(&app), &status).await;
        let lines = exported(&app, RECORDS).await;
        assert!(lines.contains("REFUND_NO_RETURN,0,,\"a\nb\"\r\n"), "{lines}");
        assert!(lines.contains("REFUND_NO_RETURN,0,''@x,'+y\r\n"), "{lines}");
        rollback(&app, refunded.id, false).await.unwrap();
        let lines = exported(&app, RECORDS).await;
        assert!(lines.contains("RETURN_CLOSED,5,''@x,'+y\r\n"), "{lines}");
    }
}

on_both! {
    async fn what_is_stored_counts_when_sums_are_checked(app: TestApp) {
        let required = "ebay_order_id,sale_date,item_name,sale_price_cents";
        let most = 9_007_199_254_740_991_i64;
        committed(&app, of_alpha(&app), &format!("{required},amazon_price_cents\n1,2026-01-01,x,1,{most}\n")).await;
        let more = format!("{required},amazon_tax_cents\n0,2026-01-01,new,1,1\n1,2026-01-01,x,1,1\n");
        let refused = checked(&app, of_alpha(&app), &more).await;
        assert_eq!(refused.status, ImportStatus::Invalid);
        let faults = faults_of(&app, &refused).await;
        assert!(faults[0].starts_with("3 None TOO_LARGE the costs come to more than"), "{faults:?}");
        assert_eq!(exported(&app, RECORDS).await.lines().count(), 2);
        assert_eq!(staged(&app).await, 0);
    }
}

on_both! {
    async fn the_size_of_a_file_is_no_matter_to_its_statements(app: TestApp) {
        let mut counted = Vec::new();
        // The first finds nothing stored; few enough that the statistics of the tables stay as they are.
        for rows in [3, 3, 900] {
            let import = checked(&app, of_alpha(&app), &many(rows)).await;
            let before = app.statements();
            commit(&app, import.id).await;
            let committed = app.statements();
            rollback(&app, import.id, false).await.unwrap();
            counted.push((committed - before, app.statements() - committed));
        }
        // What takes longer is told of once more.
        let ((few, undone_few), (many, undone_many)) = (counted[1], counted[2]);
        assert!(many <= few + 2 && undone_many <= undone_few + 2, "{counted:?}");
    }
}

on_both! {
    async fn two_imports_of_the_same_rows_come_one_after_the_other(app: TestApp) {
        let [first, second] = [checked(&app, of_alpha(&app), ODD).await, checked(&app, of_alpha(&app), ODD).await];
        assert_eq!((counts(&first), counts(&second)), ((3, 0, 0), (3, 0, 0)));
        let admin = super::admin(&app).await;
        for import in [&first, &second] {
            imports::commit(&app.app, &admin, import.id, Some("at once".to_owned())).await.unwrap();
        }
        tokio::join!(app.run_jobs(), app.run_jobs());
        app.pass(chrono::TimeDelta::seconds(60));
        app.run_jobs().await;
        let mut added = Vec::new();
        for import in [&first, &second] {
            let import = imports::get(&app.app, &admin, import.id).await.unwrap();
            assert_eq!(import.status, ImportStatus::Committed, "{:?}", import.error_message);
            added.push(counts(&import));
        }
        added.sort_unstable();
        assert_eq!(added, [(0, 0, 3), (3, 0, 0)]);
        assert_eq!(exported(&app, RECORDS).await, ODD);
    }
}
