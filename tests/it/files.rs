//! What downloads look like: headers, names, and the bytes of every format.

use std::io::Read;

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use chrono::{Days, NaiveDate};
use entity::record::RecordStatus;
use http_body_util::BodyExt;
use sellerbook::{app::App, id::IdKind};
use serde_json::{Value, json};

use crate::{
    TestApp, on_both,
    seed::{self, NewRecord, NewSeller, Seeded},
};

/// An inline snapshot that both databases are held to: in one process the second looks to insta like a loop.
macro_rules! assert_text {
    ($text:expr, @$expected:literal $(,)?) => {{
        let text = $text;
        insta::allow_duplicates! { insta::assert_snapshot!(text, @$expected) }
    }};
}

/// Columns whose values a test knows.
const KNOWN: &str = "ebay_order_id,sale_date,item_name,qty,sale_price_cents,ebay_fees_cents,profit_cents,status";

/// Three records of ALPHA and one of BETA, none of them plain.
fn orders(app: &App, seeded: &Seeded) -> Vec<NewRecord> {
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
    let [alpha, beta, _] = seeded.accounts;
    let new = |account, order: &str, on, item: &str| NewRecord {
        day: day(on),
        item: item.to_owned(),
        ..NewRecord::new(app, seeded.org, account, order)
    };
    vec![
        new(alpha, "0001", 1, "Garden hose, 30 m"),
        NewRecord { fees: None, price: None, tax: None, ..new(alpha, "0002", 3, "Lamp \"Nova\"") },
        NewRecord {
            status: RecordStatus::ReturnClosed,
            label: Some(705),
            remarks: Some((Some("late"), None)),
            ..new(alpha, "0003", 2, "=1+1")
        },
        new(beta, "0004", 4, "Tölpel 😀\nBlau"),
        NewRecord { deleted_at: Some(app.clock.now()), ..new(alpha, "0005", 9, "Deleted") },
    ]
}

fn shops(app: &App, seeded: &Seeded) -> Vec<NewSeller> {
    let new = |name: &str, hours| NewSeller {
        created_at: app.clock.now() - chrono::TimeDelta::hours(hours),
        ..NewSeller::new(app, seeded.org, name)
    };
    vec![
        NewSeller { flagged: true, platform_id: Some("00123".to_owned()), ..new("  ACME  Store", 1) },
        NewSeller { feedback: None, times_seen: 0, ..new("two\r\nlines", 3) },
        NewSeller { feedback: Some((100.0, 7)), ..new("-dash", 2) },
        NewSeller { deleted_at: Some(app.clock.now()), ..new("Deleted", 0) },
    ]
}

async fn fill(app: &TestApp) {
    seed::records(&app.app, orders(&app.app, &app.seeded)).await;
    seed::sellers(&app.app, shops(&app.app, &app.seeded)).await;
}

/// A download by the admin.
async fn file(app: &TestApp, path: &str) -> String {
    app.file(&app.seeded.admin.token, path).await
}

fn text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> &'h str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

/// The first line of a CSV.
async fn columns(app: &TestApp, token: &str, path: &str) -> String {
    app.file(token, path).await.lines().next().unwrap().to_owned()
}

