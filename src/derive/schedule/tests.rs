//! The cases of AWS's pages, the odd ones, and a walk that counts everything by hand.

mod walk;

use jiff::SignedDuration;
use jiff::civil::{Date, Weekday, date};
use proptest::prelude::*;

use super::{Effect, Overlap, Schedule, Ties, Timed, Zone, effective_gap, effective_rules, longest_gap, overlap};

fn parse(text: &str) -> Schedule {
    Schedule::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn gap(texts: &[&str]) -> Option<SignedDuration> {
    let all: Vec<_> = texts.iter().map(|text| (parse(text), Zone::UTC)).collect();
    longest_gap(&all)
}

fn hours(hours: i64) -> Option<SignedDuration> {
    Some(SignedDuration::from_hours(hours))
}

fn days(days: i64) -> Option<SignedDuration> {
    hours(days * 24)
}

/// The first runs from 1 January 2024, a leap year that starts on a Monday.
fn runs(text: &str, count: usize) -> Vec<String> {
    parse(text).runs(date(2024, 1, 1).at(0, 0, 0, 0)).take(count).map(|time| time.to_string()).collect()
}

#[test]
fn reads_the_examples_of_the_eventbridge_page() {
    // "Cron expressions reference", Amazon EventBridge User Guide.
    assert_eq!(runs("cron(0 10 * * ? *)", 2), ["2024-01-01T10:00:00", "2024-01-02T10:00:00"]);
    assert_eq!(runs("cron(15 12 * * ? *)", 1), ["2024-01-01T12:15:00"]);
    assert_eq!(runs("cron(0 18 ? * MON-FRI *)", 6).last().unwrap(), "2024-01-08T18:00:00");
    assert_eq!(runs("cron(0 8 1 * ? *)", 2), ["2024-01-01T08:00:00", "2024-02-01T08:00:00"]);
    assert_eq!(runs("cron(0/15 * * * ? *)", 3).last().unwrap(), "2024-01-01T00:30:00");
    assert_eq!(runs("cron(0/10 * ? * MON-FRI *)", 2).last().unwrap(), "2024-01-01T00:10:00");
    assert_eq!(runs("cron(0/5 8-17 ? * MON-FRI *)", 1), ["2024-01-01T08:00:00"]);
    assert_eq!(runs("cron(0 9 ? * 2#1 *)", 2), ["2024-01-01T09:00:00", "2024-02-05T09:00:00"]);
    assert_eq!(runs("cron(15 10 ? * 6L 2022-2025)", 2), ["2024-01-26T10:15:00", "2024-02-23T10:15:00"]);
    assert_eq!(runs("cron(0 0 ? * 3#2 *)", 1), ["2024-01-09T00:00:00"]);
}

#[test]
fn finds_last_days_and_nearest_weekdays() {
    assert_eq!(runs("cron(0 0 L * ? *)", 2), ["2024-01-31T00:00:00", "2024-02-29T00:00:00"]);
    assert_eq!(runs("cron(0 0 L-1 * ? *)", 2), ["2024-01-30T00:00:00", "2024-02-28T00:00:00"]);
    // 31 March 2024 is a Sunday.
    assert_eq!(runs("cron(0 0 LW 3 ? *)", 1), ["2024-03-29T00:00:00"]);
    // 1 June 2024 is a Saturday, 1 September a Sunday, 15 June a Saturday.
    assert_eq!(runs("cron(0 0 1W 6 ? *)", 1), ["2024-06-03T00:00:00"]);
    assert_eq!(runs("cron(0 0 1W 9 ? *)", 1), ["2024-09-02T00:00:00"]);
    assert_eq!(runs("cron(0 0 15W 6 ? *)", 1), ["2024-06-14T00:00:00"]);
    // A month without a 31st is skipped.
    assert_eq!(runs("cron(0 0 31W 4,5 ? *)", 1), ["2024-05-31T00:00:00"]);
    assert_eq!(runs("cron(0 0 ? * L *)", 1), ["2024-01-06T00:00:00"]);
    assert_eq!(runs("cron(0 0 ? * friL *)", 1), ["2024-01-26T00:00:00"]);
}

#[test]
fn refuses_what_aws_refuses_and_names_the_field() {
    for (text, field) in [
        ("0 5 ? * * *", "expression"),
        ("cron(0 5 ? * *)", "expression"),
        ("cron(0 5 ? * * * *)", "expression"),
        ("cron(60 5 ? * * *)", "minutes"),
        ("cron(*/60 * * * ? *)", "minutes"),
        ("cron(0/0 5 ? * * *)", "minutes"),
        ("cron(0, 5 ? * * *)", "minutes"),
        ("cron(+1 5 ? * * *)", "minutes"),
        ("cron(0 24 ? * * *)", "hours"),
        ("cron(0 22-4 ? * * *)", "hours"),
        ("cron(0 5 0 * ? *)", "day of month"),
        ("cron(0 5 1W,15W * ? *)", "day of month"),
        ("cron(0 5 1,L * ? *)", "day of month"),
        ("cron(0 5 ? 13 * *)", "month"),
        ("cron(0 5 ? JANUARY * *)", "month"),
        ("cron(0 5 * * * *)", "day of week"),
        ("cron(0 5 ? * ? *)", "day of week"),
        ("cron(0 5 1 * MON *)", "day of week"),
        ("cron(0 5 ? * 0 *)", "day of week"),
        ("cron(0 5 ? * FRI-MON *)", "day of week"),
        ("cron(0 5 ? * 3#1,6#3 *)", "day of week"),
        ("cron(0 5 ? * 3#6 *)", "day of week"),
        ("cron(0 5 ? * * 1969)", "year"),
        ("cron(0 5 ? * * 2200)", "year"),
        ("rate(0 hours)", "rate"),
        ("rate(1 hours)", "rate"),
        ("rate(2 hour)", "rate"),
        ("rate(1.5 hours)", "rate"),
        ("rate(9223372036854775807 days)", "rate"),
        ("rate(5 weeks)", "rate"),
    ] {
        let error = Schedule::parse(text).expect_err(text);
        assert_eq!(error.field, field, "{text}: {error}");
        assert!(!error.to_string().ends_with('.') && !error.help().ends_with('.'));
    }
    assert_eq!(Zone::named("Mars/Olympus").unwrap_err().field, "time zone");
}

#[test]
fn a_daily_schedule_has_a_gap_of_24_hours_in_every_zone() {
    for zone in ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati", "Europe/Dublin"] {
        let zone = Zone::named(zone).unwrap();
        assert_eq!(longest_gap(&[(parse(super::DEFAULT_SCHEDULE), zone)]), hours(24));
    }
}

