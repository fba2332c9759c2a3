//! Files through `Files`: whole or not at all, on the disk and in S3, also when those fail.

pub mod disk;
pub mod flaky;
mod full;
pub mod place;

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use sellerbook::{
    error::{Error, Result},
    files::{Files, LeftoverKind},
};
use sha2::{Digest, Sha256};

use self::place::Place;
use crate::on_both_stores;

/// Long enough for an upload in parts.
const LONG: u64 = 20 * 1024 * 1024 + 12_345;

/// Bytes that differ from place to place.
fn content(length: u64) -> Vec<u8> {
    (0..length).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// The content in chunks of odd length.
fn chunks(content: &[u8]) -> impl Stream<Item = io::Result<Bytes>> + use<> {
    let chunks: Vec<_> = content.chunks(70_001).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    stream::iter(chunks)
}

async fn read(files: &Files, key: &str, range: std::ops::Range<u64>) -> Result<Vec<u8>> {
    let chunks = files.read(key, range).await?;
    let bytes: Vec<Bytes> = chunks.try_collect().await.map_err(|error| Error::caused("reading", error))?;
    Ok(bytes.concat())
}

on_both_stores! {
    async fn a_file_is_read_as_it_was_written(place: Place) {
        for length in [0, 1, 70_001, LONG] {
            let (key, content) = (format!("exports/a/{length}.csv"), content(length));
            let told = AtomicU64::new(0);
            let on_bytes = |bytes| told.store(bytes, Ordering::SeqCst);
            let written = place.files.write(&key, chunks(&content), on_bytes).await.unwrap();
            assert_eq!(written, length);
            assert_eq!(told.load(Ordering::SeqCst), length);
            assert!(read(&place.files, &key, 0..length).await.unwrap() == content, "{length}");
        }
        assert_eq!(place.everything().await.len(), 4);
    }

    async fn a_range_is_read_alone(place: Place) {
        let content = content(LONG);
        place.files.write("a.csv", chunks(&content), |_| ()).await.unwrap();
        let piece = 4 * 1024 * 1024;
        for range in [0..0, 0..1, 5..70_000, piece - 1..piece + 1, LONG - 1..LONG, 1..LONG, LONG..LONG] {
            let expected = &content[range.start as usize..range.end as usize];
            assert!(read(&place.files, "a.csv", range.clone()).await.unwrap() == expected, "{range:?}");
        }
        // What is not there breaks the stream rather than ending it.
        assert!(read(&place.files, "a.csv", LONG - 5..LONG + 5).await.is_err());
    }

    async fn a_file_that_is_gone_is_not_found_and_is_deleted_again(place: Place) {
        for range in [0..1, 0..0] {
            assert_eq!(read(&place.files, "a.csv", range).await.unwrap_err().code(), "NOT_FOUND");
        }
        place.files.delete("a.csv").await.unwrap();
        place.files.write("a.csv", chunks(&content(10)), |_| ()).await.unwrap();
        place.files.delete("a.csv").await.unwrap();
        place.files.delete("a.csv").await.unwrap();
        assert_eq!(read(&place.files, "a.csv", 0..1).await.unwrap_err().code(), "NOT_FOUND");
        place.becomes_empty().await;
    }

    async fn a_source_that_fails_leaves_nothing(place: Place) {
        for length in [0, 1000, LONG] {
            let fails = |error| chunks(&content(length)).chain(stream::iter([Err(error)]));
            let theirs = place.files.write("a.csv", fails(io::Error::other("gone")), |_| ()).await.unwrap_err();
            assert_eq!(theirs.code(), "INTERNAL");
            // One of our own comes back as it was.
            let ours = io::Error::other(Error::too_large("SPOOL_FULL", "x"));
            let ours = place.files.write("b.csv", fails(ours), |_| ()).await.unwrap_err();
            assert_eq!(ours.code(), "SPOOL_FULL");
            assert_eq!(read(&place.files, "a.csv", 0..0).await.unwrap_err().code(), "NOT_FOUND");
            // At once: who was told that it failed finds nothing.
            assert_eq!(place.everything().await, [], "{length}");
        }
        place.becomes_empty().await;
    }

    async fn a_write_that_is_dropped_leaves_nothing(place: Place) {
        for length in [0, 1000, LONG] {
            let endless = chunks(&content(length)).chain(stream::pending());
            let write = place.files.write("a.csv", endless, |_| ());
            let _ = tokio::time::timeout(Duration::from_millis(500), write).await.unwrap_err();
            place.becomes_empty().await;
        }
    }

    async fn a_write_that_is_dropped_at_any_moment_leaves_nothing(place: Place) {
        // From the first step to after the last: what is dropped while it finishes is taken away once it has.
        let content = content(9 * 1024 * 1024);
        for turn in 0_u32..25 {
            let key = format!("{turn}.csv");
            let write = place.files.write(&key, chunks(&content), |_| ());
            if tokio::time::timeout(Duration::from_millis(20) * turn, write).await.is_ok() {
                place.files.delete(&key).await.unwrap();
            }
        }
        place.becomes_empty().await;
    }

    async fn nothing_can_be_read_before_all_is_written(place: Place) {
        let content = content(LONG);
        let (sender, receiver) = futures::channel::mpsc::unbounded();
        let files = place.files.clone();
        let write = tokio::spawn(async move { files.write("a.csv", receiver, |_| ()).await });
        sender.unbounded_send(Ok(Bytes::from(content.clone()))).unwrap();
        let deadline = std::time::Instant::now() + Duration::from_secs(20);
        while place.everything().await.is_empty() {
            assert!(std::time::Instant::now() < deadline);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let [only] = &place.everything().await[..] else { panic!("more than one") };
        assert_eq!(only.key, "a.csv");
        let is_unfinished = match only.kind {
            LeftoverKind::Whole => false,
            LeftoverKind::Staged(_) => !place.is_s3(),
            LeftoverKind::Upload(_) => place.is_s3(),
        };
        assert!(is_unfinished, "{only:?}");
        assert_eq!(read(&place.files, "a.csv", 0..0).await.unwrap_err().code(), "NOT_FOUND");
        drop(sender);
        assert_eq!(write.await.unwrap().unwrap(), LONG);
        let [only] = &place.everything().await[..] else { panic!("more than one") };
        assert_eq!(only.kind, LeftoverKind::Whole);
        assert!(read(&place.files, "a.csv", 0..LONG).await.unwrap() == content);
    }

    async fn leftovers_are_listed_by_age_and_removed(place: Place) {
        place.files.write("exports/a.csv", chunks(&content(10)), |_| ()).await.unwrap();
        let endless = chunks(&content(LONG)).chain(stream::pending());
        let mut write = Box::pin(place.files.write("exports/b.csv", endless, |_| ()));
        let _ = tokio::time::timeout(Duration::from_secs(1), &mut write).await.unwrap_err();
        // moto says of every upload that it was begun in November 2010.
        assert_eq!(place.files.leftovers("2010-01-01T00:00:00Z".parse().unwrap()).await.unwrap(), []);
        let mut found = place.everything().await;
        found.sort_by(|a, b| a.key.cmp(&b.key));
        let keys: Vec<&str> = found.iter().map(|leftover| leftover.key.as_str()).collect();
        assert_eq!(keys, ["exports/a.csv", "exports/b.csv"]);
        assert_eq!(found[0].kind, LeftoverKind::Whole);
        for leftover in found.iter().chain(&found) {
            place.files.remove(leftover).await.unwrap();
        }
        drop(write);
        place.becomes_empty().await;
    }

    async fn a_key_that_leads_elsewhere_is_refused(place: Place) {
        for key in ["../a.csv", "a/../../b.csv", "..", "", "/etc/passwd", "a//b", "a\0b", "a#1", ".hidden", "a/./b"] {
            assert!(place.files.write(key, chunks(&content(10)), |_| ()).await.is_err(), "{key:?}");
            assert!(read(&place.files, key, 0..1).await.is_err(), "{key:?}");
            assert!(place.files.delete(key).await.is_err(), "{key:?}");
            if place.is_s3() {
                let signed = place.files.presign(key, "a.csv", "text/csv", Duration::from_secs(60)).await;
                assert!(signed.is_err(), "{key:?}");
            }
        }
        place.becomes_empty().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_made_by_its_first_file_and_is_ours_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::on_disk();
    assert!(!place.folder().exists());
    place.files.write("exports/a.csv", chunks(&content(10)), |_| ()).await.unwrap();
    assert_eq!(place.folder().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert!(place.folder().join("exports/a.csv").is_file());
    // From the disk nobody is sent elsewhere.
    let signed = place.files.presign("exports/a.csv", "a.csv", "text/csv", Duration::from_secs(60)).await.unwrap();
    assert_eq!(signed, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_staged_and_others_put_there_is_told_apart() {
    let place = Place::on_disk();
    place.files.write("exports/a.csv", chunks(&content(10)), |_| ()).await.unwrap();
    for name in ["exports/b.csv#1", "exports/a.csv#2", "exports/notes about it.txt", "exports/x#y"] {
        std::fs::write(place.folder().join(name), "left").unwrap();
    }
    let mut found: Vec<_> = place.everything().await.into_iter().map(|found| (found.key.clone(), found)).collect();
    found.sort_by(|(a, x), (b, y)| (a, x.kind != LeftoverKind::Whole).cmp(&(b, y.kind != LeftoverKind::Whole)));
    let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["exports/a.csv", "exports/a.csv", "exports/b.csv"]);
    for (_, staged) in found.iter().filter(|(_, found)| matches!(found.kind, LeftoverKind::Staged(_))) {
        place.files.remove(staged).await.unwrap();
    }
    assert_eq!(place.everything().await.len(), 1);
    assert!(place.folder().join("exports/notes about it.txt").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_itself_gives_a_file_by_a_signed_address_with_its_name() {
    let Some(place) = Place::on_s3() else { return };
    place.files.write("exports/a.csv", chunks(b"id,name\r\n"), |_| ()).await.unwrap();
    let name = "sellers_20261120.csv";
    let signed = place.files.presign("exports/a.csv", name, "text/csv; charset=utf-8", Duration::from_secs(60)).await;
    let signed = signed.unwrap().unwrap();
    let path = signed.strip_prefix(place.endpoint()).unwrap();
    assert!(!signed.contains("a%20secret") && signed.contains("X-Amz-Expires=60"), "{signed}");
    let answer = place::request(place.endpoint(), "GET", path).to_lowercase();
    assert!(answer.starts_with("http/1.1 200") && answer.ends_with("id,name\r\n"), "{answer}");
    assert!(answer.contains(&format!("content-disposition: attachment; filename=\"{name}\"")), "{answer}");
    assert!(answer.contains("content-type: text/csv; charset=utf-8"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_megabytes_go_to_s3_in_parts_with_little_in_memory() {
    let Some(place) = Place::on_s3() else { return };
    let (chunk, count) = (Bytes::from(content(1024 * 1024)), 50_u64);
    // Chunks handed out and not given back are what is in memory: each is kept alive by what was made from it.
    let live = std::sync::Arc::new(());
    let most = std::sync::Arc::new(AtomicU64::new(0));
    let chunks = stream::iter(0..count).map({
        let (live, most, chunk) = (live.clone(), most.clone(), chunk.clone());
        move |_| {
            most.fetch_max(std::sync::Arc::strong_count(&live) as u64 - 2, Ordering::SeqCst);
            Ok(Bytes::from_owner(Held(chunk.clone(), live.clone())))
        }
    });
    let written = place.files.write("a.csv", chunks, |_| ()).await.unwrap();
    assert_eq!(written, count * chunk.len() as u64);
    assert!(most.load(Ordering::SeqCst) <= 26, "{most:?} MiB");
    let mut hash = Sha256::new();
    (0..count).for_each(|_| hash.update(&chunk));
    let back = place.files.read("a.csv", 0..written).await.unwrap();
    let back = back.try_fold(Sha256::new(), async |hash, bytes| Ok(hash.chain_update(bytes))).await.unwrap();
    assert_eq!(hash.finalize(), back.finalize());
}

struct Held(Bytes, #[expect(dead_code, reason = "counted")] std::sync::Arc<()>);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
