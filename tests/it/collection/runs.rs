//! A run from its start to its end.

use std::collections::HashSet;

use entity::{collection_event::CollectionEventKind, collection_run::CollectionPhase, seller};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use sellerbook::collection::CollectionRunStatus;

use super::{TWO, check_sums, events, row, seen_in, sightings, start};
use crate::on_both;

on_both! {
    async fn a_run_collects_the_sellers_of_its_categories(app: TestApp) {
        let id = start(&app, &TWO).await;
        app.run_jobs().await;
        let run = row(&app, id).await;
        assert_eq!((run.status, run.reason.as_deref()), (CollectionRunStatus::Completed, Some("DONE")));
        assert_eq!(run.phase, Some(CollectionPhase::Listings));
        assert_eq!((run.departments_done, run.categories_done, run.products_done), (1, 2, run.products_total));
        assert!(run.products_total >= 95 && run.sellers_new > 500, "{run:?}");
        check_sums(&app, id).await;
        let sellers = seller::Entity::find().filter(seller::Column::FirstSeenRunId.eq(id)).all(app.app.db.read()).await.unwrap();
        assert_eq!(sellers.len(), usize::try_from(run.sellers_new).unwrap());
        assert!(sellers.iter().all(|seller| seller.times_seen == 1 && seller.source_product.is_some()));
        let why: HashSet<_> = sightings(&app, id).await.into_iter().map(|sighting| sighting.seller_id).collect();
        assert!(seen_in(&app, id).await.iter().all(|seen| why.contains(&seen.seller_id)));
        let kinds: Vec<_> = events(&app, id).await.into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds.first(), Some(&CollectionEventKind::Started));
        assert_eq!(kinds.last(), Some(&CollectionEventKind::Done));
    }
}

on_both! {
    async fn a_second_run_sees_the_same_sellers_again(app: TestApp) {
        let first = start(&app, &TWO).await;
        app.run_jobs().await;
        let second = start(&app, &TWO).await;
        app.run_jobs().await;
        let (first, second) = (row(&app, first).await, row(&app, second).await);
        assert_eq!((second.sellers_found, second.sellers_new), (first.sellers_found, 0));
        let sellers = seller::Entity::find().filter(seller::Column::FirstSeenRunId.eq(first.id)).all(app.app.db.read()).await.unwrap();
        assert!(sellers.iter().all(|seller| seller.times_seen == 2 && seller.last_seen_run_id == Some(second.id)));
        check_sums(&app, second.id).await;
    }
}
