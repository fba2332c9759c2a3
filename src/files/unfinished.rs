//! Uploads to S3 that were begun and not finished: the one listing that `object_store` does not have.
//!
//! The address is signed by `object_store`, the request made by its client; here is what the answer means.

use chrono::{DateTime, Utc};
use http_body_util::BodyExt;
use object_store::{
    Error,
    client::{HttpClient, HttpRequest, HttpRequestBody},
};
use serde::Deserialize;

use crate::error::Cause;

/// A page of the list.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// The uploads.
    pub uploads: Vec<Upload>,
    /// What the next page begins after: a key and an id.
    pub next: Option<(String, String)>,
}

/// An upload.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub struct Upload {
    /// The name the file was to have in the bucket.
    #[serde(rename = "Key")]
    pub key: String,
    /// Its id.
    #[serde(rename = "UploadId")]
    pub id: String,
    /// When it was begun.
    #[serde(rename = "Initiated")]
    pub begun: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(rename = "Upload", default)]
    uploads: Vec<Upload>,
    #[serde(default)]
    is_truncated: bool,
    next_key_marker: Option<String>,
    next_upload_id_marker: Option<String>,
}

/// Asks for a page at a signed address.
pub async fn page(client: &HttpClient, address: &str) -> object_store::Result<Page> {
    let mut request = HttpRequest::new(HttpRequestBody::empty());
    *request.uri_mut() = address.parse().map_err(failed)?;
    let answer = client.execute(request).await.map_err(failed)?;
    let status = answer.status();
    let body = answer.into_body().collect().await.map_err(failed)?.to_bytes();
    if !status.is_success() {
        return Err(failed(format!("{status}: {}", String::from_utf8_lossy(&body))));
    }
    read(&body).map_err(failed)
}

fn read(body: &[u8]) -> Result<Page, quick_xml::DeError> {
    let answer: Answer = quick_xml::de::from_reader(body)?;
    let next = answer.next_key_marker.zip(answer.next_upload_id_marker).filter(|_| answer.is_truncated);
    Ok(Page { uploads: answer.uploads, next })
}

fn failed(error: impl Into<Cause>) -> Error {
    Error::Generic { store: "S3", source: error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_with_or_without_uploads() {
        let empty = "<ListMultipartUploadsResult><Bucket>b</Bucket><KeyMarker></KeyMarker><MaxUploads>1000</MaxUploads>\
                     <IsTruncated>false</IsTruncated></ListMultipartUploadsResult>";
        assert_eq!(read(empty.as_bytes()).unwrap(), Page { uploads: Vec::new(), next: None });
        let upload = "<Upload><Key>a&amp;b</Key><UploadId>i</UploadId><Owner><ID>1</ID></Owner>\
                      <Initiated>2026-11-10T20:48:33.000Z</Initiated></Upload>";
        let page = format!(
            "<?xml version=\"1.0\"?><ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>i</NextUploadIdMarker>{upload}\
             <IsTruncated>true</IsTruncated>{upload}</ListMultipartUploadsResult>"
        );
        let page = read(page.as_bytes()).unwrap();
        assert_eq!(page.uploads.len(), 2);
        assert_eq!(page.uploads[0].key, "a&b");
        assert_eq!(page.next, Some(("k".to_owned(), "i".to_owned())));
        assert!(read(b"<html>").is_err());
    }
}
