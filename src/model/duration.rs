//! Durations as people write and read them; a day is 24 hours, a week 7 days.

use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::workload::FOREVER;

/// `15m`, `4h`, `35d`, `1d 12h`, `2w`; none for anything else, for less than nothing and for more than a century.
pub fn parse(text: &str) -> Option<SignedDuration> {
    let span: Span = text.trim().parse().ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    (!duration.is_negative() && duration <= FOREVER).then_some(duration)
}

/// The two largest units: `35d`, `1d 4h`, `15m`; `forever` for what never ends.
pub fn text(duration: SignedDuration) -> String {
    if duration >= FOREVER {
        return "forever".to_owned();
    }
    let mut rest = duration.as_secs();
    let mut words = Vec::new();
    for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        let count = rest / seconds;
        rest %= seconds;
        if count != 0 {
            words.push(format!("{count}{unit}"));
        }
    }
    words.truncate(2);
    if words.is_empty() { "0m".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (written, hours) in [("35d", 840), ("1d 12h", 36), ("24h", 24), ("26w", 26 * 168), ("0h", 0)] {
            assert_eq!(parse(written), Some(SignedDuration::from_hours(hours)), "{written}");
        }
        assert_eq!(parse("24h1m"), Some(SignedDuration::from_mins(24 * 60 + 1)));
        for wrong in ["", "soon", "4", "-4h", "1mo", "99999999d"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(text(SignedDuration::from_hours(28)), "1d 4h");
        assert_eq!(text(SignedDuration::ZERO), "0m");
        assert_eq!(text(FOREVER), "forever");
    }
}
