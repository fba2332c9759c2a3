use async_graphql::{ID, Interface, Object, Request, Result, Schema, Subscription};
use futures::{Stream, StreamExt, stream};
use serde_json::{Value, json};

use super::{Declared, Response, Shape, spread};

struct Query;

#[Object]
impl Query {
    async fn part(&self) -> Part {
        Part(0)
    }

    async fn maybe_part(&self) -> Option<Part> {
        Some(Part(0))
    }

    async fn no_part(&self) -> Result<Part> {
        Err("no part".into())
    }

    async fn parts(&self) -> Vec<Part> {
        vec![Part(0), Part(1)]
    }

    async fn maybe_parts(&self) -> Vec<Option<Part>> {
        vec![None, Some(Part(0)), Some(Part(1))]
    }

    async fn rows(&self) -> Option<Vec<Vec<Option<Part>>>> {
        Some(vec![vec![Some(Part(0))], vec![Some(Part(1)), Some(Part(2))]])
    }

    async fn numbers(&self) -> Option<Vec<Result<i32>>> {
        Some(vec![Ok(0), Err("no number".into())])
    }

    async fn node(&self, id: ID) -> Option<Node> {
        Some(if *id == "tool" { Node::Tool(Tool) } else { Node::Part(Part(0)) })
    }
}

struct Part(i32);

#[Object]
impl Part {
    async fn id(&self) -> ID {
        self.0.into()
    }

    async fn part(&self) -> Self {
        Self(self.0 + 1)
    }

    async fn fails(&self) -> Result<i32> {
        Err("no value".into())
    }

    async fn fails_in(&self, which: i32) -> Result<i32> {
        if self.0 == which { Err("no value".into()) } else { Ok(self.0) }
    }

    async fn maybe_fails(&self) -> Option<Result<i32>> {
        Some(Err("no value".into()))
    }

    /// What the library leaves out although it may be null.
    async fn is_left_out(&self) -> Result<Option<bool>> {
        Err("no value".into())
    }
}

struct Tool;

#[Object]
impl Tool {
    async fn id(&self) -> ID {
        "tool".into()
    }

    async fn part(&self) -> Handle {
        Handle
    }
}

struct Handle;

#[Object]
impl Handle {
    async fn length(&self) -> Result<i32> {
        Err("no value".into())
    }
}

#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID"))]
enum Node {
    Part(Part),
    Tool(Tool),
}

struct Mutation;

#[Object]
impl Mutation {
    async fn change(&self) -> Option<Part> {
        Some(Part(0))
    }

    async fn fails(&self) -> Result<i32> {
        Err("no change".into())
    }
}

struct Events;

#[Subscription]
impl Events {
    async fn parts(&self) -> impl Stream<Item = Part> {
        stream::iter([Part(0), Part(1), Part(2)])
    }

    async fn maybe_parts(&self) -> impl Stream<Item = Option<Part>> {
        stream::iter([Some(Part(0)), Some(Part(1))])
    }
}

/// The data of every response to an operation.
async fn answers(query: &str) -> Vec<Value> {
    let schema = Schema::new(Query, Mutation, Events);
    let declared = Declared::of(&schema.sdl()).unwrap();
    let mut request = Request::new(query);
    let shape = Shape::of(&mut request);
    let finish = |mut response: Response| {
        spread(&mut response, &shape, || &declared);
        shape.order(&mut response.data);
        response.data.into_json().unwrap()
    };
    schema.execute_stream(request).map(finish).collect().await
}

async fn check(cases: Vec<(&str, Value)>) {
    for (query, data) in cases {
        assert_eq!(answers(query).await, [data], "{query}");
    }
}

#[tokio::test]
async fn null_goes_up_to_what_may_be_null() {
    check(vec![
        ("{ part { id } noPart { id } }", json!(null)),
        ("{ noPart { id } }", json!(null)),
        ("{ part { part { fails } } }", json!(null)),
        ("{ part { id } maybePart { id part { fails } } }", json!({ "part": { "id": "0" }, "maybePart": null })),
        ("{ part { id maybeFails } }", json!({ "part": { "id": "0", "maybeFails": null } })),
        ("{ maybePart { maybeFails fails } }", json!({ "maybePart": null })),
        ("{ __typename maybePart { __typename fails } }", json!({ "__typename": "Query", "maybePart": null })),
        ("mutation { change { fails } }", json!({ "change": null })),
        ("mutation { change { id } fails }", json!(null)),
    ])
    .await;
}

