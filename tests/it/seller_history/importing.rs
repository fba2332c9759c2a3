//! Imports of a random history: the product's own, whatever comes of them what the model says.

use bytes::Bytes;
use futures::stream;
use sellerbook::{
    auth::{self, Actor},
    imports::{self, Import, ImportStatus, NewImport},
    sheet::{Reading, SheetKind},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{files::File, model::Known, story::Telling};

impl Telling<'_> {
    async fn actor(&self) -> Actor {
        auth::of_member(&self.app.app, self.admin.id).await.unwrap()
    }

    async fn after_jobs(&self, id: Uuid) -> Import {
        self.app.run_jobs().await;
        imports::get(&self.app.app, &self.actor().await, id).await.unwrap()
    }

    /// A file is checked and, unless it is left for later, carried out.
    pub(super) async fn import(&mut self, file: &File, is_left: bool) {
        let text = file.text();
        let file_name = if file.is_csv { "rows.csv" } else { "rows.ndjson" }.to_owned();
        let reading = Reading::default();
        let new = NewImport { kind: SheetKind::Sellers, account_id: None, file_name, reading, idempotency_key: None };
        let chunks = stream::iter([Ok(Bytes::from(text.clone()))]);
        let begun = imports::start_with_file(&self.app.app, &self.actor().await, new, chunks, None).await.unwrap();
        let import = self.after_jobs(begun.id).await;
        let Some(whose) = self.model.whose(file) else {
            assert_eq!(import.status, ImportStatus::Invalid, "{text}");
            return;
        };
        assert_eq!(import.status, ImportStatus::Ready, "{text}");
        let expected = self.model.clone().import(file, &whose, self.app.now());
        assert_eq!(counts(&import), expected.counts, "{text}");
        match is_left {
            true => self.left.push((import.id, file.clone())),
            false => self.carry_out(import.id, file).await,
        }
    }

    pub(super) async fn carry_out_left(&mut self, which: usize) {
        if self.left.is_empty() {
            return;
        }
        let (id, file) = self.left.remove(which % self.left.len());
        self.carry_out(id, &file).await;
    }

    /// All of it, by what is stored by now; or nothing.
    async fn carry_out(&mut self, id: Uuid, file: &File) {
        imports::commit(&self.app.app, &self.actor().await, id, None).await.unwrap();
        let import = self.after_jobs(id).await;
        let Some(whose) = self.model.whose(file) else {
            let failed = (ImportStatus::Failed, Some("IMPORT_FAULT"));
            assert_eq!((import.status, import.error_code.as_deref()), failed, "{}", file.text());
            return;
        };
        assert_eq!((import.status, import.error_code.as_ref()), (ImportStatus::Committed, None), "{}", file.text());
        let at = self.last_at().await.unwrap();
        let mut outcome = self.model.import(file, &whose, at);
        assert_eq!(counts(&import), outcome.counts, "{}", file.text());
        let strangers = self.strangers().await;
        assert_eq!(strangers.len(), outcome.new.len(), "{strangers:#?}");
        for known in outcome.new {
            let id = id_of(&strangers, &known);
            outcome.done.add(id.clone());
            self.model.sellers.insert(id, known);
        }
        self.model.done.insert(id, outcome.done);
        self.model.remember(at);
        self.imports.push(id);
    }

    /// Those whom the model does not know.
    async fn strangers(&self) -> Vec<Value> {
        let query = "{ sellers(first: 100) { nodes { id displayName platformId } } }";
        let list = self.app.data(&self.admin.token, query, json!({})).await;
        let is_new = |row: &&Value| !self.model.sellers.contains_key(row["id"].as_str().unwrap());
        list["sellers"]["nodes"].as_array().unwrap().iter().filter(is_new).cloned().collect()
    }

    /// Undone once, and not over what people have edited since unless that is said.
    pub(super) async fn roll_back(&mut self, which: usize, include_edited: bool) {
        if self.imports.is_empty() {
            return;
        }
        let (id, actor) = (self.imports[which % self.imports.len()], self.actor().await);
        let edited = self.model.done.get(&id).map(|done| done.edited(&self.model.sellers));
        if let Some(edited) = edited {
            assert_eq!(imports::count_edited(&self.app.app, &actor, id).await.unwrap(), edited as u64);
        }
        let refused = match edited {
            None => Some("IMPORT_NOT_COMMITTED"),
            Some(1..) if !include_edited => Some("EDITED_SINCE"),
            Some(_) => None,
        };
        let asked = imports::rollback(&self.app.app, &actor, id, include_edited).await;
        assert_eq!(asked.as_ref().err().map(sellerbook::error::Error::code), refused);
        if refused.is_some() {
            return;
        }
        let import = self.after_jobs(id).await;
        let after = (import.status, import.error_code.as_deref());
        if self.model.is_taken(&id) {
            assert_eq!(after, (ImportStatus::Committed, Some("SELLER_EXISTS")));
            return;
        }
        assert_eq!(after, (ImportStatus::RolledBack, None));
        let at = self.last_at().await.unwrap();
        self.model.roll_back(&id, at);
        self.model.remember(at);
    }
}

fn id_of(rows: &[Value], known: &Known) -> String {
    let is_it = |row: &&Value| row["displayName"] == known.name && row["platformId"] == json!(known.platform_id);
    rows.iter().find(is_it).unwrap()["id"].as_str().unwrap().to_owned()
}

/// What it comes to: added, changed, unchanged.
fn counts(import: &Import) -> (i64, i64, i64) {
    (import.added.unwrap(), import.changed.unwrap(), import.unchanged.unwrap())
}
