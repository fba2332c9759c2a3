//! An oracle that knows nothing of croner and of how times are found: it looks at every minute there is, in order, and asks
//! what the clock on the wall shows.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, NaiveDateTime, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;

/// Zones whose clocks do all there is to do: an hour, half an hour, at midnight, never, in the south.
const ZONES: [Tz; 8] = [
    Tz::UTC,
    Tz::America__New_York,
    Tz::Australia__Lord_Howe,
    Tz::Asia__Kathmandu,
    Tz::Europe__Berlin,
    Tz::America__Havana,
    Tz::Africa__Casablanca,
    Tz::Pacific__Chatham,
];

/// What a part of a field means, written a second time.
fn matches(parts: &str, value: u32, least: u32, most: u32) -> bool {
    parts.split(',').any(|part| {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (from.parse().unwrap(), to.parse().unwrap()),
            None => (range.parse().unwrap(), range.parse().unwrap()),
        };
        (from..=to).step_by(step.parse().unwrap()).any(|one| one == value)
    })
}

fn fires_on(day: &str, weekday: &str, wall: NaiveDateTime) -> bool {
    let length = u32::from(wall.date().num_days_in_month());
    let by_day = |part: &str| if part == "L" { wall.day() == length } else { matches(part, wall.day(), 1, 31) };
    let today = wall.weekday().num_days_from_sunday();
    let by_weekday = |part: &str| {
        if let Some((of, nth)) = part.split_once('#') {
            of.parse::<u32>().unwrap() % 7 == today && wall.day().div_ceil(7) == nth.parse::<u32>().unwrap()
        } else if let Some(of) = part.strip_suffix('L') {
            of.parse::<u32>().unwrap() % 7 == today && wall.day() + 7 > length
        } else {
            matches(part, today, 0, 7) || (today == 0 && matches(part, 7, 0, 7))
        }
    };
    match (day, weekday) {
        ("*", _) => weekday.split(',').any(by_weekday),
        (_, "*") => day.split(',').any(by_day),
        _ => day.split(',').any(by_day) || weekday.split(',').any(by_weekday),
    }
}

fn fires_at(expression: &str, wall: NaiveDateTime) -> bool {
    let fields: Vec<&str> = expression.split(' ').collect();
    matches(fields[0], wall.minute(), 0, 59)
        && matches(fields[1], wall.hour(), 0, 23)
        && matches(fields[3], wall.month(), 1, 12)
        && fires_on(fields[2], fields[4], wall)
}

/// Every time within the minutes, and whether it has a time of its own (none of those that were left out).
fn every_time(expression: &str, zone: Tz, from: DateTime<Utc>, minutes: i64) -> Vec<(DateTime<Utc>, bool)> {
    let wall_at = |at: DateTime<Utc>| zone.from_utc_datetime(&at.naive_utc()).naive_local();
    let one = TimeDelta::minutes(1);
    let mut seen: HashSet<NaiveDateTime> = HashSet::new();
    // What was shown before the first minute may come a second time after it.
    for back in 1..=180 {
        seen.insert(wall_at(from - one * back));
    }
    let mut before = wall_at(from - one);
    let mut found = Vec::new();
    for minute in 0..minutes {
        let at = from + one * i32::try_from(minute).unwrap();
        let wall = wall_at(at);
        let mut left_out = before + one;
        let mut is_made_up = false;
        while left_out < wall {
            is_made_up |= fires_at(expression, left_out);
            left_out += one;
        }
        let is_own = seen.insert(wall) && fires_at(expression, wall);
        if is_own || is_made_up {
            found.push((at, is_own));
        }
        before = wall;
    }
    found
}

/// The times that are left when those come together that are too near.
fn merged(times: &[(DateTime<Utc>, bool)], gap: TimeDelta) -> Vec<DateTime<Utc>> {
    let mut left: Vec<DateTime<Utc>> = Vec::new();
    for (place, (at, is_own)) in times.iter().enumerate() {
        let is_before = left.last().is_some_and(|before| *at - *before < gap);
        let is_after = !is_own && times.get(place + 1).is_some_and(|(next, _)| *next - *at < gap);
        if !is_before && !is_after {
            left.push(*at);
        }
    }
    left
}