#[test]
fn standard_time_is_winter_time_on_both_halves_of_the_globe() {
    for (zone, offset) in [
        ("UTC", 0),
        ("Europe/Berlin", 60),
        ("Europe/Dublin", 0),
        ("America/New_York", -300),
        ("Australia/Sydney", 600),
        ("Asia/Kolkata", 330),
    ] {
        assert_eq!(Zone::named(zone).unwrap().standard_offset_minutes(), offset, "{zone}");
    }
}

#[test]
fn measures_the_longest_gap_of_one_schedule() {
    assert_eq!(gap(&["cron(0 * ? * * *)"]), hours(1));
    assert_eq!(gap(&["cron(0 0/12 ? * * *)"]), hours(12));
    assert_eq!(gap(&["cron(0 9-17 ? * * *)"]), hours(16));
    assert_eq!(gap(&["cron(0 5 ? * SUN *)"]), days(7));
    assert_eq!(gap(&["cron(0 5 ? * MON-FRI *)"]), days(3));
    assert_eq!(gap(&["cron(0 5 1 * ? *)"]), days(31));
    assert_eq!(gap(&["cron(0 5 L * ? *)"]), days(31));
    // 31 March to 31 May.
    assert_eq!(gap(&["cron(0 5 31 * ? *)"]), days(61));
    assert_eq!(gap(&["cron(0 5 30 * ? *)"]), days(60));
    // 2096 and 2104 are leap years, 2100 is not.
    assert_eq!(gap(&["cron(0 5 29 2 ? *)"]), days(8 * 365 + 1));
    assert_eq!(gap(&["cron(0 5 30 2 ? *)"]), None);
    // The fifth Sunday of February: 2032, 2060, 2088, then 2128 because 2100 is no leap year.
    assert_eq!(gap(&["cron(0 5 ? 2 1#5 *)"]), days(40 * 365 + 9));
    // 31 January to 29 May 2028.
    assert_eq!(gap(&["cron(0 5 ? * MON#5 *)"]), days(7 * 17));
    assert_eq!(gap(&["rate(12 hours)"]), hours(12));
    assert_eq!(gap(&[]), None);
}

