//! The longest gap against a walk that asks of every minute of two years whether the expression means it.
//!
//! The walk shares nothing with the code that it is held against: it takes no text apart (an expression is drawn as a
//! tree and then written), has no bit masks, and no calendar but jiff's. An expression whose year field names two years
//! runs in them alone, so that the longest gap is exactly what the walk finds; one that runs for ever is held to the
//! walk over 28 years.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::civil::{Date, date};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::derive::schedule::{Schedule, Zone, longest_gap, shortest_gap};

/// One entry of a field's list.
#[derive(Clone, Copy, Debug)]
enum Entry {
    All,
    One(u16),
    Range(u16, u16),
    /// From a number on, each so many.
    From(u16, u16),
    /// Of a range, each so many.
    Stepped(u16, u16, u16),
    /// Of all, each so many.
    Every(u16),
}

impl Entry {
    fn means(self, number: u16, low: u16) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => number == one,
            Self::Range(from, to) => (from..=to).contains(&number),
            Self::From(from, step) => number >= from && (number - from).is_multiple_of(step),
            Self::Stepped(from, to, step) => (from..=to).contains(&number) && (number - from).is_multiple_of(step),
            Self::Every(step) => (number - low).is_multiple_of(step),
        }
    }

    fn write(self, name: impl Fn(u16) -> String) -> String {
        match self {
            Self::All => "*".to_owned(),
            Self::One(one) => name(one),
            Self::Range(from, to) => format!("{}-{}", name(from), name(to)),
            Self::From(from, step) => format!("{}/{step}", name(from)),
            Self::Stepped(from, to, step) => format!("{}-{}/{step}", name(from), name(to)),
            Self::Every(step) => format!("*/{step}"),
        }
    }
}

fn entry(low: u16, high: u16) -> impl Strategy<Value = Entry> {
    let number = low..=high;
    let pair = (number.clone(), number.clone()).prop_map(|(a, b)| (a.min(b), a.max(b)));
    prop_oneof![
        1 => Just(Entry::All),
        // Most schedules run at few times, and a test that runs at all of them takes long.
        12 => number.clone().prop_map(Entry::One),
        2 => pair.clone().prop_map(|(a, b)| Entry::Range(a, b)),
        1 => (number, 1..=high).prop_map(|(from, step)| Entry::From(from, step)),
        1 => (pair, 1..=high).prop_map(|((a, b), step)| Entry::Stepped(a, b, step)),
        1 => (1..=high).prop_map(Entry::Every),
    ]
}

fn list(low: u16, high: u16) -> impl Strategy<Value = Vec<Entry>> {
    prop_oneof![3 => prop::collection::vec(entry(low, high), 1), 1 => prop::collection::vec(entry(low, high), 1..4)]
}

/// The field of days that is not `?`.
#[derive(Clone, Debug)]
enum Days {
    OfMonth(Vec<Entry>),
    Last,
    BeforeLast(u16),
    LastWorkday,
    Nearest(u16),
    OfWeek(Vec<Entry>),
    Saturday,
    LastOf(u16),
    Nth(u16, u16),
}

#[derive(Clone, Debug)]
struct Expression {
    minutes: Vec<Entry>,
    hours: Vec<Entry>,
    days: Days,
    months: Vec<Entry>,
    /// Two neighbouring years.
    year: i16,
    names: bool,
    zone: &'static str,
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const ZONES: [&str; 6] =
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Kiritimati"];

fn expression() -> impl Strategy<Value = Expression> {
    let days = prop_oneof![
        4 => list(1, 31).prop_map(Days::OfMonth),
        1 => Just(Days::Last),
        1 => (1..=30_u16).prop_map(Days::BeforeLast),
        1 => Just(Days::LastWorkday),
        1 => (1..=31_u16).prop_map(Days::Nearest),
        4 => list(1, 7).prop_map(Days::OfWeek),
        1 => Just(Days::Saturday),
        1 => (1..=7_u16).prop_map(Days::LastOf),
        1 => (1..=7_u16, 1..=5_u16).prop_map(|(day, nth)| Days::Nth(day, nth)),
    ];
    let months = prop_oneof![2 => Just(vec![Entry::All]), 1 => list(1, 12)];
    let zone = prop::sample::select(ZONES.to_vec());
    (list(0, 59), list(0, 23), days, months, 1971..=2197_i16, any::<bool>(), zone).prop_map(
        |(minutes, hours, days, months, year, names, zone)| Expression {
            minutes,
            hours,
            days,
            months,
            year,
            names,
            zone,
        },
    )
}

fn means(list: &[Entry], number: u16, low: u16) -> bool {
    list.iter().any(|entry| entry.means(number, low))
}

/// A day of the calendar, its weekday from 1 for Sunday.
#[derive(Clone, Copy, Debug)]
struct Day {
    date: Date,
    month: u16,
    of_month: u16,
    weekday: u16,
    /// The last day of its month.
    last: u16,
}

impl Day {
    fn new(date: Date) -> Self {
        let number = |number: i8| u16::try_from(number).unwrap();
        Self {
            date,
            month: number(date.month()),
            of_month: number(date.day()),
            weekday: number(date.weekday().to_sunday_zero_offset()) + 1,
            last: number(date.days_in_month()),
        }
    }

