//! How one value of a request compares with one of a policy.
//!
//! What each kind of operator compares, and in which notation:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>. A value of
//! the policy that its operator cannot read would be refused by IAM, so what it means is open.

use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::arn;
use super::glob::matches;
use super::operator::{Order, Test};
use super::pattern::Part;
use super::truth::Truth;

/// Whether the test holds of the request's value, negation aside.
pub(super) fn compare(test: Test, wanted: &[Part], found: &str) -> Truth {
    match test {
        Test::StringEquals | Test::StringLike => matches(wanted, found),
        Test::StringEqualsIgnoreCase => ignoring_case(wanted, found),
        Test::Arn => arn::alike(wanted, found),
        Test::Numeric(_) | Test::Date(_) | Test::Bool | Test::Binary | Test::IpAddress | Test::Null => match wanted {
            [Part::Text(text)] => plain(test, text, found),
            [] => plain(test, "", found),
            _ => Truth::Maybe,
        },
    }
}

fn plain(test: Test, wanted: &str, found: &str) -> Truth {
    match test {
        Test::Numeric(order) => number(order, wanted, found),
        Test::Date(order) => date(order, wanted, found),
        Test::Bool => match (boolean(wanted), boolean(found)) {
            (Some(wanted), Some(found)) => Truth::from(wanted == found),
            _ => Truth::Maybe,
        },
        Test::Binary => binary(wanted, found),
        Test::IpAddress => address(wanted, found),
        _ => Truth::Maybe,
    }
}

/// `true` or `false`, however written.
pub(super) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// How letters beyond ASCII are folded is not documented: where it matters, it is open.
fn ignoring_case(wanted: &[Part], found: &str) -> Truth {
    let fold = |lower: &dyn Fn(&str) -> String| {
        let parts: Vec<Part> = wanted
            .iter()
            .map(|part| match part {
                Part::Text(text) => Part::Text(lower(text).into()),
                other => other.clone(),
            })
            .collect();
        matches(&parts, &lower(found))
    };
    let ascii = fold(&|text| text.to_ascii_lowercase());
    if ascii == Truth::Yes || (found.is_ascii() && ascii == Truth::No) {
        return ascii;
    }
    ascii.agreed(fold(&|text| text.to_lowercase()))
}

/// Integers and decimals. What cannot be read leaves the comparison open, and so its negation.
fn number(order: Order, wanted: &str, found: &str) -> Truth {
    let read = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let (Some(wanted), Some(found)) = (read(wanted), read(found)) else { return Truth::Maybe };
    // Beyond this, neighbouring integers are one to a float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if wanted.abs() >= EXACT || found.abs() >= EXACT {
        return Truth::Maybe;
    }
    found.partial_cmp(&wanted).map_or(Truth::Maybe, |found| Truth::from(order.holds(found)))
}

fn date(order: Order, wanted: &str, found: &str) -> Truth {
    let (Some(wanted), Some(found)) = (moment(wanted), moment(found)) else { return Truth::Maybe };
    Truth::from(order.holds(found.cmp(&wanted)))
}

