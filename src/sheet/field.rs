//! What a column can fill: the fields of both kinds, and the names people give them.
//!
//! Not here: how a header finds its field (`header.rs`), and how a cell is read (`record.rs`, `seller.rs`). What a reader
//! would get wrong: a field's key is its column's in the tables and in our files but for money, whose unit a header says.

use serde::{Deserialize, Serialize};

use super::reading::SheetKind;

macro_rules! fields {
    ($($(#[doc = $doc:literal])+ $variant:ident: $kind:ident $shape:ident $key:literal, $label:literal, [$($alias:literal),*];)+) => {
        /// What a column can fill. Its name is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Field {
            $($(#[doc = $doc])+ #[serde(rename = $key)] $variant,)+
        }

        impl Field {
            const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name: that of our files.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// Its name for people.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }

            /// Other names that people give it, in small letters.
            #[must_use]
            pub fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($alias),*],)+ }
            }

            /// What has such a field.
            #[must_use]
            pub fn kind(self) -> SheetKind {
                match self { $(Self::$variant => SheetKind::$kind,)+ }
            }

            /// What its cells are.
            #[must_use]
            pub fn shape(self) -> FieldShape {
                match self { $(Self::$variant => FieldShape::$shape,)+ }
            }
        }
    };
}

/// What the cells of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldShape {
    /// Text, kept as it is.
    Text,
    /// An amount of money.
    Money,
    /// A day.
    Day,
    /// A whole number.
    Count,
    /// A share of 0 to 100.
    Percent,
    /// True or false.
    Flag,
    /// One of a few words.
    Word,
}

fields! {
    /// The code of the account a record is sold from.
    AccountCode: Records Text "account_code", "Account",
        ["account", "account name", "ebay account", "store", "store name", "ebay store", "shop"];
    /// eBay's order id.
    EbayOrderId: Records Text "ebay_order_id", "eBay order",
        ["order", "order id", "order number", "order no", "ebay order id", "ebay order number", "ebay order no"];
    /// The day of the sale.
    SaleDate: Records Day "sale_date", "Sale date",
        ["date", "date sold", "sold date", "sold on", "sale day", "order date", "date of sale", "paid on date"];
    /// What was sold.
    ItemName: Records Text "item_name", "Item",
        ["item title", "title", "product", "product name", "product title", "item description", "listing title"];
    /// Pieces.
    Qty: Records Count "qty", "Quantity", ["quantity sold", "pieces", "units", "amount sold"];
    /// What the buyer paid.
    SalePrice: Records Money "sale_price", "Sale price",
        ["sold price", "sold for", "selling price", "price sold", "order total", "sale amount", "sale total"];
    /// eBay's fees.
    EbayFees: Records Money "ebay_fees", "eBay fees", ["ebay fee", "fees", "final value fee", "selling fees"];
    /// What the goods cost.
    AmazonPrice: Records Money "amazon_price", "Amazon price",
        ["amazon cost", "amz price", "purchase price", "buy price", "product cost", "item cost"];
    /// Tax on the goods.
    AmazonTax: Records Money "amazon_tax", "Amazon tax", ["amz tax", "purchase tax"];
    /// Shipping of the goods.
    AmazonShipping: Records Money "amazon_shipping", "Amazon shipping",
        ["amz shipping", "purchase shipping", "amazon shipping cost"];
    /// Amazon's order id.
    AmazonOrderId: Records Text "amazon_order_id", "Amazon order",
        ["amazon order number", "amazon order no", "amz order", "amz order id", "purchase order id"];
    /// How the sale ended.
    Status: Records Word "status", "Status", ["order status", "record status"];
    /// What the return label cost.
    ReturnLabelCost: Records Money "return_label_cost", "Return label",
        ["label cost", "return label price", "return shipping", "return cost", "return shipping cost"];
    /// The order remark.
    OrderRemark: Records Text "order_remark", "Order remark", ["order note", "order notes", "order comment", "remark", "note", "notes"];
    /// The service remark.
    ServiceRemark: Records Text "service_remark", "Service remark", ["service note", "service notes", "service comment"];

    /// A seller's name.
    DisplayName: Sellers Text "display_name", "Name",
        ["seller", "seller name", "sellers", "username", "user name", "user", "ebay seller", "ebay username", "ebay user", "store", "store name", "seller id"];
    /// The platform.
    Platform: Sellers Word "platform", "Platform", ["marketplace", "site"];
    /// The platform's own id.
    PlatformId: Sellers Text "platform_id", "Platform id", ["ebay id", "ebay user id", "immutable id"];
    /// Runs that saw the seller.
    TimesSeen: Sellers Count "times_seen", "Times seen", ["seen", "sightings", "seen count"];
    /// The share of good feedback.
    FeedbackPercent: Sellers Percent "feedback_percent", "Feedback %",
        ["feedback percentage", "positive feedback", "positive feedback %", "feedback rate", "feedback rating"];
    /// How many feedbacks.
    FeedbackCount: Sellers Count "feedback_count", "Feedbacks", ["feedback score", "feedback", "feedback number"];
    /// Whether the seller is flagged.
    Flagged: Sellers Flag "flagged", "Flagged", ["flag", "is flagged", "marked", "starred"];
}

impl Field {
    /// The fields of a kind, in the order of our files.
    pub fn of_kind(kind: SheetKind) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |field| field.kind() == kind)
    }

    /// The field of this name, of a kind.
    #[must_use]
    pub fn find(kind: SheetKind, key: &str) -> Option<Self> {
        Self::of_kind(kind).find(|field| field.key() == key)
    }

    /// Whether every file must have it.
    #[must_use]
    pub fn is_required(self) -> bool {
        matches!(self, Self::EbayOrderId | Self::SaleDate | Self::ItemName | Self::SalePrice | Self::DisplayName)
    }
}

/// Columns of our own files that are computed, or ours to give: known by name and not read.
pub(super) fn ours(kind: SheetKind) -> &'static [&'static str] {
    match kind {
        SheetKind::Records => {
            &["id", "earnings net", "net earnings", "cogs total", "cost of goods", "profit", "created at", "updated at"]
        }
        SheetKind::Sellers => &[
            "id",
            "normalized name",
            "normalised name",
            "created at",
            "added at",
            "discovered at",
            "first seen run id",
            "first seen in run",
            "last seen run id",
            "last seen in run",
            "source product",
            "updated at",
        ],
    }
}
