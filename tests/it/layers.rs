//! Who may import whom: the table of the design, and a reader of the sources that refuses any other arrow.
//!
//! A new arrow is a line in one of these tables, with a reason. Tests (`#[cfg(test)]`, `tests.rs`) are not looked at.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The modules of the crate, layer by layer. An arrow from a higher layer to a lower one needs no line of its own.
const LAYERS: [(&str, &[&str]); 5] = [
    ("process", &["main", "cli", "serve", "work"]),
    ("transport", &["http", "graphql"]),
    (
        "domain",
        &[
            "organisations",
            "members",
            "accounts",
            "sellers",
            "records",
            "exports",
            "imports",
            "collection",
            "schedules",
        ],
    ),
    (
        "kernel",
        &["app", "auth", "audit", "jobs", "notifications", "progress", "sources", "page", "condition", "sheet", "id"],
    ),
    ("ground", &["db", "files", "background", "clock", "error", "config", "streams", "text"]),
];

/// Arrows within a layer, each with its reason. What has none here is refused.
const WITHIN: &[(&str, &str, &str)] = &[
    ("main", "cli", "the program is its commands"),
    ("cli", "serve", "`serve` and `demo` start the server"),
    ("cli", "work", "`work` is a process without a server"),
    ("serve", "work", "a process that serves works too"),
    ("http", "graphql", "GraphQL is answered over HTTP"),
    ("members", "accounts", "a new member is assigned accounts by their codes"),
    ("members", "organisations", "who changes members holds their organisation"),
    ("accounts", "organisations", "who gives an account an owner holds the organisation"),
    ("records", "accounts", "a record is sold from an account"),
    ("exports", "accounts", "whose records may be in a file"),
    ("exports", "records", "rows, filter and order of a file are those of the list"),
    ("exports", "sellers", "rows, filter and order of a file are those of the list"),
    ("imports", "accounts", "which accounts a file may name"),
    ("imports", "records", "what a file of records becomes"),
    ("imports", "sellers", "what a file of sellers becomes"),
    ("app", "sources", "who is asked is one of the handles"),
    ("collection", "sellers", "what a run sees becomes sellers"),
    ("collection", "accounts", "the organisation's own accounts are left out"),
    ("schedules", "collection", "a schedule starts runs"),
    ("schedules", "exports", "a schedule starts exports"),
    ("schedules", "collection", "a schedule starts runs"),
    ("app", "auth", "the keys that tokens are checked with are one of the handles"),
    ("app", "jobs", "the wake-up of the workers is one of the handles"),
    ("app", "progress", "the wake-up of those who watch is one of the handles"),
    ("app", "notifications", "who carries what is told is one of the handles"),
    ("notifications", "app", "what is told is read from the database"),
    ("notifications", "auth", "what was told is seen by whoever may"),
    ("notifications", "page", "what was told is seen in pages"),
    ("notifications", "jobs", "what is told is delivered by a job"),
    ("notifications", "id", "receivers know things by the ids of the API"),
    ("progress", "app", "what changed is read from the database"),
    ("jobs", "app", "workers hand the handles to what they run"),
    ("audit", "auth", "whose doing it was"),
    ("audit", "app", "what was done is read from the database"),
    ("audit", "page", "what was done is read in pages"),
    ("audit", "condition", "filters share their conditions"),
    ("audit", "id", "what it was done to"),
    ("auth", "app", "whose token it is, the database says"),
    ("db", "error", "every failure speaks the one vocabulary"),
    ("files", "error", "every failure speaks the one vocabulary"),
    ("files", "config", "where files are kept is a setting"),
    ("background", "error", "every failure speaks the one vocabulary"),
    ("config", "error", "every failure speaks the one vocabulary"),
    ("text", "error", "every failure speaks the one vocabulary"),
    ("config", "db", "the sizes of the pools are settings"),
];

