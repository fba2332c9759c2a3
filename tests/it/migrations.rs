//! The history of the schema, both ways, and the rules the tables keep whoever writes.

use std::collections::BTreeSet;

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, FromQueryResult, Statement};
use sellerbook::error::Context;

use crate::{
    Backend, TestApp, notifications, on_both,
    seed::{self, NewRecord, NewSeller},
};

/// One line for each table, column, index, constraint and generated value.
async fn shape(db: &DatabaseConnection, backend: Backend) -> BTreeSet<String> {
    #[derive(FromQueryResult)]
    struct Line {
        line: String,
    }
    let sql = match backend {
        Backend::Sqlite => {
            "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS line FROM sqlite_master
                WHERE tbl_name NOT IN ('seaql_migrations', 'sqlite_stat1', 'sqlite_stat4')"
        }
        Backend::Postgres => {
            "SELECT concat_ws(' ', 'column', table_name, column_name, data_type, collation_name, is_nullable,
                    column_default, generation_expression) AS line
                FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'seaql_migrations'
            UNION ALL SELECT 'index ' || indexdef FROM pg_indexes
                WHERE schemaname = 'public' AND tablename <> 'seaql_migrations'
            UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
                FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 'seaql_migrations'::regclass"
        }
    };
    let lines = Line::find_by_statement(Statement::from_string(db.get_database_backend(), sql)).all(db).await.unwrap();
    lines.into_iter().map(|found| found.line).collect()
}

/// Runs one statement in a transaction; whether the database took it. It must concern a row.
async fn is_taken(app: &TestApp, sql: &str) -> bool {
    let statement = sql.to_owned();
    let rows = app
        .app
        .db
        .write(move |tx| Box::pin(async move { tx.execute_unprepared(&statement).await.doing("breaking a rule") }))
        .await
        .map(|done| done.rows_affected());
    assert_ne!(rows.as_ref().ok(), Some(&0), "{sql} concerns no row");
    rows.is_ok()
}

async fn count(app: &TestApp, table: &str) -> i64 {
    #[derive(FromQueryResult)]
    struct Count {
        count: i64,
    }
    let db = app.app.db.read();
    let sql = format!("SELECT count(*) AS count FROM {table}");
    Count::find_by_statement(Statement::from_string(db.get_database_backend(), sql))
        .one(db)
        .await
        .unwrap()
        .unwrap()
        .count
}

/// Two records of ALPHA (orders `a` and `b`) and one of BETA (order `a`).
async fn orders(app: &TestApp) {
    let [alpha, beta, _] = app.seeded.accounts;
    let new = |account, order: &str| NewRecord::new(&app.app, app.seeded.org, account, order);
    seed::records(&app.app, vec![new(alpha, "a"), new(alpha, "b"), new(beta, "a")]).await;
}

on_both! {
    async fn every_migration_undoes_exactly_what_it_did(app: TestApp) {
        let db = Database::connect(&app.app.config.database_url).await.unwrap();
        let whole = shape(&db, app.backend).await;
        Migrator::down(&db, None).await.unwrap();
        let mut shapes = vec![shape(&db, app.backend).await];
        assert!(shapes[0].is_empty(), "left behind: {:#?}", shapes[0]);
        let migrations = Migrator::migrations().len();
        for _ in 0..migrations {
            Migrator::up(&db, Some(1)).await.unwrap();
            shapes.push(shape(&db, app.backend).await);
        }
        assert_eq!(shapes.last(), Some(&whole), "up, down and up again is not up");
        for (index, before) in shapes.iter().enumerate().take(migrations).rev() {
            Migrator::down(&db, Some(1)).await.unwrap();
            assert_eq!(&shape(&db, app.backend).await, before, "after undoing migration {}", index + 1);
        }
        Migrator::up(&db, None).await.unwrap();
        assert_eq!(shape(&db, app.backend).await, whole);
        assert_eq!(app.app.db.pending_migrations().await.unwrap(), 0);
        db.close().await.unwrap();
    }
}

