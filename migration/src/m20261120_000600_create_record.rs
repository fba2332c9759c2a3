//! Creates `record` and `record_remark`.
//!
//! Earnings, cost of goods and profit are generated columns: one formula for lists, sums, filters, orders and files.
//! Remarks are apart, so that no query over `record` can leak them. `record_live_by_order` keeps one live record per
//! account and eBay order id and serves the upsert of an import.

use sea_orm_migration::prelude::*;

use crate::schema::run;

/// See the file's comment.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                r#"CREATE TABLE record (
                    id {uuid} PRIMARY KEY NOT NULL,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
                    ebay_order_id {text} NOT NULL CHECK (ebay_order_id <> ''),
                    sale_date {date} NOT NULL,
                    item_name {text} NOT NULL CHECK (item_name <> ''),
                    qty integer NOT NULL CHECK (qty >= 1),
                    sale_price_cents bigint NOT NULL CHECK (sale_price_cents >= 0),
                    ebay_fees_cents bigint CHECK (ebay_fees_cents >= 0),
                    earnings_net_cents bigint NOT NULL GENERATED ALWAYS AS (
                        sale_price_cents - COALESCE(ebay_fees_cents, 0)
                    ) STORED,
                    amazon_price_cents bigint CHECK (amazon_price_cents >= 0),
                    amazon_tax_cents bigint CHECK (amazon_tax_cents >= 0),
                    amazon_shipping_cents bigint CHECK (amazon_shipping_cents >= 0),
                    cogs_total_cents bigint NOT NULL GENERATED ALWAYS AS (
                        COALESCE(amazon_price_cents, 0) + COALESCE(amazon_tax_cents, 0) + COALESCE(amazon_shipping_cents, 0)
                    ) STORED,
                    amazon_order_id {text} CHECK (amazon_order_id <> ''),
                    status {text} NOT NULL CHECK (
                        status IN ('SUCCESSFUL', 'RETURN_LABEL_PROVIDED', 'RETURN_CLOSED', 'REFUND_NO_RETURN')
                    ),
                    return_label_cost_cents bigint CHECK (return_label_cost_cents >= 0),
                    profit_cents bigint NOT NULL GENERATED ALWAYS AS (
                        CASE status WHEN 'RETURN_CLOSED' THEN 0 ELSE
                            sale_price_cents - COALESCE(ebay_fees_cents, 0)
                            - COALESCE(amazon_price_cents, 0) - COALESCE(amazon_tax_cents, 0) - COALESCE(amazon_shipping_cents, 0)
                        END
                        - CASE status WHEN 'SUCCESSFUL' THEN 0 ELSE COALESCE(return_label_cost_cents, 0) END
                    ) STORED,
                    version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
                    created_at {time} NOT NULL,
                    updated_at {time} NOT NULL,
                    deleted_at {time},
                    item_name_folded {text} NOT NULL,
                    CHECK (status <> 'REFUND_NO_RETURN' OR COALESCE(return_label_cost_cents, 1) = 0)
                )"#,
                r#"CREATE UNIQUE INDEX record_live_by_order ON record (org_id, account_id, ebay_order_id)
                    WHERE deleted_at IS NULL"#,
                r#"CREATE TABLE record_remark (
                    record_id {uuid} PRIMARY KEY NOT NULL REFERENCES record (id) ON DELETE CASCADE,
                    org_id {uuid} NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
                    order_remark {text} CHECK (order_remark <> ''),
                    service_remark {text} CHECK (service_remark <> '')
                )"#,
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE record_remark", "DROP TABLE record"]).await
    }
}