/// Crates that are the business of some modules alone: the crate, the modules, the reason.
const CRATES: &[(&str, &[&str], &str)] = &[
    ("entity", KNOWS_TABLES, "table shapes never reach a caller's side"),
    ("sea_orm", WRITES_QUERIES, "queries are written by the domain; `error` turns failures of the database into ours"),
    ("sqlx", &["db", "error"], "where the databases differ, the difference is in one place"),
    ("rusqlite", &["db", "error"], "where the databases differ, the difference is in one place"),
    ("migration", &["db"], "only the database brings itself up to date"),
    ("async_graphql", &["graphql", "http"], "operations do not know who calls them"),
    ("axum", &["http", "serve"], "operations do not know who calls them"),
    ("clap", &["cli"], "operations do not know who calls them"),
    ("jsonwebtoken", &["auth"], "one place decides whether a token is good"),
    ("tokio_cron_scheduler", &["work"], "what must survive is in the database; the clockwork only says when to look"),
    ("object_store", &["files"], "where files are kept, the disk or S3, is one module's business"),
    (
        "reqwest",
        &["auth", "sources", "notifications"],
        "only the keys of tokens and the sources of runs are fetched from elsewhere, and only webhooks are sent there",
    ),
    ("croner", &["schedules"], "one type says when a schedule fires"),
    ("lettre", &["notifications"], "only what is told goes out by e-mail"),
    ("multer", &["http"], "a form is a way to send a request, and no more"),
    ("calamine", &["sheet"], "the formats that people bring are one module's business"),
    ("encoding_rs", &["sheet"], "the formats that people bring are one module's business"),
    ("strsim", &["sheet"], "what a header seems to mean is decided where it is read"),
    ("zip", &["sheet"], "the formats that people bring are one module's business"),
];

const KNOWS_TABLES: &[&str] = &[
    "organisations",
    "members",
    "accounts",
    "sellers",
    "records",
    "exports",
    "imports",
    "collection",
    "schedules",
    "auth",
    "audit",
    "jobs",
    "notifications",
];
const WRITES_QUERIES: &[&str] = &[
    "organisations",
    "members",
    "accounts",
    "sellers",
    "records",
    "exports",
    "imports",
    "collection",
    "schedules",
    "auth",
    "audit",
    "jobs",
    "notifications",
    "page",
    "condition",
    "db",
    "error",
];

/// What one module names: modules of the crate, and crates of `CRATES`.
#[derive(Debug, Default)]
struct Names {
    modules: BTreeSet<String>,
    crates: BTreeSet<String>,
}

impl Names {
    /// `depth` is how many `super` lead from the file to the root of the crate.
    fn of(source: &str, depth: usize) -> Self {
        let mut names = Self::default();
        let tokens = without_tests(tokens(source));
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        for (at, token) in tokens.iter().enumerate() {
            let before = at.checked_sub(1).map_or("", |before| tokens[before]);
            let rest = &tokens[at..];
            if before != "::" && CRATES.iter().any(|(name, ..)| name == token) {
                if before == "use" || rest.get(1) == Some(&"::") {
                    names.crates.insert((*token).to_owned());
                }
            } else if ["crate", "sellerbook"].contains(token) && before != "::" {
                names.read_below(rest);
            } else if *token == "super" && before != "::" {
                let supers = rest.chunks(2).take_while(|pair| *pair == ["super", "::"]).count();
                if supers == depth {
                    names.read_below(&rest[2 * (supers - 1)..]);
                }
            }
        }
        names
    }

    /// The names of a path that begins at the root of the crate: `crate::a::…`, `crate::{a, b::…}`.
    fn read_below(&mut self, tokens: &[&str]) {
        match tokens {
            [_, "::", "{", inner @ ..] => {
                let mut open = 1;
                let mut before = "{";
                for token in inner {
                    if open == 1 && ["{", ","].contains(&before) {
                        self.modules.insert((*token).to_owned());
                    }
                    open += i32::from(*token == "{");
                    open -= i32::from(*token == "}");
                    if open == 0 {
                        break;
                    }
                    before = token;
                }
            }
            [_, "::", name, ..] => {
                self.modules.insert((*name).to_owned());
            }
            _ => {}
        }
    }
}

