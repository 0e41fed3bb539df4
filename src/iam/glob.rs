//! Matches texts against patterns whose variables have been put in.

use super::pattern::{HOLE, Part};
use super::truth::Truth;

/// More steps than this and a comparison of texts with holes is left undecided.
const MOST_STEPS: usize = 1 << 20;

/// Whether a text is one that the parts describe. Variables must have been put in.
pub(super) fn matches(parts: &[Part], text: &str) -> Truth {
    if parts == [Part::Many] {
        return Truth::Yes;
    }
    if text.contains(HOLE) {
        return open_text(parts, text);
    }
    if let [Part::Text(wanted)] = parts {
        return Truth::from(**wanted == *text);
    }
    if !glob(parts, text) {
        return Truth::No;
    }
    let open = parts.iter().any(|part| matches!(part, Part::Hole | Part::Variable(_)));
    if open { Truth::Maybe } else { Truth::Yes }
}

/// Holes match anything here.
fn glob(parts: &[Part], text: &str) -> bool {
    let (mut part, mut at) = (0, 0);
    // Where to go on if what follows the last star does not fit: the part after it, and how far the star reached.
    let mut star: Option<(usize, usize)> = None;
    loop {
        let rest = &text[at..];
        let step = match parts.get(part) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Part::Many | Part::Hole | Part::Variable(_)) => {
                if part + 1 == parts.len() {
                    return true;
                }
                star = Some((part + 1, at));
                Some(0)
            }
            Some(Part::One) => rest.chars().next().map(char::len_utf8),
            Some(Part::Text(wanted)) => rest.starts_with(&**wanted).then_some(wanted.len()),
        };
        if let Some(length) = step {
            part += 1;
            at += length;
            continue;
        }
        let Some((after, reached)) = star else { return false };
        let Some(next) = text[reached..].chars().next() else { return false };
        let reached = reached + next.len_utf8();
        star = Some((after, reached));
        part = after;
        at = reached;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Is(char),
    One,
    Many,
    Hole,
}

/// A text with holes of its own: no if no filling fits, yes if all holes fall to stars.
fn open_text(parts: &[Part], text: &str) -> Truth {
    let steps: Vec<Step> = parts
        .iter()
        .flat_map(|part| match part {
            Part::Text(text) => text.chars().map(Step::Is).collect(),
            Part::One => vec![Step::One],
            Part::Many => vec![Step::Many],
            Part::Hole | Part::Variable(_) => vec![Step::Hole],
        })
        .collect();
    let text: Vec<char> = text.chars().collect();
    if steps.len().saturating_mul(text.len()) > MOST_STEPS {
        return Truth::Maybe;
    }
    if !fits(&steps, &text, false) {
        Truth::No
    } else if fits(&steps, &text, true) {
        Truth::Yes
    } else {
        Truth::Maybe
    }
}

/// Whether steps and text fit: for some filling of the holes, or (`surely`) for every one.
fn fits(steps: &[Step], text: &[char], surely: bool) -> bool {
    // Row by row from the end: whether the steps from here on fit the text from each place on.
    let mut below: Vec<bool> = vec![false; text.len() + 1];
    let mut row = below.clone();
    let get = |row: &[bool], at: usize| row.get(at).copied().unwrap_or(false);
    for at in (0..=steps.len()).rev() {
        let step = steps.get(at).copied();
        for place in (0..=text.len()).rev() {
            let here = text.get(place).copied();
            let fit = match (step, here) {
                (None, None) => true,
                (Some(Step::Many), None) => get(&below, place),
                (Some(Step::Many), Some(_)) => get(&below, place) || get(&row, place + 1),
                (Some(Step::Hole), _) if surely => false,
                (Some(Step::Hole), None) => get(&below, place),
                (Some(Step::Hole), Some(_)) => get(&below, place) || get(&row, place + 1),
                (None, Some(HOLE)) => !surely && get(&row, place + 1),
                (Some(_), Some(HOLE)) => !surely && (get(&row, place + 1) || get(&below, place)),
                (Some(Step::One), Some(_)) => get(&below, place + 1),
                (Some(Step::Is(wanted)), Some(found)) => wanted == found && get(&below, place + 1),
                (None, Some(_)) | (Some(Step::One | Step::Is(_)), None) => false,
            };
            if let Some(cell) = row.get_mut(place) {
                *cell = fit;
            }
        }
        std::mem::swap(&mut below, &mut row);
    }
    get(&below, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::pattern::{Pattern, Reading};

    const WILD: Reading = Reading { wildcards: true, variables: false };

    fn fit(pattern: &str, text: &str) -> Truth {
        matches(Pattern::new(pattern, WILD).parts(), text)
    }

    #[test]
    fn stars_take_any_characters_and_question_marks_take_one() {
        for (pattern, text) in
            [("a*c", "abbc"), ("a*c", "ac"), ("*", ""), ("a?c", "aéc"), ("*ab*ab", "abxabab"), ("", "")]
        {
            assert_eq!(fit(pattern, text), Truth::Yes, "{pattern} {text}");
        }
        for (pattern, text) in [("a*c", "abcd"), ("a?c", "ac"), ("?", ""), ("a", "A"), ("*ab*ab", "abb"), ("", "a")] {
            assert_eq!(fit(pattern, text), Truth::No, "{pattern} {text}");
        }
    }

    #[test]
    fn a_hole_in_the_pattern_may_be_anything() {
        let pattern = format!("bucket-{HOLE}/*");
        assert_eq!(fit(&pattern, "bucket-a/b"), Truth::Maybe);
        assert_eq!(fit(&pattern, "other/b"), Truth::No);
    }

    #[test]
    fn a_hole_in_the_text_falls_to_a_star_or_may_be_anything() {
        let text = format!("snapshot/{HOLE}");
        assert_eq!(fit("*", &text), Truth::Yes);
        assert_eq!(fit("snapshot/*", &text), Truth::Yes);
        assert_eq!(fit("snapshot/snap-1", &text), Truth::Maybe);
        assert_eq!(fit("snapshot/?", &text), Truth::Maybe);
        assert_eq!(fit("snap*x", &text), Truth::Maybe);
        assert_eq!(fit("image/*", &text), Truth::No);
        assert_eq!(fit(&format!("{HOLE}"), &text), Truth::Maybe, "two holes need not be the same");
        assert_eq!(fit("snapshot", &text), Truth::No);
        assert_eq!(fit("snapshot/", &text), Truth::Maybe, "it may be empty");
    }
}
