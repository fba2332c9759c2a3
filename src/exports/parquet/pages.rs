//! Where the finished pages of a column wait until the column is complete: its dictionary comes first in the file and is
//! known last.
//!
//! What a reader would get wrong: the file begins anew with each row group, when the store of its first column is made; by
//! then the pages of the last one have been taken.

use std::{io, path::Path, sync::Arc};

use bytes::Bytes;
use parquet::{
    column::page_store::{PageKey, PageStore, PageStoreArgs, PageStoreFactory},
    errors::{ParquetError, Result},
};

use super::scratch::{Place, Scratch};

/// The pages of one export.
#[derive(Debug)]
pub struct PageFile(Arc<Scratch>);

/// The pages of one column of one row group.
struct Pages {
    file: Arc<Scratch>,
    places: Vec<Place>,
}

impl PageFile {
    /// An empty file in `dir`.
    pub fn new(dir: &Path) -> io::Result<Self> {
        Ok(Self(Arc::new(Scratch::new(dir)?)))
    }
}

impl PageStoreFactory for PageFile {
    fn create(&self, column: &PageStoreArgs<'_>) -> Result<Box<dyn PageStore>> {
        if column.column_index() == 0 {
            self.0.restart();
        }
        Ok(Box::new(Pages { file: Arc::clone(&self.0), places: Vec::new() }))
    }
}

impl PageStore for Pages {
    fn put(&mut self, page: Bytes) -> Result<PageKey> {
        self.places.push(self.file.put(&page)?);
        Ok(PageKey::new(self.places.len() as u64 - 1))
    }

    fn take(&mut self, key: PageKey) -> Result<Bytes> {
        let place = usize::try_from(key.get()).ok().and_then(|key| self.places.get(key));
        let place = *place.ok_or_else(|| ParquetError::General("no page has this key".to_owned()))?;
        let mut page = Vec::new();
        self.file.get(place, &mut page)?;
        Ok(page.into())
    }
}
