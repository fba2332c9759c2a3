//! Making and changing a record: inputs, payloads and refusals of the two mutations.
//!
//! Not here: which fields need which permission, and what they take; `records` knows.

use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};
use uuid::Uuid;

use super::{
    record::{Record, RecordStatus},
    record_event::RecordField,
    scalar::{Cents, Date},
    user_error::user_error,
};
use crate::{
    error::{Error, Result},
    id::IdKind,
    records::{self, RecordChange, WriteRecordError},
};

/// What of a record may be left out.
#[derive(Debug, InputObject)]
pub struct RecordFieldsInput {
    /// Pieces, 1 or more; 1 of a new record. Needs `order_tracking.write.basic_fields`.
    qty: MaybeUndefined<i32>,
    /// eBay's fees; null when not known. Needs `order_tracking.write.order_fields`.
    ebay_fees_cents: MaybeUndefined<Cents>,
    /// What the goods cost; null when not known. Needs `order_tracking.write.order_fields`.
    amazon_price_cents: MaybeUndefined<Cents>,
    /// Tax on the goods; null when not known. Needs `order_tracking.write.order_fields`.
    amazon_tax_cents: MaybeUndefined<Cents>,
    /// Shipping of the goods; null when not known. Needs `order_tracking.write.order_fields`.
    amazon_shipping_cents: MaybeUndefined<Cents>,
    /// Amazon's order id, at most 100 characters; null or empty when not known. Needs
    /// `order_tracking.write.order_fields`.
    amazon_order_id: MaybeUndefined<String>,
    /// How the sale ended; SUCCESSFUL of a new record. REFUND_NO_RETURN makes the return label cost 0. Needs
    /// `order_tracking.write.service_fields`.
    status: MaybeUndefined<RecordStatus>,
    /// What the return label cost; null when there was none. Needs `order_tracking.write.service_fields`.
    return_label_cost_cents: MaybeUndefined<Cents>,
    /// The order remark, at most 10,000 characters; null or empty for none. Needs `order_tracking.write.order_remark`.
    order_remark: MaybeUndefined<String>,
    /// The service remark, at most 10,000 characters; null or empty for none. Needs
    /// `order_tracking.write.service_remark`.
    service_remark: MaybeUndefined<String>,
}

impl From<RecordFieldsInput> for RecordChange {
    fn from(input: RecordFieldsInput) -> Self {
        Self {
            qty: input.qty.into(),
            ebay_fees_cents: cents(input.ebay_fees_cents),
            amazon_price_cents: cents(input.amazon_price_cents),
            amazon_tax_cents: cents(input.amazon_tax_cents),
            amazon_shipping_cents: cents(input.amazon_shipping_cents),
            amazon_order_id: input.amazon_order_id.into(),
            status: input.status.map_value(Into::into).into(),
            return_label_cost_cents: cents(input.return_label_cost_cents),
            order_remark: input.order_remark.into(),
            service_remark: input.service_remark.into(),
            ..Self::default()
        }
    }
}

fn cents(input: MaybeUndefined<Cents>) -> Option<Option<i64>> {
    input.map_value(|cents| cents.0).into()
}

/// A record to make. Text is kept exactly as it is given. Needs the permissions of all fields that are given, so at least
/// `order_tracking.write.basic_fields` and `order_tracking.write.order_fields`.
#[derive(Debug, InputObject)]
pub struct CreateRecordInput {
    /// The account it was sold from; cannot be changed later.
    account_id: ID,
    /// eBay's order id, at most 100 characters; one live record each per account.
    ebay_order_id: String,
    /// The day of the sale, in 1900 or later.
    sale_date: Date,
    /// What was sold, at most 1,000 characters.
    item_name: String,
    /// What the buyer paid, 0 or more.
    sale_price_cents: Cents,
    #[graphql(flatten)]
    others: RecordFieldsInput,
}

impl CreateRecordInput {
    pub(super) fn account_id(&self) -> Result<Uuid> {
        IdKind::Account.read(&self.account_id)
    }
}

impl From<CreateRecordInput> for RecordChange {
    fn from(input: CreateRecordInput) -> Self {
        Self {
            ebay_order_id: Some(Some(input.ebay_order_id)),
            sale_date: Some(Some(input.sale_date.0)),
            item_name: Some(Some(input.item_name)),
            sale_price_cents: Some(Some(input.sale_price_cents.0)),
            ..input.others.into()
        }
    }
}

/// What to change of a record: what is absent stays, null clears what may be null. Text is kept exactly as it is given.
/// Needs the permissions of all fields that are given, whether they say anything new or not.
#[derive(Debug, InputObject)]
pub struct UpdateRecordInput {
    /// The record's id.
    id: ID,
    /// The version that you saw. When somebody has changed the record since, nothing is written: see
    /// `UpdateRecordPayload.conflictingFields`.
    version: i32,
    /// eBay's order id, at most 100 characters; one live record each per account. Needs
    /// `order_tracking.write.order_fields`.
    ebay_order_id: MaybeUndefined<String>,
    /// The day of the sale, in 1900 or later. Needs `order_tracking.write.basic_fields`.
    sale_date: MaybeUndefined<Date>,
    /// What was sold, at most 1,000 characters. Needs `order_tracking.write.basic_fields`.
    item_name: MaybeUndefined<String>,
    /// What the buyer paid, 0 or more. Needs `order_tracking.write.order_fields`.
    sale_price_cents: MaybeUndefined<Cents>,
    #[graphql(flatten)]
    others: RecordFieldsInput,
}

