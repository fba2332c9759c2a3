//! The undoing of files of sellers after people and runs have been there.

use chrono::TimeDelta;
use entity::seller_event::{self, SellerEventKind as K};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use sellerbook::{
    imports::{Import, ImportStatus},
    sellers,
    sheet::SheetKind,
};

use super::{SELLERS, admin, code, committed, exported, new, rollback};
use crate::{
    TestApp,
    collection::{
        scripted::{Script, seller},
        start,
    },
    on_both,
};

async fn import(app: &TestApp, text: &str) -> Import {
    committed(app, new(SheetKind::Sellers, None), text).await
}

async fn called(app: &TestApp, name: &str) -> sellers::Seller {
    let found = entity::seller::Entity::find().filter(entity::seller::Column::DisplayName.eq(name));
    found.one(app.app.db.read()).await.unwrap().unwrap()
}

on_both! {
    async fn whom_somebody_made_again_what_they_were_is_left_alone(app: TestApp) {
        import(&app, "display_name\nacme\nother\n").await;
        let flagging = import(&app, "display_name,flagged\nacme,true\nother,true\n").await;
        app.pass(TimeDelta::hours(1));
        let id = called(&app, "acme").await.id;
        sellers::flag_many(&app.app, &admin(&app).await, vec![id], false).await.unwrap();
        let before = called(&app, "acme").await;
        app.pass(TimeDelta::hours(1));
        assert_eq!(code(rollback(&app, flagging.id, false).await), "EDITED_SINCE");
        assert_eq!(rollback(&app, flagging.id, true).await.unwrap().status, ImportStatus::RolledBack);
        assert_eq!(called(&app, "acme").await, before);
        assert!(!called(&app, "other").await.flagged);
        let events = seller_event::Entity::find().order_by_desc(seller_event::Column::Seq);
        let last = events.one(app.app.db.read()).await.unwrap().unwrap();
        assert_eq!((last.kind, last.count, last.import_id), (K::Unflagged, 1, Some(flagging.id)));
    }
}

on_both! {
    async fn whom_a_run_has_found_the_platform_id_of_is_in_nobodys_way(app: TestApp) {
        let mut app = app;
        let script = Script::new(1);
        script.install(&mut app);
        import(&app, "display_name\nacme\n").await;
        let flagging = import(&app, "display_name,flagged\nacme,true\n").await;
        let admin = admin(&app).await;
        sellers::rename(&app.app, &admin, called(&app, "acme").await.id, "zeta").await.unwrap();
        script.sells("product 000", &[seller("zeta", Some("usr1"))]);
        start(&app, &["appliances-cooktops"]).await;
        app.run_jobs().await;
        sellers::add(&app.app, &admin, vec!["acme".to_owned()]).await.unwrap();
        // Known by its platform id by now, so it may have its name again.
        let undone = rollback(&app, flagging.id, true).await.unwrap();
        assert_eq!((undone.status, undone.error_code), (ImportStatus::RolledBack, None));
        let lines = exported(&app, SELLERS).await;
        assert!(lines.contains("acme,usr1,1,99.5,10,false\r\n") && lines.contains("acme,,0,,,false\r\n"), "{lines}");
    }
}
