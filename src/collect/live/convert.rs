//! Conversions from the SDK's types that several services share.

use aws_smithy_types::DateTime;
use jiff::{SignedDuration, Timestamp, Unit};

use crate::model::fact::Fact;

/// A date of an answer, to the millisecond; absent where it has none.
///
/// JSON answers write dates as floating-point seconds, whose digits after the third are noise.
pub fn time(date: Option<&DateTime>) -> Fact<Timestamp> {
    date.map_or_else(Fact::absent, |date| {
        i32::try_from(date.subsec_nanos())
            .ok()
            .and_then(|nanos| Timestamp::new(date.secs(), nanos).ok())
            .and_then(|time| time.round(Unit::Millisecond).ok())
            .map_or_else(|| Fact::unknown(format!("date {} is out of range", date.secs())), Fact::known)
    })
}

/// Days as a duration; unknown where they do not fit one.
pub fn days(days: i64) -> Fact<SignedDuration> {
    days.checked_mul(24).and_then(|hours| hours.checked_mul(3600)).map_or_else(
        || Fact::unknown(format!("{days} days is out of range")),
        |seconds| Fact::known(SignedDuration::from_secs(seconds)),
    )
}

/// The part of an ARN after the account: `backup-vault:name`.
pub fn resource_part(arn: &str) -> Option<&str> {
    arn.starts_with("arn:").then(|| arn.splitn(6, ':').nth(5)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_to_the_millisecond_and_an_impossible_one_is_unknown() {
        let date = DateTime::from_secs_and_nanos(1_700_000_000, 467_999_935);
        assert_eq!(time(Some(&date)).value().unwrap().to_string(), "2023-11-14T22:13:20.468Z");
        assert!(time(Some(&DateTime::from_secs(i64::MAX))).is_unknown());
        assert!(time(None).is_absent());
    }

    #[test]
    fn days_that_overflow_are_unknown() {
        assert_eq!(days(35).value(), Some(&SignedDuration::from_hours(35 * 24)));
        assert!(days(i64::MAX).is_unknown());
    }

    #[test]
    fn the_resource_part_keeps_its_own_colons() {
        assert_eq!(resource_part("arn:aws:backup:eu-west-1:111122223333:backup-vault:a:b"), Some("backup-vault:a:b"));
        assert_eq!(resource_part("vault"), None);
    }
}