/// The W3C's notations of ISO 8601, or seconds since 1970. Four digits may be a year or seconds, and are neither.
fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() != 4
        && let Ok(seconds) = text.parse::<i64>()
    {
        return Timestamp::from_second(seconds).ok();
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    if text.contains('T') {
        // Without seconds: `2026-01-01T10:00Z`.
        let (time, zone) = match text.strip_suffix('Z') {
            Some(time) => (time, "Z"),
            None => text.split_at_checked(text.len().checked_sub(6)?)?,
        };
        return format!("{time}:00{zone}").parse().ok();
    }
    let day = if text.len() == 7 { format!("{text}-01") } else { text.to_owned() };
    let day: Date = day.parse().ok()?;
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Base 64 of the same bytes is the same text.
fn binary(wanted: &str, found: &str) -> Truth {
    let canonical = |text: &str| {
        let digits = text.trim_end_matches('=');
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
        text.len().is_multiple_of(4) && digits.len() + 3 > text.len() && digits.bytes().all(known)
    };
    if wanted == found {
        return Truth::Yes;
    }
    // With padding, the last digit has bits that say nothing.
    let exact = |text: &str| canonical(text) && !text.ends_with('=');
    if exact(wanted) && exact(found) || canonical(wanted) && canonical(found) && wanted.len() != found.len() {
        Truth::No
    } else {
        Truth::Maybe
    }
}

fn address(wanted: &str, found: &str) -> Truth {
    let Ok(found) = found.trim().parse::<IpAddr>() else { return Truth::Maybe };
    let (network, length) = match wanted.trim().split_once('/') {
        Some((network, length)) => (network, Some(length)),
        None => (wanted.trim(), None),
    };
    let Ok(network) = network.parse::<IpAddr>() else { return Truth::Maybe };
    let within = |length: u32| match (network, found) {
        (IpAddr::V4(network), IpAddr::V4(found)) => {
            let shift = 32_u32.checked_sub(length)?;
            Some((u64::from(network.to_bits()) ^ u64::from(found.to_bits())) >> shift == 0)
        }
        (IpAddr::V6(network), IpAddr::V6(found)) => {
            let shift = 128_u32.checked_sub(length)?;
            Some((network.to_bits() ^ found.to_bits()).checked_shr(shift).unwrap_or(0) == 0)
        }
        _ => Some(false),
    };
    let truth = |within: Option<bool>| within.map_or(Truth::Maybe, Truth::from);
    match length {
        Some(length) => length.parse::<u32>().map_or(Truth::Maybe, |length| truth(within(length))),
        None if network.is_ipv4() => truth(within(32)),
        // The page gives `/32` as the default, and means IPv4.
        None => truth(within(128)).agreed(truth(within(32))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::pattern::{Pattern, Reading};

    fn holds(test: Test, wanted: &str, found: &str) -> Truth {
        let wildcards = matches!(test, Test::StringLike | Test::Arn);
        compare(test, Pattern::new(wanted, Reading { wildcards, variables: false }).parts(), found)
    }

    #[test]
    fn texts_compare_exactly_by_pattern_or_in_any_case() {
        assert_eq!(holds(Test::StringEquals, "a*", "ab"), Truth::No);
        assert_eq!(holds(Test::StringEquals, "a*", "a*"), Truth::Yes);
        assert_eq!(holds(Test::StringLike, "a*", "ab"), Truth::Yes);
        assert_eq!(holds(Test::StringLike, "a*", "Ab"), Truth::No);
        assert_eq!(holds(Test::StringEqualsIgnoreCase, "PrOd", "prod"), Truth::Yes);
        assert_eq!(holds(Test::StringEqualsIgnoreCase, "prod", "dev"), Truth::No);
        assert_eq!(
            holds(Test::StringEqualsIgnoreCase, "É", "é"),
            Truth::Maybe,
            "folding beyond ASCII is not documented"
        );
        assert_eq!(holds(Test::StringEqualsIgnoreCase, "É", "è"), Truth::No);
    }

    #[test]
    fn arns_compare_part_by_part() {
        assert_eq!(holds(Test::Arn, "arn:aws:sns:*:x", "arn:aws:sns:eu-west-1:111122223333:x"), Truth::Maybe);
        assert_eq!(holds(Test::Arn, "arn:aws:s:*:1:a", "arn:aws:s:eu-west-1:2:b:1:a"), Truth::No);
        assert_eq!(holds(Test::StringLike, "arn:aws:s:*:1:a", "arn:aws:s:eu-west-1:2:b:1:a"), Truth::Yes);
    }

    #[test]
    fn numbers_compare_as_numbers() {
        let less = Test::Numeric(Order::Less);
        assert_eq!(holds(less, "10", "9"), Truth::Yes);
        assert_eq!(holds(less, "10", "10"), Truth::No);
        assert_eq!(holds(less, "2.5", "2.25"), Truth::Yes);
        assert_eq!(holds(Test::Numeric(Order::Equal), "10.0", "10"), Truth::Yes);
        assert_eq!(holds(Test::Numeric(Order::LessOrEqual), "10", "10"), Truth::Yes);
        assert_eq!(holds(Test::Numeric(Order::Greater), "10", "10"), Truth::No);
        assert_eq!(holds(Test::Numeric(Order::GreaterOrEqual), "10", "9"), Truth::No);
        assert_eq!(holds(less, "ten", "9"), Truth::Maybe);
        assert_eq!(holds(Test::Numeric(Order::Equal), "9007199254740993", "9007199254740992"), Truth::Maybe);
        assert_eq!(holds(less, "NaN", "1"), Truth::Maybe);
    }

    #[test]
    fn dates_compare_in_each_notation() {
        let before = Test::Date(Order::Less);
        assert_eq!(holds(before, "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z"), Truth::Yes);
        assert_eq!(holds(before, "2026-01-01T00:00:00+02:00", "2025-12-31T22:30:00Z"), Truth::No);
        assert_eq!(holds(before, "2026-01", "2025-12-31"), Truth::Yes);
        assert_eq!(holds(before, "2026-01-01T10:00Z", "2026-01-01T10:00:01Z"), Truth::No);
        assert_eq!(holds(Test::Date(Order::Equal), "1767225600", "2026-01-01T00:00:00Z"), Truth::Yes);
        assert_eq!(holds(before, "2026", "2025-12-31T00:00:00Z"), Truth::Maybe, "a year, or seconds");
        assert_eq!(holds(before, "soon", "2025-12-31T00:00:00Z"), Truth::Maybe);
        assert_eq!(holds(before, "T", "2025-12-31T00:00:00Z"), Truth::Maybe);
    }

    #[test]
    fn booleans_compare_in_any_case() {
        assert_eq!(holds(Test::Bool, "True", "true"), Truth::Yes);
        assert_eq!(holds(Test::Bool, "true", "false"), Truth::No);
        assert_eq!(holds(Test::Bool, "false", "asdf"), Truth::Maybe);
    }

    #[test]
    fn addresses_lie_within_ranges() {
        assert_eq!(holds(Test::IpAddress, "203.0.113.0/24", "203.0.113.9"), Truth::Yes);
        assert_eq!(holds(Test::IpAddress, "203.0.113.0/24", "203.0.114.9"), Truth::No);
        assert_eq!(holds(Test::IpAddress, "203.0.113.9", "203.0.113.9"), Truth::Yes);
        assert_eq!(holds(Test::IpAddress, "203.0.113.8", "203.0.113.9"), Truth::No);
        assert_eq!(holds(Test::IpAddress, "0.0.0.0/0", "8.8.8.8"), Truth::Yes);
        assert_eq!(holds(Test::IpAddress, "::/0", "2001:db8::1"), Truth::Yes);
        assert_eq!(holds(Test::IpAddress, "2001:db8::/32", "2001:db8:1::1"), Truth::Yes);
        assert_eq!(holds(Test::IpAddress, "2001:db8::/32", "203.0.113.9"), Truth::No);
        assert_eq!(holds(Test::IpAddress, "2001:db8::1", "2001:db8::1"), Truth::Yes);
        assert_eq!(holds(Test::IpAddress, "2001:db8::1", "2001:db8::2"), Truth::Maybe);
        assert_eq!(holds(Test::IpAddress, "203.0.113.0/33", "203.0.113.9"), Truth::Maybe);
        assert_eq!(holds(Test::IpAddress, "home", "203.0.113.9"), Truth::Maybe);
    }

    #[test]
    fn binary_values_compare_by_their_base_64() {
        assert_eq!(holds(Test::Binary, "QmluYXJ5", "QmluYXJ5"), Truth::Yes);
        assert_eq!(holds(Test::Binary, "QmluYXJ5", "QmluYXJ6"), Truth::No);
        assert_eq!(holds(Test::Binary, "QQ==", "QR=="), Truth::Maybe, "the last bits say nothing");
        assert_eq!(holds(Test::Binary, "QmluYXJ5", "no base 64"), Truth::Maybe);
    }
}
