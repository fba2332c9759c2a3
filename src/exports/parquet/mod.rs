//! Parquet: typed columns, handed on row group by row group.
//!
//! Money is whole cents (INT64) or DECIMAL(18, 2); days, moments, numbers and booleans are what they are, ids the text
//! they are everywhere, and texts stay as they were written: the prefix against formulas is for spreadsheets alone. What a
//! reader would get wrong: rows come row by row, and a row group is written column by column. Its cells wait in a
//! temporary file, so that neither many rows nor several exports at a time cost memory; nothing leaves before its row group
//! is complete.

mod cells;
mod column;
mod pages;
mod scratch;

use std::{path::Path, sync::Arc};

use arrow_schema::{Field, Schema};
use parquet::{
    arrow::{
        ArrowWriter,
        arrow_writer::{
            ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves,
        },
    },
    basic::{Compression, ZstdLevel},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
        writer::SerializedFileWriter,
    },
    schema::types::ColumnPath,
};
use tokio_util::sync::CancellationToken;

use self::{
    cells::Cells,
    column::{Builder, field},
    pages::PageFile,
    scratch::Scratch,
};
use super::{
    columns::{Column, ExportKind, Money, Shape},
    output::{FIRST_PAGE, Output},
    spool::SpoolWriter,
};
use crate::{
    db::{Cell, RowSink, Stop},
    error::{Context, Error, Result},
};

/// Rows of a row group; DuckDB's own number: a row group is what one thread of a reader takes.
const ROWS_OF_GROUP: usize = 122_880;
/// Bytes of the cells of a row group, for rows with long texts: readers hold several at once.
const BYTES_OF_GROUP: usize = 64 * 1024 * 1024;
/// Cells of a column that are encoded at once, and bytes of text beyond which it is done earlier.
const ROWS_OF_BATCH: usize = 512;
const BYTES_OF_BATCH: usize = 16 * 1024;
/// Bytes of a page before compression, and rows of it. Small enough that nothing allocated for one exceeds 64 KiB, beyond
/// which the allocator keeps 4 MiB for every size it has seen.
const BYTES_OF_PAGE: usize = 16 * 1024;
const ROWS_OF_PAGE: usize = 4 * 1024;
/// How often the size of a page is looked at, in rows.
const ROWS_BETWEEN_LOOKS: usize = 256;
/// Bytes of different values that a column keeps a dictionary of; the same bound.
const BYTES_OF_DICTIONARY: usize = 16 * 1024;
/// Of zstd. Level 3 makes files no smaller.
const COMPRESSION: i32 = 1;

/// Writes a Parquet file.
pub struct Parquet {
    writer: SerializedFileWriter<Output>,
    factory: ArrowRowGroupWriterFactory,
    columns: Vec<InHand>,
    scratch: Scratch,
    rows_of_group: usize,
    bytes_of_group: usize,
    rows: u64,
    gone: CancellationToken,
}

/// A column and its cells of the row group in hand.
struct InHand {
    field: Field,
    builder: Builder,
    cells: Cells,
}

impl Parquet {
    /// A file without rows; temporary files lie in `dir`.
    ///
    /// # Errors
    /// When a temporary file cannot be made.
    pub fn new(
        spool: SpoolWriter,
        kind: ExportKind,
        columns: &[Column],
        money: Money,
        exported_at: &str,
        dir: &Path,
    ) -> Result<Self> {
        let gone = spool.gone();
        let fields: Vec<Field> = columns.iter().map(|column| field(column, money)).collect();
        let pages = PageFile::new(dir).doing("making a file for the pages of a column")?;
        let options = ArrowWriterOptions::new()
            .with_properties(properties(kind, columns, money, exported_at)?)
            .with_page_store_factory(Arc::new(pages))
            .with_schema_root(kind.name().to_owned())
            // Parquet's own types say all there is to say.
            .with_skip_arrow_metadata(true);
        let schema = Arc::new(Schema::new(fields.clone()));
        let (writer, factory) = ArrowWriter::try_new_with_options(Output::new(spool), schema, options)
            .and_then(ArrowWriter::into_serialized_writer)
            .doing("beginning a Parquet file")?;
        let columns = columns.iter().zip(fields);
        let in_hand = |(column, field): (&Column, _)| InHand {
            field,
            builder: Builder::new(column.shape, money),
            cells: Cells::default(),
        };
        Ok(Self {
            writer,
            factory,
            columns: columns.map(in_hand).collect(),
            scratch: Scratch::new(dir).doing("making a file for the cells of a row group")?,
            rows_of_group: 0,
            bytes_of_group: 0,
            rows: 0,
            gone,
        })
    }

