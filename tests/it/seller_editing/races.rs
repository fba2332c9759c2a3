//! Several who write the same sellers at once.

use futures::future::join_all;
use sellerbook::{auth, sellers};
use uuid::Uuid;

use super::{add, events, listed, uuid};
use crate::on_both;

on_both! {
    async fn many_who_add_the_same_names_add_each_once(app: TestApp) {
        let admin = auth::of_member(&app.app, app.seeded.admin.id).await.unwrap();
        let names = |offset: usize| (offset..offset + 60).map(|number| format!("Seller {number}")).collect::<Vec<_>>();
        let adders = (0..8).map(|turn| {
            let (app, admin) = (app.app.clone(), admin.clone());
            tokio::spawn(async move { sellers::add(&app, &admin, names(turn * 5)).await.unwrap() })
        });
        let outcomes: Vec<sellers::Added> = join_all(adders).await.into_iter().map(Result::unwrap).collect();
        let mut added: Vec<Uuid> = outcomes.iter().flat_map(|outcome| outcome.added.clone()).collect();
        assert!(outcomes.iter().all(|outcome| outcome.added.len() + outcome.known.len() == 60));
        added.sort();
        added.dedup();
        assert_eq!((added.len(), listed(&app).await.len()), (95, 95));
        let counted: i32 = events(&app).await.iter().map(|(_, count, _)| count).sum();
        assert_eq!(counted, 95);
    }
}

on_both! {
    async fn of_those_who_want_one_name_one_has_it(app: TestApp) {
        let ids = add(&app, &["a", "b", "c", "d"]).await;
        let admin = auth::of_member(&app.app, app.seeded.admin.id).await.unwrap();
        let renamers = ids.iter().map(|id| {
            let (app, admin, id) = (app.app.clone(), admin.clone(), uuid(id));
            tokio::spawn(async move { sellers::rename(&app, &admin, id, "Wanted").await.map(drop) })
        });
        let adder = {
            let (app, admin) = (app.app.clone(), admin.clone());
            tokio::spawn(async move { sellers::add(&app, &admin, vec!["wanted".to_owned()]).await.map(drop) })
        };
        let outcomes: Vec<_> = join_all(renamers.chain([adder])).await.into_iter().map(Result::unwrap).collect();
        for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            assert_eq!(refused.code(), "SELLER_EXISTS");
        }
        let wanted = listed(&app).await.into_iter().filter(|name| name.to_lowercase() == "wanted").count();
        assert_eq!(wanted, 1);
    }
}

on_both! {
    async fn deleting_flagging_and_restoring_at_once_neither_fail_nor_lose_an_event(app: TestApp) {
        let names: Vec<String> = (0..200).map(|number| format!("seller {number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let ids: Vec<Uuid> = add(&app, &names).await.iter().map(|id| uuid(id)).collect();
        let admin = auth::of_member(&app.app, app.seeded.admin.id).await.unwrap();
        let workers = (0..12).map(|turn| {
            let (app, admin, mut ids) = (app.app.clone(), admin.clone(), ids.clone());
            ids.rotate_left(turn * 17);
            tokio::spawn(async move {
                match turn % 4 {
                    0 => sellers::delete_many(&app, &admin, ids).await,
                    1 => sellers::restore_many(&app, &admin, ids).await,
                    _ => sellers::flag_many(&app, &admin, ids, turn % 4 == 2).await,
                }
                .unwrap()
                .ids
                .len()
            })
        });
        let changed: usize = join_all(workers).await.into_iter().map(Result::unwrap).sum();
        let counted: i32 = events(&app).await[1..].iter().map(|(_, count, items)| {
            assert_eq!(usize::try_from(*count).unwrap(), items.len());
            count
        }).sum();
        assert_eq!(usize::try_from(counted).unwrap(), changed);
    }
}
