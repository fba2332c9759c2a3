//! Why a seller is here, and the names it has been seen under.

use chrono::TimeDelta;
use sellerbook::id::IdKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    TestApp, on_both,
    seed::{self, NewSeller},
};

async fn sellers(app: &TestApp, names: &[&str]) -> Vec<Uuid> {
    let new = |name: &&str| NewSeller::new(&app.app, app.seeded.org, *name);
    seed::sellers(&app.app, names.iter().map(new).collect()).await
}

/// The sellers of a list by their names, as the admin sees them.
async fn list(app: &TestApp, fields: &str) -> Vec<Value> {
    let query = format!(
        "{{ sellers(orderBy: {{ field: DISPLAY_NAME, direction: ASC }}) {{ nodes {{ displayName {fields} }} }} }}"
    );
    app.data(&app.seeded.admin.token, &query, json!({})).await["sellers"]["nodes"].as_array().unwrap().clone()
}

fn titles(seller: &Value) -> Vec<&str> {
    seller["sightings"].as_array().unwrap().iter().map(|seen| seen["title"].as_str().unwrap()).collect()
}

on_both! {
    async fn a_seller_says_by_which_listings_it_was_seen(app: TestApp) {
        let ids = sellers(&app, &["acme", "bolt", "zero"]).await;
        let org = app.seeded.org;
        let run = seed::bare_run(&app.app, org).await;
        seed::sightings(&app.app, org, run, "Garden hose", vec![(ids[0], "1".to_owned()), (ids[1], "2".to_owned())]).await;
        let later = seed::bare_run(&app.app, org).await;
        seed::sightings(&app.app, org, later, "Lamp", vec![(ids[0], "9".to_owned()), (ids[0], "10".to_owned())]).await;
        let fields = "sightings { runId product listingId title priceCents currency url rung }";
        let found = list(&app, fields).await;
        assert_eq!(titles(&found[0]), ["Lamp, listing 10", "Lamp, listing 9", "Garden hose, listing 1"]);
        assert_eq!(titles(&found[1]), ["Garden hose, listing 2"]);
        assert_eq!(titles(&found[2]), Vec::<&str>::new());
        assert_eq!(
            found[1]["sightings"][0],
            json!({
                "runId": IdKind::Run.show(run), "product": "Garden hose", "listingId": "2",
                "title": "Garden hose, listing 2", "priceCents": 1_999, "currency": "USD",
                "url": "https://listings.example/2", "rung": "BRAND_MODEL",
            })
        );
    }
}

on_both! {
    async fn only_the_latest_sightings_are_told_and_at_most_a_hundred(app: TestApp) {
        let ids = sellers(&app, &["acme", "bolt"]).await;
        let org = app.seeded.org;
        let run = seed::bare_run(&app.app, org).await;
        let listings = |id: Uuid, count: usize| (0..count).map(move |number| (id, format!("{number:03}-{id}")));
        let seen = listings(ids[0], 120).chain(listings(ids[1], 3)).collect();
        seed::sightings(&app.app, org, run, "Lamp", seen).await;
        for (fields, counts) in [
            ("sightings { title }", [25, 3]),
            ("sightings(first: 100) { title }", [100, 3]),
            ("sightings(first: 2) { title }", [2, 2]),
        ] {
            let found: Vec<usize> = list(&app, fields).await.iter().map(|seller| titles(seller).len()).collect();
            assert_eq!(found, counts, "{fields}");
        }
        for first in [0, -1, 101] {
            let query = format!("{{ sellers {{ nodes {{ id sightings(first: {first}) {{ title }} ok: sightings {{ title }} }} }} }}");
            let answer = app.query(&app.seeded.admin.token, &query, json!({})).await;
            assert_eq!(answer.body["errors"][0]["extensions"]["code"], "PAGE_SIZE");
            let node = &answer.body["data"]["sellers"]["nodes"][0];
            assert_eq!((&node["sightings"], node["ok"].is_array()), (&Value::Null, true), "{first}");
        }
    }
}

on_both! {
    async fn sightings_of_another_organisation_are_not_told(app: TestApp) {
        let ids = sellers(&app, &["acme"]).await;
        let other = app.seeded.other_org;
        let run = seed::bare_run(&app.app, other).await;
        // What cannot be: a run of others that saw a seller of ours.
        seed::sightings(&app.app, other, run, "Lamp", vec![(ids[0], "1".to_owned())]).await;
        assert_eq!(titles(&list(&app, "sightings { title }").await[0]), Vec::<&str>::new());
    }
}

on_both! {
    async fn a_seller_says_under_which_names_it_was_seen(app: TestApp) {
        let ids = sellers(&app, &["ACME 2026", "bolt", "Zero"]).await;
        let at = |hours| app.now() - TimeDelta::hours(hours);
        seed::name(&app.app, ids[0], "acme 2026", at(1)).await;
        seed::name(&app.app, ids[0], "Acme", at(3)).await;
        seed::name(&app.app, ids[0], "acme 2025", at(2)).await;
        seed::name(&app.app, ids[2], "nought", at(1)).await;
        let found: Vec<Value> = list(&app, "names").await.iter().map(|seller| seller["names"].clone()).collect();
        assert_eq!(found, [json!(["Acme", "acme 2025", "acme 2026"]), json!(["bolt"]), json!(["nought", "Zero"])]);
    }
}

on_both! {
    async fn a_seller_says_which_product_brought_it(app: TestApp) {
        let ids = sellers(&app, &["acme", "bolt"]).await;
        let run = seed::bare_run(&app.app, app.seeded.org).await;
        seed::seen_in_run(&app.app, app.seeded.org, run, vec![(ids[0], true), (ids[1], false)]).await;
        let found: Vec<Value> = list(&app, "sourceProduct").await.iter().map(|seller| seller["sourceProduct"].clone()).collect();
        assert_eq!(found, [json!("=Garden hose, 30 m"), Value::Null]);
    }
}