#[test]
fn measures_several_schedules_together() {
    assert_eq!(gap(&["cron(0 5 ? * * *)", "cron(0 5 1 * ? *)"]), hours(24));
    assert_eq!(gap(&["cron(0 5 ? * * *)", "cron(0 17 ? * * *)"]), hours(12));
    assert_eq!(gap(&["cron(0 5 ? * MON-FRI *)", "cron(0 5 ? * SAT *)"]), days(2));
    assert_eq!(gap(&["cron(0 5 1 * ? *)", "cron(0 5 15 * ? *)"]), days(17));
    // The worst start of a rate falls together with a run of the cron.
    assert_eq!(gap(&["cron(0 5 ? * * *)", "rate(10 hours)"]), hours(10));
    assert_eq!(gap(&["cron(0 5 ? * * *)", "rate(2 days)"]), hours(24));
    assert_eq!(gap(&["cron(0 5 30 2 ? *)", "rate(2 days)"]), days(2));
}

#[test]
fn puts_zones_on_one_line() {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let tokyo = Zone::named("Asia/Tokyo").unwrap();
    // 00:30 in Berlin is 23:30 of the day before in UTC.
    let together = [(parse("cron(30 0 ? * * *)"), berlin), (parse("cron(30 11 ? * * *)"), Zone::UTC)];
    assert_eq!(longest_gap(&together), hours(12));
    // Monday 00:00 in Tokyo is Sunday 15:00 in UTC.
    let together = [(parse("cron(0 0 ? * MON *)"), tokyo), (parse("cron(0 15 ? * WED *)"), Zone::UTC)];
    assert_eq!(longest_gap(&together), days(4));
}

#[test]
fn a_year_field_that_ends_counts_only_alone() {
    assert_eq!(gap(&["cron(0 5 ? * * 2026-2199)"]), hours(24));
    assert_eq!(gap(&["cron(0 5 ? * * 2026/1)"]), hours(24));
    assert_eq!(gap(&["cron(0 5 ? * * 2026)"]), hours(24));
    assert_eq!(gap(&["cron(0 5 1 1 ? 2026)"]), None);
    assert_eq!(gap(&["cron(0 5 1 1 ? 2026,2030)"]), days(4 * 365 + 1));
    assert_eq!(gap(&["cron(0 5 ? * SUN *)", "cron(0 5 ? * * 2026)"]), days(7));
    assert_eq!(gap(&["cron(0 5 1 1 ? 2026)", "cron(0 5 3 1 ? 2026)"]), days(2));
}

fn timed(text: &str, window: i64, retention: i64) -> Timed {
    Timed { schedule: parse(text), zone: Zone::UTC, start_window_minutes: window, retention_days: Some(retention) }
}

#[test]
fn tells_how_often_start_windows_overlap() {
    let daily = timed("cron(0 5 ? * * *)", 480, 35);
    let weekly = timed("cron(0 5 ? * SUN *)", 480, 90);
    let monthly = timed("cron(0 6 1 * ? *)", 60, 365);
    let noon = timed("cron(0 13 ? * * *)", 60, 35);
    let rate = timed("rate(12 hours)", 60, 35);
    assert_eq!(overlap(&daily, &weekly), Some(Overlap::Sometimes));
    assert_eq!(overlap(&weekly, &daily), Some(Overlap::Always));
    assert_eq!(overlap(&monthly, &daily), Some(Overlap::Always));
    assert_eq!(overlap(&monthly, &weekly), Some(Overlap::Sometimes));
    // 05:00 and eight hours end at 13:00, where the other begins.
    assert_eq!(overlap(&daily, &noon), Some(Overlap::Never));
    assert_eq!(overlap(&daily, &rate), None);
    // AWS allows windows of 100 years.
    for window in [52_560_000, i64::MAX] {
        assert_eq!(overlap(&timed("cron(0 5 ? * * *)", window, 35), &noon), None);
    }
    assert_eq!(overlap(&timed("cron(0 5 ? * * *)", i64::MIN, 35), &noon), Some(Overlap::Never));
    // Over midnight and over the end of the week.
    let late = timed("cron(0 23 ? * SAT *)", 120, 35);
    let early = timed("cron(30 0 ? * SUN *)", 60, 35);
    assert_eq!(overlap(&late, &early), Some(Overlap::Always));
    assert_eq!(overlap(&early, &late), Some(Overlap::Always));
}

