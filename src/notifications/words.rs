//! What an e-mail says of an event: plain words, a subject of one line.
//!
//! What a reader would get wrong: names come from people and from elsewhere. Whatever could end a line, turn the direction
//! of the text or hide in it is taken out here, before it is stored; no header can be added by a name.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Event, ExportEnd, Fires, RunEnd};
use crate::id::IdKind;

/// Most characters of a name in an e-mail.
const LONGEST_NAME: usize = 120;
/// Most characters of a reason.
const LONGEST_REASON: usize = 300;

/// An e-mail before it is addressed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Letter {
    /// One line.
    pub subject: String,
    /// Lines.
    pub text: String,
    /// The id of what it is about, as in the API.
    pub about: String,
}

impl Letter {
    /// What is written about an event.
    pub fn about(event: &Event) -> Self {
        match event {
            Event::RunCompleted(run) => of_run(run, "Run completed", "is done"),
            Event::RunFailed(run) => of_run(run, "Run failed", "could not go on"),
            Event::FireMissed(fires) => of_fires(fires, "Schedule missed", "passed without a start"),
            Event::FireDropped(fires) => of_fires(fires, "Schedule held back", "were left out"),
            Event::FireFailed(fires) => of_fires(fires, "Schedule failed", "came, and nothing could be started"),
            Event::ExportCompleted(export) => of_export(export, "Export completed", "is there"),
            Event::ExportFailed(export) => of_export(export, "Export failed", "could not be made"),
        }
    }
}

fn of_run(run: &RunEnd, title: &str, outcome: &str) -> Letter {
    let name = plain(&run.name, LONGEST_NAME);
    let mut text = format!("The collection run \"{name}\" {outcome}.\n\n");
    let cents = run.cost_micros / 10_000;
    text.push_str(&lines(&[
        ("Reason", Some(plain(&run.reason, LONGEST_REASON))),
        ("Products searched", Some(run.products_done.to_string())),
        ("Sellers found", Some(run.sellers_found.to_string())),
        ("Of these, new", Some(run.sellers_new.to_string())),
        ("Searches that failed", Some(run.failed_items.to_string())),
        ("Cost", Some(format!("${}.{:02}", cents / 100, cents % 100))),
        ("Began", run.started_at.map(moment)),
        ("Ended", Some(moment(run.completed_at))),
    ]));
    Letter { subject: format!("{title}: {name}"), text, about: IdKind::Run.show(run.run_id) }
}

fn of_fires(fires: &Fires, title: &str, outcome: &str) -> Letter {
    let name = plain(&fires.schedule_name, LONGEST_NAME);
    let mut text = format!("Planned times of the schedule \"{name}\" {outcome}.\n\n");
    let is_one = fires.count <= 1;
    text.push_str(&lines(&[
        ("Reason", Some(plain(&fires.reason, LONGEST_REASON))),
        ("Planned times", (!is_one).then(|| fires.count.to_string())),
        ("The first", (!is_one).then(|| moment(fires.first_planned_at))),
        (if is_one { "Planned for" } else { "The last" }, Some(moment(fires.last_planned_at))),
    ]));
    Letter { subject: format!("{title}: {name}"), text, about: IdKind::Schedule.show(fires.schedule_id) }
}

fn of_export(export: &ExportEnd, title: &str, outcome: &str) -> Letter {
    let what = format!("{} as {}", export.kind.to_lowercase(), export.format);
    let name = export.file_name.as_deref().map_or_else(|| what.clone(), |name| plain(name, LONGEST_NAME));
    let mut text = format!("The file {name} {outcome}.\n\n");
    let is_there = export.bytes.is_some();
    text.push_str(&lines(&[
        ("Reason", export.error_code.as_deref().map(|code| plain(code, LONGEST_REASON))),
        ("Holds", is_there.then_some(what)),
        ("Rows", is_there.then(|| export.rows.to_string())),
        ("Bytes", export.bytes.map(|bytes| bytes.to_string())),
        ("Ended", Some(moment(export.completed_at))),
        ("Kept until", export.expires_at.map(moment)),
    ]));
    Letter { subject: format!("{title}: {name}"), text, about: IdKind::Export.show(export.export_job_id) }
}

fn lines(pairs: &[(&str, Option<String>)]) -> String {
    let line = |(name, value): &(&str, Option<String>)| value.as_ref().map(|value| format!("{name}: {value}\n"));
    pairs.iter().filter_map(line).collect()
}

fn moment(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Text of others as one line of visible characters, cut.
fn plain(text: &str, longest: usize) -> String {
    let visible: String = text.chars().map(|letter| if is_hidden(letter) { ' ' } else { letter }).collect();
    let words = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= longest {
        return words;
    }
    words.chars().take(longest - 1).chain(['…']).collect()
}

/// What is not seen, ends a line, or turns the direction of what follows.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str) -> RunEnd {
        let at = "2026-11-20T08:00:00Z".parse().unwrap();
        RunEnd {
            run_id: uuid::Uuid::nil(),
            schedule_id: None,
            name: name.to_owned(),
            reason: "DONE".to_owned(),
            products_done: 12,
            sellers_found: 7,
            sellers_new: 3,
            failed_items: 0,
            cost_micros: 1_234_567,
            started_at: Some(at),
            completed_at: at,
        }
    }

    #[test]
    fn a_letter_about_a_run_says_what_came_of_it() {
        let letter = Letter::about(&Event::RunCompleted(run("Mondays")));
        assert_eq!(letter.subject, "Run completed: Mondays");
        insta::assert_snapshot!(letter.text, @r#"
        The collection run "Mondays" is done.

        Reason: DONE
        Products searched: 12
        Sellers found: 7
        Of these, new: 3
        Searches that failed: 0
        Cost: $1.23
        Began: 2026-11-20 08:00 UTC
        Ended: 2026-11-20 08:00 UTC
        "#);
    }

    #[test]
    fn no_name_ends_a_line_or_hides_anything() {
        for evil in ["a\r\nBcc: all@example.com", "a\u{2028}b", "a\u{202e}b", "a\0b\u{85}c\u{7f}", "a\n.\nQUIT"] {
            let letter = Letter::about(&Event::RunFailed(run(evil)));
            assert!(!letter.subject.chars().any(is_hidden), "{:?}", letter.subject);
            assert!(letter.text.starts_with("The collection run \"a "), "{:?}", letter.text);
            assert_eq!(letter.text.lines().count(), 10, "{:?}", letter.text);
        }
        let long = Letter::about(&Event::RunFailed(run(&"ü".repeat(1_000))));
        assert_eq!(long.subject.chars().count(), "Run failed: ".len() + LONGEST_NAME);
    }
}
