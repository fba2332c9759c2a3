//! Time zones by their names in the IANA database.
//!
//! What a reader would get wrong: `EST` is a name of that database too, and means UTC-5 all the year round.

use chrono_tz::{TZ_VARIANTS, Tz};

use crate::error::{Error, Result};

/// How much of a wrong name is shown to whoever gave it.
const LONGEST_SHOWN: usize = 60;

/// The time zone of that name.
///
/// # Errors
/// `INVALID_TIME_ZONE`, with the right spelling when only capital letters are wrong.
pub fn time_zone(name: &str) -> Result<Tz> {
    name.parse().map_err(|_| {
        let shown = name.chars().take(LONGEST_SHOWN).collect::<String>().escape_debug().to_string();
        let alike = TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name.trim()));
        let hint = match alike {
            Some(zone) => format!("it is spelled `{}`", zone.name()),
            None => "use a name of the IANA database, such as America/New_York or UTC".to_owned(),
        };
        Error::bad_input("INVALID_TIME_ZONE", format!("there is no time zone `{shown}`; {hint}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_database() {
        for name in ["UTC", "Etc/UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "EST5EDT"] {
            assert_eq!(time_zone(name).unwrap().name(), name);
        }
    }

    #[test]
    fn a_wrong_name_is_refused_with_what_is_near() {
        let refusal = |name: &str| time_zone(name).unwrap_err().to_string();
        assert_eq!(
            refusal("america/new_york "),
            "there is no time zone `america/new_york `; it is spelled `America/New_York`"
        );
        for name in ["", "Mars/Olympus", "+02:00", "UTC+2", "\0"] {
            assert_eq!(time_zone(name).unwrap_err().code(), "INVALID_TIME_ZONE", "{name}");
        }
        assert!(refusal(&"x".repeat(1_000)).len() < 200);
    }
}
