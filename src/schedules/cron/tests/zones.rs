//! Times in time zones, over the changes of their clocks.

use chrono::{DateTime, Datelike, SecondsFormat, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use super::*;
use crate::{clock::read_moment, schedules::time_zone};

fn at(text: &str) -> DateTime<Utc> {
    read_moment(text).unwrap_or_else(|| panic!("{text}"))
}

/// The next so many times as clocks there show them.
fn next(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let zone = time_zone(zone).unwrap();
    let fires = cron(expression).fires(zone, at(after), count);
    fires.iter().map(|fire| fire.local.to_rfc3339_opts(SecondsFormat::Secs, false)).collect()
}

fn notes(expression: &str, zone: &str, after: &str, count: usize) -> Vec<Option<String>> {
    let fires = cron(expression).fires(time_zone(zone).unwrap(), at(after), count);
    fires.into_iter().map(|fire| fire.note).collect()
}

const NEW_YORK: &str = "America/New_York";
/// Noon, the day before the clocks of New York go forward in 2026.
const BEFORE_SPRING: &str = "2026-03-07T17:00:00Z";
/// Noon, the day before they go back.
const BEFORE_AUTUMN: &str = "2026-10-31T16:00:00Z";

#[test]
fn a_time_that_is_left_out_fires_at_the_first_minute_after() {
    assert_eq!(
        next("30 2 * * *", NEW_YORK, BEFORE_SPRING, 2),
        ["2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"]
    );
    assert_eq!(
        notes("30 2 * * *", NEW_YORK, BEFORE_SPRING, 2),
        [
            Some(
                "02:30 does not exist on 2026-03-08: the clocks go forward, and it fires at 03:00, the first minute after"
                    .to_owned()
            ),
            None
        ]
    );
    assert_eq!(next("30 2 8 3 *", NEW_YORK, BEFORE_SPRING, 1), ["2026-03-08T03:00:00-04:00"]);
    // Several that are left out fire together, and with one that is not.
    assert_eq!(
        next("0,30 2 * * *", NEW_YORK, BEFORE_SPRING, 2),
        ["2026-03-08T03:00:00-04:00", "2026-03-09T02:00:00-04:00"]
    );
    assert_eq!(
        next("*/15 1-3 * * *", NEW_YORK, "2026-03-08T06:40:00Z", 3),
        ["2026-03-08T01:45:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-08T03:15:00-04:00"]
    );
}

#[test]
fn a_time_that_comes_twice_fires_once() {
    assert_eq!(
        next("30 1 * * *", NEW_YORK, BEFORE_AUTUMN, 2),
        ["2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"]
    );
    assert_eq!(
        notes("30 1 * * *", NEW_YORK, BEFORE_AUTUMN, 2),
        [
            Some(
                "01:30 comes twice on 2026-11-01, at UTC-04:00 and at UTC-05:00: the clocks go back, and it fires the first \
                 time only"
                    .to_owned()
            ),
            Some("the clocks have changed since the time before, from UTC-04:00 to UTC-05:00".to_owned())
        ]
    );
    // From between its two times, too; and from the second itself.
    for after in ["2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z", "2026-11-01T06:29:59Z", "2026-11-01T06:30:00Z"] {
        assert_eq!(next("30 1 * * *", NEW_YORK, after, 1), ["2026-11-02T01:30:00-05:00"], "{after}");
    }
    assert_eq!(
        next("0 * * * *", NEW_YORK, "2026-11-01T04:30:00Z", 3),
        ["2026-11-01T01:00:00-04:00", "2026-11-01T02:00:00-05:00", "2026-11-01T03:00:00-05:00"]
    );
}

#[test]
fn going_forward_brings_no_two_fires_nearer_than_the_shortest_gap() {
    // 02:02 would fire at 03:00, two minutes before 03:02, which stands for it.
    assert_eq!(
        next("2 * * * *", NEW_YORK, "2026-03-08T06:30:00Z", 2),
        ["2026-03-08T03:02:00-04:00", "2026-03-08T04:02:00-04:00"]
    );
    // 02:58 would fire at 03:00, two minutes after 01:58.
    assert_eq!(
        next("58 1,2 * * *", NEW_YORK, "2026-03-08T06:30:00Z", 2),
        ["2026-03-08T01:58:00-05:00", "2026-03-09T01:58:00-04:00"]
    );
    // 03:01 is three minutes after 01:58.
    assert_eq!(
        next("1,58 1,3 * * *", NEW_YORK, "2026-03-08T06:30:00Z", 2),
        ["2026-03-08T01:58:00-05:00", "2026-03-08T03:58:00-04:00"]
    );
    assert_eq!(
        next("3-59/5 * * * *", NEW_YORK, "2026-03-08T06:55:00Z", 3),
        ["2026-03-08T01:58:00-05:00", "2026-03-08T03:03:00-04:00", "2026-03-08T03:08:00-04:00"]
    );
    // A day of 23 hours is a day.
    let daily = Cron::parse("0 0 * * *", TimeDelta::days(1)).unwrap();
    let fires: Vec<_> = daily.upcoming(Tz::America__New_York, at(BEFORE_SPRING)).take(3).collect();
    assert_eq!(fires, ["2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "2026-03-10T04:00:00Z"].map(at));
}

#[test]
fn clocks_go_forward_by_half_an_hour_on_lord_howe() {
    let zone = "Australia/Lord_Howe";
    // 2026-10-04 02:00 +10:30 → 02:30 +11:00; 2026-04-05 02:00 +11:00 → 01:30 +10:30.
    assert_eq!(
        next("15 2 * * *", zone, "2026-10-03T00:00:00Z", 2),
        ["2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"]
    );
    assert_eq!(
        next("45 1 * * *", zone, "2026-04-04T00:00:00Z", 2),
        ["2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"]
    );
    assert_eq!(
        next("*/30 1-2 * * *", zone, "2026-10-03T14:00:00Z", 4),
        [
            "2026-10-04T01:00:00+10:30",
            "2026-10-04T01:30:00+10:30",
            "2026-10-04T02:30:00+11:00",
            "2026-10-05T01:00:00+11:00"
        ]
    );
}

#[test]
fn offsets_are_not_whole_hours_everywhere() {
    assert_eq!(next("0 9 * * *", "Asia/Kathmandu", "2026-01-01T00:00:00Z", 1), ["2026-01-01T09:00:00+05:45"]);
    let kathmandu = cron("0 9 * * *").next(Tz::Asia__Kathmandu, at("2026-01-01T00:00:00Z"));
    assert_eq!(kathmandu, Some(at("2026-01-01T03:15:00Z")));
    assert_eq!(next("0 0 1 * *", "Pacific/Chatham", "2026-09-01T00:00:00Z", 1), ["2026-10-01T00:00:00+13:45"]);
}

#[test]
fn midnight_may_be_left_out_and_so_may_a_day() {
    // Cuba: 2026-03-08 00:00 → 01:00.
    assert_eq!(
        next("0 0 * * *", "America/Havana", "2026-03-07T12:00:00Z", 2),
        ["2026-03-08T01:00:00-04:00", "2026-03-09T00:00:00-04:00"]
    );
    // Samoa had no 30 December 2011.
    assert_eq!(
        next("0 9 * * *", "Pacific/Apia", "2011-12-29T12:00:00Z", 3),
        ["2011-12-29T09:00:00-10:00", "2011-12-31T00:00:00+14:00", "2011-12-31T09:00:00+14:00"]
    );
    let note = notes("0 9 * * *", "Pacific/Apia", "2011-12-29T20:00:00Z", 1).remove(0).unwrap();
    assert!(note.starts_with("09:00 does not exist on 2011-12-30"), "{note}");
    assert!(note.contains("it fires at 00:00 on 2011-12-31"), "{note}");
}

#[test]
fn days_that_months_do_not_all_have() {
    let days = |expression: &str, count| -> Vec<String> {
        next(expression, "UTC", "2026-01-01T00:00:00Z", count).iter().map(|text| text[..10].to_owned()).collect()
    };
    assert_eq!(
        days("0 0 31 * *", 7),
        ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31", "2026-08-31", "2026-10-31", "2026-12-31"]
    );
    assert_eq!(days("0 0 29 2 *", 2), ["2028-02-29", "2032-02-29"]);
    assert_eq!(next("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1), ["2104-02-29T00:00:00+00:00"]);
    assert_eq!(days("0 0 L * *", 5), ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]);
    assert_eq!(next("0 0 L 2 *", "UTC", "2027-03-01T00:00:00Z", 1), ["2028-02-29T00:00:00+00:00"]);
    assert_eq!(days("0 9 * * 1#1", 4), ["2026-01-05", "2026-02-02", "2026-03-02", "2026-04-06"]);
    assert_eq!(days("0 9 * * 5L", 3), ["2026-01-30", "2026-02-27", "2026-03-27"]);
    assert_eq!(days("0 9 * * MON#5", 3), ["2026-03-30", "2026-06-29", "2026-08-31"]);
    assert_eq!(days("0 0 * 2 1#5", 1), ["2044-02-29"]);
}

#[test]
fn sunday_means_sunday() {
    for expression in ["0 9 * * 0", "0 9 * * 7", "0 9 * * SUN", "0 9 * * sun", "@weekly", "0 9 * * 7-7"] {
        let cron = cron(expression);
        let mut fires = cron.upcoming(Tz::UTC, at("2026-01-01T00:00:00Z")).take(60);
        assert!(fires.all(|at| at.weekday() == Weekday::Sun), "{expression}");
    }
    let weekend: Vec<_> = cron("0 9 * * SAT-SUN").upcoming(Tz::UTC, at("2026-01-01T00:00:00Z")).take(4).collect();
    assert_eq!(weekend.iter().map(Datelike::day).collect::<Vec<_>>(), [3, 4, 10, 11]);
}

#[test]
fn day_of_month_or_day_of_week() {
    let either = cron("0 0 13 * 5");
    let fires = either.upcoming(Tz::UTC, at("2026-01-01T00:00:00Z")).take(200);
    let days: Vec<_> = fires.map(|at| (at.day(), at.weekday())).collect();
    assert!(days.iter().all(|(day, weekday)| *day == 13 || *weekday == Weekday::Fri));
    assert!(days.iter().any(|(day, weekday)| *day == 13 && *weekday != Weekday::Fri));
    assert!(days.iter().any(|(day, weekday)| *day != 13 && *weekday == Weekday::Fri));
    // A step is a restriction too.
    let steps = cron("0 0 */10 * 1");
    let days: Vec<_> = steps.upcoming(Tz::UTC, at("2026-01-01T00:00:00Z")).map(|at| at.day()).take(7).collect();
    assert_eq!(days, [5, 11, 12, 19, 21, 26, 31]);
}

#[test]
fn strictly_after_and_to_the_end_of_the_calendar() {
    let daily = cron("0 0 * * *");
    let midnight = at("2026-01-02T00:00:00Z");
    assert_eq!(daily.next(Tz::UTC, midnight - TimeDelta::microseconds(1)), Some(midnight));
    assert_eq!(daily.next(Tz::UTC, midnight), Some(midnight + TimeDelta::days(1)));
    assert_eq!(daily.next(Tz::UTC, midnight + TimeDelta::microseconds(1)), Some(midnight + TimeDelta::days(1)));
    for end in [DateTime::<Utc>::MAX_UTC - TimeDelta::days(2), at("9999-12-31T23:59:59Z")] {
        assert_eq!(daily.next(Tz::Pacific__Apia, end), None);
    }
    assert!(daily.next(Tz::Pacific__Apia, at("0001-01-01T00:00:00Z")).is_some());
    let century = Tz::America__New_York.with_ymd_and_hms(2126, 7, 1, 0, 0, 0).unwrap();
    assert_eq!(daily.next(Tz::America__New_York, century.to_utc() - TimeDelta::seconds(1)).unwrap().minute(), 0);
}

#[test]
fn every_zone_there_is_answers_whole_minutes_in_order() {
    // Most clocks are changed on a Sunday.
    let weekly = cron("30 2 * * SUN");
    for zone in chrono_tz::TZ_VARIANTS {
        let fires: Vec<_> = weekly.upcoming(zone, at("2026-01-01T00:00:00Z")).take(60).collect();
        assert_eq!(fires.len(), 60, "{zone}");
        assert!(fires.windows(2).all(|pair| (164..=172).contains(&(pair[1] - pair[0]).num_hours())), "{zone}");
        assert!(fires.iter().all(|at| at.second() == 0), "{zone}");
    }
}