on_both! {
    async fn a_table_of_an_organisation_names_it_and_leads_its_indexes_with_it(app: TestApp) {
        let lines = shape(app.app.db.read(), app.backend).await;
        // Signing in knows a person, not yet an organisation.
        let exempt = ["member_by_user", "member_by_email"];
        let mut indexes = 0;
        for line in lines.iter().filter(|line| line.starts_with("index ") && line.contains("_by_")) {
            if exempt.iter().any(|name| line.contains(name)) {
                continue;
            }
            indexes += 1;
            assert!(line.contains("(org_id, "), "{line}");
        }
        assert!(indexes >= 14, "only {indexes} indexes were seen: {lines:#?}");
    }
}

on_both! {
    async fn an_order_has_one_live_record_in_an_account(app: TestApp) {
        orders(&app).await;
        let [alpha, ..] = app.seeded.accounts;
        let again = "UPDATE record SET ebay_order_id = 'a' WHERE ebay_order_id = 'b'";
        assert!(!is_taken(&app, again).await);
        let time = match app.backend {
            Backend::Sqlite => "'2026-11-20 08:00:00+00:00'",
            Backend::Postgres => "TIMESTAMPTZ '2026-11-20 08:00:00Z'",
        };
        let alphas = match app.backend {
            Backend::Sqlite => format!("account_id = x'{}'", alpha.simple()),
            Backend::Postgres => format!("account_id = '{alpha}'"),
        };
        assert!(is_taken(&app, &format!("UPDATE record SET deleted_at = {time} WHERE ebay_order_id = 'a' AND {alphas}")).await);
        assert!(is_taken(&app, again).await, "a deleted record does not count");
        let restored = format!("UPDATE record SET deleted_at = NULL WHERE deleted_at IS NOT NULL AND {alphas}");
        assert!(!is_taken(&app, &restored).await, "restored beside a live one");
    }
}

on_both! {
    async fn records_keep_their_rules_whoever_writes(app: TestApp) {
        orders(&app).await;
        for (set, is_right) in [
            ("qty = 1", true),
            ("qty = 0", false),
            ("qty = -1", false),
            ("sale_price_cents = 0", true),
            ("sale_price_cents = -1", false),
            ("sale_price_cents = NULL", false),
            ("ebay_fees_cents = NULL", true),
            ("ebay_fees_cents = -1", false),
            ("amazon_price_cents = -1", false),
            ("amazon_tax_cents = -1", false),
            ("amazon_shipping_cents = -1", false),
            ("return_label_cost_cents = -1", false),
            ("status = 'RETURN_CLOSED'", true),
            ("status = 'LOST'", false),
            ("status = 'REFUND_NO_RETURN', return_label_cost_cents = 0", true),
            ("status = 'REFUND_NO_RETURN', return_label_cost_cents = 5", false),
            ("status = 'REFUND_NO_RETURN', return_label_cost_cents = NULL", false),
            ("item_name = ''", false),
            ("ebay_order_id = ''", false),
            ("amazon_order_id = NULL", true),
            ("amazon_order_id = ''", false),
            ("version = 0", false),
            ("profit_cents = 5", false),
            ("earnings_net_cents = 5", false),
            ("cogs_total_cents = 5", false),
            ("sale_date = NULL", false),
            ("org_id = NULL", false),
        ] {
            let sql = format!("UPDATE record SET {set} WHERE ebay_order_id = 'b'");
            assert_eq!(is_taken(&app, &sql).await, is_right, "{set}");
        }
    }
}

on_both! {
    async fn a_seller_is_one_by_its_platform_id_and_else_by_its_name(app: TestApp) {
        let new = |name: &str, id: Option<&str>| NewSeller {
            platform_id: id.map(str::to_owned),
            ..NewSeller::new(&app.app, app.seeded.org, name)
        };
        let rival = NewSeller::new(&app.app, app.seeded.other_org, "Same");
        // A known id tells two apart that share a name, and from one whose id is not known.
        seed::sellers(&app.app, vec![new("Same", None), new("same ", Some("1")), new("SAME", Some("2")), rival]).await;
        seed::sellers(&app.app, vec![new("Other", None), new("Third", Some("3"))]).await;
        let hash = "name_hash = (SELECT same.name_hash FROM seller AS same WHERE same.platform_id = '1')";
        assert!(!is_taken(&app, &format!("UPDATE seller SET {hash} WHERE display_name = 'Other'")).await);
        assert!(is_taken(&app, &format!("UPDATE seller SET {hash} WHERE display_name = 'Third'")).await);
        assert!(!is_taken(&app, "UPDATE seller SET platform_id = '1' WHERE display_name = 'Third'").await);
        assert!(!is_taken(&app, "UPDATE seller SET platform_id = NULL WHERE display_name = 'Third'").await);
        let deleted = "UPDATE seller SET deleted_at = created_at WHERE platform_id = '1'";
        assert!(is_taken(&app, deleted).await);
        assert!(is_taken(&app, "UPDATE seller SET platform_id = '1' WHERE display_name = 'Third'").await);
    }
}

