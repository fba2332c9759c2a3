//! Why a file was not imported, or an import not undone: the first reasons on a line each, all of them in a file.
//!
//! What a reader would get wrong: cells and headers are text of others, which a terminal must not obey; reasons quote them
//! escaped already.

use std::{io, path::Path, pin::pin};

use futures::TryStreamExt;
use tokio::{fs::File, io::AsyncWriteExt};
use uuid::Uuid;

use super::super::{failure::Failure, shown};
use crate::{
    app::App,
    auth::Actor,
    error::Error,
    imports::{self, Edited, Import, ImportFault},
    page::PageRequest,
};

/// Faults that are told one by one: as many as one reads.
const TOLD: i32 = 20;
/// Edited rows that are told one by one.
const TOGETHER: i32 = 100;

/// The faults of a file, as they are told; all of them go to the file `list`.
///
/// # Errors
/// When they cannot be read, or written there.
pub(super) async fn failure(
    app: &App,
    actor: &Actor,
    import: &Import,
    list: Option<&Path>,
) -> Result<Failure, Failure> {
    if let Some(list) = list {
        write(app, actor, import.id, list).await?;
    }
    let request = PageRequest { first: Some(TOLD), ..PageRequest::default() };
    let page = imports::faults(app, actor, import.id, &request).await?;
    let mut lines: Vec<String> = page.rows.iter().map(|(_, fault)| line(fault)).collect();
    if let ([only], 1) = (lines.as_slice(), import.fault_count)
        && !only.starts_with("line ")
    {
        return Ok(Failure::new(format!("{only}; nothing was imported")));
    }
    let more = import.fault_count - i64::try_from(lines.len()).unwrap_or(i64::MAX);
    match list {
        Some(list) if more > 0 => lines.push(format!("… and {more} more, in {}", shown(&list.to_string_lossy()))),
        None if more > 0 => lines.push(format!("… and {more} more; --faults FILE writes them to a CSV")),
        _ => {}
    }
    let faults = if import.fault_count == 1 { "1 fault".to_owned() } else { format!("{} faults", import.fault_count) };
    Ok(Failure::new(format!("{faults} in the file; nothing was imported\n{}", lines.join("\n"))))
}

/// The CSV that the API gives as well.
async fn write(app: &App, actor: &Actor, id: Uuid, list: &Path) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::new(format!("writing {}: {error}", shown(&list.to_string_lossy())));
    let mut chunks = pin!(imports::faults_csv(app, actor, id).await?);
    let mut file = File::create(list).await.map_err(failed)?;
    while let Some(chunk) = chunks.try_next().await.map_err(failed)? {
        file.write_all(&chunk).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)
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
