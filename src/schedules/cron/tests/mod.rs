//! Tables of expressions and zones, and an oracle that looks at every minute.

mod oracle;
mod words;
mod zones;

use super::*;

fn five_minutes() -> TimeDelta {
    TimeDelta::minutes(5)
}

fn cron(expression: &str) -> Cron {
    Cron::parse(expression, five_minutes()).unwrap_or_else(|error| panic!("{expression}: {error}"))
}

fn refusal(expression: &str) -> String {
    let error = Cron::parse(expression, five_minutes()).expect_err(expression);
    assert_eq!(error.code(), "INVALID_CRON");
    error.to_string()
}

/// What croner was given.
fn written(expression: &str) -> String {
    cron(expression).parts.iter().map(|parts| join(parts)).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_is_wrong_is_told_with_its_field() {
    for (expression, reason) in [
        ("", "the expression is empty; `0 0 1 * *` is midnight on the first of each month"),
        (" \t", "the expression is empty; `0 0 1 * *` is midnight on the first of each month"),
        ("daily", "1 field instead of five: minute, hour, day of month, month, day of week"),
        ("0 0 * *", "4 fields instead of five: minute, hour, day of month, month, day of week"),
        (
            "0 0 0 1 * *",
            "6 fields instead of five: minute, hour, day of month, month, day of week; seconds and years cannot be given",
        ),
        ("60 0 * * *", "minute: `60` is not 0 to 59"),
        ("-5 0 * * *", "minute: the range `-5` needs a beginning and an end"),
        ("5- 0 * * *", "minute: the range `5-` needs a beginning and an end"),
        ("0 24 * * *", "hour: `24` is not 0 to 23"),
        ("0 0 0 * *", "day of month: `0` is not 1 to 31, or L, the last day"),
        ("0 0 32 * *", "day of month: `32` is not 1 to 31, or L, the last day"),
        ("0 0 1 13 *", "month: `13` is not 1 to 12, or JAN to DEC"),
        ("0 0 1 0 *", "month: `0` is not 1 to 12, or JAN to DEC"),
        ("0 0 * * 8", "day of week: `8` is not 0 to 7, or SUN to SAT"),
        ("0 JAN * * *", "hour: `JAN` is not 0 to 23"),
        ("0 0 * MON *", "month: `MON` is not 1 to 12, or JAN to DEC"),
        ("0 0 * * MONDAY", "day of week: `MONDAY` is not 0 to 7, or SUN to SAT"),
        ("0 0 * * SUNMON", "day of week: `SUNMON` is not 0 to 7, or SUN to SAT"),
        ("0 0 * * +1", "day of week: `+1` is not 0 to 7, or SUN to SAT"),
        ("0,,5 0 * * *", "minute: there is nothing between two commas, or before or after one"),
        ("0, 0 * * *", "minute: there is nothing between two commas, or before or after one"),
        ("0,* 0 * * *", "minute: `*` means every one, so it stands alone"),
        ("*/0 * * * *", "minute: the step of `*/0` must be 1 to 59"),
        ("*/60 * * * *", "minute: the step of `*/60` must be 1 to 59"),
        ("*/x * * * *", "minute: the step of `*/X` must be 1 to 59"),
        ("0 5/2 * * *", "hour: a step follows `*` or a range, as in `*/2` or `0-23/2`, not `5`"),
        ("0 */2/2 * * *", "hour: the step of `*/2/2` must be 1 to 23"),
        ("0 17-9 * * *", "hour: the range `17-9` ends before it begins; write it as two"),
        ("0 1-2-3 * * *", "hour: `2-3` is not 0 to 23"),
        ("0 L * * *", "hour: `L` is not 0 to 23"),
        ("? 0 * * *", "minute: `?` is not 0 to 59"),
        ("0 0 15W * *", "day of month: `15W` is not 1 to 31, or L, the last day"),
        ("0 0 L-2 * *", "day of month: `L` is not 1 to 31, or L, the last day"),
        ("0 0 1#1 * *", "day of month: `#` belongs into the day of week, as in `1#1`, the first Monday: `1#1`"),
        ("0 0 * * L", "day of week: `L` follows a day here, as in `5L`, the last Friday of the month"),
        ("0 0 * * 1#6", "day of week: after `#` stands 1 to 5, unlike in `1#6`"),
        ("0 0 * * 1#0", "day of week: after `#` stands 1 to 5, unlike in `1#0`"),
        ("0 0 * * 9#1", "day of week: `9` is not 0 to 7, or SUN to SAT"),
        ("0 0 * * 1-5#1", "day of week: `5#1` is not 0 to 7, or SUN to SAT"),
        ("0 0 * * \u{661}", "day of week: `\u{661}` is not 0 to 7, or SUN to SAT"),
        ("0 0 * * \u{1b}[0m", "day of week: `\\u{1b}[0M` is not 0 to 7, or SUN to SAT"),
        (
            "@reboot",
            "`@reboot` is no time; the names are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly",
        ),
        (
            "@often",
            "there is no `@often`; the names are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly",
        ),
        ("0 0 31 2 *", "day of month: `31` never comes in the month `2`, so this would never fire"),
        ("0 0 30,31 FEB *", "day of month: `30,31` never comes in the month `2`, so this would never fire"),
        ("0 0 31 4,6,9,11 *", "day of month: `31` never comes in the month `4,6,9,11`, so this would never fire"),
    ] {
        assert_eq!(refusal(expression), reason, "{expression}");
    }
    let long = format!("{} 0 * * *", ["0"; 300].join(","));
    assert_eq!(refusal(&long), "the expression is longer than 400 characters");
    assert!(refusal(&format!("{} 0 * * *", "9".repeat(300))).len() < 100);
}

#[test]
fn every_spelling_reaches_croner_in_numbers() {
    for (expression, numbers) in [
        ("  0\t0  1 * * ", "0 0 1 * *"),
        ("@Monthly", "0 0 1 * *"),
        ("@annually", "0 0 1 1 *"),
        ("@yearly", "0 0 1 1 *"),
        ("@weekly", "0 0 * * 0"),
        ("@midnight", "0 0 * * *"),
        ("@daily", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
        ("0 9 * jan-mar,Dec mon-FRI", "0 9 * 1-3,12 1-5"),
        ("0 9 * * FRI-SUN", "0 9 * * 5-7"),
        ("0 9 * * SUN-TUE", "0 9 * * 0-2"),
        ("0 9 * * SUN-SUN", "0 9 * * 0-0"),
        ("0 9 * * 7", "0 9 * * 0"),
        ("0 9 * * 0-7", "0 9 * * 0-7"),
        ("0 9 * * 7#2,SUN#3,friL,7l", "0 9 * * 0#2,0#3,5L,0L"),
        ("0 9 ? * 1", "0 9 * * 1"),
        ("0 9 */1 * 1", "0 9 * * 1"),
        ("0 9 l * *", "0 9 L * *"),
        ("5-59/30 08-17/3 01,15 * *", "5-59/30 8-17/3 1,15 * *"),
    ] {
        assert_eq!(written(expression), numbers, "{expression}");
    }
    assert_eq!(cron(" @Monthly ").as_str(), "@Monthly");
    assert_eq!(cron("0  9 * * MON#1").to_string(), "0 9 * * MON#1");
}

#[test]
fn croner_takes_every_step_that_is_allowed_and_understands_the_same() {
    for (field, most, least) in [(0, 59, 0), (1, 23, 0), (2, 31, 1), (3, 12, 1), (4, 7, 0)] {
        for step in 1..=most {
            for range in ["*".to_owned(), format!("{least}-{most}"), format!("{least}-{least}")] {
                let mut fields = ["0", "0", "*", "*", "*"].map(str::to_owned);
                fields[field] = format!("{range}/{step}");
                let read = Cron::parse(&fields.join(" "), TimeDelta::minutes(1)).unwrap();
                let pattern = &read.clockwork.pattern;
                let values = [
                    pattern.minutes.values(),
                    pattern.hours.values(),
                    pattern.days.values(),
                    pattern.months.values(),
                    pattern.days_of_week.values(),
                ];
                let last = if range == format!("{least}-{least}") { least } else { most };
                let mut expected: Vec<u16> = (least..=last).step_by(step.into()).collect();
                if field == 4 {
                    expected = expected.iter().map(|day| day % 7).collect();
                    expected.sort_unstable();
                    expected.dedup();
                }
                assert_eq!(values[field], expected, "{fields:?}");
            }
        }
    }
}

#[test]
fn nothing_fires_more_often_than_the_shortest_gap() {
    for allowed in ["*/5 * * * *", "0,5 * * * *", "3-59/5 * * * *", "55,0 * * * *", "0 * * * *", "0,30 23 * * *"] {
        cron(allowed);
    }
    for (refused, reason) in [
        ("* * * * *", "minute: from 00:00 to 00:01 are 1 minute, and the shortest gap allowed is 5 minutes"),
        ("*/4 * * * *", "minute: from 00:00 to 00:04 are 4 minutes, and the shortest gap allowed is 5 minutes"),
        ("0,1 * * * *", "minute: from 00:00 to 00:01 are 1 minute, and the shortest gap allowed is 5 minutes"),
        ("0,1 3 1 1 *", "minute: from 03:00 to 03:01 are 1 minute, and the shortest gap allowed is 5 minutes"),
        ("*/7 * * * *", "minute: from 00:56 to 01:00 are 4 minutes, and the shortest gap allowed is 5 minutes"),
        ("0,58 * * * *", "minute: from 00:58 to 01:00 are 2 minutes, and the shortest gap allowed is 5 minutes"),
        ("0,58 0,23 * * *", "hour: from 23:58 to 00:00 are 2 minutes, and the shortest gap allowed is 5 minutes"),
        ("0,58 0,23 L,1 * *", "hour: from 23:58 to 00:00 are 2 minutes, and the shortest gap allowed is 5 minutes"),
        ("0,58 0,23 31 * 1#1", "hour: from 23:58 to 00:00 are 2 minutes, and the shortest gap allowed is 5 minutes"),
        ("0,58 0,23 28 2 1L", "hour: from 23:58 to 00:00 are 2 minutes, and the shortest gap allowed is 5 minutes"),
    ] {
        assert_eq!(refusal(refused), reason, "{refused}");
    }
}

#[test]
fn over_night_only_days_that_follow_each_other_count() {
    for allowed in ["0,58 0,23 1 * *", "0,58 0,23 * * 1,3,5", "0,58 0,23 29 2 *", "0,58 0,23 29 2 2#1"] {
        cron(allowed);
    }
    for refused in ["0,58 0,23 * * 6,7", "0,58 0,23 L,1 * *", "0,58 0,23 31,1 12,1 *", "0,58 0,23 29 2 4L"] {
        assert!(refusal(refused).starts_with("hour: from 23:58 to 00:00"), "{refused}");
    }
}

#[test]
fn the_shortest_gap_is_a_setting() {
    let parse = |expression: &str, seconds| Cron::parse(expression, TimeDelta::seconds(seconds));
    assert!(parse("* * * * *", 60).is_ok() && parse("* * * * *", 1).is_ok());
    assert!(parse("0 0 * * *", 86_400).is_ok() && parse("0 * * * *", 3_600).is_ok());
    let reason = parse("0,30 0 * * *", 86_400).unwrap_err().to_string();
    assert_eq!(reason, "minute: from 00:00 to 00:30 are 30 minutes, and the shortest gap allowed is 1440 minutes");
    let reason = parse("* * * * *", 90).unwrap_err().to_string();
    assert_eq!(reason, "minute: from 00:00 to 00:01 are 1 minute, and the shortest gap allowed is 90 seconds");
    let reason = parse("0 0,1 * * *", 7_200).unwrap_err().to_string();
    assert_eq!(reason, "hour: from 00:00 to 01:00 are 60 minutes, and the shortest gap allowed is 120 minutes");
    // What is kept is read even so, but nothing that could not be kept.
    assert!(Cron::stored("* * * * *", five_minutes()).is_ok());
    let often = Cron::stored("*/5 * * * *", TimeDelta::hours(2)).unwrap();
    let fires: Vec<_> = often.fires(chrono_tz::America::New_York, "2026-03-08T06:50:00Z".parse().unwrap(), 3);
    let fires: Vec<_> = fires.iter().map(|fire| fire.local.format("%H:%M").to_string()).collect();
    assert_eq!(fires, ["01:55", "03:00", "03:05"]);
    assert!(Cron::stored("0 0 31 2 *", five_minutes()).is_err());
}
