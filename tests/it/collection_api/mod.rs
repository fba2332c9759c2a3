//! Collection over GraphQL: presets, settings, estimates, and runs as their rows say, without a run being worked on.

mod changes;
mod estimates;
mod events;
mod presets;
mod runs;
mod settings;

use serde_json::{Value, json};

use crate::TestApp;

/// Calls a mutation with its input and what to select of its payload beside the refusals; the payload.
pub async fn change(app: &TestApp, token: &str, mutation: &str, input: Value, selection: &str) -> Value {
    let kind = format!("{}{}", mutation[..1].to_uppercase(), &mutation[1..]);
    let query = format!(
        "mutation ($input: {kind}Input!) {{
            {mutation}(input: $input) {{ {selection} userErrors {{ code field message }} }}
        }}"
    );
    app.data(token, &query, json!({ "input": input })).await[mutation].clone()
}

/// The code and the field of the only refusal of a payload.
pub fn refusal(payload: &Value) -> (&str, &Value) {
    assert_eq!(payload["userErrors"].as_array().unwrap().len(), 1, "{payload:#}");
    let refused = &payload["userErrors"][0];
    (refused["code"].as_str().unwrap(), &refused["field"])
}
