//! What a cron expression would do, over GraphQL: no database is asked but for who asks.

use serde_json::{Value, json};

use crate::{Backend, TestApp};

const PREVIEW: &str = "query ($expression: String!, $timeZone: String! = \"UTC\", $count: Int! = 5, $after: DateTime) {
    cronPreview(expression: $expression, timeZone: $timeZone, count: $count, after: $after) {
        isValid error description fires { at local note } } }";

async fn app() -> TestApp {
    TestApp::new(Backend::Sqlite).await.unwrap()
}

async fn preview(app: &TestApp, variables: Value) -> Value {
    app.data(&app.seeded.va.token, PREVIEW, variables).await["cronPreview"].clone()
}

#[tokio::test]
async fn the_next_times_are_told_in_utc_and_on_the_spot_with_what_the_clocks_do() {
    let app = app().await;
    let spring = json!({
        "expression": "30 2 * * *", "timeZone": "America/New_York", "count": 3, "after": "2026-03-07T00:00:00Z",
    });
    assert_eq!(
        preview(&app, spring).await,
        json!({
            "isValid": true,
            "error": null,
            "description": "At 02:30 every day",
            "fires": [
                { "at": "2026-03-07T07:30:00Z", "local": "2026-03-07T02:30:00-05:00", "note": null },
                {
                    "at": "2026-03-08T07:00:00Z",
                    "local": "2026-03-08T03:00:00-04:00",
                    "note": "02:30 does not exist on 2026-03-08: the clocks go forward, and it fires at 03:00, the first \
                             minute after",
                },
                { "at": "2026-03-09T06:30:00Z", "local": "2026-03-09T02:30:00-04:00", "note": null },
            ],
        })
    );
    let autumn = json!({
        "expression": "30 1 * * *", "timeZone": "America/New_York", "count": 2, "after": "2026-11-01T00:00:00-04:00",
    });
    assert_eq!(
        preview(&app, autumn).await["fires"],
        json!([
            {
                "at": "2026-11-01T05:30:00Z",
                "local": "2026-11-01T01:30:00-04:00",
                "note": "01:30 comes twice on 2026-11-01, at UTC-04:00 and at UTC-05:00: the clocks go back, and it fires \
                         the first time only",
            },
            {
                "at": "2026-11-02T06:30:00Z",
                "local": "2026-11-02T01:30:00-05:00",
                "note": "the clocks have changed since the time before, from UTC-04:00 to UTC-05:00",
            },
        ])
    );
}

#[tokio::test]
async fn five_times_in_utc_after_now_unless_asked_otherwise() {
    let app = app().await;
    let five = app.data(&app.seeded.va.token, "{ cronPreview(expression: \"@hourly\") { fires { at } } }", Value::Null);
    let five = five.await["cronPreview"]["fires"].as_array().unwrap().clone();
    assert_eq!(five.len(), 5);
    let now = sellerbook::clock::rfc3339(app.now());
    assert!(five.iter().all(|fire| fire["at"].as_str().unwrap() > now.as_str()), "{five:?}");
    let many = preview(&app, json!({ "expression": "@monthly", "count": 50 })).await;
    assert_eq!(many["fires"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn a_bad_expression_is_an_answer() {
    let app = app().await;
    for (expression, error) in [
        ("0 25 * * *", "hour: `25` is not 0 to 23"),
        ("*/4 * * * *", "minute: from 00:00 to 00:04 are 4 minutes, and the shortest gap allowed is 5 minutes"),
        ("0 0 31 2 *", "day of month: `31` never comes in the month `2`, so this would never fire"),
    ] {
        assert_eq!(
            preview(&app, json!({ "expression": expression })).await,
            json!({ "isValid": false, "error": error, "description": null, "fires": [] })
        );
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_an_error() {
    let app = app().await;
    let (va, client) = (&app.seeded.va.token, &app.seeded.client.token);
    for (token, variables, code) in [
        (va, json!({ "expression": "@daily", "timeZone": "Mars/Olympus" }), "INVALID_TIME_ZONE"),
        (va, json!({ "expression": "@daily", "count": 0 }), "INVALID_COUNT"),
        (va, json!({ "expression": "@daily", "count": 51 }), "INVALID_COUNT"),
        (client, json!({ "expression": "@daily" }), "FORBIDDEN"),
    ] {
        assert_eq!(app.refusal(token, PREVIEW, variables).await, code);
    }
}
