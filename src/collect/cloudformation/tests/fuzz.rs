//! Whatever the bytes are, they are read or refused with a place that is in the text: no panic, no endless work.

use std::sync::Arc;

use proptest::prelude::*;

use crate::collect::cloudformation::{self, Outcome};
use crate::collect::files::FileOptions;
use crate::derive::derive;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;

const EXAMPLE: &str = include_str!("../../../../fixtures/self-deception/template.yaml");

/// Pieces that mean something to a parser or to the functions of templates.
const PIECES: [&str; 32] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    "- ",
    "\n",
    "\r",
    "\n  ",
    "\t",
    "&a ",
    "*a",
    "<<: ",
    "!Ref ",
    "!Sub ",
    "!If ",
    "!GetAtt ",
    "Fn::Join",
    "Fn::ForEach::X",
    "Resources",
    "Type: AWS::S3::Bucket",
    "${",
    "{{resolve:",
    "'",
    "\"",
    "|\n",
    "? ",
    "---\n",
    "\0",
    "😀",
    "\u{FEFF}",
];

/// Reads it, derives from it, and holds every place to the text.
fn read(file: &str, text: &str) -> Result<(), TestCaseError> {
    let last = u32::try_from(text.split(['\n', '\r']).count()).unwrap();
    let options = FileOptions::default();
    match cloudformation::read(&Arc::from(file), text, &options) {
        Outcome::Template { resources, gaps, .. } => {
            let snapshot = Snapshot { resources, gaps, ..Snapshot::default() };
            let _ = derive(&snapshot, &Settings::default(), None);
        }
        Outcome::Broken(gap) => {
            let at = gap.at.as_ref().expect("a broken file has a place");
            prop_assert!(at.start.line >= 1 && at.start.line <= last, "line {} of {last}", at.start.line);
            prop_assert!(!gap.message.is_empty());
        }
        Outcome::Other => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), json in any::<bool>()) {
        read("t.yaml", &format!("AWSTemplateFormatVersion: x\n{text}"))?;
        read(if json { "t.json" } else { "t.yaml" }, &format!("{{\"Resources\": {text}"))?;
    }

    #[test]
    fn any_pieces_are_read_or_refused(pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..60)) {
        read("t.yaml", &format!("AWSTemplateFormatVersion: x\nResources:\n  B: {}", pieces.concat()))?;
    }

    /// The example with parts of it cut out, doubled, or replaced.
    #[test]
    fn a_template_that_was_tampered_with_is_read_or_refused(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..40, proptest::sample::select(&PIECES[..])), 1..6)
    ) {
        let mut chars: Vec<char> = EXAMPLE.chars().collect();
        for (at, length, piece) in changes {
            let at = at.index(chars.len().max(1));
            let end = (at + length).min(chars.len());
            chars.splice(at..end, piece.chars());
        }
        read("t.yaml", &chars.into_iter().collect::<String>())?;
    }
}
