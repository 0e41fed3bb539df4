//! Whatever the bytes are, they are read or refused: no panic, and every place is in the text.

use proptest::prelude::*;

use super::*;
use crate::derive::derive;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;

const PLANS: [&str; 2] = [include_str!("estate/plan.json"), include_str!("changes/plan.json")];

/// Pieces that mean something to a parser or in a plan.
const PIECES: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "null",
    "true",
    "-1",
    "1e99",
    "\"after_unknown\":true,",
    "\"after\":null,",
    "\"actions\":[\"delete\"],",
    "\"address\":\"module.\",",
    "\"references\":[\"var.x\"],",
    "\"module\":{},",
    "[0]",
    "\"deposed\":\"x\",",
    "\"mode\":\"data\",",
    "\\",
    "\u{0}",
    "😀",
    "module.logs[\"main\"].",
];

fn checked(text: &str) -> Result<(), TestCaseError> {
    let last = u32::try_from(text.split(['\n', '\r']).count()).unwrap();
    match read(&Arc::from("plan.json"), text, &FileOptions::default(), &|_, _| None) {
        Outcome::Plan { resources, gaps } => {
            for resource in &resources {
                let crate::model::resource::Origin::Declared { header, .. } = &resource.origin else { panic!("live") };
                prop_assert!(header.start.line >= 1 && header.end.line <= last);
            }
            let snapshot = Snapshot { resources, gaps, ..Snapshot::default() };
            let _ = derive(&snapshot, &Settings::default(), None);
        }
        Outcome::Broken(gap) => {
            let at = gap.at.as_ref().expect("a broken plan has a place");
            prop_assert!(at.start.line >= 1 && at.start.line <= last && !gap.message.is_empty());
        }
        Outcome::Other => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        checked(&text)?;
        checked(&format!("{{\"format_version\": \"1.0\", \"planned_values\": {text}"))?;
    }

    #[test]
    fn a_plan_that_is_cut_off_is_refused(which in 0..PLANS.len(), at in any::<prop::sample::Index>()) {
        let plan = PLANS[which];
        let cut: String = plan.chars().take(at.index(plan.chars().count() - 2)).collect();
        checked(&cut)?;
    }

    /// A plan with parts of it cut out, doubled, or replaced.
    #[test]
    fn a_plan_that_was_tampered_with_is_read_or_refused(
        which in 0..PLANS.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..40, proptest::sample::select(&PIECES[..])), 1..6)
    ) {
        let mut chars: Vec<char> = PLANS[which].chars().collect();
        for (at, length, piece) in changes {
            let at = at.index(chars.len().max(1));
            let end = (at + length).min(chars.len());
            chars.splice(at..end, piece.chars());
        }
        checked(&chars.into_iter().collect::<String>())?;
    }

    /// A plan of which one value is another one.
    #[test]
    fn a_plan_with_values_in_the_wrong_places_is_read(
        which in 0..PLANS.len(),
        swaps in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..8)
    ) {
        let mut plan: serde_json::Value = serde_json::from_str(PLANS[which]).unwrap();
        for (to, from) in swaps {
            let mut pointers = Vec::new();
            collect(&plan, String::new(), &mut pointers);
            let from = plan.pointer(&pointers[from.index(pointers.len())]).unwrap().clone();
            let to = &pointers[to.index(pointers.len())];
            if !to.is_empty() && from.to_string().len() < 4000 {
                *plan.pointer_mut(to).unwrap() = from;
            }
        }
        checked(&plan.to_string())?;
    }
}

fn collect(value: &serde_json::Value, at: String, all: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(index, element)| collect(element, format!("{at}/{index}"), all));
        }
        serde_json::Value::Object(entries) => {
            for (key, value) in entries {
                let key = key.replace('~', "~0").replace('/', "~1");
                collect(value, format!("{at}/{key}"), all);
            }
        }
        _ => {}
    }
    all.push(at);
}

#[test]
fn deep_nesting_is_refused_or_read_without_end() {
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    for depth in [100, 500, 5_000, 100_000] {
        let after = format!(
            "{{\"format_version\":\"1.0\",\"resource_changes\":[{{\"address\":\"aws_s3_bucket.b\",\"mode\":\"managed\",\"type\":\"aws_s3_bucket\",\"name\":\"b\",\"change\":{{\"actions\":[\"create\"],\"after\":{{\"x\":{}}}}}}}]}}",
            deep(depth)
        );
        checked(&after).unwrap();
    }
}
