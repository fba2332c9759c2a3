//! Administration through the API: members, access profiles, API tokens, accounts, and the audit of all that is done.

mod accounts;
mod audit;
mod every_mutation;
mod members;
mod profiles;
mod revoked;
mod tokens;

use serde_json::{Value, json};

use crate::TestApp;

/// What a mutation answered to the admin. `selection` is of its payload, beside the refusals.
pub async fn change(app: &TestApp, mutation: &str, input: Value, selection: &str) -> Value {
    let document = document(mutation, selection);
    app.data(&app.seeded.admin.token, &document, json!({ "input": input })).await[mutation].clone()
}

/// The code of the first refusal of a mutation by the admin; of its input's error, where that is one.
pub async fn refused(app: &TestApp, mutation: &str, input: Value) -> String {
    let answer =
        app.query(&app.seeded.admin.token, &document(mutation, "__typename"), json!({ "input": input })).await.body;
    let code = [&answer["data"][mutation]["userErrors"][0]["code"], &answer["errors"][0]["extensions"]["code"]];
    code.iter().find_map(|code| code.as_str()).unwrap_or_else(|| panic!("not refused: {answer:#}")).to_owned()
}

fn document(mutation: &str, selection: &str) -> String {
    let input = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    format!(
        "mutation($input: {input}!) {{ {mutation}(input: $input) {{ {selection} userErrors {{ code field message }} }} }}"
    )
}