fn effective_rules_of(rules: &[Timed]) -> Vec<Effect> {
    effective_rules(rules, Ties::LaterGivesWay)
}

#[test]
fn of_overlapping_rules_the_longer_kept_one_runs() {
    let daily = timed("cron(0 5 ? * * *)", 480, 35);
    let monthly = timed("cron(0 5 1 * ? *)", 480, 365);
    assert_eq!(effective_rules_of(&[daily.clone(), monthly.clone()]), [Effect::PartlyShadowed, Effect::Runs]);
    let short = timed("cron(0 5 1 * ? *)", 480, 7);
    assert_eq!(effective_rules_of(&[short, daily.clone()]), [Effect::Shadowed, Effect::Runs]);
    assert_eq!(effective_rules_of(&[daily.clone(), daily.clone()]), [Effect::Runs, Effect::Shadowed]);
    let rate = timed("rate(12 hours)", 480, 365);
    assert_eq!(effective_rules_of(&[daily, rate]), [Effect::Unclear, Effect::Runs]);
}

#[test]
fn a_run_that_gives_way_lengthens_the_gap() {
    let known = |plans: &[Vec<Timed>]| effective_gap(plans).value().copied();
    let hourly = timed("cron(0 * ? * * *)", 60, 7);
    let daily = timed("cron(0 5 ? * * *)", 480, 35);
    // From 05:00 to 13:00 only the daily rule runs; the next run is at 13:00.
    assert_eq!(known(&[vec![hourly.clone(), daily.clone()]]), hours(8));
    // In two plans nothing gives way.
    assert_eq!(known(&[vec![hourly.clone()], vec![daily.clone()]]), hours(1));
    // On the 1st the monthly rule runs at 12:00 in place of the daily one at 05:00: 31 hours.
    let monthly = timed("cron(0 12 1 * ? *)", 60, 365);
    assert_eq!(known(&[vec![daily.clone(), monthly.clone()]]), hours(31));
    let apart = timed("cron(0 13 1 * ? *)", 60, 365);
    assert_eq!(known(&[vec![daily.clone(), apart]]), hours(24));
    // Kept equally long: it matters which one runs, or it does not.
    let noon = timed("cron(0 12 ? * * *)", 480, 35);
    assert!(effective_gap(&[vec![daily.clone(), noon]]).is_unknown());
    assert_eq!(known(&[vec![daily.clone(), daily.clone()]]), hours(24));
    assert!(effective_gap(&[vec![daily.clone(), timed("rate(1 day)", 60, 7)]]).is_unknown());
    assert_eq!(known(&[vec![daily], vec![timed("rate(6 hours)", 60, 7)]]), hours(6));
    assert!(effective_gap(&[]).is_absent());
    let leap = timed("cron(0 5 29 2 ? *)", 60, 7);
    let both = timed("cron(0 5 29 2 ? *)", 60, 35);
    assert_eq!(known(&[vec![leap, both]]), days(8 * 365 + 1));
}

/// The text of a field and the numbers that it means, worked out apart from the parser.
#[derive(Clone, Debug)]
struct Days {
    of_month: String,
    of_week: String,
}

fn day_fields() -> impl Strategy<Value = Days> {
    let month = prop_oneof![
        Just("*".to_owned()),
        (1..=31_u8).prop_map(|day| day.to_string()),
        (1..=15_u8, 16..=31_u8).prop_map(|(a, b)| format!("{a},{b}")),
        (1..=31_u8).prop_map(|day| format!("{day}W")),
        Just("L".to_owned()),
        Just("LW".to_owned()),
    ]
    .prop_map(|of_month| Days { of_month, of_week: "?".to_owned() });
    let week = prop_oneof![
        Just("*".to_owned()),
        (1..=7_u8).prop_map(|day| day.to_string()),
        (1..=3_u8, 4..=7_u8).prop_map(|(a, b)| format!("{a}-{b}")),
        (1..=7_u8).prop_map(|day| format!("{day}L")),
        (1..=7_u8, 1..=5_u8).prop_map(|(day, nth)| format!("{day}#{nth}")),
    ]
    .prop_map(|of_week| Days { of_month: "?".to_owned(), of_week });
    prop_oneof![month, week]
}

