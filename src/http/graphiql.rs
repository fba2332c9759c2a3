//! GraphiQL: the page a browser gets at `GET /graphql`, and the files it loads.
//!
//! Everything is in the binary, because the machine that opens the page may
//! have no way out, and because then the page's policy can refuse every other
//! origin. Where the files come from is told in `assets/graphiql/README.md`.
//!
//! Not here: whether a request wants this page or is a query sent by `GET`
//! (the router's question), and compression (a layer of the whole router).
//!
//! Easy to get wrong: a vendored file carries its version in its name and is
//! cached for a year. Whoever changes its content must also change its name.

use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What the page may do: run our scripts and talk to this server, no more.
///
/// Styles may be inline because GraphiQL's dialogs add `<style>` elements.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
     style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; \
     base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

const PAGE: &str = include_str!("../../assets/graphiql/index.html");

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// For a file whose name changes when its content does.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// For our own small files, which change between versions under one name.
const ASK_AGAIN: &str = "no-cache";

struct Asset {
    content_type: &'static str,
    cache_control: &'static str,
    body: &'static [u8],
}

/// The GraphiQL page.
///
/// Contains nothing about the caller, so it needs no permission: the token is
/// typed into the page, or comes in the fragment of a link (`#token=…`).
pub fn page() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HTML),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, ASK_AGAIN),
        // The same address answers queries sent by `GET`.
        (header::VARY, "accept"),
    ];
    (headers, PAGE).into_response()
}

/// One file of the page, for `GET /graphiql/{name}`.
pub async fn asset(Path(name): Path<String>) -> Response {
    let Some(asset) = find(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, asset.cache_control),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, asset.body).into_response()
}

fn find(name: &str) -> Option<Asset> {
    macro_rules! file {
        ($name:literal) => {
            include_bytes!(concat!("../../assets/graphiql/", $name)).as_slice()
        };
    }
    let (content_type, cache_control, body) = match name {
        "boot.js" => (SCRIPT, ASK_AGAIN, file!("boot.js")),
        "page.css" => (STYLE, ASK_AGAIN, file!("page.css")),
        "graphiql-3.9.0.min.js" => (SCRIPT, FOREVER, file!("graphiql-3.9.0.min.js")),
        "graphiql-3.9.0.min.css" => (STYLE, FOREVER, file!("graphiql-3.9.0.min.css")),
        "react-18.3.1.min.js" => (SCRIPT, FOREVER, file!("react-18.3.1.min.js")),
        "react-dom-18.3.1.min.js" => (SCRIPT, FOREVER, file!("react-dom-18.3.1.min.js")),
        "LICENSES.txt" => (TEXT, ASK_AGAIN, file!("LICENSES.txt")),
        _ => return None,
    };
    Some(Asset { content_type, cache_control, body })
}

#[cfg(test)]
mod tests {
    use super::{PAGE, find};

    /// The addresses the page loads: whatever follows `src="` or `href="`.
    fn addresses() -> impl Iterator<Item = &'static str> {
        [r#"src=""#, r#"href=""#]
            .into_iter()
            .flat_map(|attribute| PAGE.split(attribute).skip(1))
            .filter_map(|rest| rest.split('"').next())
            .filter(|address| *address != "data:,")
    }

    #[test]
    fn every_file_the_page_loads_is_in_the_binary() {
        let names: Vec<_> = addresses().map(|address| address.strip_prefix("graphiql/")).collect();
        assert_eq!(names.len(), 6);
        for name in names {
            let name = name.expect("an address below graphiql/");
            assert!(find(name).is_some(), "{name} is missing");
        }
    }

    #[test]
    fn the_page_has_no_script_of_its_own() {
        assert_eq!(PAGE.matches("<script").count(), PAGE.matches("<script src=").count());
        assert!(!PAGE.contains("<style") && !PAGE.contains("style="));
    }

    #[test]
    fn an_unknown_name_is_not_found() {
        assert!(find("index.html").is_none());
        assert!(find("../boot.js").is_none());
    }
}
