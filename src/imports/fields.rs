//! The fields of a file's rows: which columns hold them beside the real tables, and which of them a row gives.
//!
//! What a reader would get wrong: a row of JSON may leave out what others give. So each row has a number with a bit for each
//! field that it gives, and a statement changes no other; what is given and empty is null.

use uuid::Uuid;

use crate::{
    db::{Input, Target},
    sheet::{Field, RecordRow, SellerRow, Survey},
};

/// A field, and the column of the real table that it fills; that beside it is called the same.
pub type Filled = (Field, &'static str);

/// What a file of records may change of a record.
pub const RECORD: [Filled; 13] = [
    (Field::SaleDate, "sale_date"),
    (Field::ItemName, "item_name"),
    (Field::Qty, "qty"),
    (Field::SalePrice, "sale_price_cents"),
    (Field::EbayFees, "ebay_fees_cents"),
    (Field::AmazonPrice, "amazon_price_cents"),
    (Field::AmazonTax, "amazon_tax_cents"),
    (Field::AmazonShipping, "amazon_shipping_cents"),
    (Field::AmazonOrderId, "amazon_order_id"),
    (Field::Status, "status"),
    (Field::ReturnLabelCost, "return_label_cost_cents"),
    (Field::OrderRemark, "order_remark"),
    (Field::ServiceRemark, "service_remark"),
];

/// What a file of sellers may change of a seller. All are sold on eBay, the only platform there is.
pub const SELLER: [Filled; 6] = [
    (Field::DisplayName, "display_name"),
    (Field::PlatformId, "platform_id"),
    (Field::FeedbackPercent, "feedback_percent"),
    (Field::FeedbackCount, "feedback_count"),
    (Field::TimesSeen, "times_seen"),
    (Field::Flagged, "flagged"),
];

/// Where the rows of a file of records go.
pub const RECORD_TARGET: Target = Target {
    table: "import_record",
    columns: &[
        "import_id",
        "attempt",
        "line",
        "id",
        "given",
        "account_id",
        "ebay_order_id",
        "item_name_folded",
        "sale_date",
        "item_name",
        "qty",
        "sale_price_cents",
        "ebay_fees_cents",
        "amazon_price_cents",
        "amazon_tax_cents",
        "amazon_shipping_cents",
        "amazon_order_id",
        "status",
        "return_label_cost_cents",
        "order_remark",
        "service_remark",
    ],
};

/// Where the rows of a file of sellers go.
pub const SELLER_TARGET: Target = Target {
    table: "import_seller",
    columns: &[
        "import_id",
        "attempt",
        "line",
        "id",
        "given",
        "normalized_name",
        "name_hash",
        "platform",
        "display_name",
        "platform_id",
        "feedback_percent",
        "feedback_count",
        "times_seen",
        "flagged",
    ],
};

/// The marketplace of every seller.
const PLATFORM: &str = "ebay";

/// Whose row it is, of which attempt, from which line, with which id.
type Start<'a> = [Input<'a>; 4];

/// The values of a row of records, for [`RECORD_TARGET`].
pub fn record_values<'a>(
    [import_id, attempt, line, id]: Start<'a>,
    account_id: Uuid,
    row: &'a RecordRow,
    folded: &'a str,
) -> [Input<'a>; 21] {
    // In the order of `RECORD`.
    let (values, given) = given([
        Some(row.sale_date.into()),
        Some(row.item_name.as_str().into()),
        row.qty.map(|qty| i64::from(qty).into()),
        Some(row.sale_price_cents.into()),
        row.ebay_fees_cents.map(Into::into),
        row.amazon_price_cents.map(Into::into),
        row.amazon_tax_cents.map(Into::into),
        row.amazon_shipping_cents.map(Into::into),
        row.amazon_order_id.as_ref().map(|text| text.as_deref().into()),
        row.status.map(|status| status.stored().into()),
        row.return_label_cost_cents.map(Into::into),
        row.order_remark.as_ref().map(|text| text.as_deref().into()),
        row.service_remark.as_ref().map(|text| text.as_deref().into()),
    ]);
    let [a, b, c, d, e, f, g, h, i, j, k, l, m] = values;
    let (account_id, order, folded) = (account_id.into(), row.ebay_order_id.as_str().into(), folded.into());
    [import_id, attempt, line, id, given, account_id, order, folded, a, b, c, d, e, f, g, h, i, j, k, l, m]
}

/// The values of a row of sellers, for [`SELLER_TARGET`].
pub fn seller_values<'a>(
    [import_id, attempt, line, id]: Start<'a>,
    row: &'a SellerRow,
    hash: &'a [u8],
) -> [Input<'a>; 14] {
    // In the order of `SELLER`.
    let (values, given) = given([
        Some(row.display_name.as_str().into()),
        row.platform_id.as_ref().map(|text| text.as_deref().into()),
        row.feedback_percent.map(Into::into),
        row.feedback_count.map(|count| count.map(i64::from).into()),
        row.times_seen.map(|times| i64::from(times).into()),
        row.flagged.map(Into::into),
    ]);
    let [a, b, c, d, e, f] = values;
    let (name, hash, platform) = (row.normalized_name.as_str().into(), hash.into(), PLATFORM.into());
    [import_id, attempt, line, id, given, name, hash, platform, a, b, c, d, e, f]
}

/// The values, null where there is none, and which there are.
fn given<const N: usize>(values: [Option<Input<'_>>; N]) -> ([Input<'_>; N], Input<'_>) {
    let bits = values.iter().enumerate().filter(|(_, value)| value.is_some()).map(|(place, _)| 1_i64 << place);
    let given = bits.sum::<i64>().into();
    (values.map(|value| value.unwrap_or(Input::Null)), given)
}

/// The fields of a file among those that may change something.
pub fn filled(all: &'static [Filled], survey: &Survey) -> impl Iterator<Item = Filled> + Clone {
    let fields: Vec<Field> = survey.fields().collect();
    all.iter().copied().filter(move |(field, _)| fields.contains(field))
}

/// In SQL, what a field will be: what the row gives, else what is stored in `stored`.
pub fn after(all: &'static [Filled], column: &str, stored: &str) -> String {
    after_with(all, column, column, stored)
}

/// The same for a column that follows another: it is given when that is.
pub fn after_with(all: &'static [Filled], leader: &str, column: &str, stored: &str) -> String {
    format!("CASE WHEN {} THEN s.{column} ELSE {stored}.{column} END", is_given(all, leader))
}

/// In SQL, whether the row gives a field, and other than it is stored in `stored`.
pub fn differs(all: &'static [Filled], column: &str, stored: &str) -> String {
    format!("({} AND s.{column} IS DISTINCT FROM {stored}.{column})", is_given(all, column))
}

fn is_given(all: &'static [Filled], column: &str) -> String {
    let place = all.iter().position(|(_, name)| *name == column).unwrap_or_default();
    format!("(s.given & {}) <> 0", 1_i64 << place)
}
