//! From a request to the query of its rows: the same filter and order as the lists have.

use entity::{record, record_remark};
use sea_orm::{
    ConnectionTrait, EntityTrait, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, JoinType, Order},
};

use super::{
    ExportFilter, ExportFormat, ExportRequest,
    columns::{Column, ExportKind},
};
use crate::{
    auth::{Scope, qualified},
    db::RowQuery,
    error::Result,
    page::Ordering,
    records::{self, RecordOrder},
    sellers::{self, SellerOrder},
};

/// The query of a file and the columns it fills.
#[derive(Debug)]
pub struct Plan {
    /// Selects the columns in their order.
    pub query: RowQuery,
    /// The columns.
    pub columns: Vec<Column>,
}

/// The columns of a file.
pub fn columns(scope: &Scope, request: &ExportRequest) -> Result<Vec<Column>> {
    let names = match request.format {
        ExportFormat::Text => Some(vec!["display_name".to_owned()]),
        _ => request.columns.clone(),
    };
    request.filter.kind().chosen(scope, names.as_deref())
}

/// Works out the query. Moments of its filter are found by `db`.
pub async fn plan(db: &impl ConnectionTrait, scope: &Scope, request: &ExportRequest) -> Result<Plan> {
    let kind = request.filter.kind();
    let columns = columns(scope, request)?;
    let mut select = match &request.filter {
        ExportFilter::Records(filter) => {
            let rows = selected(records::matching(scope, filter)?, &columns);
            ordered(with_remarks(rows, kind, &columns), RecordOrder::default()).into_query()
        }
        ExportFilter::Sellers(filter) => {
            let rows = selected(sellers::matching(db, scope, filter).await?, &columns);
            ordered(rows, SellerOrder::default()).into_query()
        }
    };
    let kinds = columns.iter().map(Column::cell_kind).collect();
    Ok(Plan { query: RowQuery { select: select.take(), kinds }, columns })
}

fn selected<E: EntityTrait>(rows: Select<E>, columns: &[Column]) -> Select<E> {
    columns.iter().fold(rows.select_only(), |rows, column| rows.expr_as(column.expr(), column.key))
}

/// The usual order of the lists, which an index has.
fn ordered<E: EntityTrait>(rows: Select<E>, order: impl Ordering<E>) -> Select<E> {
    rows.order_by(order.expr(), Order::Desc).order_by(qualified(order.id()), Order::Desc)
}

/// The table of remarks is touched only for who may read and asks for them.
fn with_remarks(mut rows: Select<record::Entity>, kind: ExportKind, columns: &[Column]) -> Select<record::Entity> {
    if kind == ExportKind::Records && columns.iter().any(Column::is_remark) {
        let on = qualified(record_remark::Column::RecordId).eq(qualified(record::Column::Id));
        QueryTrait::query(&mut rows).join(JoinType::LeftJoin, record_remark::Entity, Expr::expr(on));
    }
    rows
}