impl UpdateRecordInput {
    pub(super) fn version(&self) -> Result<(Uuid, i32)> {
        Ok((IdKind::Record.read(&self.id)?, self.version))
    }
}

impl From<UpdateRecordInput> for RecordChange {
    fn from(input: UpdateRecordInput) -> Self {
        Self {
            ebay_order_id: input.ebay_order_id.into(),
            sale_date: input.sale_date.map_value(|day| day.0).into(),
            item_name: input.item_name.into(),
            sale_price_cents: cents(input.sale_price_cents),
            ..input.others.into()
        }
    }
}

user_error!(
    /// Why a record was not made.
    CreateRecordError,
    /// Refusals of `createRecord`.
    CreateRecordErrorCode {
        /// A value cannot be stored; `field` says which, or is null when the costs together are too much.
        InvalidValue = "INVALID_VALUE" at None,
        /// The account has a live record of this eBay order already.
        RecordExists = "RECORD_EXISTS" at Some(&["ebayOrderId"]),
    }
);

user_error!(
    /// Why a record was not changed.
    UpdateRecordError,
    /// Refusals of `updateRecord`.
    UpdateRecordErrorCode {
        /// A value cannot be stored; `field` says which, or is null when the costs together are too much.
        InvalidValue = "INVALID_VALUE" at None,
        /// The account has a live record of this eBay order already.
        RecordExists = "RECORD_EXISTS" at Some(&["ebayOrderId"]),
        /// Somebody has changed the record since; see the payload.
        StaleVersion = "STALE_VERSION" at Some(&["version"]),
    }
);

/// What `createRecord` did.
#[derive(Debug, SimpleObject)]
pub struct CreateRecordPayload {
    /// The new record; null when it was refused.
    record: Option<Record>,
    /// Why nothing was done; empty when it was.
    user_errors: Vec<CreateRecordError>,
}

/// What `updateRecord` did.
#[derive(Debug, SimpleObject)]
pub struct UpdateRecordPayload {
    /// The record as it is now: changed, or as somebody else left it when your version is stale. Null when it was refused
    /// for another reason.
    record: Option<Record>,
    /// Of the fields you gave, those that somebody changed since the version you saw: all of them when nobody knows what
    /// it was. Empty unless it is stale; then too when your fields can be written to `record` as they are.
    conflicting_fields: Vec<RecordField>,
    /// Why nothing was done; empty when it was.
    user_errors: Vec<UpdateRecordError>,
}

/// The error of a refusal as the operation's vocabulary has it, and the field of the input it is about, where the code does
/// not say which.
fn refusal(error: WriteRecordError) -> (Error, Option<Vec<String>>) {
    let message = error.to_string();
    match error {
        WriteRecordError::Other(error) => (error, None),
        WriteRecordError::Stale { .. } => (Error::Conflict { code: "STALE_VERSION", message }, None),
        WriteRecordError::Invalid { field, .. } => {
            let field = field.map(|field| vec![field.name().to_owned()]);
            (Error::bad_input("INVALID_VALUE", message), field)
        }
    }
}

impl CreateRecordPayload {
    pub(super) fn of(outcome: Result<records::Record, WriteRecordError>) -> Result<Self> {
        let error = match outcome {
            Ok(record) => return Ok(Self { record: Some(record.into()), user_errors: Vec::new() }),
            Err(error) => error,
        };
        let (error, field) = refusal(error);
        let error = CreateRecordError::of(error)?;
        Ok(Self { record: None, user_errors: vec![CreateRecordError { field: field.or(error.field), ..error }] })
    }
}

impl UpdateRecordPayload {
    pub(super) fn of(outcome: Result<records::Record, WriteRecordError>) -> Result<Self> {
        let error = match outcome {
            Ok(record) => {
                let (record, conflicting_fields) = (Some(record.into()), Vec::new());
                return Ok(Self { record, conflicting_fields, user_errors: Vec::new() });
            }
            Err(error) => error,
        };
        let (record, conflicting_fields) = match &error {
            WriteRecordError::Stale { current, conflicting } => {
                (Some((**current).clone().into()), conflicting.iter().copied().map(Into::into).collect())
            }
            _ => (None, Vec::new()),
        };
        let (error, field) = refusal(error);
        let error = UpdateRecordError::of(error)?;
        let user_errors = vec![UpdateRecordError { field: field.or(error.field), ..error }];
        Ok(Self { record, conflicting_fields, user_errors })
    }
}