on_both! {
    async fn a_download_says_what_it_is_and_what_to_call_it(app: TestApp) {
        fill(&app).await;
        for (path, content_type, name) in [
            ("records/csv", "text/csv; charset=utf-8; header=present", "records_all_20261120.csv"),
            ("records/json", "application/json", "records_all_20261120.json"),
            ("records/ndjson", "application/x-ndjson", "records_all_20261120.ndjson"),
            (
                "records/excel",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "records_all_20261120.xlsx",
            ),
            ("records/parquet", "application/vnd.apache.parquet", "records_all_20261120.parquet"),
            ("sellers/csv", "text/csv; charset=utf-8; header=present", "sellers_20261120.csv"),
            ("sellers/json", "application/json", "sellers_20261120.json"),
            ("sellers/text", "text/plain; charset=utf-8", "sellers_20261120.txt"),
            ("sellers/parquet", "application/vnd.apache.parquet", "sellers_20261120.parquet"),
        ] {
            let (status, headers, body) = app.get(&app.seeded.admin.token, &format!("/export/{path}")).await;
            assert_eq!(status, StatusCode::OK);
            assert_eq!(text(&headers, &header::CONTENT_TYPE), content_type);
            let disposition = format!("attachment; filename=\"{name}\"; filename*=UTF-8''{name}");
            assert_eq!(text(&headers, &header::CONTENT_DISPOSITION), disposition);
            assert_eq!(text(&headers, &header::CACHE_CONTROL), "no-store");
            assert_eq!(text(&headers, &header::X_CONTENT_TYPE_OPTIONS), "nosniff");
            assert!(headers.contains_key("x-request-id"));
            assert!(!body.is_empty());
        }
    }
}

on_both! {
    async fn the_file_of_one_account_is_named_after_it(app: TestApp) {
        let [alpha, beta, _] = app.seeded.accounts;
        let one = IdKind::Account.show(alpha);
        let two = IdKind::Account.show(beta);
        let short: String = alpha.simple().to_string().chars().take(8).collect();
        for (query, name) in [
            (format!("account_id={one}"), short.as_str()),
            (format!("account_id={alpha}"), short.as_str()),
            (format!("account_id={one}&account_id={two}"), "all"),
            (format!("account_id={one},{two}"), "all"),
            ("account_id=".to_owned(), "all"),
        ] {
            let (_, headers, _) = app.get(&app.seeded.admin.token, &format!("/export/records/csv?{query}")).await;
            let disposition = text(&headers, &header::CONTENT_DISPOSITION);
            assert!(disposition.contains(&format!("\"records_{name}_20261120.csv\"")), "{query}: {disposition}");
        }
    }
}

on_both! {
    async fn a_file_has_the_default_columns_in_their_order(app: TestApp) {
        assert_text!(
            columns(&app, &app.seeded.admin.token, "/export/records/csv").await,
            @"id,ebay_order_id,sale_date,item_name,qty,sale_price_cents,ebay_fees_cents,earnings_net_cents,amazon_price_cents,amazon_tax_cents,amazon_shipping_cents,cogs_total_cents,amazon_order_id,status,return_label_cost_cents,profit_cents"
        );
        assert_text!(
            columns(&app, &app.seeded.admin.token, "/export/sellers/csv").await,
            @"display_name,normalized_name,platform,platform_id,times_seen,feedback_percent,feedback_count,flagged,created_at"
        );
    }
}

on_both! {
    async fn columns_come_in_the_order_asked_for_and_a_set_stands_for_its_columns(app: TestApp) {
        let all = "id,ebay_order_id,sale_date,item_name,qty,sale_price_cents,ebay_fees_cents,earnings_net_cents,\
            amazon_price_cents,amazon_tax_cents,amazon_shipping_cents,cogs_total_cents,amazon_order_id,status,\
            return_label_cost_cents,profit_cents";
        let with_remarks = format!("{all},order_remark,service_remark");
        let essential = "ebay_order_id,sale_date,item_name,sale_price_cents,status";
        let admin = app.seeded.admin.token.as_str();
        for (token, asked, columns_of_file) in [
            (admin, "status,id,order_remark", "status,id,order_remark"),
            (admin, "qty&columns=id", "qty,id"),
            (admin, "%20status%20,%20id", "status,id"),
            (admin, "essential", essential),
            (
                admin,
                "financial",
                "ebay_order_id,sale_date,item_name,sale_price_cents,ebay_fees_cents,earnings_net_cents,\
                 amazon_price_cents,amazon_tax_cents,amazon_shipping_cents,cogs_total_cents,\
                 status,return_label_cost_cents,profit_cents",
            ),
            (admin, "all", &with_remarks),
            (&app.seeded.va_remarks.token, "all", &with_remarks),
            (&app.seeded.va.token, "all", all),
            (&app.seeded.client.token, "all", all),
            (admin, "qty,essential", &format!("qty,{essential}")),
            (admin, "", all),
        ] {
            let path = format!("/export/records/csv?columns={asked}");
            assert_eq!(columns(&app, token, &path).await, columns_of_file, "{asked}");
        }
        let asked = "discovered_at,feedback_score,display_name";
        assert_eq!(columns(&app, admin, &format!("/export/sellers/csv?columns={asked}")).await, asked);
    }
}

