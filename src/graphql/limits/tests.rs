use std::time::{Duration, Instant};

use async_graphql::{Request, Variables};
use serde_json::json;

use super::*;

fn refusal(mut request: Request) -> Option<(&'static str, String)> {
    let error = admit(&mut request).err()?;
    Some((error.source::<Error>().expect("an error of ours").code(), error.message))
}

fn code(query: &str) -> Option<&'static str> {
    refusal(Request::new(query)).map(|(code, _)| code)
}

/// Fragments that each spread the next one `width` times.
fn bomb(levels: usize, width: usize) -> String {
    let mut query = "{ ...F0 }".to_owned();
    for level in 0..levels {
        let spreads = format!("...F{} ", level + 1).repeat(width);
        query.push_str(&format!(" fragment F{level} on Query {{ {spreads} }}"));
    }
    query.push_str(&format!(" fragment F{levels} on Query {{ email }}"));
    query
}

#[test]
fn fragments_that_spread_fragments_are_refused_at_once() {
    let query = bomb(4, 60);
    assert!(query.len() < 2_000);
    let started = Instant::now();
    assert_eq!(code(&query), Some("QUERY_TOO_LARGE"));
    assert_eq!(code(&bomb(30, 60)), Some("QUERY_TOO_LARGE"));
    // Milliseconds on an idle machine; the expansion itself would take for ever.
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[test]
fn the_same_bomb_nobody_spreads_is_refused_too() {
    assert_eq!(code(&bomb(4, 60).replace("{ ...F0 }", "{ email }")), Some("QUERY_TOO_LARGE"));
}

#[test]
fn sightings_cost_as_many_as_are_asked_for() {
    let query =
        |first| format!("{{ sellers(first: 100) {{ nodes {{ sightings({first}) {{ title url product }} }} }} }}");
    assert_eq!(code(&query("first: 99")), None);
    assert_eq!(code(&query("first: 100")), Some("QUERY_TOO_COMPLEX"));
    assert_eq!(code(&query("first: 25").replace("(first: 25)", "")), None);
}

#[test]
fn times_cost_as_many_as_are_asked_for() {
    let query = |count| {
        format!("{{ schedules(first: 100) {{ nodes {{ {} }} }} }}", format!("a: nextFireTimes{count} ").repeat(6))
    };
    assert_eq!(code(&query("")), None);
    assert_eq!(code(&query("(count: 49)")), None);
    assert_eq!(code(&query("(count: 50)")), Some("QUERY_TOO_COMPLEX"));
    assert_eq!(
        code("query ($count: Int = 50) { cronPreview(expression: \"@daily\", count: $count) { fires { at } } }"),
        None
    );
}

#[test]
fn lists_that_are_no_connections_cost_what_they_hold() {
    let query = |first, fields| format!("{{ presets(first: {first}) {{ nodes {{ categories {{ {fields} }} }} }} }}");
    assert_eq!(code(&query(100, "id name")), None);
    assert_eq!(code(&query(100, "id name a: id b: id")), Some("QUERY_TOO_COMPLEX"));
    assert_eq!(code("{ departments { id name categories { id name } } }"), None);
}

#[test]
fn a_fragment_that_spreads_itself_is_refused_by_name() {
    let cycle = "{ ...A } fragment A on Query { ...B } fragment B on Query { viewer { ...A } }";
    let (code, message) = refusal(Request::new(cycle)).unwrap();
    assert_eq!(code, "FRAGMENT_CYCLE");
    assert!(message.contains("`A`") || message.contains("`B`"), "{message}");
    assert_eq!(self::code("{ a } fragment A on Query { ...A }"), Some("FRAGMENT_CYCLE"));
}

#[test]
fn a_long_chain_of_fragments_is_too_deep_wherever_the_walk_begins() {
    for _ in 0..10 {
        assert_eq!(code(&bomb(1_000, 1)), Some("QUERY_TOO_DEEP"));
    }
    assert_eq!(code(&bomb(30, 1)), None);
}

#[test]
fn nesting_in_the_text_cannot_overflow_the_stack() {
    for (open, close) in [("{a", "}"), ("{a(x:", ")}"), ("{a(x:{y:", "})}"), ("[", "]"), ("(", ")")] {
        assert_eq!(code(&open.repeat(10_000)), Some("QUERY_TOO_DEEP"), "{open}");
        assert!(code(&format!("{}{}", open.repeat(100_000), close.repeat(100_000))).is_some(), "{open}");
    }
    let lists = |depth: usize| format!("{{ a(x: {}{}) }}", "[".repeat(depth), "]".repeat(depth));
    let types = |depth: usize| format!("query($a: {}Int{}) {{ a(x: $a) }}", "[".repeat(depth), "]".repeat(depth));
    let inline = |depth: usize| format!("{{ {} a {} }}", "... {".repeat(depth), "}".repeat(depth));
    // As deep as the scan lets through, on the stack a worker thread has.
    let deepest = [lists(47), types(48), inline(48), inline(45), "{a".repeat(50) + &"}".repeat(50)];
    let small = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    small.spawn(move || deepest.map(|query| code(&query).map(str::len))).unwrap().join().unwrap();
}

#[test]
fn brackets_in_strings_and_comments_do_not_nest() {
    let brackets = "{[(".repeat(100);
    assert_eq!(code(&format!("{{ a(x: \"{brackets}\\\"{brackets}\") # {brackets}\n }}")), None);
    assert_eq!(code(&format!("{{ a(x: \"\"\"{brackets} \\\"\"\" \" {brackets}\"\"\") }}")), None);
}

#[test]
fn text_tokens_and_names_are_bounded() {
    assert_eq!(code(&format!("{{ a }}{}", " ".repeat(scan::MAX_TEXT_BYTES))), Some("QUERY_TOO_LARGE"));
    assert_eq!(code(&format!("{{ {} }}", "a ".repeat(scan::MAX_TOKENS))), Some("QUERY_TOO_LARGE"));
    assert_eq!(code(&format!("{{ {} }}", "a".repeat(scan::MAX_NAME_BYTES + 1))), Some("QUERY_TOO_LARGE"));
    assert_eq!(code(&format!("{{ a(x: \"{}\") }}", "long text ".repeat(10_000))), None);
}

#[test]
fn depth_counts_fields_and_not_fragments() {
    let nested = |depth: usize| format!("{}{}", "{ a ".repeat(depth), "}".repeat(depth));
    assert_eq!(code(&nested(16)), None);
    assert_eq!(code(&nested(17)), Some("QUERY_TOO_DEEP"));
    let split = format!("{} ...F {} fragment F on A {}", "{ a ".repeat(10), "}".repeat(10), nested(8));
    assert_eq!(code(&split), Some("QUERY_TOO_DEEP"));
    assert_eq!(code("{ ... { ... { ... { ... { ... { ... { ... { ... { a } } } } } } } } }"), None);
}

#[test]
fn aliases_directives_root_fields_and_operations_are_bounded() {
    let many = |count: usize, one: &str| (0..count).map(|n| one.replace('#', &n.to_string())).collect::<String>();
    assert_eq!(code(&format!("{{ {} }}", many(1_000, "a#: email "))), Some("TOO_MANY_ALIASES"));
    assert_eq!(code(&format!("{{ viewer {{ {} }} }}", many(100, "a#: email "))), None);
    assert_eq!(code(&format!("{{ {} }}", many(51, "email "))), Some("TOO_MANY_ROOT_FIELDS"));
    assert_eq!(code(&format!("{{ email {} }}", many(9, "@skip(if: false) "))), Some("TOO_MANY_DIRECTIVES"));
    assert_eq!(
        code(&format!("{{ viewer {{ {} }} }}", many(51, "email @skip(if: false) "))),
        Some("TOO_MANY_DIRECTIVES")
    );
    assert_eq!(code(&many(101, "query Q# { email } ")), Some("TOO_MANY_OPERATIONS"));
    assert_eq!(code(&many(100, "query Q# { email } ")), None);
}

#[test]
fn cost_follows_the_pages_asked_for() {
    let ten = "a b c d e f g h i j";
    let records = |first: &str| format!("records(first: {first}) {{ nodes {{ {ten} {ten} account {{ id code }} }} }}");
    assert_eq!(code(&format!("{{ {} }}", records("100"))), None);
    let accounts = |outer: &str, inner: &str| {
        format!("accounts(first: {outer}) {{ totalCount nodes {{ records(first: {inner}) {{ nodes {{ {ten} }} }} }} }}")
    };
    assert_eq!(code(&format!("{{ {} }}", accounts("100", "25"))), None);
    assert_eq!(code(&format!("{{ {} }}", accounts("100", "100"))), Some("QUERY_TOO_COMPLEX"));
    assert_eq!(code(&format!("query($n: Int = 100) {{ {} }}", accounts("$n", "$n"))), Some("QUERY_TOO_COMPLEX"));
    // The domain refuses such a page with its own words.
    assert_eq!(code(&format!("{{ {} }}", records("1000000"))), None);
}

#[test]
fn cost_reads_variables_and_looks_into_fragments() {
    let query = "query($n: Int = 1) { accounts(first: $n) { ...Page } }
        fragment Page on AccountConnection { edges { node { records(first: $n) { nodes { a b c } } } } }";
    assert_eq!(code(query), None);
    let with = |n: u64| Request::new(query).variables(Variables::from_json(json!({ "n": n })));
    assert_eq!(refusal(with(20)), None);
    let (code, message) = refusal(with(100)).unwrap();
    assert_eq!(code, "QUERY_TOO_COMPLEX");
    assert!(message.contains("30000"), "{message}");
}

#[test]
fn nodes_by_id_cost_by_their_number() {
    let query =
        "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Account { records(first: 100) { nodes { a b c } } } } }";
    let with = |count: usize| Request::new(query).variables(Variables::from_json(json!({ "ids": vec!["x"; count] })));
    assert_eq!(refusal(with(50)), None);
    assert_eq!(refusal(with(1_000)).unwrap().0, "QUERY_TOO_COMPLEX");
}

#[test]
fn only_the_operation_that_runs_is_priced() {
    let dear = "accounts(first: 100) { nodes { records(first: 100) { nodes { a b c } } } }";
    let query = format!("query Dear {{ {dear} }} query Cheap {{ email }}");
    assert_eq!(refusal(Request::new(&query).operation_name("Cheap")), None);
    assert_eq!(refusal(Request::new(&query).operation_name("Dear")).unwrap().0, "QUERY_TOO_COMPLEX");
}

#[test]
fn variables_cannot_be_multiplied() {
    let large = Variables::from_json(json!({ "v": "x".repeat(500_000) }));
    let query = format!("query($v: String) {{ a(x: [{}]) }}", "$v ".repeat(5_000));
    assert_eq!(refusal(Request::new(query).variables(large.clone())).unwrap().0, "VARIABLES_TOO_LARGE");
    let default = format!("query($v: String = \"{}\") {{ a(x: [{}]) }}", "x".repeat(100_000), "$v ".repeat(5_000));
    assert_eq!(code(&default), Some("VARIABLES_TOO_LARGE"));
    assert_eq!(refusal(Request::new("query($v: String) { a(x: $v) b(x: $v) }").variables(large)), None);
}

#[test]
fn a_null_character_is_refused_in_text_and_in_variables() {
    let in_variable = Variables::from_json(json!({ "v": { "search": ["a\0b"] } }));
    assert_eq!(refusal(Request::new("query($v: X) { a(x: $v) }").variables(in_variable)).unwrap().0, "BAD_USER_INPUT");
    assert_eq!(code(r#"{ a(x: { y: "a\u0000b" }) }"#), Some("BAD_USER_INPUT"));
}

#[test]
fn a_query_that_does_not_parse_is_told_where_without_being_sent_back() {
    let long = "secret ".repeat(1_000);
    let mut request = Request::new(format!("{{ {long} ) }}"));
    let error = admit(&mut request).unwrap_err();
    assert_eq!(error.locations.len(), 1);
    assert!(error.message.starts_with("the query does not parse: line 1, column "), "{}", error.message);
    assert!(error.message.contains("expected") && !error.message.contains("secret"), "{}", error.message);
    assert_eq!(code(""), Some("GRAPHQL_PARSE_FAILED"));
    assert_eq!(code("{ a } { b }"), Some("GRAPHQL_PARSE_FAILED"));
    assert_eq!(code("query { a(x: 01) }"), Some("GRAPHQL_PARSE_FAILED"));
}

#[test]
fn the_kind_is_that_of_the_operation_that_runs() {
    let document = "query Q { a } mutation M { b }";
    let kind = |name: Option<&str>| {
        let request = Request::new(document);
        admit(&mut match name {
            Some(name) => request.operation_name(name),
            None => request,
        })
        .unwrap()
    };
    assert_eq!(kind(Some("M")), Some(OperationType::Mutation));
    assert_eq!(kind(Some("Q")), Some(OperationType::Query));
    assert_eq!(kind(None), None);
    assert_eq!(kind(Some("Other")), None);
}

#[test]
fn answers_of_nothing_but_errors_stay_small() {
    let errors = |count: usize| (0..count).map(|_| ServerError::new("x".repeat(10_000), None)).collect();
    let mut response = Response::from_errors(errors(1_000));
    trim(&mut response);
    assert_eq!(response.errors.len(), MAX_VALIDATION_ERRORS + 1);
    assert_eq!(response.errors.last().unwrap().message, "980 more errors are left out");
    assert!(serde_json::to_string(&response).unwrap().len() < 20_000);
}

/// What passes must not cost the library much either.
#[tokio::test]
async fn the_most_that_passes_is_validated_quickly() {
    let schema = crate::graphql::schema();
    let wide =
        format!("{{ {} }}", format!("... {{ {} }} ", "nothing ".repeat(100)).repeat(40).replace("nothing", "...F"))
            + " fragment F on Query { email }";
    let conflicting = format!("{{ {} }}", "... { viewer(a: 1) viewer(b: 2) } ".repeat(20));
    let unknown = format!("{{ viewer {{ {} }} }}", (0..4_900).map(|n| format!("unknown{n} ")).collect::<String>());
    let introspection = include_str!("introspection.graphql").to_owned();
    for query in [wide, conflicting, unknown, introspection] {
        let mut request = Request::new(&query);
        if admit(&mut request).is_err() {
            continue;
        }
        let started = Instant::now();
        let mut response = schema.execute(request).await;
        trim(&mut response);
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}: {query:.80}", started.elapsed());
    }
}

#[test]
fn reading_the_schema_passes_and_reading_it_in_circles_does_not() {
    assert_eq!(code(include_str!("introspection.graphql")), None);
    let circle =
        "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }";
    assert_eq!(code(circle), Some("QUERY_TOO_COMPLEX"));
}

#[test]
fn a_variable_that_must_be_given_is() {
    let admitted = |query: &str, variables: serde_json::Value| {
        let mut request = Request::new(query).variables(Variables::from_json(variables));
        admit(&mut request).map(drop).map_err(|error| error.message)
    };
    let query = "query ($n: Int!, $d: Int! = 3, $o: Int) { sellers(first: $n) { totalCount } }";
    assert_eq!(admitted(query, json!({ "n": 1 })), Ok(()));
    for given in [json!({}), json!({ "n": null }), json!({ "n": 1, "d": null })] {
        let refused = admitted(query, given).unwrap_err();
        assert!(refused.contains("must be given") && refused.contains("`Int!`"), "{refused}");
    }
}
