//! What somebody wants to write of a record, and whether it can be.
//!
//! Not here: who may, and the writing (`edit.rs`). What a reader would get wrong: text is kept exactly as given, but for
//! the empty one, which is none; what may not be none is refused rather than filled in.

use chrono::{Datelike, NaiveDate};
use entity::record::RecordStatus;

use super::{
    NewRecord, Record,
    field::RecordField::{self, self as F},
};
use crate::{
    error::Error,
    sheet::{FIRST_YEAR, MOST_CENTS},
    text::{self, LONGEST_FOREIGN_ID, LONGEST_NAME, LONGEST_REMARK},
};

/// What to write of a record: what is absent stays, `Some(None)` clears. Money is US cents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordChange {
    /// eBay's order id; never cleared.
    pub ebay_order_id: Option<Option<String>>,
    /// The day of the sale; never cleared.
    pub sale_date: Option<Option<NaiveDate>>,
    /// What was sold; never cleared.
    pub item_name: Option<Option<String>>,
    /// Pieces, 1 or more; never cleared.
    pub qty: Option<Option<i32>>,
    /// What the buyer paid; never cleared.
    pub sale_price_cents: Option<Option<i64>>,
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
    /// How the sale ended; never cleared.
    pub status: Option<Option<RecordStatus>>,
    /// What the return label cost.
    pub return_label_cost_cents: Option<Option<i64>>,
    /// The order remark.
    pub order_remark: Option<Option<String>>,
    /// The service remark.
    pub service_remark: Option<Option<String>>,
}

/// Why a record was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteRecordError {
    /// A value cannot be stored.
    #[error("{}{reason}", field.map(|field| format!("`{}` ", field.name())).unwrap_or_default())]
    Invalid {
        /// Whose value it is; none when it is about several together.
        field: Option<RecordField>,
        /// What is wrong, as the rest of a sentence.
        reason: String,
    },
    /// Somebody has changed the record since.
    #[error("somebody changed the record: it has version {} by now; nothing was written", current.version)]
    Stale {
        /// The record as it is.
        current: Box<Record>,
        /// Of the fields sent, those that are no longer what the writer saw.
        conflicting: Vec<RecordField>,
    },
    /// Everything else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl RecordChange {
    /// The fields that are sent.
    pub(super) fn fields(&self) -> impl Iterator<Item = RecordField> + use<> {
        let sent = [
            (F::EbayOrderId, self.ebay_order_id.is_some()),
            (F::SaleDate, self.sale_date.is_some()),
            (F::ItemName, self.item_name.is_some()),
            (F::Qty, self.qty.is_some()),
            (F::SalePriceCents, self.sale_price_cents.is_some()),
            (F::EbayFeesCents, self.ebay_fees_cents.is_some()),
            (F::AmazonPriceCents, self.amazon_price_cents.is_some()),
            (F::AmazonTaxCents, self.amazon_tax_cents.is_some()),
            (F::AmazonShippingCents, self.amazon_shipping_cents.is_some()),
            (F::AmazonOrderId, self.amazon_order_id.is_some()),
            (F::Status, self.status.is_some()),
            (F::ReturnLabelCostCents, self.return_label_cost_cents.is_some()),
            (F::OrderRemark, self.order_remark.is_some()),
            (F::ServiceRemark, self.service_remark.is_some()),
        ];
        sent.into_iter().filter_map(|(field, is_sent)| is_sent.then_some(field))
    }

    /// The same, with everything sent that a new record cannot be without: what is missing is refused as what is cleared.
    pub(super) fn with_required(self) -> Self {
        Self {
            ebay_order_id: self.ebay_order_id.or(Some(None)),
            sale_date: self.sale_date.or(Some(None)),
            item_name: self.item_name.or(Some(None)),
            sale_price_cents: self.sale_price_cents.or(Some(None)),
            ..self
        }
    }

    /// Writes what is sent into a record, whose fields then fit each other.
    pub(super) fn apply(self, to: &mut NewRecord) -> Checked<()> {
        put(&mut to.ebay_order_id, self.ebay_order_id, |id| required(F::EbayOrderId, filled(F::EbayOrderId, id)?))?;
        put(&mut to.sale_date, self.sale_date, day)?;
        put(&mut to.item_name, self.item_name, |name| required(F::ItemName, filled(F::ItemName, name)?))?;
        put(&mut to.qty, self.qty, pieces)?;
        put(&mut to.sale_price_cents, self.sale_price_cents, |price| {
            required(F::SalePriceCents, amount(F::SalePriceCents, price)?)
        })?;
        put(&mut to.ebay_fees_cents, self.ebay_fees_cents, |fees| amount(F::EbayFeesCents, fees))?;
        put(&mut to.amazon_price_cents, self.amazon_price_cents, |price| amount(F::AmazonPriceCents, price))?;
        put(&mut to.amazon_tax_cents, self.amazon_tax_cents, |tax| amount(F::AmazonTaxCents, tax))?;
        put(&mut to.amazon_shipping_cents, self.amazon_shipping_cents, |cost| amount(F::AmazonShippingCents, cost))?;
        put(&mut to.amazon_order_id, self.amazon_order_id, |id| filled(F::AmazonOrderId, id))?;
        put(&mut to.status, self.status, |status| required(F::Status, status))?;
        put(&mut to.return_label_cost_cents, self.return_label_cost_cents, |cost| {
            amount(F::ReturnLabelCostCents, cost)
        })?;
        put(&mut to.order_remark, self.order_remark, |remark| filled(F::OrderRemark, remark))?;
        put(&mut to.service_remark, self.service_remark, |remark| filled(F::ServiceRemark, remark))?;
        to.settle().map_err(|reason| WriteRecordError::Invalid { field: None, reason })
    }
}

