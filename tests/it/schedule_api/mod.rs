//! Schedules over GraphQL: made, changed, listed and triggered, and what a page of them costs.

mod changes;
mod costs;
mod fires;
mod lists;
mod refusals;

use serde_json::{Value, json};

use crate::{TestApp, collection_api::change};

/// What a schedule says of itself; `preset` apart, since not every one has one.
pub const SCHEDULE: &str =
    "schedule { id name cron timeZone isEnabled overlap catchupWindowSeconds notifyEmail webhookUrl
    description nextRunAt nextFireTimes(count: 3) collects { name } changedBy { email } lastFire { id }
    export { kind format columns latestRunSellers money bom rawFormulas path } createdAt updatedAt }";

/// The id of the preset that is built in.
pub const EVERYTHING: &str = "preset_00000000000080008000000000000001";

/// Makes a schedule as the admin.
pub async fn create(app: &TestApp, input: Value) -> Value {
    let payload = change(app, &app.seeded.admin.token, "createSchedule", input, SCHEDULE).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload["schedule"].clone()
}

/// Changes a schedule as the admin.
pub async fn update(app: &TestApp, input: Value) -> Value {
    let payload = change(app, &app.seeded.admin.token, "updateSchedule", input, SCHEDULE).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload:#}");
    payload["schedule"].clone()
}