    /// Rows so far.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes the end of the file and gives back what it wrote into.
    ///
    /// # Errors
    /// When it cannot be written or nobody takes it.
    pub fn into_output(mut self) -> Result<Output, Stop> {
        self.end_group()?;
        let gone = self.gone;
        self.writer.into_inner().map_err(|error| stop(&gone, Error::caused("ending a Parquet file", error)))
    }

    /// Hands the row group on.
    fn end_group(&mut self) -> Result<(), Stop> {
        if self.rows_of_group > 0 {
            self.write_group().map_err(|error| stop(&self.gone, error))?;
            self.scratch.restart();
            (self.rows_of_group, self.bytes_of_group) = (0, 0);
        }
        Ok(())
    }

    /// One column after another, so that only one needs a dictionary and a compressor at a time.
    fn write_group(&mut self) -> Result<()> {
        let writers = self.factory.create_column_writers(self.writer.flushed_row_groups().len());
        let mut group = self.writer.next_row_group().doing("beginning a row group")?;
        for (column, writer) in self.columns.iter_mut().zip(writers.doing("beginning the columns of a row group")?) {
            let chunk = column.encoded(writer, &self.scratch)?;
            chunk.append_to_row_group(&mut group).doing("handing a column on")?;
        }
        group.close().doing("ending a row group")?;
        Ok(())
    }
}

impl RowSink for Parquet {
    fn cell(&mut self, index: usize, cell: Cell<'_>) -> Result<(), Stop> {
        let column = self.columns.get_mut(index);
        let column = column.ok_or_else(|| Error::internal("a row has no more cells than columns"))?;
        self.bytes_of_group += column.cells.add(cell, &self.scratch)?;
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Stop> {
        self.rows += 1;
        self.rows_of_group += 1;
        if self.rows == FIRST_PAGE {
            self.writer.inner().ready();
        }
        if self.rows_of_group >= ROWS_OF_GROUP || self.bytes_of_group >= BYTES_OF_GROUP {
            self.end_group()?;
        }
        Ok(())
    }
}

impl InHand {
    /// Its cells as a column of the row group; then it has none.
    fn encoded(&mut self, mut writer: ArrowColumnWriter, scratch: &Scratch) -> Result<ArrowColumnChunk> {
        let Self { field, builder, cells } = self;
        let mut write = |builder: &mut Builder| -> Result<()> {
            let values = builder.finish()?;
            for leaf in compute_leaves(field, &values).doing("turning cells into a column")? {
                writer.write(&leaf).doing("encoding a column")?;
            }
            Ok(())
        };
        let (mut count, mut bytes) = (0, 0);
        cells.drain(scratch, |cell| {
            count += 1;
            bytes += builder.add(cell)?;
            if count >= ROWS_OF_BATCH || bytes >= BYTES_OF_BATCH {
                (count, bytes) = (0, 0);
                write(builder)?;
            }
            Ok(())
        })?;
        write(builder)?;
        writer.close().doing("ending a column")
    }
}

fn properties(kind: ExportKind, columns: &[Column], money: Money, exported_at: &str) -> Result<WriterProperties> {
    let level = ZstdLevel::try_new(COMPRESSION).doing("choosing a compression")?;
    let facts = [("exported_at", exported_at), ("kind", kind.name())];
    let facts = facts.map(|(key, value)| KeyValue::new(key.to_owned(), value.to_owned()));
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("sellerbook ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(facts.to_vec()))
        .set_compression(Compression::ZSTD(level))
        .set_data_page_row_count_limit(ROWS_OF_PAGE)
        .set_data_page_size_limit(BYTES_OF_PAGE)
        .set_write_batch_size(ROWS_BETWEEN_LOOKS)
        .set_dictionary_page_size_limit(BYTES_OF_DICTIONARY)
        // Those of every page would be kept to the end of the file.
        .set_statistics_enabled(EnabledStatistics::Chunk);
    // No two ids of rows are the same; those of other things come again, or not at all.
    for column in columns.iter().filter(|column| matches!(column.shape, Shape::Id(_)) && !column.is_nullable) {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(column.header(money)), false);
    }
    Ok(properties.build())
}

/// A failure to write is no news when nobody reads any more.
fn stop(gone: &CancellationToken, error: Error) -> Stop {
    if gone.is_cancelled() { Stop::Gone } else { error.into() }
}

impl<T> Context<T> for std::result::Result<T, ParquetError> {
    fn doing(self, context: &'static str) -> Result<T> {
        self.map_err(|error| Error::caused(context, error))
    }
}

#[cfg(test)]
mod tests;
