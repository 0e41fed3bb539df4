//! The text beside an evaluation: what is wrong, worst first, within the length that AWS Config takes.

use crate::finding::severity::Severity;
use crate::report::visible;

/// How long an annotation may be (`StringWithCharLimit256` in the AWS Config API Reference), counted in UTF-16 units:
/// no way of counting characters finds more.
pub const LONGEST: usize = 256;

/// How many are named at most, before anything is measured.
const MOST: usize = 32;

/// A rule that fails, or is not decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// Its severity.
    pub severity: Severity,
    /// Its id.
    pub rule: &'a str,
    /// What it is about, where the evaluation is about the account as a whole.
    pub of: Option<&'a str>,
    /// What is wrong.
    pub message: &'a str,
}

impl Named<'_> {
    fn text(&self) -> String {
        let of = self.of.map(|of| format!(" at {}", visible(of))).unwrap_or_default();
        format!("{} {}{of}", self.severity, self.rule)
    }
}

/// What else is to be said of a NON_COMPLIANT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// So many rules could not be decided.
    Unknown(usize),
    /// Nobody has judged the other rules yet.
    NotJudged,
}

const NOT_JUDGED: &str = "; the other rules are not judged yet";

/// These rules fail; they come sorted, worst first.
pub fn failing(fails: &[Named<'_>], rest: Rest) -> String {
    let tail = match rest {
        Rest::Unknown(0) => String::new(),
        Rest::Unknown(unknown) => format!("; {unknown} unknown"),
        Rest::NotJudged => NOT_JUDGED.to_owned(),
    };
    let head = format!("fails {}: ", rules(fails.len()));
    if let [only] = fails {
        // There is room to say why.
        let start = format!("{head}{}{tail}", only.text());
        let room = LONGEST.saturating_sub(units(&start));
        if room > 24 {
            let message = cut(&visible(only.message), room - 3);
            return cut(&format!("{head}{} ({message}){tail}", only.text()), LONGEST);
        }
    }
    listed(&head, &texts(fails), fails.len(), &tail)
}

/// These rules are not decided.
pub fn undecided(unknown: &[Named<'_>]) -> String {
    listed(&format!("not known: {} could not be decided: ", rules(unknown.len())), &texts(unknown), unknown.len(), "")
}

/// Not all was read; these calls failed.
pub fn incomplete(calls: &[String]) -> String {
    let calls: Vec<String> = calls.iter().map(|call| visible(call)).collect();
    listed("not known: not all could be read: ", &calls, calls.len(), "")
}

/// These resources fail, and AWS Config refuses their types.
pub fn refused(failing: &[String]) -> String {
    let failing: Vec<String> = failing.iter().map(|one| visible(one)).collect();
    listed("fails, and AWS Config refuses its type: ", &failing, failing.len(), "")
}

/// The rules that a text of [`failing`] names, if it names all that could make the resource NON_COMPLIANT: none where
/// some were cut off, not decided, or not judged, and none of a text that is somebody else's.
pub fn names(annotation: &str) -> Option<Vec<&str>> {
    let (count, rest) = annotation.strip_prefix("fails ")?.split_once(": ")?;
    let (count, word) = count.split_once(' ')?;
    let count: usize = count.parse().ok()?;
    let names = match (count, word) {
        (1, "rule") => {
            if rest.ends_with(" unknown") || rest.ends_with(NOT_JUDGED) {
                return None;
            }
            vec![rest.split_once(" (").map_or(rest, |(name, _)| name)]
        }
        (_, "rules") => rest.split(", ").collect(),
        _ => return None,
    };
    let rules: Option<Vec<&str>> = names
        .into_iter()
        .map(|name| {
            let (severity, rule) = name.split_once(' ')?;
            let plain = rule.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
            (severity.parse::<Severity>().is_ok() && plain).then_some(rule)
        })
        .collect();
    rules.filter(|rules| rules.len() == count)
}

fn rules(count: usize) -> String {
    if count == 1 { "1 rule".to_owned() } else { format!("{count} rules") }
}

fn texts(named: &[Named<'_>]) -> Vec<String> {
    named.iter().take(MOST).map(Named::text).collect()
}

/// As many as there is room for, and how many more there are.
fn listed(head: &str, items: &[String], count: usize, tail: &str) -> String {
    for kept in (1..=items.len().min(MOST)).rev() {
        let named = items.get(..kept).unwrap_or_default().join(", ");
        let more = if kept < count { format!(", and {} more", count - kept) } else { String::new() };
        let text = format!("{head}{named}{more}{tail}");
        if units(&text) <= LONGEST {
            return text;
        }
    }
    cut(&format!("{head}{}", items.first().map(String::as_str).unwrap_or_default()), LONGEST)
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The text, or as many whole characters as there is room for with a mark that it goes on.
fn cut(text: &str, room: usize) -> String {
    if units(text) <= room {
        return text.to_owned();
    }
    let mut left = room.saturating_sub(1);
    let mut out = String::new();
    for c in text.chars() {
        match left.checked_sub(c.len_utf16()) {
            Some(rest) => left = rest,
            None => break,
        }
        out.push(c);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(severity: Severity, rule: &str) -> Named<'_> {
        Named { severity, rule, of: None, message: "it is wrong" }
    }

    #[test]
    fn the_worst_rules_are_named() {
        let fails = [named(Severity::Critical, "workload-protected"), named(Severity::High, "s3-versioning-enabled")];
        let text = failing(&fails, Rest::Unknown(0));
        assert_eq!(text, "fails 2 rules: critical workload-protected, high s3-versioning-enabled");
        assert_eq!(failing(&fails, Rest::Unknown(3)), format!("{text}; 3 unknown"));
        let only = failing(fails.get(..1).unwrap(), Rest::Unknown(0));
        assert_eq!(only, "fails 1 rule: critical workload-protected (it is wrong)");
    }

    #[test]
    fn what_there_is_no_room_for_is_counted() {
        let ids: Vec<String> = (0..40).map(|n| format!("some-rule-of-ours-{n:02}")).collect();
        let fails: Vec<Named<'_>> = ids.iter().map(|id| named(Severity::Medium, id)).collect();
        let text = failing(&fails, Rest::Unknown(2));
        assert!(units(&text) <= LONGEST && units(&text) > 200, "{text}");
        assert!(text.starts_with("fails 40 rules: medium some-rule-of-ours-00, "), "{text}");
        assert!(text.ends_with(" more; 2 unknown"), "{text}");
        let named = text.matches("some-rule").count();
        assert!(text.contains(&format!(", and {} more", 40 - named)), "{text}");
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let message = "🦀é".repeat(200);
        let one = Named { severity: Severity::Low, rule: "r", of: None, message: &message };
        let text = failing(&[one], Rest::Unknown(0));
        assert!(text.ends_with("…)"), "{text}");
        assert!(units(&text) <= LONGEST && units(&text) > LONGEST - 4, "{}", units(&text));
        let id = "x".repeat(500);
        let text = failing(&[named(Severity::Low, &id), named(Severity::Low, &id)], Rest::Unknown(0));
        assert_eq!(units(&text), LONGEST);
        for room in 0..12 {
            assert!(units(&cut("a🦀b🦀c🦀", room)) <= room.max(1));
        }
    }

    #[test]
    fn names_from_the_estate_cannot_forge_lines() {
        let one = Named { severity: Severity::Low, rule: "r", of: Some("a\nb"), message: "c\u{202e}d" };
        assert_eq!(failing(&[one], Rest::Unknown(0)), "fails 1 rule: low r at a\\nb (c\\u{202e}d)");
    }

    #[test]
    fn a_whole_text_tells_its_rules_again_and_any_other_tells_none() {
        let (a, b) = (named(Severity::Critical, "a-1"), named(Severity::High, "b-2"));
        let both = [a, b];
        assert_eq!(names(&failing(&both, Rest::Unknown(0))), Some(vec!["a-1", "b-2"]));
        assert_eq!(names(&failing(both.get(..1).unwrap(), Rest::Unknown(0))), Some(vec!["a-1"]));
        let many = vec![named(Severity::High, "a-rule-with-quite-a-long-name-of-its-own"); 20];
        for text in [
            failing(&both, Rest::Unknown(1)),
            failing(both.get(..1).unwrap(), Rest::Unknown(1)),
            failing(&both, Rest::NotJudged),
            failing(both.get(..1).unwrap(), Rest::NotJudged),
            failing(&many, Rest::Unknown(0)),
            undecided(&both),
            incomplete(&["s3:ListBuckets (global)".to_owned()]),
            "fails 2 rules: critical a-1".to_owned(),
            "fails 1 rule: bad a-1".to_owned(),
            "fails x rules: critical a-1".to_owned(),
            "fails 1 rule: high a b".to_owned(),
            String::new(),
        ] {
            assert_eq!(names(&text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_says_why() {
        let one = [named(Severity::High, "a")];
        assert_eq!(undecided(&one), "not known: 1 rule could not be decided: high a");
        let calls = ["backup:ListBackupPlans (eu-west-1)".to_owned()];
        assert_eq!(incomplete(&calls), "not known: not all could be read: backup:ListBackupPlans (eu-west-1)");
        assert!(units(&incomplete(&vec!["some:VeryLongOperation".to_owned(); 500])) <= LONGEST);
    }
}
