//! A look at the text before it is parsed: length, tokens, nesting.
//!
//! The parser recurses with the nesting of the text and keeps some hundred bytes for each token, so both are bounded
//! first. Not here: what the tokens mean. What a reader would get wrong: brackets in strings and comments do not count.

use async_graphql::ServerError;

use super::too_large;

/// Longest text. What is large by nature (names to add, ids) belongs into variables.
pub const MAX_TEXT_BYTES: usize = 128 * 1024;
/// Most tokens: thirty times the query GraphiQL reads the schema with.
pub const MAX_TOKENS: usize = 15_000;
/// Deepest nesting of brackets of any kind. The parser needs under 10 KiB of stack for each in a debug build.
pub const MAX_NESTING: usize = 50;
/// Longest name; "did you mean" compares an unknown one with every known one, letter by letter.
pub const MAX_NAME_BYTES: usize = 200;

/// Refuses what would cost the parser too much.
pub fn scan(text: &str) -> Result<(), ServerError> {
    if text.len() > MAX_TEXT_BYTES {
        let message =
            format!("the query has {} bytes; at most {MAX_TEXT_BYTES}; send large values as variables", text.len());
        return Err(too_large("QUERY_TOO_LARGE", message));
    }
    let mut rest = text.as_bytes();
    let (mut tokens, mut nesting) = (0_usize, 0_usize);
    while let Some((first, after)) = rest.split_first() {
        let taken = match first {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                rest = after;
                continue;
            }
            b'#' => {
                rest = skip(rest, run(rest, |byte| byte != b'\n' && byte != b'\r'));
                continue;
            }
            b'"' => string(rest),
            byte if is_name(*byte) => name(rest)?,
            b'{' | b'[' | b'(' => {
                nesting += 1;
                1
            }
            b'}' | b']' | b')' => {
                nesting = nesting.saturating_sub(1);
                1
            }
            _ => 1,
        };
        tokens += 1;
        if tokens > MAX_TOKENS {
            return Err(too_large("QUERY_TOO_LARGE", format!("the query has more than {MAX_TOKENS} tokens")));
        }
        if nesting > MAX_NESTING {
            return Err(too_large(
                "QUERY_TOO_DEEP",
                format!("the query nests brackets deeper than {MAX_NESTING} levels"),
            ));
        }
        rest = skip(rest, taken);
    }
    Ok(())
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Bytes of a name, or of a number, which counts the same.
fn name(rest: &[u8]) -> Result<usize, ServerError> {
    let length = run(rest, is_name);
    if length > MAX_NAME_BYTES {
        return Err(too_large("QUERY_TOO_LARGE", format!("a name in the query is longer than {MAX_NAME_BYTES} bytes")));
    }
    Ok(length)
}

/// Bytes of a string or block string. One that is not closed ends with its line or the text; the parser says so.
fn string(rest: &[u8]) -> usize {
    let is_block = rest.starts_with(b"\"\"\"");
    let mut taken = if is_block { 3 } else { 1 };
    loop {
        let here = skip(rest, taken);
        match here {
            [] => return taken,
            [b'\\', b'"', b'"', b'"', ..] if is_block => taken += 4,
            [b'"', b'"', b'"', ..] if is_block => return taken + 3,
            [b'\\', _, ..] if !is_block => taken += 2,
            [b'"', ..] if !is_block => return taken + 1,
            [b'\n' | b'\r', ..] if !is_block => return taken,
            _ => taken += 1,
        }
    }
}

fn run(rest: &[u8], matches: impl Fn(u8) -> bool) -> usize {
    rest.iter().position(|byte| !matches(*byte)).unwrap_or(rest.len())
}

fn skip(rest: &[u8], taken: usize) -> &[u8] {
    rest.get(taken..).unwrap_or_default()
}