on_both! {
    async fn a_csv_has_crlf_quotes_where_needed_and_no_formulas(app: TestApp) {
        fill(&app).await;
        let csv = file(&app, &format!("/export/records/csv?columns={KNOWN}")).await;
        assert!(csv.ends_with("\r\n") && !csv.starts_with('\u{feff}'));
        assert_text!(csv.replace("\r\n", "↵\n"), @r#"
        ebay_order_id,sale_date,item_name,qty,sale_price_cents,ebay_fees_cents,profit_cents,status↵
        0004,2026-11-04,"Tölpel 😀
        Blau",1,2000,260,660,SUCCESSFUL↵
        0002,2026-11-03,"Lamp ""Nova""",1,2000,,2000,SUCCESSFUL↵
        0003,2026-11-02,'=1+1,1,2000,260,-705,RETURN_CLOSED↵
        0001,2026-11-01,"Garden hose, 30 m",1,2000,260,660,SUCCESSFUL↵
        "#);
        let sellers = file(&app, "/export/sellers/csv").await;
        assert_text!(sellers.replace("\r\n", "↵\n"), @r#"
        display_name,normalized_name,platform,platform_id,times_seen,feedback_percent,feedback_count,flagged,created_at↵
          ACME  Store,acme store,ebay,00123,1,98.6,1234,true,2026-11-20T07:00:00Z↵
        '-dash,'-dash,ebay,,1,100,7,false,2026-11-20T06:00:00Z↵
        "two↵
        lines",two lines,ebay,,0,,,false,2026-11-20T05:00:00Z↵
        "#);
    }
}

on_both! {
    async fn text_that_a_spreadsheet_would_run_gets_a_prefix_unless_asked_not_to(app: TestApp) {
        let items = ["=a", "+b", "-c", "@d", "\te", "\rf", "'=g", "''-h", "'i", " =j", "k=1", "-1,5"];
        let (base, days) = (NewRecord::new(&app.app, app.seeded.org, app.seeded.accounts[0], ""), 0..);
        let new = items.iter().zip(days).map(|(item, day)| NewRecord {
            order: format!("{day}"),
            day: base.day.checked_sub_days(Days::new(day)).unwrap(),
            item: (*item).to_owned(),
            ..base.clone()
        });
        seed::records(&app.app, new.collect()).await;
        let lines = async |query: &str| {
            let csv = file(&app, &format!("/export/records/csv?columns=item_name{query}")).await;
            csv.split("\r\n").skip(1).filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let kept = ["=a", "+b", "-c", "@d", "\te", "\"\rf\"", "'=g", "''-h", "'i", " =j", "k=1", "\"-1,5\""];
        assert_eq!(lines("&formulas=raw").await, kept);
        let prefixed = ["'=a", "'+b", "'-c", "'@d", "'\te", "\"'\rf\"", "''=g", "'''-h", "'i", " =j", "k=1", "\"'-1,5\""];
        assert_eq!(lines("").await, prefixed);
        assert_eq!(lines("&formulas=escaped").await, prefixed);
        // Other formats are no spreadsheets.
        let ndjson = file(&app, "/export/records/ndjson?columns=item_name").await;
        let read: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(read, items.map(|item| json!({ "item_name": item })));
    }
}

on_both! {
    async fn a_byte_order_mark_comes_first_when_asked_for(app: TestApp) {
        let plain = file(&app, "/export/records/csv?columns=id").await;
        let marked = file(&app, "/export/records/csv?columns=id&bom=true").await;
        assert_eq!(marked, format!("\u{feff}{plain}"));
        assert_eq!(file(&app, "/export/records/csv?columns=id&bom=false").await, plain);
    }
}

on_both! {
    async fn money_is_whole_cents_or_dollars_with_two_digits(app: TestApp) {
        let record = NewRecord {
            sale: 123_456_789,
            fees: Some(5),
            price: None,
            tax: Some(0),
            shipping: Some(200_000_000),
            ..NewRecord::new(&app.app, app.seeded.org, app.seeded.accounts[0], "1")
        };
        seed::records(&app.app, vec![record]).await;
        let columns = "qty,sale_price_cents,ebay_fees_cents,amazon_price_cents,amazon_tax_cents,profit_cents";
        let path = |format: &str, money: &str| format!("/export/records/{format}?columns={columns}&money={money}");
        assert_text!(file(&app, &path("csv", "cents")).await.replace('\r', ""), @"
        qty,sale_price_cents,ebay_fees_cents,amazon_price_cents,amazon_tax_cents,profit_cents
        1,123456789,5,,0,-76543216
        ");
        assert_text!(file(&app, &path("csv", "decimal")).await.replace('\r', ""), @"
        qty,sale_price,ebay_fees,amazon_price,amazon_tax,profit
        1,1234567.89,0.05,,0.00,-765432.16
        ");
        assert_text!(
            file(&app, &path("ndjson", "cents")).await,
            @r#"{"qty":1,"sale_price_cents":123456789,"ebay_fees_cents":5,"amazon_price_cents":null,"amazon_tax_cents":0,"profit_cents":-76543216}"#
        );
        assert_text!(
            file(&app, &path("ndjson", "decimal")).await,
            @r#"{"qty":1,"sale_price":1234567.89,"ebay_fees":0.05,"amazon_price":null,"amazon_tax":0.00,"profit":-765432.16}"#
        );
        let json: Value = serde_json::from_str(&file(&app, &path("json", "decimal")).await).unwrap();
        assert_eq!(json["records"][0]["profit"], -765_432.16);
    }
}

on_both! {
    async fn a_json_file_is_an_envelope_with_the_rows_last(app: TestApp) {
        fill(&app).await;
        assert_text!(file(&app, "/export/records/json?columns=ebay_order_id,qty,amazon_shipping_cents").await, @r#"
        {"exported_at":"2026-11-20T08:00:00Z","kind":"records","records":[
        {"ebay_order_id":"0004","qty":1,"amazon_shipping_cents":null},
        {"ebay_order_id":"0002","qty":1,"amazon_shipping_cents":null},
        {"ebay_order_id":"0003","qty":1,"amazon_shipping_cents":null},
        {"ebay_order_id":"0001","qty":1,"amazon_shipping_cents":null}
        ]}
        "#);
        assert_text!(file(&app, "/export/sellers/json?columns=display_name,feedback_percent,flagged").await, @r#"
        {"exported_at":"2026-11-20T08:00:00Z","sellers":[
        {"display_name":"  ACME  Store","feedback_percent":98.6,"flagged":true},
        {"display_name":"-dash","feedback_percent":100,"flagged":false},
        {"display_name":"two\r\nlines","feedback_percent":null,"flagged":false}
        ]}
        "#);
    }
}

on_both! {
    async fn json_and_ndjson_hold_the_same_rows(app: TestApp) {
        fill(&app).await;
        for kind in ["records", "sellers"] {
            let json: Value = serde_json::from_str(&file(&app, &format!("/export/{kind}/json")).await).unwrap();
            let ndjson = file(&app, &format!("/export/{kind}/ndjson")).await;
            let lines: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(json[kind], Value::Array(lines));
        }
        let first = file(&app, "/export/records/ndjson").await;
        let first: Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
        assert!(IdKind::Record.read(first["id"].as_str().unwrap()).is_ok());
        assert_eq!(first["item_name"], "Tölpel 😀\nBlau");
    }
}

on_both! {
    async fn plain_text_is_one_name_a_line(app: TestApp) {
        fill(&app).await;
        assert_eq!(file(&app, "/export/sellers/text").await, "  ACME  Store\n-dash\ntwo  lines\n");
        assert_eq!(file(&app, "/export/sellers/text?flagged=true").await, "  ACME  Store\n");
    }
}

on_both! {
    async fn a_file_without_rows_is_whole_all_the_same(app: TestApp) {
        let csv = file(&app, "/export/records/csv?columns=id,qty").await;
        assert_eq!(csv, "id,qty\r\n");
        assert_eq!(file(&app, "/export/records/ndjson").await, "");
        assert_eq!(file(&app, "/export/sellers/text").await, "");
        let json: Value = serde_json::from_str(&file(&app, "/export/records/json").await).unwrap();
        assert_eq!(json, json!({ "exported_at": "2026-11-20T08:00:00Z", "kind": "records", "records": [] }));
        let json: Value = serde_json::from_str(&file(&app, "/export/sellers/json").await).unwrap();
        assert_eq!(json, json!({ "exported_at": "2026-11-20T08:00:00Z", "sellers": [] }));
        let (status, _, workbook) = app.get(&app.seeded.admin.token, "/export/records/excel").await;
        assert_eq!((status, workbook.get(..4)), (StatusCode::OK, Some(b"PK\x03\x04".as_slice())));
    }
}

on_both! {
    async fn a_compressed_download_holds_the_same_bytes(app: TestApp) {
        let new = (0..500).map(|number| NewRecord::new(&app.app, app.seeded.org, app.seeded.accounts[0], format!("{number:05}")));
        seed::records(&app.app, new.collect()).await;
        for format in ["csv", "json", "ndjson"] {
            let path = format!("/export/records/{format}");
            let plain = file(&app, &path).await.into_bytes();
            for encoding in ["gzip", "zstd"] {
                let request = Request::get(&path)
                    .header(header::AUTHORIZATION, format!("Bearer {}", app.seeded.admin.token))
                    .header(header::ACCEPT_ENCODING, encoding);
                let (parts, body) = app.send(request.body(Body::empty()).unwrap()).await.into_parts();
                let sent = body.collect().await.unwrap().to_bytes();
                assert_eq!(text(&parts.headers, &header::CONTENT_ENCODING), encoding);
                assert!(text(&parts.headers, &header::VARY).contains("accept-encoding"));
                assert!(sent.len() * 4 < plain.len(), "{encoding}: {} of {} bytes", sent.len(), plain.len());
                let mut read = Vec::new();
                match encoding {
                    "gzip" => flate2::read::MultiGzDecoder::new(sent.as_ref()).read_to_end(&mut read).unwrap(),
                    _ => zstd::Decoder::new(sent.as_ref()).unwrap().read_to_end(&mut read).unwrap(),
                };
                assert!(read == plain, "{format} by {encoding} differs");
            }
        }
    }
}

on_both! {
    async fn a_head_request_has_the_headers_alone(app: TestApp) {
        fill(&app).await;
        let path = "/export/records/csv";
        let (_, of_get, _) = app.get(&app.seeded.admin.token, path).await;
        let request = Request::head(path).header(header::AUTHORIZATION, format!("Bearer {}", app.seeded.admin.token));
        let (parts, body) = app.send(request.body(Body::empty()).unwrap()).await.into_parts();
        assert_eq!(parts.status, StatusCode::OK);
        for name in [header::CONTENT_TYPE, header::CONTENT_DISPOSITION, header::CACHE_CONTROL, header::CONTENT_LENGTH] {
            assert_eq!(parts.headers.get(&name), of_get.get(&name));
        }
        app.app.settle().await;
        let logged = app.data(&app.seeded.admin.token, "{ exportLog { totalCount } }", json!({})).await;
        assert_eq!(logged["exportLog"]["totalCount"], 1, "who asks for the headers takes no file");
        assert!(body.collect().await.unwrap().to_bytes().is_empty());
        let refused = app.send(Request::head(path).body(Body::empty()).unwrap()).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    }
}