on_both! {
    async fn sellers_keep_their_rules_whoever_writes(app: TestApp) {
        seed::sellers(&app.app, vec![NewSeller::new(&app.app, app.seeded.org, "One")]).await;
        for (set, is_right) in [
            ("feedback_percent = 100", true),
            ("feedback_percent = 100.1", false),
            ("feedback_percent = -0.1", false),
            ("feedback_percent = NULL, feedback_count = NULL", true),
            ("feedback_count = -1", false),
            ("times_seen = -1", false),
            ("platform = 'amazon'", false),
            ("platform_id = ''", false),
            ("display_name = ''", false),
            ("normalized_name = ''", false),
        ] {
            assert_eq!(is_taken(&app, &format!("UPDATE seller SET {set}")).await, is_right, "{set}");
        }
        assert!(!is_taken(&app, "UPDATE member SET role = 'owner' WHERE role = 'admin'").await);
        assert!(!is_taken(&app, "UPDATE member SET status = 'gone' WHERE status = 'active'").await);
    }
}

on_both! {
    async fn notifications_keep_their_rules_whoever_writes(app: TestApp) {
        let mut recipients = notifications::webhook("https://example.com/", app.seeded.org);
        recipients.email = Some(app.seeded.va.id);
        notifications::post(&app, recipients, notifications::completed("a run")).await;
        for (set, is_right) in [
            ("state = 'DELIVERED', finished_at = created_at", false),
            ("state = 'DELIVERED', attempts = 1", false),
            ("state = 'DELIVERED', attempts = 1, finished_at = created_at", true),
            ("state = 'GAVE_UP'", false),
            ("state = 'GAVE_UP', last_error = 'TIMEOUT'", true),
            ("state = 'PENDING'", false),
            ("state = 'PENDING', finished_at = NULL", true),
            ("state = 'LOST'", false),
            ("attempts = -1", false),
            ("last_error = ''", false),
            ("event = ''", false),
            ("destination = ''", false),
            ("signed_for = NULL", false),
            ("channel = 'WEBHOOK'", false),
            ("channel = 'EMAIL'", false),
        ] {
            assert_eq!(is_taken(&app, &format!("UPDATE notification SET {set}")).await, is_right, "{set}");
        }
        assert!(is_taken(&app, "DELETE FROM member WHERE email = 'va@acme.example'").await);
        assert_eq!(count(&app, "notification").await, 2);
        assert!(is_taken(&app, "DELETE FROM organisation WHERE slug = 'acme'").await);
        assert_eq!(count(&app, "notification").await, 0);
    }
}

on_both! {
    async fn what_belongs_to_an_organisation_goes_with_it(app: TestApp) {
        orders(&app).await;
        seed::sellers(&app.app, vec![NewSeller::new(&app.app, app.seeded.org, "One")]).await;
        assert!(is_taken(&app, "DELETE FROM organisation WHERE slug = 'acme'").await);
        for (table, left) in [
            ("organisation", 1),
            ("member", 1),
            ("account", 1),
            ("api_token", 1),
            ("account_assignment", 0),
            ("access_profile", 0),
            ("member_access_profile", 0),
            ("record", 0),
            ("record_remark", 0),
            ("seller", 0),
        ] {
            assert_eq!(count(&app, table).await, left, "{table}");
        }
    }
}

on_both! {
    async fn an_account_outlives_the_client_who_owned_it(app: TestApp) {
        orders(&app).await;
        assert!(is_taken(&app, "DELETE FROM member WHERE role = 'client'").await);
        assert_eq!(count(&app, "account WHERE owner_id IS NOT NULL").await, 0);
        assert_eq!(count(&app, "account").await, 4);
        assert_eq!(count(&app, "record").await, 3);
    }
}
