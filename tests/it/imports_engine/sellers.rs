//! Files of sellers: whom they add and change, and what their undoing brings back.

use entity::seller_event::{self, ChangeSource, SellerEventKind as K};
use sea_orm::{EntityTrait, QueryOrder};
use sellerbook::{imports::ImportStatus, sheet::SheetKind};

use super::{SELLERS, checked, commit, committed, counts, exported, faults_of, new, rollback, staged};
use crate::{TestApp, on_both};

const FOUR: &str = "display_name,platform_id,times_seen,feedback_percent,feedback_count,flagged\r\n\
    \" ACME, \"\"Störe\"\" \",,3,98.6,1234,true\r\n\
    acme,usr1,0,,,false\r\n\
    acme,,1,0,0,false\r\n\
    '=deals=,usr2,1,100,1,false\r\n";

async fn import(app: &TestApp, text: &str) -> sellerbook::imports::Import {
    committed(app, new(SheetKind::Sellers, None), text).await
}

on_both! {
    async fn three_cells_are_three_changes_and_undoing_brings_the_bytes_back(app: TestApp) {
        assert_eq!(counts(&import(&app, FOUR).await), (4, 0, 0));
        assert_eq!(exported(&app, SELLERS).await, FOUR);
        assert_eq!(counts(&import(&app, FOUR).await), (0, 0, 4));
        let changed = FOUR.replace("acme,usr1,0,,,false", "Acme,usr1,0,,,true").replace("usr2,1,", "usr2,5,");
        let third = checked(&app, new(SheetKind::Sellers, None), &changed).await;
        assert_eq!(counts(&third), (0, 2, 2));
        commit(&app, third.id).await;
        assert_eq!(exported(&app, SELLERS).await, changed);
        let undone = rollback(&app, third.id, false).await.unwrap();
        assert_eq!((undone.status, undone.error_code), (ImportStatus::RolledBack, None));
        assert_eq!(exported(&app, SELLERS).await, FOUR);
        assert_eq!(staged(&app).await, 0);
        let events = seller_event::Entity::find().order_by_asc(seller_event::Column::Seq).all(app.app.db.read()).await;
        let of_import = events.unwrap().into_iter().filter(|event| event.source == ChangeSource::Import);
        let told: Vec<_> = of_import.map(|event| (event.kind, event.source, event.count)).collect();
        let told_by_import = |kind, count| (kind, ChangeSource::Import, count);
        assert_eq!(told[0], told_by_import(K::Added, 4));
        assert_eq!(told[1..4], [(K::Renamed, 1), (K::Flagged, 1), (K::Updated, 1)].map(|(kind, n)| told_by_import(kind, n)));
        assert_eq!(told[4..], [(K::Renamed, 1), (K::Unflagged, 1), (K::Updated, 1)].map(|(kind, n)| told_by_import(kind, n)));
    }
}

on_both! {
    async fn whom_an_import_added_goes_with_its_undoing(app: TestApp) {
        import(&app, FOUR).await;
        let names: String = (0..500).map(|number| format!("seller {number}\n")).collect();
        let added = import(&app, &format!("display_name\n{names}")).await;
        assert_eq!(counts(&added), (500, 0, 0));
        rollback(&app, added.id, false).await.unwrap();
        assert_eq!(exported(&app, SELLERS).await, FOUR);
    }
}

on_both! {
    async fn a_seller_is_found_by_platform_id_else_by_name(app: TestApp) {
        import(&app, "display_name,platform_id\nacme,usr1\nrow,\nTwins,usr2\ntwins,usr3\n").await;
        // An id decides, whatever the name; without one, the name of somebody who has none.
        let named = "display_name,platform_id,flagged\nrenamed,usr1,true\n ROW ,,true\nacme,,true\n";
        assert_eq!(counts(&import(&app, named).await), (1, 2, 0));
        // A list of names finds anyone of that name.
        assert_eq!(counts(&import(&app, "display_name\nRenamed\nrow\n").await), (0, 2, 0));
        let refused = checked(&app, new(SheetKind::Sellers, None), "display_name\nnew\ntwins\n").await;
        assert_eq!(refused.status, ImportStatus::Invalid);
        let faults = faults_of(&app, &refused).await;
        assert!(faults[0].starts_with("3 None AMBIGUOUS_SELLER several sellers have this name"), "{faults:?}");
        let lines = exported(&app, SELLERS).await;
        assert!(lines.contains("Renamed,usr1,0,,,true\r\n") && lines.contains("row,,0,,,true\r\n"), "{lines}");
        assert!(lines.contains("acme,,0,,,true\r\n") && !lines.contains("new"), "{lines}");
    }
}
