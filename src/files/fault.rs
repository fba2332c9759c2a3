//! What goes wrong with files, in the one vocabulary: gone, no room, or not to be had now.

use std::{error::Error as StdError, io};

use crate::error::{Cause, Error, causes, is_full};

/// What S3's relatives say when there is no room; Amazon's own never is full.
const WORDS_FOR_FULL: [&str; 3] = ["507 Insufficient Storage", "StorageFull", "QuotaExceeded"];

/// Among the answers that blame the request (4xx), those that may be different the next time.
const PASSING_REFUSALS: [&str; 3] = ["status code: 408", "status code: 429", "RequestTimeout"];

/// A failure of a store.
pub fn of_store(context: &'static str, error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::NotFound { what: "file" },
        other => storage(context, other),
    }
}

/// A failure of the disk.
pub fn of_io(context: &'static str, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => Error::NotFound { what: "file" },
        _ => storage(context, error),
    }
}

/// Whether another try may succeed: S3 did not answer, or said that it could not just now.
pub fn is_passing(error: &object_store::Error) -> bool {
    match error {
        // Room is not made within seconds.
        error if is_without_room(error) => false,
        // The library keeps what was answered to itself, but says it.
        object_store::Error::Generic { source, .. } => {
            let said: Vec<String> = causes(source.as_ref()).map(ToString::to_string).collect();
            let says = |words: &str| said.iter().any(|text| text.contains(words));
            !says("status code: 4") || PASSING_REFUSALS.iter().any(|words| says(words))
        }
        // Another request about the same file was under way.
        object_store::Error::AlreadyExists { .. } => true,
        _ => false,
    }
}

/// A failure to keep a file. What is missing then is a folder, not a file that somebody asked for.
pub fn storage(context: &'static str, error: impl Into<Cause>) -> Error {
    let source: Cause = error.into();
    if is_without_room(source.as_ref()) {
        return Error::no_room(context, source);
    }
    let message = "files cannot be written or read just now; try again in a moment";
    Error::Storage { code: "STORAGE_UNAVAILABLE", message, context, source: Some(source) }
}

fn is_without_room(error: &(dyn StdError + 'static)) -> bool {
    is_full(error) || {
        let text = error.to_string();
        WORDS_FOR_FULL.iter().any(|words| text.contains(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_blames_the_request_is_not_tried_again() {
        let generic = |text: &str| object_store::Error::Generic { store: "S3", source: text.into() };
        let status = |status: &str| generic(&format!("Server returned non-2xx status code: {status}: <Error>…"));
        for passing in ["500 Internal Server Error", "503 Slow Down", "429 Too Many Requests", "400 RequestTimeout"] {
            assert!(is_passing(&status(passing)), "{passing}");
        }
        assert!(is_passing(&generic("connection closed before message completed")));
        for final_ in
            ["400 Bad Request", "416 Range Not Satisfiable", "411 Length Required", "507 Insufficient Storage"]
        {
            assert!(!is_passing(&status(final_)), "{final_}");
        }
        assert!(!is_passing(&object_store::Error::NotFound { path: String::new(), source: "x".into() }));
    }

    #[test]
    fn a_full_disk_is_told_from_one_that_does_not_answer() {
        let code = |kind: io::ErrorKind| of_io("x", io::Error::from(kind)).code();
        assert_eq!(code(io::ErrorKind::StorageFull), "STORAGE_FULL");
        assert_eq!(code(io::ErrorKind::QuotaExceeded), "STORAGE_FULL");
        assert_eq!(code(io::ErrorKind::PermissionDenied), "STORAGE_UNAVAILABLE");
        assert_eq!(code(io::ErrorKind::NotFound), "NOT_FOUND");
        let wrapped = |text: &str| object_store::Error::Generic { store: "S3", source: text.into() };
        assert_eq!(of_store("x", wrapped("… 507 Insufficient Storage: …")).code(), "STORAGE_FULL");
        assert_eq!(of_store("x", wrapped("503")).code(), "STORAGE_UNAVAILABLE");
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let within = object_store::Error::Generic { store: "LocalFileSystem", source: full.into() };
        assert_eq!(of_store("x", within).code(), "STORAGE_FULL");
    }
}
