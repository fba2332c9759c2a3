//! What people write of a record, and how its fields fit each other.
//!
//! Not here: what each field takes by itself (`change.rs`, `sheet`), and the sums, which the database generates.

use chrono::NaiveDate;
use entity::{
    record::{self, RecordStatus},
    record_remark, record_version,
};

use crate::sheet::MOST_CENTS;

/// What people write of a record. Money is US cents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// eBay's order id.
    pub ebay_order_id: String,
    /// The day of the sale.
    pub sale_date: NaiveDate,
    /// What was sold, as given.
    pub item_name: String,
    /// Pieces, 1 or more.
    pub qty: i32,
    /// What the buyer paid.
    pub sale_price_cents: i64,
    /// eBay's fees.
    pub ebay_fees_cents: Option<i64>,
    /// What the goods cost.
    pub amazon_price_cents: Option<i64>,
    /// Tax on the goods.
    pub amazon_tax_cents: Option<i64>,
    /// Shipping of the goods.
    pub amazon_shipping_cents: Option<i64>,
    /// Amazon's order id.
    pub amazon_order_id: Option<String>,
    /// How the sale ended.
    pub status: RecordStatus,
    /// What the return label cost.
    pub return_label_cost_cents: Option<i64>,
    /// The order remark.
    pub order_remark: Option<String>,
    /// The service remark.
    pub service_remark: Option<String>,
}

impl Default for NewRecord {
    fn default() -> Self {
        Self {
            ebay_order_id: String::new(),
            sale_date: NaiveDate::default(),
            item_name: String::new(),
            qty: 1,
            sale_price_cents: 0,
            ebay_fees_cents: None,
            amazon_price_cents: None,
            amazon_tax_cents: None,
            amazon_shipping_cents: None,
            amazon_order_id: None,
            status: RecordStatus::Successful,
            return_label_cost_cents: None,
            order_remark: None,
            service_remark: None,
        }
    }
}

impl NewRecord {
    /// A stored record, as people wrote it.
    pub(super) fn of(row: record::Model, remark: Option<record_remark::Model>) -> Self {
        let (order_remark, service_remark) =
            remark.map(|remark| (remark.order_remark, remark.service_remark)).unwrap_or_default();
        Self {
            ebay_order_id: row.ebay_order_id,
            sale_date: row.sale_date,
            item_name: row.item_name,
            qty: row.qty,
            sale_price_cents: row.sale_price_cents,
            ebay_fees_cents: row.ebay_fees_cents,
            amazon_price_cents: row.amazon_price_cents,
            amazon_tax_cents: row.amazon_tax_cents,
            amazon_shipping_cents: row.amazon_shipping_cents,
            amazon_order_id: row.amazon_order_id,
            status: row.status,
            return_label_cost_cents: row.return_label_cost_cents,
            order_remark,
            service_remark,
        }
    }

    /// What a record was before one of its changes, as people wrote it.
    pub(super) fn of_version(row: record_version::Model) -> Self {
        Self {
            ebay_order_id: row.ebay_order_id,
            sale_date: row.sale_date,
            item_name: row.item_name,
            qty: row.qty,
            sale_price_cents: row.sale_price_cents,
            ebay_fees_cents: row.ebay_fees_cents,
            amazon_price_cents: row.amazon_price_cents,
            amazon_tax_cents: row.amazon_tax_cents,
            amazon_shipping_cents: row.amazon_shipping_cents,
            amazon_order_id: row.amazon_order_id,
            status: row.status,
            return_label_cost_cents: row.return_label_cost_cents,
            order_remark: row.order_remark,
            service_remark: row.service_remark,
        }
    }

    /// Makes the fields fit each other: a refund without a return has no label to pay for; and refuses costs whose sums
    /// would not stay readable for everyone. What is wrong comes back as a sentence.
    pub(super) fn settle(&mut self) -> Result<(), String> {
        if self.status == RecordStatus::RefundNoReturn {
            self.return_label_cost_cents = Some(0);
        }
        let or_0 = Option::unwrap_or_default;
        let cost = or_0(self.amazon_price_cents) + or_0(self.amazon_tax_cents) + or_0(self.amazon_shipping_cents);
        let loss = or_0(self.ebay_fees_cents) + cost + or_0(self.return_label_cost_cents) - self.sale_price_cents;
        match cost.max(loss) > MOST_CENTS {
            true => Err(format!("the costs come to more than {MOST_CENTS} cents")),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_without_a_return_has_no_label_to_pay_for() {
        let mut record = NewRecord {
            status: RecordStatus::RefundNoReturn,
            return_label_cost_cents: Some(700),
            ..NewRecord::default()
        };
        assert_eq!(record.settle(), Ok(()));
        assert_eq!(record.return_label_cost_cents, Some(0));
    }

    #[test]
    fn sums_that_a_reader_of_doubles_would_round_are_refused() {
        let most = Some(MOST_CENTS);
        let mut fits = NewRecord { amazon_price_cents: most, ..NewRecord::default() };
        assert!(fits.settle().is_ok());
        let mut costs = NewRecord { amazon_price_cents: most, amazon_tax_cents: Some(1), ..NewRecord::default() };
        assert!(costs.settle().is_err());
        let mut loss = NewRecord { amazon_price_cents: most, ebay_fees_cents: Some(1), ..NewRecord::default() };
        assert!(loss.settle().is_err());
    }
}
