//! What expressions read like.

use super::cron;

#[test]
fn expressions_in_plain_words() {
    for (expression, words) in [
        ("@monthly", "At 00:00 on day 1 of every month"),
        ("@weekly", "At 00:00 on Sundays"),
        ("@daily", "At 00:00 every day"),
        ("@hourly", "Every hour, on the hour, every day"),
        ("@yearly", "At 00:00 on day 1 of January"),
        ("30 * * * *", "Every hour at minute 30, every day"),
        ("*/5 * * * *", "Every 5 minutes, every day"),
        ("3-59/5 * * * *", "Every hour at minutes 3, 8, 13, 18, 23, 28, 33, 38, 43, 48, 53 and 58, every day"),
        ("*/15 9-17 * * 1-5", "Every 15 minutes in the hours 9 to 17, on Monday to Friday"),
        ("*/15 9 * * *", "Every 15 minutes in the hour 9, every day"),
        ("0 */2 * * *", "Every 2 hours, first at 00:00, every day"),
        ("30 */6 * * *", "At 00:30, 06:30, 12:30 and 18:30 every day"),
        ("0,20 9-17 * * *", "At minutes 0 and 20 in the hours 9 to 17 every day"),
        ("0 9,17 * * MON,WED", "At 09:00 and 17:00 on Mondays and Wednesdays"),
        ("0 9 * * 0,6", "At 09:00 on Saturdays and Sundays"),
        ("0 9 * * FRI-SUN", "At 09:00 on Friday to Sunday"),
        ("0 9 * * 1#1", "At 09:00 on the first Monday of every month"),
        ("0 9 * * 1#1,5L,3", "At 09:00 on Wednesdays and the first Monday and the last Friday of every month"),
        ("0 9 * 1,7 2", "At 09:00 on Tuesdays in January and July"),
        ("0 9 * 6-8 *", "At 09:00 every day in June to August"),
        ("0 0 L * *", "At 00:00 on the last day of every month"),
        ("0 0 1,15,L * *", "At 00:00 on days 1 and 15 and the last day of every month"),
        ("0 0 1-7 3 *", "At 00:00 on days 1 to 7 of March"),
        ("0 0 31 * *", "At 00:00 on day 31 of every month, where there is one"),
        ("0 0 30 * *", "At 00:00 on day 30 of every month, where there is one"),
        ("0 0 30 1,4 *", "At 00:00 on day 30 of January and April"),
        ("0 0 29 2 *", "At 00:00 on day 29 of February, in leap years"),
        ("0 0 13 * 5", "At 00:00 on day 13 of every month and on Fridays (either is enough)"),
        ("0 0 1 6 1#1", "At 00:00 on day 1 of June and on the first Monday of June (either is enough)"),
    ] {
        assert_eq!(cron(expression).describe(), words, "{expression}");
    }
}
