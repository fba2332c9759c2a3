//! `sellerbook import`, as a process of its own on the database of a test.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use super::{RECORDS, exported};
use crate::{TestApp, on_both};

/// Exit code, standard output, standard error.
async fn run(app: &TestApp, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sellerbook"));
    command
        .arg("import")
        .args(arguments)
        .env_clear()
        .env("DATABASE_URL", &app.app.config.database_url)
        .env("SELLERBOOK_STORAGE_URL", &app.app.config.storage_url)
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let input = input.to_owned();
    let ended = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    });
    let Output { status, stdout, stderr } = ended.await.unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

const OF_ALPHA: [&str; 5] = ["records", "--org", "acme", "--account", "ALPHA"];

async fn records(app: &TestApp, more: &[&str], file: &str) -> (Option<i32>, String, String) {
    run(app, &[&OF_ALPHA, more, &["-"]].concat(), file).await
}

on_both! {
    async fn a_file_is_imported_and_undone_by_the_id_that_is_told(app: TestApp) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), RECORDS).unwrap();
        let before = exported(&app, 0).await;
        let path = file.path().to_str().unwrap();
        let (code, stdout, stderr) = run(&app, &[&OF_ALPHA[..], &[path]].concat(), "").await;
        assert_eq!((code, stdout.as_str()), (Some(0), "2 added, 0 changed, 0 unchanged\n"), "{stderr}");
        assert!(exported(&app, 0).await.contains("007,2026-03-02,A lamp,1,1200,"));
        let (_, hint) = stderr.split_once("sellerbook import ").unwrap_or_else(|| panic!("{stderr}"));
        let arguments: Vec<&str> = hint.split_whitespace().collect();
        let (code, stdout, stderr) = run(&app, &arguments, "").await;
        assert_eq!((code, stdout.as_str()), (Some(0), "2 removed, 0 changed back\n"), "{stderr}");
        assert_eq!(exported(&app, 0).await, before);
    }
}

on_both! {
    async fn every_fault_is_told_and_nothing_is_written(app: TestApp) {
        let file = "ebay_order_id,sale_date,item_name,sale_price_cents,qty\n1,2026-02-30,x,-1,1\n2,2026-01-01,y,1,0\n";
        let before = exported(&app, 0).await;
        let (code, stdout, stderr) = records(&app, &[], file).await;
        assert_eq!((code, stdout.as_str()), (Some(1), ""));
        assert!(stderr.starts_with("error: 3 faults in the file; nothing was imported\n"), "{stderr}");
        for place in ["line 2, column sale_date: ", "line 2, column sale_price_cents: ", "line 3, column qty: "] {
            assert!(stderr.contains(place), "{stderr}");
        }
        assert_eq!(exported(&app, 0).await, before);
        let (code, _, stderr) = run(&app, &["records", "--org", "acme", "--account", "OMEGA", "-"], RECORDS).await;
        assert_eq!((code, stderr.as_str()), (Some(1), "error: there is no account `OMEGA`\n"));
        let (code, _, stderr) = records(&app, &[], "%PDF-1.7 and so on").await;
        assert!(code == Some(1) && stderr.starts_with("error: ") && stderr.contains("PDF"), "{stderr}");
    }
}

on_both! {
    async fn the_first_faults_are_told_and_all_go_to_a_file(app: TestApp) {
        let rows: String = (0..50).map(|row| format!("{row},2026-01-01,x,1,0\n")).collect();
        let file = format!("ebay_order_id,sale_date,item_name,sale_price_cents,qty\n{rows}");
        let (code, _, stderr) = records(&app, &[], &file).await;
        assert_eq!((code, stderr.lines().count()), (Some(1), 22), "{stderr}");
        assert!(stderr.ends_with("… and 30 more; --faults FILE writes them to a CSV\n"), "{stderr}");
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("faults.csv");
        let (code, _, stderr) = records(&app, &["--faults", list.to_str().unwrap()], &file).await;
        assert!(code == Some(1) && stderr.ends_with(&format!("… and 30 more, in {}\n", list.display())), "{stderr}");
        assert_eq!(std::fs::read_to_string(&list).unwrap().lines().count(), 51);
        let (code, _, stderr) = run(&app, &[&OF_ALPHA[..], &["/nowhere/records.csv"]].concat(), "").await;
        assert_eq!((code, stderr.as_str()), (Some(1), "error: reading /nowhere/records.csv: No such file or directory (os error 2)\n"));
    }
}

on_both! {
    async fn what_a_header_leaves_open_is_stated(app: TestApp) {
        let file = "Nr;Sold on;Thing;Total;Notes\n1;01.03.2026;Lamp;12,50;x\n";
        let (code, _, stderr) = records(&app, &[], file).await;
        assert_eq!(code, Some(1), "{stderr}");
        let stated = [
            "--money", "decimal", "--decimal-separator", "comma", "--dates", "eu-dot", "--map", "nr=ebay_order_id",
            "--map", "Thing=item_name", "--map", "Total=sale_price", "--map", "Notes=",
        ];
        let (code, stdout, stderr) = records(&app, &[&stated[..], &["--check"]].concat(), file).await;
        assert_eq!((code, stdout.as_str()), (Some(0), "would be 1 added, 0 changed, 0 unchanged; nothing was written\n"), "{stderr}");
        let (code, stdout, stderr) = records(&app, &stated, file).await;
        assert_eq!((code, stdout.as_str()), (Some(0), "1 added, 0 changed, 0 unchanged\n"), "{stderr}");
        assert!(exported(&app, 0).await.contains("1,2026-03-01,Lamp,1,1250,,,,,,SUCCESSFUL,,,\r\n"));
        let (code, _, stderr) = records(&app, &["--map", "Price=sale_price"], file).await;
        assert!(code == Some(1) && stderr.contains("no column `Price`; its columns are Nr, Sold on"), "{stderr}");
        let (code, _, stderr) = records(&app, &["--map", "Total=price"], file).await;
        assert!(code == Some(1) && stderr.contains("no field `price`; the fields are "), "{stderr}");
        let (code, _, stderr) = records(&app, &["--money", "euros"], file).await;
        assert!(code == Some(2) && stderr.contains("[possible values: cents, decimal]"), "{stderr}");
    }
}

on_both! {
    async fn names_one_a_line_are_sellers(app: TestApp) {
        let (code, stdout, stderr) = run(&app, &["sellers", "--org", "acme", "-"], "Lumen\nVolt\n").await;
        assert_eq!((code, stdout.as_str()), (Some(0), "2 added, 0 changed, 0 unchanged\n"), "{stderr}");
        assert!(app.file(&app.seeded.admin.token, "/export/sellers/text").await.contains("Lumen"));
    }
}