    const fn works(&self) -> bool {
        matches!(self.weekday, 2..=6)
    }
}

/// Days of whole years, by the first year and their number.
type Calendars = BTreeMap<(i16, i16), Rc<[Day]>>;

thread_local! {
    /// Each span of years once: making dates is most of what a walk costs.
    static CALENDARS: RefCell<Calendars> = const { RefCell::new(Calendars::new()) };
}

/// The days of whole years.
fn calendar(from: i16, years: i16) -> Rc<[Day]> {
    let make = || {
        let days = date(from, 1, 1).series(jiff::Span::new().days(1));
        days.take_while(|day| day.year() < from + years).map(Day::new).collect()
    };
    CALENDARS.with_borrow_mut(|all| Rc::clone(all.entry((from, years)).or_insert_with(make)))
}

impl Expression {
    fn write(&self, years: &str) -> String {
        let list = |list: &[Entry], name: &dyn Fn(u16) -> String| {
            list.iter().map(|entry| entry.write(name)).collect::<Vec<_>>().join(",")
        };
        let plain = |number: u16| number.to_string();
        let month = |number: u16| {
            if self.names { MONTHS[usize::from(number) - 1].to_owned() } else { number.to_string() }
        };
        let day = |number: u16| {
            if self.names { DAYS[usize::from(number) - 1].to_lowercase() } else { number.to_string() }
        };
        let (of_month, of_week) = match &self.days {
            Days::OfMonth(days) => (list(days, &plain), "?".to_owned()),
            Days::Last => ("L".to_owned(), "?".to_owned()),
            Days::BeforeLast(days) => (format!("L-{days}"), "?".to_owned()),
            Days::LastWorkday => ("LW".to_owned(), "?".to_owned()),
            Days::Nearest(day) => (format!("{day}W"), "?".to_owned()),
            Days::OfWeek(days) => ("?".to_owned(), list(days, &day)),
            Days::Saturday => ("?".to_owned(), "L".to_owned()),
            Days::LastOf(one) => ("?".to_owned(), format!("{}L", day(*one))),
            Days::Nth(one, nth) => ("?".to_owned(), format!("{}#{nth}", day(*one))),
        };
        let (minutes, hours) = (list(&self.minutes, &plain), list(&self.hours, &plain));
        format!("cron({minutes} {hours} {of_month} {} {of_week} {years})", list(&self.months, &month))
    }

    /// Whether it runs on the day of this place in whole years, by asking about this day alone.
    fn on(&self, days: &[Day], place: usize) -> bool {
        let day = &days[place];
        // The days of its month.
        let start = place + 1 - usize::from(day.of_month);
        let month = &days[start..start + usize::from(day.last)];
        let later = &month[usize::from(day.of_month)..];
        means(&self.months, day.month, 1)
            && match &self.days {
                Days::OfMonth(days) => means(days, day.of_month, 1),
                Days::Last => day.of_month == day.last,
                Days::BeforeLast(days) => day.of_month + days == day.last,
                Days::LastWorkday => day.works() && !later.iter().any(Day::works),
                Days::Nearest(wanted) => nearest(month, *wanted) == Some(day.of_month),
                Days::OfWeek(days) => means(days, day.weekday, 1),
                Days::Saturday => day.weekday == 7,
                Days::LastOf(one) => day.weekday == *one && !later.iter().any(|day| day.weekday == *one),
                Days::Nth(one, nth) => day.weekday == *one && (day.of_month - 1) / 7 + 1 == *nth,
            }
    }