fn values(least: u32, most: u32) -> impl Strategy<Value = String> {
    let one = (least..=most).prop_map(|value| value.to_string());
    let range = (least..=most, least..=most).prop_map(|(one, other)| format!("{}-{}", one.min(other), one.max(other)));
    let stepped = (least..=most, least..=most, 1..=most)
        .prop_map(|(one, other, step)| format!("{}-{}/{step}", one.min(other), one.max(other)));
    let part = prop_oneof![4 => one, 1 => range, 1 => stepped];
    prop::collection::vec(part, 1..4).prop_map(|parts| parts.join(","))
}

fn or_every(parts: impl Strategy<Value = String>, most: u32) -> impl Strategy<Value = String> {
    prop_oneof![3 => parts, 1 => (2..=most).prop_map(|step| format!("*/{step}")), 3 => Just("*".to_owned())]
}

fn expressions() -> impl Strategy<Value = String> {
    let nth = (0..=7, 1..=5).prop_map(|(day, nth)| format!("{day}#{nth}"));
    let last = (0..=7).prop_map(|day| format!("{day}L"));
    let weekday = prop_oneof![4 => or_every(values(0, 7), 7), 1 => nth, 1 => last];
    let day = prop_oneof![5 => or_every(values(1, 31), 31), 1 => Just("L".to_owned()), 1 => Just("15,L".to_owned())];
    (or_every(values(0, 59), 59), or_every(values(0, 23), 23), day, or_every(values(1, 12), 12), weekday)
        .prop_map(|(minute, hour, day, month, weekday)| format!("{minute} {hour} {day} {month} {weekday}"))
}

/// Days on which clocks change somewhere, and others.
fn beginnings() -> impl Strategy<Value = DateTime<Utc>> {
    let changes = prop::sample::select(vec![
        "2026-03-07T12:00:00Z",
        "2026-03-28T12:00:00Z",
        "2026-04-04T03:00:00Z",
        "2026-10-03T06:00:00Z",
        "2026-09-26T06:00:00Z",
        "2026-10-31T20:00:00Z",
        "2026-10-24T20:00:00Z",
        "2026-02-14T20:00:00Z",
        "2026-03-21T20:00:00Z",
        "2028-02-27T20:00:00Z",
    ]);
    let change = changes.prop_map(|text| crate::clock::read_moment(text).unwrap());
    let any =
        (1_760_000_000_i64..1_900_000_000).prop_map(|second| DateTime::from_timestamp(second / 60 * 60, 0).unwrap());
    prop_oneof![3 => change, 1 => any]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_time_matches_and_none_is_left_out(
        expression in expressions(), zone in prop::sample::select(ZONES.to_vec()), from in beginnings(), gap in 1..20_i64,
    ) {
        const MINUTES: i64 = 4 * 24 * 60;
        let gap = TimeDelta::minutes(gap);
        // Too often, or never: what is wrong is looked at elsewhere.
        let Ok(cron) = Cron::parse(&expression, gap) else { return Ok(()) };
        let times = every_time(&expression, zone, from, MINUTES);
        // What lies at the edge has neighbours that the oracle does not see.
        let (first, last) = (from + TimeDelta::hours(1), from + TimeDelta::minutes(MINUTES) - TimeDelta::hours(1));
        let expected: Vec<_> = merged(&times, gap).into_iter().filter(|at| (first..last).contains(at)).collect();
        let just_before = first - TimeDelta::microseconds(1);
        let found: Vec<_> = cron.upcoming(zone, just_before).take_while(|at| *at < last).collect();
        prop_assert_eq!(&found, &expected, "{} in {}", expression, zone);
        prop_assert!(found.is_sorted_by(|one, next| *next - *one >= gap));
        // From whatever moment one looks, the same.
        let looks = (0..MINUTES - 120).step_by(37).map(|minute| first + TimeDelta::minutes(minute));
        for look in looks {
            let next = expected.iter().find(|at| **at > look).copied();
            if let Some(next) = next {
                prop_assert_eq!(cron.next(zone, look), Some(next), "{} in {} after {}", expression, zone, look);
            }
        }
    }
}
