//! The fields of a record that people write: who may write and read them, and how their values are told.
//!
//! Not here: what earnings, cost of goods and profit come to, which nobody writes. What a reader would get wrong: values
//! are told as a file of records spells them (cents as whole numbers, `REFUND_NO_RETURN`), so that a history, an export
//! and an import speak of the same thing; two values are the same when they are told alike.

use sea_orm::ActiveEnum;
use serde_json::{Map, Value as Json};

use super::NewRecord;
use crate::auth::{Permission, Scope};

/// A field of a record that people write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordField {
    /// eBay's order id.
    EbayOrderId,
    /// The day of the sale.
    SaleDate,
    /// What was sold.
    ItemName,
    /// Pieces.
    Qty,
    /// What the buyer paid.
    SalePriceCents,
    /// eBay's fees.
    EbayFeesCents,
    /// What the goods cost.
    AmazonPriceCents,
    /// Tax on the goods.
    AmazonTaxCents,
    /// Shipping of the goods.
    AmazonShippingCents,
    /// Amazon's order id.
    AmazonOrderId,
    /// How the sale ended.
    Status,
    /// What the return label cost.
    ReturnLabelCostCents,
    /// The order remark.
    OrderRemark,
    /// The service remark.
    ServiceRemark,
}

use RecordField as F;

impl RecordField {
    /// Every field, in the order of a file.
    pub const ALL: [Self; 14] = [
        F::EbayOrderId,
        F::SaleDate,
        F::ItemName,
        F::Qty,
        F::SalePriceCents,
        F::EbayFeesCents,
        F::AmazonPriceCents,
        F::AmazonTaxCents,
        F::AmazonShippingCents,
        F::AmazonOrderId,
        F::Status,
        F::ReturnLabelCostCents,
        F::OrderRemark,
        F::ServiceRemark,
    ];

    /// Its name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            F::EbayOrderId => "ebayOrderId",
            F::SaleDate => "saleDate",
            F::ItemName => "itemName",
            F::Qty => "qty",
            F::SalePriceCents => "salePriceCents",
            F::EbayFeesCents => "ebayFeesCents",
            F::AmazonPriceCents => "amazonPriceCents",
            F::AmazonTaxCents => "amazonTaxCents",
            F::AmazonShippingCents => "amazonShippingCents",
            F::AmazonOrderId => "amazonOrderId",
            F::Status => "status",
            F::ReturnLabelCostCents => "returnLabelCostCents",
            F::OrderRemark => "orderRemark",
            F::ServiceRemark => "serviceRemark",
        }
    }

    /// What whoever writes it must hold.
    #[must_use]
    pub fn writing(self) -> Permission {
        match self {
            F::SaleDate | F::ItemName | F::Qty => Permission::WriteBasicFields,
            F::Status | F::ReturnLabelCostCents => Permission::WriteServiceFields,
            F::OrderRemark => Permission::WriteOrderRemark,
            F::ServiceRemark => Permission::WriteServiceRemark,
            F::EbayOrderId
            | F::SalePriceCents
            | F::EbayFeesCents
            | F::AmazonPriceCents
            | F::AmazonTaxCents
            | F::AmazonShippingCents
            | F::AmazonOrderId => Permission::WriteOrderFields,
        }
    }

    /// What whoever reads it must hold, beside `order_tracking.read`.
    fn reading(self) -> Option<Permission> {
        match self {
            F::OrderRemark => Some(Permission::ReadOrderRemark),
            F::ServiceRemark => Some(Permission::ReadServiceRemark),
            _ => None,
        }
    }

    /// Whether the scope may read it of a record it sees.
    pub(super) fn is_read_by(self, scope: &Scope) -> bool {
        self.reading().is_none_or(|permission| scope.holds(permission))
    }

    /// Its value, null where there is none.
    fn value(self, record: &NewRecord) -> Json {
        match self {
            F::EbayOrderId => record.ebay_order_id.as_str().into(),
            F::SaleDate => record.sale_date.to_string().into(),
            F::ItemName => record.item_name.as_str().into(),
            F::Qty => record.qty.into(),
            F::SalePriceCents => record.sale_price_cents.into(),
            F::EbayFeesCents => record.ebay_fees_cents.into(),
            F::AmazonPriceCents => record.amazon_price_cents.into(),
            F::AmazonTaxCents => record.amazon_tax_cents.into(),
            F::AmazonShippingCents => record.amazon_shipping_cents.into(),
            F::AmazonOrderId => record.amazon_order_id.as_deref().into(),
            F::Status => record.status.to_value().into(),
            F::ReturnLabelCostCents => record.return_label_cost_cents.into(),
            F::OrderRemark => record.order_remark.as_deref().into(),
            F::ServiceRemark => record.service_remark.as_deref().into(),
        }
    }

    /// Its value as a file of records spells it.
    pub(super) fn told(self, record: &NewRecord) -> Option<String> {
        match self.value(record) {
            Json::Null => None,
            Json::String(text) => Some(text),
            other => Some(other.to_string()),
        }
    }

    /// Those in which two states of a record differ.
    pub(super) fn differing<'r>(left: &'r NewRecord, right: &'r NewRecord) -> impl Iterator<Item = Self> + 'r {
        Self::ALL.into_iter().filter(|field| field.value(left) != field.value(right))
    }

    /// These fields of a record for the audit: of a remark only that it is among them.
    pub(super) fn noted(fields: impl IntoIterator<Item = Self>, record: &NewRecord) -> Json {
        let noted = fields.into_iter().map(|field| {
            let value = if field.reading().is_some() { true.into() } else { field.value(record) };
            (field.name().to_owned(), value)
        });
        Json::Object(noted.collect::<Map<_, _>>())
    }
}
