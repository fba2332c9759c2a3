//! A row of a file of records, interpreted.
//!
//! What a reader would get wrong: a field that the file has no column for (or, in JSON, the row no key) is none, and
//! stays as it is stored; one that is there and empty is `Some(None)`, and becomes null.

use chrono::NaiveDate;

use super::{
    cell, day,
    fault::{FaultCode, Wrong},
    field::Field,
    money,
    row::{SheetRow, Style},
    table::Cell,
};
use crate::text::{LONGEST_FOREIGN_ID, LONGEST_NAME, LONGEST_REMARK};

/// A record as a file has it. Money is US cents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordRow {
    /// The code of the account; none where the file does not say.
    pub account_code: Option<String>,
    /// eBay's order id.
    pub ebay_order_id: String,
    /// The day of the sale.
    pub sale_date: NaiveDate,
    /// What was sold, as given.
    pub item_name: String,
    /// Pieces, 1 or more.
    pub qty: Option<i32>,
    /// What the buyer paid.
    pub sale_price_cents: i64,
    /// eBay's fees.
    pub ebay_fees_cents: Option<Option<i64>>,
    /// What the goods cost.
    pub amazon_price_cents: Option<Option<i64>>,
    /// Tax on the goods.
    pub amazon_tax_cents: Option<Option<i64>>,
    /// Shipping of the goods.
    pub amazon_shipping_cents: Option<Option<i64>>,
    /// Amazon's order id.
    pub amazon_order_id: Option<Option<String>>,
    /// How the sale ended.
    pub status: Option<RecordStatus>,
    /// What the return label cost.
    pub return_label_cost_cents: Option<Option<i64>>,
    /// The order remark.
    pub order_remark: Option<Option<String>>,
    /// The service remark.
    pub service_remark: Option<Option<String>>,
}

/// How a sale ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordStatus {
    /// Sold and done.
    #[default]
    Successful,
    /// A return label was paid for.
    ReturnLabelProvided,
    /// The goods came back.
    ReturnClosed,
    /// Refunded, the goods stay with the buyer.
    RefundNoReturn,
}

impl RecordStatus {
    /// As it is stored, and in our files.
    #[must_use]
    pub fn stored(self) -> &'static str {
        match self {
            Self::Successful => "SUCCESSFUL",
            Self::ReturnLabelProvided => "RETURN_LABEL_PROVIDED",
            Self::ReturnClosed => "RETURN_CLOSED",
            Self::RefundNoReturn => "REFUND_NO_RETURN",
        }
    }
}

/// The names of how a sale ended; ours first.
const STATUSES: &[(&str, RecordStatus)] = &[
    ("SUCCESSFUL", RecordStatus::Successful),
    ("RETURN_LABEL_PROVIDED", RecordStatus::ReturnLabelProvided),
    ("RETURN_CLOSED", RecordStatus::ReturnClosed),
    ("REFUND_NO_RETURN", RecordStatus::RefundNoReturn),
];

impl SheetRow for RecordRow {
    fn take(&mut self, field: Field, cell: Cell<'_>, style: Style) -> Result<(), Wrong> {
        let text = |longest| cell::text(cell, longest, style.is_prefixed);
        let required = |longest| cell::required_text(cell, longest, style.is_prefixed);
        let amount = || money::amount(cell, style.unit, style.separator);
        match field {
            Field::AccountCode => self.account_code = Some(required(LONGEST_FOREIGN_ID)?),
            Field::EbayOrderId => self.ebay_order_id = required(LONGEST_FOREIGN_ID)?,
            Field::SaleDate => self.sale_date = day::of_cell(cell, style.dates)?.ok_or_else(Wrong::missing)?,
            Field::ItemName => self.item_name = required(LONGEST_NAME)?,
            Field::Qty => self.qty = Some(cell::count(cell, 1)?.unwrap_or(1)),
            Field::SalePrice => self.sale_price_cents = amount()?.ok_or_else(Wrong::missing)?,
            Field::EbayFees => self.ebay_fees_cents = Some(amount()?),
            Field::AmazonPrice => self.amazon_price_cents = Some(amount()?),
            Field::AmazonTax => self.amazon_tax_cents = Some(amount()?),
            Field::AmazonShipping => self.amazon_shipping_cents = Some(amount()?),
            Field::AmazonOrderId => self.amazon_order_id = Some(text(LONGEST_FOREIGN_ID)?),
            Field::Status => self.status = Some(cell::choice(cell, STATUSES)?.unwrap_or_default()),
            Field::ReturnLabelCost => self.return_label_cost_cents = Some(amount()?),
            Field::OrderRemark => self.order_remark = Some(text(LONGEST_REMARK)?),
            Field::ServiceRemark => self.service_remark = Some(text(LONGEST_REMARK)?),
            _ => {}
        }
        Ok(())
    }

    /// A refund without a return has no label to pay for; and sums must stay readable for everyone.
    fn finish(&mut self) -> Result<(), Wrong> {
        if self.status == Some(RecordStatus::RefundNoReturn) {
            self.return_label_cost_cents = Some(Some(0));
        }
        let or_0 = |cents: Option<Option<i64>>| cents.flatten().unwrap_or_default();
        let cost = or_0(self.amazon_price_cents) + or_0(self.amazon_tax_cents) + or_0(self.amazon_shipping_cents);
        let loss = or_0(self.ebay_fees_cents) + cost + or_0(self.return_label_cost_cents) - self.sale_price_cents;
        if cost.max(loss) > money::MOST_CENTS {
            let reason = format!("has costs that come to more than {} cents", money::MOST_CENTS);
            return Err(Wrong::new(FaultCode::TooLarge, reason));
        }
        Ok(())
    }

    fn identity(&self, key: &mut String) -> Field {
        // No text has a NUL, so that no two pairs look alike.
        key.push_str(self.account_code.as_deref().unwrap_or_default());
        key.push('\0');
        key.push_str(&self.ebay_order_id);
        Field::EbayOrderId
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_without_a_return_has_no_label_to_pay_for() {
        let mut record = RecordRow {
            status: Some(RecordStatus::RefundNoReturn),
            return_label_cost_cents: Some(Some(700)),
            ..RecordRow::default()
        };
        assert_eq!(record.finish(), Ok(()));
        assert_eq!(record.return_label_cost_cents, Some(Some(0)));
    }

    #[test]
    fn sums_that_a_reader_of_doubles_would_round_are_refused() {
        let most = Some(Some(money::MOST_CENTS));
        let mut fits = RecordRow { amazon_price_cents: most, ..RecordRow::default() };
        assert!(fits.finish().is_ok());
        let mut costs = RecordRow { amazon_price_cents: most, amazon_tax_cents: Some(Some(1)), ..RecordRow::default() };
        assert!(costs.finish().is_err());
        let mut covered = RecordRow { ebay_fees_cents: most, sale_price_cents: 1, ..fits };
        assert!(covered.finish().is_err());
    }
}