#[tokio::test]
async fn what_may_be_null_is_there() {
    check(vec![
        ("{ part { isLeftOut } }", json!({ "part": { "isLeftOut": null } })),
        ("{ part { part { isLeftOut } } }", json!({ "part": { "part": { "isLeftOut": null } } })),
        ("{ maybePart { isLeftOut maybeFails } }", json!({ "maybePart": { "isLeftOut": null, "maybeFails": null } })),
        ("{ parts { isLeftOut } }", json!({ "parts": [{ "isLeftOut": null }, { "isLeftOut": null }] })),
    ])
    .await;
}

#[tokio::test]
async fn an_item_that_may_be_null_is_all_that_a_list_loses() {
    check(vec![
        ("{ parts { id failsIn(which: 1) } }", json!(null)),
        ("{ maybeParts { failsIn(which: 1) } }", json!({ "maybeParts": [null, { "failsIn": 0 }, null] })),
        (
            "{ maybeParts { part { failsIn(which: 1) } } }",
            json!({ "maybeParts": [null, null, { "part": { "failsIn": 2 } }] }),
        ),
        (
            "{ rows { id failsIn(which: 1) } }",
            json!({
                "rows": [[{ "id": "0", "failsIn": 0 }], [null, { "id": "2", "failsIn": 2 }]],
            }),
        ),
        ("{ numbers part { id } }", json!({ "numbers": null, "part": { "id": "0" } })),
    ])
    .await;
}

#[tokio::test]
async fn aliases_and_fragments_are_followed() {
    let length = "{ node(id: \"tool\") { id ... on Part { x: part { id } } ... on Tool { x: part { length } } } }";
    let named = "{ node(id: \"part\") { ...Fails } part { ...May } }
        fragment Fails on Part { x: part { y: fails } } fragment May on Part { z: maybeFails }";
    check(vec![
        ("{ a: maybePart { b: fails } c: maybePart { b: id } }", json!({ "a": null, "c": { "b": "0" } })),
        ("{ ... { maybePart { ... @include(if: true) { id fails } } } }", json!({ "maybePart": null })),
        ("{ maybePart { id } maybePart { fails } }", json!({ "maybePart": null })),
        (length, json!({ "node": null })),
        (named, json!({ "node": null, "part": { "z": null } })),
    ])
    .await;
}

#[tokio::test]
async fn every_event_is_an_answer_of_its_own() {
    let parts = answers("subscription { parts { failsIn(which: 1) } }").await;
    assert_eq!(parts, [json!({ "parts": { "failsIn": 0 } }), json!(null), json!({ "parts": { "failsIn": 2 } })]);
    let maybe = answers("subscription { maybeParts { id failsIn(which: 0) } }").await;
    assert_eq!(maybe, [json!({ "maybeParts": null }), json!({ "maybeParts": { "id": "1", "failsIn": 1 } })]);
}

#[tokio::test]
async fn nothing_is_looked_up_when_nothing_failed_or_nothing_ran() {
    for query in ["{ part { id } }", "{ noSuchField }", "{ part { id }"] {
        let mut request = Request::new(query);
        let shape = Shape::of(&mut request);
        let mut response = Schema::new(Query, Mutation, Events).execute(request).await;
        let before = response.data.clone();
        spread(&mut response, &shape, || panic!("{query}"));
        assert_eq!(response.data, before);
    }
}

#[test]
fn our_own_schema_is_read() {
    let mut request = Request::new("{ records { edges { cursor } } }");
    let shape = Shape::of(&mut request);
    let declared = Declared::of(&crate::graphql::sdl()).unwrap();
    let (mut place, mut types) = (&shape, declared.types(&shape, &[]));
    let mut read = Vec::new();
    for name in ["records", "edges"] {
        place = place.field(name).unwrap();
        types = declared.types(place, &types);
        read.extend(types.iter().map(ToString::to_string));
    }
    assert_eq!(read, ["RecordConnection!", "[RecordEdge!]!"]);
}
