//! Where settings are read from, and what is said of those that cannot be.
//!
//! What a reader would get wrong: a value may be a secret, so what is said names the key and never the value.

use std::path::Path;

use figment::{
    Figment,
    providers::{Format, Toml},
};
use serde::{Deserialize, Deserializer, de::Error as _};

const ENV_PREFIX: &str = "SELLERBOOK_";

/// The settings of a file; none when there is no such file, which the library would call an error.
pub(super) fn read_file(file: &Path) -> Figment {
    if file.is_file() { Figment::from(Toml::file_exact(file)) } else { Figment::new() }
}

/// The setting an environment variable stands for, if any.
pub(super) fn setting_of(name: &str) -> Option<String> {
    if name == "DATABASE_URL" {
        return Some("database_url".to_owned());
    }
    name.strip_prefix(ENV_PREFIX).map(str::to_lowercase)
}

/// Names the key; never the value, which may be a secret.
pub(super) fn explain(error: &figment::Error) -> String {
    use figment::error::Kind;
    let key = error.path.join(".");
    match &error.kind {
        Kind::UnknownField(field, known) => {
            format!("there is no setting `{field}`; the settings are {}", known.join(", "))
        }
        Kind::InvalidType(_, expected) => format!("`{key}` must be {expected}"),
        Kind::InvalidValue(_, expected) => format!("`{key}` must be {expected}"),
        Kind::Message(message) if !is_secret(&key) => format!("`{key}`: {message}"),
        _ if key.is_empty() => "the configuration file is not valid TOML".to_owned(),
        _ => format!("`{key}` has a value that cannot be used"),
    }
}

/// Whether the value of a setting must not be shown.
fn is_secret(key: &str) -> bool {
    ["_secret", "_password", "_key", "_username", "_client_id", "smtp_url"].iter().any(|end| key.ends_with(end))
}

/// `["a", "b"]` in the file, `a,b` in the environment.
pub(super) fn comma_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        List(Vec<String>),
        Text(String),
    }
    match Either::deserialize(deserializer).map_err(|_| D::Error::custom("must be a list of texts"))? {
        Either::List(list) => Ok(list),
        Either::Text(text) => {
            Ok(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
        }
    }
}
