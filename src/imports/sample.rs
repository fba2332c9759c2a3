//! The first rows of a file as they were understood, for a person to look at before they are stored.
//!
//! Not here: reading them (`stage.rs`). What a reader would get wrong: values are spelled as in an export, whatever the file
//! writes; so what is shown is what will be stored.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::list::get;
use crate::{
    app::App,
    auth::Actor,
    error::{Error, Result},
    sheet::{Field, RecordRow, SellerRow},
};

/// Rows of a sample: a screen of them.
pub(super) const ROWS: usize = 20;

/// One row, as it was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleRow {
    /// The line it begins on.
    pub line: u64,
    /// What the file gives for it, in the order of the fields.
    pub cells: Vec<SampleCell>,
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleCell {
    /// What it fills.
    pub field: Field,
    /// The value as in an export; none when it is empty.
    pub value: Option<String>,
}

/// The first rows of an import's file that could be understood; none before they were read.
///
/// # Errors
/// `FORBIDDEN` for who may import nothing; `NOT_FOUND`.
pub async fn sample(app: &App, actor: &Actor, id: Uuid) -> Result<Vec<SampleRow>> {
    match get(app, actor, id).await?.sample {
        Some(sample) => read(&sample),
        None => Ok(Vec::new()),
    }
}

/// A sample as it is stored.
pub(super) fn stored(rows: &[SampleRow]) -> Result<String> {
    serde_json::to_string(rows).map_err(|error| Error::caused("storing the first rows of a file", error))
}

fn read(sample: &str) -> Result<Vec<SampleRow>> {
    serde_json::from_str(sample).map_err(|error| Error::caused("reading the first rows of a file", error))
}

/// Gathers what a row gives.
#[derive(Default)]
struct Cells(Vec<SampleCell>);

impl Cells {
    /// A value that the file gives.
    fn is(mut self, field: Field, value: impl ToString) -> Self {
        self.0.push(SampleCell { field, value: Some(value.to_string()) });
        self
    }

    /// A value that the file may give.
    fn may_be(self, field: Field, value: Option<&impl ToString>) -> Self {
        match value {
            Some(value) => self.is(field, value.to_string()),
            None => self,
        }
    }

    /// A value that the file may give, as empty too.
    fn may_be_empty(mut self, field: Field, value: Option<&Option<impl ToString>>) -> Self {
        if let Some(value) = value {
            self.0.push(SampleCell { field, value: value.as_ref().map(ToString::to_string) });
        }
        self
    }
}

/// A row of a file of records.
pub(super) fn of_record(line: u64, row: &RecordRow) -> SampleRow {
    use Field as F;
    let cells = Cells::default()
        .may_be(F::AccountCode, row.account_code.as_ref())
        .is(F::EbayOrderId, &row.ebay_order_id)
        .is(F::SaleDate, row.sale_date)
        .is(F::ItemName, &row.item_name)
        .may_be(F::Qty, row.qty.as_ref())
        .is(F::SalePrice, row.sale_price_cents)
        .may_be_empty(F::EbayFees, row.ebay_fees_cents.as_ref())
        .may_be_empty(F::AmazonPrice, row.amazon_price_cents.as_ref())
        .may_be_empty(F::AmazonTax, row.amazon_tax_cents.as_ref())
        .may_be_empty(F::AmazonShipping, row.amazon_shipping_cents.as_ref())
        .may_be_empty(F::AmazonOrderId, row.amazon_order_id.as_ref())
        .may_be(F::Status, row.status.map(|status| status.stored()).as_ref())
        .may_be_empty(F::ReturnLabelCost, row.return_label_cost_cents.as_ref())
        .may_be_empty(F::OrderRemark, row.order_remark.as_ref())
        .may_be_empty(F::ServiceRemark, row.service_remark.as_ref());
    SampleRow { line, cells: cells.0 }
}

/// A row of a file of sellers.
pub(super) fn of_seller(line: u64, row: &SellerRow) -> SampleRow {
    use Field as F;
    let cells = Cells::default()
        .is(F::DisplayName, &row.display_name)
        .may_be_empty(F::PlatformId, row.platform_id.as_ref())
        .may_be(F::TimesSeen, row.times_seen.as_ref())
        .may_be_empty(F::FeedbackPercent, row.feedback_percent.as_ref())
        .may_be_empty(F::FeedbackCount, row.feedback_count.as_ref())
        .may_be(F::Flagged, row.flagged.as_ref());
    SampleRow { line, cells: cells.0 }
}
