//! Files that come with a request: the scalar that stands for one, and the files themselves.
//!
//! Not here: how they come (`http/graphql/multipart`). What a reader would get wrong: a variable holds a file's number in
//! a form that no JSON and no query can write, so that nobody names a file they did not send.

use std::{fs::File, os::unix::fs::FileExt, sync::Arc};

use async_graphql::{Context, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};

use crate::{
    error::{Error, Result},
    files::Chunks,
};

/// Read from a file at once.
const CHUNK: usize = 256 * 1024;

/// A file of a request.
#[derive(Clone, Debug)]
pub struct UploadedFile {
    /// What its sender calls it.
    pub name: Option<String>,
    /// Its size.
    pub bytes: u64,
    content: Arc<File>,
}

impl UploadedFile {
    /// A file that lies on the disk, whole.
    pub fn new(name: Option<String>, bytes: u64, content: File) -> Self {
        Self { name, bytes, content: Arc::new(content) }
    }

    /// Its bytes, from the beginning.
    pub fn chunks(&self) -> Chunks {
        let (content, bytes) = (Arc::clone(&self.content), self.bytes);
        stream::try_unfold(0_u64, move |at| {
            let content = Arc::clone(&content);
            async move {
                let length = CHUNK.min(usize::try_from(bytes - at).unwrap_or(CHUNK));
                if length == 0 {
                    return Ok(None);
                }
                let read = move || {
                    let mut chunk = BytesMut::zeroed(length);
                    content.read_exact_at(&mut chunk, at).map(|()| chunk.freeze())
                };
                let chunk = tokio::task::spawn_blocking(read).await??;
                Ok(Some((chunk, at + length as u64)))
            }
        })
        .boxed()
    }
}

/// The files of a request, in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub struct Uploads(Arc<[UploadedFile]>);

impl Uploads {
    /// Those of a request.
    pub fn new(files: Vec<UploadedFile>) -> Self {
        Self(files.into())
    }

    /// What a variable holds that stands for the file of this number.
    pub fn variable(number: u32) -> Value {
        Value::Binary(Bytes::copy_from_slice(&number.to_be_bytes()))
    }

    /// The size of all of them.
    pub fn bytes(&self) -> u64 {
        self.0.iter().map(|file| file.bytes).sum()
    }
}

/// A file of a `multipart/form-data` request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upload(u32);

/// A file that is sent along, as the GraphQL multipart request specification says: a variable of this type is `null` in
/// `operations`, and `map` names the part that is its file. Send a header `GraphQL-Preflight: 1` with such a request.
#[Scalar]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::Binary(bytes) => <[u8; 4]>::try_from(bytes.as_ref()).ok().map(u32::from_be_bytes),
            _ => None,
        };
        let message = "must be a file: a variable that the `map` of a multipart/form-data request gives a part to";
        number.map(Self).ok_or_else(|| InputValueError::custom(message))
    }

    fn to_value(&self) -> Value {
        Uploads::variable(self.0)
    }
}

impl Upload {
    /// The file it stands for.
    pub fn file(self, ctx: &Context<'_>) -> Result<UploadedFile> {
        let file = ctx.data_opt::<Uploads>().and_then(|uploads| uploads.0.get(usize::try_from(self.0).ok()?));
        file.cloned().ok_or_else(|| Error::internal("a file that a variable stands for came with the request"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_client_writes_is_a_file() {
        assert_eq!(Upload::parse(Uploads::variable(7)).unwrap(), Upload(7));
        for written in [Value::from(7), Value::from("7"), Value::from("#__graphql_file__:0"), Value::Null] {
            assert!(Upload::parse(written).is_err());
        }
        let json = serde_json::json!([0, 0, 0, 7]);
        assert!(Upload::parse(Value::from_json(json).unwrap()).is_err());
    }

    #[tokio::test]
    async fn a_file_is_read_as_often_as_it_is_asked_for() {
        let text = vec![b'x'; CHUNK * 2 + 1];
        let content = tempfile::tempfile().unwrap();
        content.write_all_at(&text, 0).unwrap();
        let file = UploadedFile::new(None, text.len() as u64, content);
        for _ in 0..2 {
            let read: Vec<Bytes> = file.chunks().map(|chunk| chunk.unwrap()).collect().await;
            assert_eq!(read.concat(), text);
        }
    }
}