/// The words and signs of a source, `::` as one; comments, strings and characters are left out.
fn tokens(source: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => quoted(rest, 1, '"'),
            'r' if rest.starts_with("r\"") => rest[2..].find('"').unwrap() + 3,
            'r' if rest.starts_with("r#\"") => rest[3..].find("\"#").unwrap() + 5,
            '\'' if rest[1..].starts_with('\\') => quoted(rest, 1, '\''),
            '\'' if rest.chars().nth(2) == Some('\'') => rest.char_indices().nth(3).map_or(rest.len(), |(end, _)| end),
            ':' if rest.starts_with("::") => {
                tokens.push("::".to_owned());
                2
            }
            first if first.is_alphanumeric() || first == '_' => {
                let is_within = |letter: char| letter.is_alphanumeric() || letter == '_';
                let length = rest.find(|letter| !is_within(letter)).unwrap_or(rest.len());
                tokens.push(rest[..length].to_owned());
                length
            }
            first => {
                if !first.is_whitespace() {
                    tokens.push(first.to_string());
                }
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// Bytes to the end of a literal, escapes minded.
fn quoted(text: &str, start: usize, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices().skip_while(|(at, _)| *at < start) {
        if letter == quote && !is_escaped {
            return at + quote.len_utf8();
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    text.len()
}

/// Leaves out what is marked `#[cfg(test)]`: to its `;`, or to the end of its braces.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].iter().take(MARK.len()).eq(MARK) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        at += MARK.len();
        let mut open = 0;
        while at < tokens.len() {
            open += i32::from(tokens[at] == "{");
            open -= i32::from(tokens[at] == "}");
            at += 1;
            if open == 0 && [";", "}"].contains(&tokens[at - 1].as_str()) {
                break;
            }
        }
    }
    kept
}

/// Every source file with the module it belongs to and how many `super` lead to the root.
fn sources() -> Vec<(String, usize, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests" && name != "lib" {
                let parts: Vec<&str> =
                    path.strip_prefix(&root).unwrap().iter().map(|part| part.to_str().unwrap()).collect();
                let depth = if name == "mod" { parts.len() - 1 } else { parts.len() };
                found.push((parts[0].trim_end_matches(".rs").to_owned(), depth, path));
            }
        }
    }
    found
}

/// What every file names, with its module.
fn names() -> Vec<(String, PathBuf, Names)> {
    let read = |(module, depth, path): (String, usize, PathBuf)| {
        let names = Names::of(&fs::read_to_string(&path).unwrap(), depth);
        (module, path, names)
    };
    sources().into_iter().map(read).collect()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|(_, modules)| modules.contains(&module))
}

#[test]
fn every_module_has_its_layer() {
    let homeless: BTreeSet<String> =
        sources().into_iter().map(|(module, ..)| module).filter(|module| layer(module).is_none()).collect();
    assert!(homeless.is_empty(), "in no layer: {homeless:?}");
}

#[test]
fn imports_go_downhill() {
    let mut wrong = BTreeSet::new();
    let mut seen: BTreeSet<&(&str, &str, &str)> = BTreeSet::new();
    for (from, path, names) in names() {
        for to in names.modules.iter().filter(|to| **to != from && layer(to).is_some()) {
            let within = WITHIN.iter().find(|(a, b, _)| *a == from && b == to);
            seen.extend(within);
            if within.is_none() && layer(&from) >= layer(to) {
                wrong.insert(format!("{from} -> {to} in {}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "uphill or unlisted: {wrong:#?}");
    let unused: Vec<_> = WITHIN.iter().filter(|arrow| !seen.contains(arrow)).collect();
    assert!(unused.is_empty(), "listed and not there any more: {unused:?}");
}

#[test]
fn only_those_name_a_crate_whose_business_it_is() {
    let mut wrong = BTreeSet::new();
    for (from, path, names) in names() {
        for (name, allowed, reason) in CRATES {
            if names.crates.contains(*name) && !allowed.contains(&from.as_str()) {
                wrong.insert(format!("{name} in {}: {reason}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_reader_of_imports_sees_them_in_every_spelling() {
    let read = |text: &str, depth: usize| Names::of(text, depth).modules.into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(read("use crate::{a, b::{c, d}, e::f as g}; fn x() { crate::h::i(); }", 1), "a b e h");
    assert_eq!(read("use super::{a, b}; use super::super::c; pub(crate) fn f() {}", 2), "c");
    assert_eq!(read("//! crate::a\n/// crate::b\nconst A: &str = \"\\\"crate::c\"; // crate::d", 1), "");
    assert_eq!(read("#[cfg(test)] mod t { use crate::a; } #[cfg(test)] use crate::{b}; use crate::c;", 1), "c");
    assert_eq!(read("fn f<'a>() -> char { '\"' } macro_rules! m { () => { crate::a::b!() } }", 1), "a");
}
