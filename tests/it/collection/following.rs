//! Following a run while it goes on.

use sellerbook::id::IdKind;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{check_sums, row, steering::at_work};
use crate::{
    on_both,
    process::PATIENCE,
    wire::{EventStream, Server},
};

/// The next event of a stream: its `id:`, and what it says. None when the stream is complete.
async fn event(stream: &mut EventStream) -> Option<(i64, Value)> {
    let text = timeout(PATIENCE, stream.until("\n\n")).await.unwrap().unwrap();
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    if field("event: ") == Some("complete") {
        return None;
    }
    let data: Value = serde_json::from_str(field("data: ").unwrap()).unwrap();
    Some((field("id: ").unwrap().parse().unwrap(), data["data"]["collectionActivity"].clone()))
}

on_both! {
    async fn what_happens_is_taken_up_where_it_was_left_while_the_run_goes_on(app: TestApp) {
        let mut app = app;
        let (script, id, working) = at_work(&mut app, 40).await;
        let server = Server::start(&app.app).await;
        let query = format!("subscription {{ collectionActivity(runId: \"{}\") {{ seq }} }}", IdKind::Run.show(id));
        let (body, token) = (json!({ "query": query }), &app.seeded.va.token);
        let mut seen = Vec::new();
        let mut last_event_id = String::new();
        for _ in 0..6 {
            let mut stream = server.events_after(token, &body, &last_event_id).await;
            // Of a product, two things are told at least; whoever leaves has not seen all of them.
            script.let_go(5);
            for _ in 0..7 {
                let (number, event) = event(&mut stream).await.unwrap();
                assert_eq!(event["seq"], number);
                seen.push(number);
                last_event_id = number.to_string();
            }
        }
        assert!(row(&app, id).await.completed_at.is_none());
        let mut stream = server.events_after(token, &body, &last_event_id).await;
        script.let_go(40);
        while let Some((number, _)) = event(&mut stream).await {
            seen.push(number);
        }
        working.await.unwrap();
        let run = row(&app, id).await;
        assert_eq!(seen, (1..=run.last_seq).collect::<Vec<_>>());
        assert!(run.completed_at.is_some(), "the stream ends with the run");
        check_sums(&app, id).await;
    }
}