type Checked<T> = Result<T, WriteRecordError>;

/// Puts what is sent, once it is checked, in the place of what is there.
fn put<S, T>(there: &mut T, sent: Option<S>, check: impl FnOnce(S) -> Checked<T>) -> Checked<()> {
    if let Some(sent) = sent {
        *there = check(sent)?;
    }
    Ok(())
}

fn required<T>(field: RecordField, value: Option<T>) -> Checked<T> {
    value.ok_or_else(|| invalid(field, "must not be empty"))
}

/// Text as it is given; none when it is empty.
fn filled(field: RecordField, text: Option<String>) -> Checked<Option<String>> {
    let longest = match field {
        F::ItemName => LONGEST_NAME,
        F::OrderRemark | F::ServiceRemark => LONGEST_REMARK,
        _ => LONGEST_FOREIGN_ID,
    };
    match text.as_deref().and_then(|text| text::fault(text, longest)) {
        Some(fault) => Err(invalid(field, fault)),
        None => Ok(text.filter(|text| !text.is_empty())),
    }
}

fn amount(field: RecordField, cents: Option<i64>) -> Checked<Option<i64>> {
    match cents {
        Some(cents) if !(0..=MOST_CENTS).contains(&cents) => {
            Err(invalid(field, format!("must be 0 to {MOST_CENTS} cents")))
        }
        cents => Ok(cents),
    }
}

fn pieces(qty: Option<i32>) -> Checked<i32> {
    let qty = required(F::Qty, qty)?;
    if qty < 1 { Err(invalid(F::Qty, "must be 1 or more")) } else { Ok(qty) }
}

/// No year has five digits: days are read by `clock`.
fn day(day: Option<NaiveDate>) -> Checked<NaiveDate> {
    let day = required(F::SaleDate, day)?;
    if day.year() < FIRST_YEAR {
        return Err(invalid(F::SaleDate, format!("must be in {FIRST_YEAR} or later")));
    }
    Ok(day)
}

fn invalid(field: RecordField, reason: impl Into<String>) -> WriteRecordError {
    WriteRecordError::Invalid { field: Some(field), reason: reason.into() }
}
