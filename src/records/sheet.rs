//! The columns a file of records may have, and what their cells mean.
//!
//! Not here: how they are stored (`import.rs`). What a reader would get wrong: the names are those of an export, so that
//! a file can come back; what the database computes is known by name and not read.

use sea_orm::{ActiveEnum, Iterable};

use super::{NewRecord, RecordStatus};
use crate::{
    csv_file::{Column, Sheet, cell},
    text::{LONGEST_FOREIGN_ID, LONGEST_NAME, LONGEST_REMARK},
};

/// What a column of a file can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    EbayOrderId,
    SaleDate,
    ItemName,
    Qty,
    SalePrice,
    EbayFees,
    AmazonPrice,
    AmazonTax,
    AmazonShipping,
    AmazonOrderId,
    Status,
    ReturnLabelCost,
    OrderRemark,
    ServiceRemark,
}

impl Sheet for NewRecord {
    type Field = Field;

    const COLUMNS: &'static [Column<Field>] = &[
        Column::ignored("id"),
        Column::new("ebay_order_id", Field::EbayOrderId),
        Column::new("sale_date", Field::SaleDate),
        Column::new("item_name", Field::ItemName),
        Column::new("qty", Field::Qty),
        Column::new("sale_price_cents", Field::SalePrice),
        Column::dollars("sale_price", Field::SalePrice),
        Column::new("ebay_fees_cents", Field::EbayFees),
        Column::dollars("ebay_fees", Field::EbayFees),
        Column::ignored("earnings_net_cents"),
        Column::ignored("earnings_net"),
        Column::new("amazon_price_cents", Field::AmazonPrice),
        Column::dollars("amazon_price", Field::AmazonPrice),
        Column::new("amazon_tax_cents", Field::AmazonTax),
        Column::dollars("amazon_tax", Field::AmazonTax),
        Column::new("amazon_shipping_cents", Field::AmazonShipping),
        Column::dollars("amazon_shipping", Field::AmazonShipping),
        Column::ignored("cogs_total_cents"),
        Column::ignored("cogs_total"),
        Column::new("amazon_order_id", Field::AmazonOrderId),
        Column::new("status", Field::Status),
        Column::new("return_label_cost_cents", Field::ReturnLabelCost),
        Column::dollars("return_label_cost", Field::ReturnLabelCost),
        Column::ignored("profit_cents"),
        Column::ignored("profit"),
        Column::new("order_remark", Field::OrderRemark),
        Column::new("service_remark", Field::ServiceRemark),
    ];

    const REQUIRED: &'static [Field] = &[Field::EbayOrderId, Field::SaleDate, Field::ItemName, Field::SalePrice];

    fn read(&mut self, column: &Column<Field>, field: Field, text: &str) -> Result<(), String> {
        let amount = || cell::amount(text, column.is_decimal);
        match field {
            Field::EbayOrderId => self.ebay_order_id = cell::required_text(text, LONGEST_FOREIGN_ID)?,
            Field::SaleDate => self.sale_date = cell::day(text)?,
            Field::ItemName => self.item_name = cell::required_text(text, LONGEST_NAME)?,
            Field::Qty => self.qty = cell::count(text, 1)?.unwrap_or(1),
            Field::SalePrice => self.sale_price_cents = amount()?.ok_or_else(|| "must not be empty".to_owned())?,
            Field::EbayFees => self.ebay_fees_cents = amount()?,
            Field::AmazonPrice => self.amazon_price_cents = amount()?,
            Field::AmazonTax => self.amazon_tax_cents = amount()?,
            Field::AmazonShipping => self.amazon_shipping_cents = amount()?,
            Field::AmazonOrderId => self.amazon_order_id = cell::text(text, LONGEST_FOREIGN_ID)?,
            Field::Status => self.status = status(text)?,
            Field::ReturnLabelCost => self.return_label_cost_cents = amount()?,
            Field::OrderRemark => self.order_remark = cell::text(text, LONGEST_REMARK)?,
            Field::ServiceRemark => self.service_remark = cell::text(text, LONGEST_REMARK)?,
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), String> {
        self.settle()
    }

    fn identity(&self) -> Option<(&'static str, String)> {
        (!self.ebay_order_id.is_empty()).then(|| ("ebay_order_id", self.ebay_order_id.clone()))
    }
}

fn status(text: &str) -> Result<RecordStatus, String> {
    if text.is_empty() {
        return Ok(RecordStatus::Successful);
    }
    RecordStatus::iter().find(|status| status.to_value() == text).ok_or_else(|| {
        let names: Vec<String> = RecordStatus::iter().map(|status| status.to_value()).collect();
        format!("must be one of {}, not {}", names.join(", "), cell::shown(text))
    })
}

impl NewRecord {
    /// Takes from another what these fields say.
    pub(super) fn take(&mut self, mut given: Self, fields: impl Iterator<Item = Field>) {
        for field in fields {
            match field {
                Field::EbayOrderId => self.ebay_order_id = std::mem::take(&mut given.ebay_order_id),
                Field::SaleDate => self.sale_date = given.sale_date,
                Field::ItemName => self.item_name = std::mem::take(&mut given.item_name),
                Field::Qty => self.qty = given.qty,
                Field::SalePrice => self.sale_price_cents = given.sale_price_cents,
                Field::EbayFees => self.ebay_fees_cents = given.ebay_fees_cents,
                Field::AmazonPrice => self.amazon_price_cents = given.amazon_price_cents,
                Field::AmazonTax => self.amazon_tax_cents = given.amazon_tax_cents,
                Field::AmazonShipping => self.amazon_shipping_cents = given.amazon_shipping_cents,
                Field::AmazonOrderId => self.amazon_order_id = given.amazon_order_id.take(),
                Field::Status => self.status = given.status,
                Field::ReturnLabelCost => self.return_label_cost_cents = given.return_label_cost_cents,
                Field::OrderRemark => self.order_remark = given.order_remark.take(),
                Field::ServiceRemark => self.service_remark = given.service_remark.take(),
            }
        }
    }
}
