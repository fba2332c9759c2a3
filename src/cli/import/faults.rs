//! Why a file was not imported, or an import not undone: every reason on a line of its own.
//!
//! What a reader would get wrong: cells and headers are text of others, which a terminal must not obey; reasons quote them
//! escaped already.

use uuid::Uuid;

use super::super::{failure::Failure, shown};
use crate::{
    app::App,
    auth::Actor,
    error::Error,
    imports::{self, Edited, Import, ImportFault},
    page::PageRequest,
};

/// Faults that are read at a time.
const TOGETHER: i32 = 100;

/// The faults of a file, as they are told.
///
/// # Errors
/// When they cannot be read.
pub(super) async fn failure(app: &App, actor: &Actor, import: &Import) -> Result<Failure, Failure> {
    let mut lines = Vec::new();
    let mut after = None;
    loop {
        let request = PageRequest { first: Some(TOGETHER), after: after.take(), ..PageRequest::default() };
        let page = imports::faults(app, actor, import.id, &request).await?;
        for (cursor, fault) in page.rows {
            lines.push(line(&fault));
            after = Some(cursor);
        }
        if !page.has_next {
            break;
        }
    }
    if let ([only], 1) = (lines.as_slice(), import.fault_count)
        && !only.starts_with("line ")
    {
        return Ok(Failure::new(format!("{only}; nothing was imported")));
    }
    let more = import.fault_count - i64::try_from(lines.len()).unwrap_or(i64::MAX);
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    let faults = if import.fault_count == 1 { "1 fault".to_owned() } else { format!("{} faults", import.fault_count) };
    Ok(Failure::new(format!("{faults} in the file; nothing was imported\n{}", lines.join("\n"))))
}

/// What stands in the way of an undoing: as much of it as one reads, and how it is done all the same.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn edited(app: &App, actor: &Actor, id: Uuid, refused: &Error) -> Result<Failure, Failure> {
    let request = PageRequest { first: Some(TOGETHER), ..PageRequest::default() };
    let (mut lines, has_more): (Vec<String>, bool) = match imports::edited_since(app, actor, id, &request).await? {
        Edited::Records(page) => {
            let line = |(_, record): &(_, crate::records::Record)| format!("order {}", shown(&record.ebay_order_id));
            (page.rows.iter().map(line).collect(), page.has_next)
        }
        Edited::Sellers(page) => {
            let line = |(_, seller): &(_, crate::sellers::Seller)| format!("seller {}", shown(&seller.display_name));
            (page.rows.iter().map(line).collect(), page.has_next)
        }
    };
    if has_more {
        lines.push("… and more".to_owned());
    }
    Ok(Failure::new(format!("{refused}\n{}\n--include-edited undoes them as well", lines.join("\n"))))
}

/// The file as a whole is line 0.
fn line(fault: &ImportFault) -> String {
    match (fault.line, &fault.column_name) {
        (0, _) => fault.reason.clone(),
        (line, Some(column)) => format!("line {line}, column {}: {}", shown(column), fault.reason),
        (line, None) => format!("line {line}: {}", fault.reason),
    }
}
