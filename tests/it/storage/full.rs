//! A disk with no room left: a real one where it can be mounted, and a limit on the size of files everywhere.

use std::{path::Path, process::Command};

use sellerbook::files::Files;

use super::{chunks, content, disk::SmallDisk, place::config};

/// The folder of the child process below.
const FOLDER: &str = "TEST_FULL_FOLDER";

async fn is_refused_for_lack_of_room(folder: &Path, length: u64) {
    let files = Files::open(&config(format!("file:{}", folder.display()))).unwrap();
    let error = files.write("exports/a.csv", chunks(&content(length)), |_| ()).await.unwrap_err();
    assert_eq!(error.code(), "STORAGE_FULL", "{error:?}");
    assert!(error.to_string().contains("no room"), "{error}");
    assert!(files.leftovers("9999-01-01T00:00:00Z".parse().unwrap()).await.unwrap().is_empty());
    assert_eq!(std::fs::read_dir(folder.join("exports")).unwrap().count(), 0);
    // There is room for less.
    assert_eq!(files.write("exports/b.csv", chunks(&content(1000)), |_| ()).await.unwrap(), 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_clearly_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // Not root: the limit on the size of files has to do.
    let Some(_disk) = SmallDisk::at(folder.path(), "1m") else { return };
    is_refused_for_lack_of_room(folder.path(), 3 * 1024 * 1024).await;
}

#[test]
fn a_file_past_the_limit_of_the_process_is_said_clearly_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let child = Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 1024; exec \"$0\" --exact storage::full::within_a_limit --ignored"])
        .arg(std::env::current_exe().unwrap())
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the test above, in a process that may not write large files"]
async fn within_a_limit() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    is_refused_for_lack_of_room(Path::new(&folder), 3 * 1024 * 1024).await;
}
