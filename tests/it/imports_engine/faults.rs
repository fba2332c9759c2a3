//! What is wrong with a file is told in full, and nothing is written.

use futures::TryStreamExt;
use sellerbook::imports::{self, ImportStatus};

use super::{RECORDS, admin, checked, exported, faults_of, of_alpha, staged};
use crate::on_both;

on_both! {
    async fn every_fault_is_named_and_nothing_is_written(app: TestApp) {
        let text = "ebay_order_id,sale_date,item_name,sale_price_cents,qty,status\n\
            1,2026-01-01,fine,1,1,\n\
            2,2026-02-30,,-1,0,=GONE()\n\
            3,2026-01-01,two,1,1,\n\
            3,2026-01-01,again,1,1,\n";
        let import = checked(&app, of_alpha(&app), text).await;
        let faults = faults_of(&app, &import).await;
        assert_eq!((import.status, import.fault_count), (ImportStatus::Invalid, 6), "{faults:#?}");
        let places: Vec<String> =
            faults.iter().map(|fault| fault.split(' ').take(3).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(places, [
            "3 Some(\"sale_date\") INVALID_DATE",
            "3 Some(\"item_name\") MISSING_VALUE",
            "3 Some(\"sale_price_cents\") NEGATIVE_MONEY",
            "3 Some(\"qty\") INVALID_COUNT",
            "3 Some(\"status\") UNKNOWN_WORD",
            "5 Some(\"ebay_order_id\") DUPLICATE_ROW",
        ]);
        let pieces: Vec<_> =
            imports::faults_csv(&app.app, &admin(&app).await, import.id).await.unwrap().try_collect().await.unwrap();
        let csv = String::from_utf8(pieces.concat()).unwrap();
        assert!(csv.starts_with("line,column,code,reason,cell\r\n3,sale_date,INVALID_DATE,"), "{csv}");
        assert!(csv.contains(",'=GONE()\r\n"), "{csv}");
        assert_eq!(csv.lines().count(), 7);
        assert_eq!(exported(&app, RECORDS).await.lines().count(), 1);
        assert_eq!(staged(&app).await, 0);
    }
}

on_both! {
    async fn what_is_no_file_of_rows_is_said_once(app: TestApp) {
        let import = checked(&app, of_alpha(&app), "").await;
        assert_eq!((import.status, import.fault_count), (ImportStatus::Invalid, 1));
        assert!(faults_of(&app, &import).await[0].starts_with("0 None FILE_EMPTY the file is empty"));
    }
}

on_both! {
    async fn of_very_many_faults_all_are_counted(app: TestApp) {
        let rows: String = (0..11_000).map(|row| format!("{row},2026-01-01,x,y\n")).collect();
        let text = format!("ebay_order_id,sale_date,item_name,sale_price_cents\n{rows}");
        let import = checked(&app, of_alpha(&app), &text).await;
        assert_eq!((import.status, import.fault_count), (ImportStatus::Invalid, 11_000));
        let pieces: Vec<_> =
            imports::faults_csv(&app.app, &admin(&app).await, import.id).await.unwrap().try_collect().await.unwrap();
        assert_eq!(String::from_utf8(pieces.concat()).unwrap().lines().count(), 10_001);
    }
}
