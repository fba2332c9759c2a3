//! Who a listing's seller is.

use entity::{seller, seller_event, seller_name};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    row,
    scripted::{Script, seller},
    seen_in, start,
};
use crate::{TestApp, on_both};

async fn known(app: &TestApp) -> Vec<seller::Model> {
    let rows = seller::Entity::find().filter(seller::Column::OrgId.eq(app.seeded.org));
    let mut rows: Vec<_> = rows.all(app.app.db.read()).await.unwrap();
    rows.retain(|row| row.first_seen_run_id.is_some());
    rows.sort_by(|a, b| a.display_name.cmp(&b.display_name));
    rows
}

on_both! {
    async fn a_seller_with_a_platform_id_stays_one_seller_whatever_its_name(app: TestApp) {
        let mut app = app;
        let script = Script::new(1);
        script.install(&mut app);
        script.sells("product 000", &[seller("old name", Some("id1")), seller("by name alone", None)]);
        start(&app, &["appliances-cooktops"]).await;
        app.run_jobs().await;
        script.sells("product 000", &[seller("new name", Some("id1")), seller("By  NAME alone", Some("id2"))]);
        let second = start(&app, &["appliances-cooktops"]).await;
        app.run_jobs().await;
        let sellers = known(&app).await;
        let shown: Vec<_> = sellers
            .iter()
            .map(|seller| (seller.display_name.as_str(), seller.platform_id.as_deref(), seller.times_seen))
            .collect();
        assert_eq!(shown, [("by name alone", Some("id2"), 2), ("old name", Some("id1"), 2)]);
        let names = seller_name::Entity::find().filter(seller_name::Column::SellerId.eq(sellers[1].id));
        let mut names: Vec<_> = names.all(app.app.db.read()).await.unwrap().into_iter().map(|row| row.display_name).collect();
        names.sort();
        assert_eq!(names, ["new name", "old name"]);
        assert_eq!(row(&app, second).await.sellers_new, 0);
        let events = seller_event::Entity::find().filter(seller_event::Column::OrgId.eq(app.seeded.org));
        let events = events.all(app.app.db.read()).await.unwrap();
        assert_eq!(events.iter().map(|event| (event.seq, event.count)).collect::<Vec<_>>(), [(1, 2)]);
    }
}

on_both! {
    async fn runs_count_a_seller_once_each_however_many_products_it_sells(app: TestApp) {
        let mut app = app;
        let script = Script::new(20);
        script.install(&mut app);
        for number in 0..20 {
            script.sells(&format!("product {number:03}"), &[seller("everywhere", None), seller("EVERYWHERE ", None)]);
        }
        let runs = [start(&app, &["appliances-cooktops"]).await, start(&app, &["appliances-freezers"]).await];
        let (one, other) = (app.app.clone(), app.app.clone());
        let work = |app| async move { sellerbook::work::run_jobs(&app).await.unwrap() };
        tokio::join!(tokio::spawn(work(one)), tokio::spawn(work(other))).0.unwrap();
        app.run_jobs().await;
        let sellers = known(&app).await;
        assert_eq!(sellers.iter().map(|seller| seller.times_seen).collect::<Vec<_>>(), [2]);
        for run in runs {
            assert_eq!(seen_in(&app, run).await.len(), 1);
        }
    }
}

on_both! {
    async fn own_accounts_and_who_is_blocked_are_left_out(app: TestApp) {
        let mut app = app;
        let script = Script::new(1);
        script.install(&mut app);
        let listed = [seller("alpha", None), seller("Blocked One", None), seller("x", Some("BLOCKED-ID")), seller("  ", None), seller("kept", None)];
        script.sells("product 000", &listed);
        super::block(&app, &["blocked  one", "blocked-id"]).await;
        start(&app, &["appliances-cooktops"]).await;
        app.run_jobs().await;
        assert_eq!(known(&app).await.iter().map(|seller| seller.display_name.as_str()).collect::<Vec<_>>(), ["kept"]);
    }
}