/// Whether a day is one of the fields' days, by asking about this day alone.
fn runs_on(days: &Days, day: Date) -> bool {
    let weekday = |day: Date| u8::try_from(day.weekday().to_sunday_zero_offset()).unwrap() + 1;
    let working = |day: Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let number = |text: &str| text.parse::<i8>().unwrap();
    let text = days.of_month.as_str();
    if text == "LW" {
        let later =
            (day.day() + 1..=day.days_in_month()).any(|d| working(Date::new(day.year(), day.month(), d).unwrap()));
        return working(day) && !later;
    }
    if text == "L" {
        return day.day() == day.days_in_month();
    }
    if let Some(wanted) = text.strip_suffix('W').map(number) {
        let Ok(wanted) = Date::new(day.year(), day.month(), wanted) else { return false };
        let all = (1..=day.days_in_month()).map(|d| Date::new(day.year(), day.month(), d).unwrap());
        let nearest = all.filter(|d| working(*d)).min_by_key(|d| {
            let distance = (d.day() - wanted.day()).abs();
            (distance, d.day())
        });
        return nearest == Some(day);
    }
    if text == "*" || days.of_week == "*" {
        return true;
    }
    if text != "?" {
        return text.split(',').any(|one| number(one) == day.day());
    }
    let text = days.of_week.as_str();
    if let Some(last) = text.strip_suffix('L') {
        return last == weekday(day).to_string() && day.day() + 7 > day.days_in_month();
    }
    if let Some((one, nth)) = text.split_once('#') {
        return one == weekday(day).to_string() && (day.day() - 1) / 7 + 1 == number(nth);
    }
    match text.split_once('-') {
        Some((low, high)) => (number(low)..=number(high)).contains(&i8::try_from(weekday(day)).unwrap()),
        None => text == weekday(day).to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Day by day over 30 years without a century's exception, so that every gap under a year is seen whole. Longer
    /// ones (29 February) have their own tests.
    #[test]
    fn the_longest_gap_is_the_one_that_a_plain_walk_finds(
        specs in prop::collection::vec((day_fields(), 0..60_i64, 0..24_i64, -720..=840_i32, 1..=12_u8), 1..3),
    ) {
        let schedules: Vec<_> = specs
            .iter()
            .map(|(days, minute, hour, offset, from_month)| {
                let text = format!("cron({minute} {hour} {} {from_month}-12 {} *)", days.of_month, days.of_week);
                (parse(&text), Zone { offset: *offset })
            })
            .collect();
        let mut runs = Vec::new();
        let start = date(2028, 1, 1);
        for (number, day) in start.series(jiff::Span::new().days(1)).take_while(|day| day.year() < 2058).enumerate() {
            for (days, minute, hour, offset, from_month) in &specs {
                if day.month() >= i8::try_from(*from_month).unwrap() && runs_on(days, day) {
                    runs.push(i64::try_from(number).unwrap() * 1440 + hour * 60 + minute - i64::from(*offset));
                }
            }
        }
        runs.sort_unstable();
        // Within two days of the walk's ends, runs of a schedule in another zone are missing.
        let days = i64::try_from(start.series(jiff::Span::new().days(1)).take_while(|day| day.year() < 2058).count()).unwrap();
        let whole = runs.windows(2).filter(|pair| pair[0] >= 2 * 1440 && pair[1] < (days - 2) * 1440);
        let found = whole.map(|pair| pair[1] - pair[0]).max();
        let said = longest_gap(&schedules).map(|gap| gap.as_mins());
        match (found, said) {
            (Some(found), Some(said)) if found < 363 * 1440 => prop_assert_eq!(found, said),
            // Beyond a year the centuries without a leap day can only lengthen it.
            (Some(found), Some(said)) => prop_assert!(said >= found),
            (found, said) => prop_assert!(runs.len() < 2, "{:?} and {:?}", found, said),
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(cron|rate)?\\(?[0-9A-Z#?*/,L W-]{0,30}\\)?") {
        if let Ok(schedule) = Schedule::parse(&text) {
            let _ = longest_gap(&[(schedule, Zone::UTC)]);
        }
    }

    #[test]
    fn one_more_schedule_never_lengthens_the_gap(days in day_fields(), more in day_fields()) {
        let text = |days: &Days| format!("cron(0 5 {} * {} *)", days.of_month, days.of_week);
        let (one, both) = (gap(&[&text(&days)]), gap(&[&text(&days), &text(&more)]));
        prop_assert!(one.is_none() || both <= one);
    }
}