    /// The minutes of a day that it means, each of 1,440 asked for.
    fn minutes(&self) -> Vec<i64> {
        let runs = |minute: &u16| means(&self.hours, minute / 60, 0) && means(&self.minutes, minute % 60, 0);
        (0..1440_u16).filter(runs).map(i64::from).collect()
    }
}

/// The workday of a month that is nearest to this day of it, which must be one of it. No two are as near: a weekend has
/// one on each side.
fn nearest(month: &[Day], wanted: u16) -> Option<u16> {
    let workdays = month.iter().filter(|day| day.works()).map(|day| day.of_month);
    workdays.filter(|_| usize::from(wanted) <= month.len()).min_by_key(|day| day.abs_diff(wanted))
}

/// The longest and the shortest time between two runs, in minutes; none where nothing runs twice.
fn walk(expression: &Expression, from: i16, years: i16) -> Option<(i64, i64)> {
    let minutes = expression.minutes();
    let first = *minutes.first()?;
    let last = *minutes.last()?;
    let between = |minutes: &[i64]| minutes.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>();
    // Each day's own minutes are the same: their gaps are looked at once.
    let inside = between(&minutes);
    let mut gaps: Option<(i64, i64)> = None;
    let mut see = |gap: i64| {
        gaps = Some(gaps.map_or((gap, gap), |(long, short)| (long.max(gap), short.min(gap))));
    };
    let mut before: Option<i64> = None;
    let mut start = 0;
    let days = calendar(from, years);
    for place in 0..days.len() {
        if expression.on(&days, place) {
            if let Some(before) = before {
                see(start + first - before);
            } else {
                inside.iter().for_each(|gap| see(*gap));
            }
            before = Some(start + last);
        }
        start += 1440;
    }
    gaps
}

/// Expressions that are the same in every run of the tests.
fn drawn(count: usize, seed: u8) -> Vec<Expression> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..count).map(|_| expression().new_tree(&mut runner).unwrap().current()).collect()
}

fn gaps_of(text: &str, zone: &str) -> (Option<i64>, Option<i64>) {
    let schedule = Schedule::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let shortest = shortest_gap(&schedule).map(|gap| gap.as_mins());
    (longest_gap(&[(schedule, Zone::named(zone).unwrap())]).map(|gap| gap.as_mins()), shortest)
}

fn holds_over_two_years(count: usize, seed: u8) {
    for expression in drawn(count, seed) {
        let text = expression.write(&format!("{}-{}", expression.year, expression.year + 1));
        let found = walk(&expression, expression.year, 2);
        let (longest, shortest) = gaps_of(&text, expression.zone);
        assert_eq!((longest, shortest), (found.map(|gaps| gaps.0), found.map(|gaps| gaps.1)), "{text}");
    }
}

#[test]
fn the_first_quarter_of_ten_thousand_expressions_agrees_with_the_walk_over_two_years() {
    holds_over_two_years(2500, 1);
}

#[test]
fn the_second_quarter_of_ten_thousand_expressions_agrees_with_the_walk_over_two_years() {
    holds_over_two_years(2500, 2);
}

#[test]
fn the_third_quarter_of_ten_thousand_expressions_agrees_with_the_walk_over_two_years() {
    holds_over_two_years(2500, 3);
}

#[test]
fn the_last_quarter_of_ten_thousand_expressions_agrees_with_the_walk_over_two_years() {
    holds_over_two_years(2500, 4);
}

/// 28 years without a century's exception hold each pair of years that can follow one another; what does not run in each
/// year has tests of its own.
#[test]
fn expressions_that_run_for_ever_agree_with_the_walk_over_28_years() {
    for expression in drawn(150, 5) {
        let text = expression.write("*");
        let (longest, shortest) = gaps_of(&text, expression.zone);
        match walk(&expression, 2001, 30) {
            Some((long, short)) if long < 363 * 1440 => {
                assert_eq!((longest, shortest), (Some(long), Some(short)), "{text}");
            }
            Some((long, short)) => {
                assert!(longest >= Some(long) && shortest <= Some(short), "{text}: {longest:?} {shortest:?}");
            }
            None => {}
        }
    }
}

/// The runs themselves, not only the time between them.
#[test]
fn the_runs_of_an_expression_are_those_of_the_walk() {
    for expression in drawn(300, 6) {
        let text = expression.write("*");
        let days = calendar(expression.year, 2);
        let minutes = expression.minutes();
        let of_day = |place: usize| {
            let date = days[place].date;
            minutes.iter().map(move |minute| {
                let (hour, minute) = (i8::try_from(minute / 60).unwrap(), i8::try_from(minute % 60).unwrap());
                date.at(hour, minute, 0, 0)
            })
        };
        let walked: Vec<_> =
            (0..days.len()).filter(|place| expression.on(&days, *place)).flat_map(of_day).take(2000).collect();
        let schedule = Schedule::parse(&text).unwrap();
        let end = date(expression.year + 2, 1, 1).at(0, 0, 0, 0);
        let runs = schedule.runs(date(expression.year, 1, 1).at(0, 0, 0, 0)).take_while(|time| *time < end).take(2000);
        assert_eq!(runs.collect::<Vec<_>>(), walked, "{text}");
    }
}
