//! A hundred thousand sellers in one call each, by few statements.

use std::time::{Duration, Instant};

use sea_orm::{EntityTrait, PaginatorTrait};
use sellerbook::{auth, id::IdKind, sellers};
use serde_json::json;

use super::{done, versions};
use crate::{TestApp, on_both};

const MANY: usize = 100_000;
/// In a build without optimisation, on a machine that has more to do.
const LONG: Duration = Duration::from_secs(60);
/// What a call takes beside the rows it brings along.
const STATEMENTS: u64 = 20;

/// Does it as the admin, within the statements it may take.
async fn measured<T>(app: &TestApp, what: &str, statements: u64, work: impl Future<Output = T>) -> T {
    let (begun, before) = (Instant::now(), app.statements());
    let done = work.await;
    let (took, cost) = (begun.elapsed(), app.statements() - before);
    eprintln!("{what} {MANY} on {:?}: {took:?}, {cost} statements", app.backend);
    assert!(took < LONG && cost <= statements, "{what}: {took:?}, {cost} statements");
    done
}

on_both! {
    async fn a_hundred_thousand_are_changed_in_one_call(app: TestApp) {
        let names: Vec<String> = (0..MANY).map(|number| format!("Seller number {number}")).collect();
        let input = json!({ "names": names });
        let add = done(&app, "addSellers", input, "addedCount alreadyKnownCount added(first: 3) { displayName }");
        // Five hundred rows a statement: they are all new to the database.
        let payload = measured(&app, "add", STATEMENTS + 200, add).await;
        assert_eq!((&payload["addedCount"], payload["added"].as_array().unwrap().len()), (&json!(MANY), 3));
        let admin = auth::of_member(&app.app, app.seeded.admin.id).await.unwrap();
        let known = measured(&app, "know", STATEMENTS, sellers::add(&app.app, &admin, names)).await.unwrap().known;
        assert_eq!(known.len(), MANY);
        let ids: Vec<String> = known.iter().map(|id| IdKind::Seller.show(*id)).collect();
        for (mutation, selection) in [
            ("flagSellers", "count unknownIds sellers(first: 1) { flagged }"),
            ("deleteSellers", "count unknownIds"),
            ("restoreSellers", "count unknownIds"),
        ] {
            app.pass(chrono::TimeDelta::seconds(1));
            let mut input = json!({ "ids": ids });
            if mutation == "flagSellers" {
                input["flagged"] = json!(true);
            }
            let payload = measured(&app, mutation, STATEMENTS, done(&app, mutation, input, selection)).await;
            assert_eq!((&payload["count"], &payload["unknownIds"]), (&json!(MANY), &json!([])), "{mutation}");
        }
        let items = entity::seller_event_item::Entity::find().count(app.app.db.read()).await.unwrap();
        assert_eq!((items, versions(&app).await), (4 * MANY as u64, 3 * MANY as u64));
        let shown = measured(&app, "show", 1, sellers::changed(&app.app, &admin, &known)).await.unwrap();
        assert!(shown.iter().map(|row| row.id).eq(known));
    }
}
