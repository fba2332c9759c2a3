//! A row of a file of records, interpreted.
//!
//! What a reader would get wrong: a field that the file has no column for (or, in JSON, the row no key) is none, and
//! stays as it is stored; one that is there and empty is `Some(None)`, and becomes null.

use chrono::NaiveDate;

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
