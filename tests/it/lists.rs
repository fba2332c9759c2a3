//! Walks connections as a client does, and looks at every page on the way.

use sellerbook::id::IdKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::TestApp;

/// A list with its filter and order, and whom it is walked as.
#[derive(Clone, Debug)]
pub struct List {
    field: &'static str,
    account: Option<Uuid>,
    filter: Value,
    order: Value,
    token: String,
}

/// One page.
#[derive(Debug)]
pub struct Page {
    pub ids: Vec<String>,
    pub cursors: Vec<String>,
    pub has_next: bool,
    pub has_previous: bool,
    pub total_count: usize,
}

impl List {
    /// A connection of the root.
    pub fn of(field: &'static str, token: &str) -> Self {
        Self { field, account: None, filter: Value::Null, order: Value::Null, token: token.to_owned() }
    }

    /// The records of one account.
    pub fn of_account(account: Uuid, token: &str) -> Self {
        Self { account: Some(account), ..Self::of("records", token) }
    }

    pub fn filtered(self, filter: Value) -> Self {
        Self { filter, ..self }
    }

    pub fn ordered(self, field: &str, direction: &str) -> Self {
        Self { order: json!({ "field": field, "direction": direction }), ..self }
    }

    fn query(&self) -> String {
        let (variables, arguments) = match self.field {
            "records" => ("$filter: RecordFilter, $order: RecordOrder", "filter: $filter, orderBy: $order"),
            "sellers" => ("$filter: SellerFilter, $order: SellerOrder", "filter: $filter, orderBy: $order"),
            _ => ("", ""),
        };
        let (opening, closing) = match self.account {
            Some(id) => (format!("node(id: \"{}\") {{ ... on Account {{", IdKind::Account.show(id)), "} }"),
            None => (String::new(), ""),
        };
        format!(
            "query ($first: Int, $after: String, $last: Int, $before: String, {variables}) {{ {opening}
                {}(first: $first, after: $after, last: $last, before: $before, {arguments}) {{
                    edges {{ cursor node {{ id }} }} nodes {{ id }} totalCount
                    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} {closing} }}",
            self.field
        )
    }

    fn variables(&self, window: Value) -> Value {
        let mut variables = window;
        variables["filter"] = self.filter.clone();
        variables["order"] = self.order.clone();
        variables
    }

    /// The page of `first`, `after`, `last` and `before`.
    pub async fn page(&self, app: &TestApp, window: Value) -> Page {
        let data = app.data(&self.token, &self.query(), self.variables(window.clone())).await;
        let list = if self.account.is_some() { &data["node"]["records"] } else { &data[self.field] };
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let edges = list["edges"].as_array().unwrap();
        let cursors: Vec<String> = edges.iter().map(|edge| text(&edge["cursor"])).collect();
        let nodes: Vec<&Value> = edges.iter().map(|edge| &edge["node"]).collect();
        assert_eq!(list["nodes"].as_array().unwrap().iter().collect::<Vec<_>>(), nodes, "{window} of {self:?}");
        let info = &list["pageInfo"];
        assert_eq!(info["startCursor"].as_str(), cursors.first().map(String::as_str), "{window} of {self:?}");
        assert_eq!(info["endCursor"].as_str(), cursors.last().map(String::as_str), "{window} of {self:?}");
        Page {
            ids: nodes.iter().map(|node| text(&node["id"])).collect(),
            cursors,
            has_next: info["hasNextPage"].as_bool().unwrap(),
            has_previous: info["hasPreviousPage"].as_bool().unwrap(),
            total_count: list["totalCount"].as_u64().unwrap().try_into().unwrap(),
        }
    }

    /// The code a page is refused with.
    pub async fn refusal(&self, app: &TestApp, window: Value) -> String {
        app.refusal(&self.token, &self.query(), self.variables(window)).await
    }

    /// The ids of all pages, from the first row to the last.
    pub async fn forward(&self, app: &TestApp, size: usize) -> Vec<String> {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let page = self.page(app, json!({ "first": size, "after": after })).await;
            assert_eq!(page.has_previous, after.is_some(), "after {} rows of {self:?}", ids.len());
            assert!(page.ids.len() == size || !page.has_next, "a short page of {self:?} is not the last");
            ids.extend(page.ids);
            after = page.cursors.into_iter().last();
            if !page.has_next {
                return ids;
            }
        }
    }

    /// The ids of all pages, from the last row to the first.
    pub async fn backward(&self, app: &TestApp, size: usize) -> Vec<String> {
        let (mut ids, mut before) = (Vec::new(), None);
        loop {
            let page = self.page(app, json!({ "last": size, "before": before })).await;
            assert_eq!(page.has_next, before.is_some(), "after {} rows from the end of {self:?}", ids.len());
            assert!(page.ids.len() == size || !page.has_previous, "a short page of {self:?} is not the first");
            ids.extend(page.ids.into_iter().rev());
            before = page.cursors.into_iter().next();
            if !page.has_previous {
                return ids;
            }
        }
    }
}
