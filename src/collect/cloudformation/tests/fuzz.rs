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

/// A value made of functions in each other, some of which make no sense.
fn functions() -> impl Strategy<Value = String> {
    let name = || {
        proptest::sample::select(vec![
            "A",
            "B",
            "N",
            "L",
            "I",
            "C",
            "D",
            "N.Outputs.O",
            "B.Arn",
            "AWS::Region",
            "AWS::NoValue",
        ])
    };
    let leaf = prop_oneof![
        name().prop_map(|name| format!("!Ref '{name}'")),
        name().prop_map(|name| format!("!GetAtt '{name}'")),
        name().prop_map(|name| format!("!Sub '${{{name}}}-${{I}}-&{{I}}'")),
        proptest::sample::select(vec![
            "x",
            "0",
            "-1",
            "''",
            "[]",
            "{}",
            "true",
            "10.0.0.0/8",
            "'{{resolve:ssm:x}}'",
            "!GetAZs ''"
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(6, 40, 3, move |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (name(), inner.clone(), inner.clone()).prop_map(|(c, a, b)| format!("!If ['{c}', {a}, {b}]")),
            two.clone().prop_map(|(a, b)| format!("!Join [{a}, {b}]")),
            two.clone().prop_map(|(a, b)| format!("!Join ['-', [{a}, {b}]]")),
            two.clone().prop_map(|(a, b)| format!("!Select [{a}, {b}]")),
            two.clone().prop_map(|(a, b)| format!("!Split [{a}, {b}]")),
            two.clone().prop_map(|(a, b)| format!("!Equals [{a}, {b}]")),
            two.clone().prop_map(|(a, b)| format!("!Sub ['${{A}}', {{A: {a}, B: {b}}}]")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("!FindInMap [{a}, {b}, {c}]")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("!Cidr [{a}, {b}, {c}]")),
            two.clone().prop_map(|(a, b)| format!("{{'Fn::ForEach::L': [I, {a}, {{'K${{I}}': {b}}}], J: {b}}}")),
            two.prop_map(|(a, b)| format!("{{Key: {a}, Value: {b}}}")),
            (
                proptest::sample::select(vec![
                    "Base64",
                    "Length",
                    "ToJsonString",
                    "Not",
                    "Transform",
                    "ImportValue",
                    "GetAtt",
                    "Ref"
                ]),
                inner
            )
                .prop_map(|(function, a)| if function == "Ref" {
                    format!("{{Ref: {a}}}")
                } else {
                    format!("{{'Fn::{function}': {a}}}")
                }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn functions_in_each_other_end(all in [(); 9].map(|()| functions())) {
        let [a, b, c, d, e, f, g, h, i] = &all;
        let parent = format!(
            "Transform: AWS::LanguageExtensions
Parameters: {{A: {{Type: String}}, L: {{Type: CommaDelimitedList, Default: 'p,q'}}}}
Mappings: {{A: {{x: {{x: [y]}}}}}}
Conditions: {{C: {a}, D: {b}}}
Resources:
  B: {{Type: AWS::S3::Bucket, Condition: C, Properties: {{BucketName: {c}, Tags: {d}, VersioningConfiguration: {{Status: {e}}}}}}}
  N: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: child.yaml, Parameters: {{A: {f}, L: {g}}}}}}}
  S: {{Type: AWS::CloudFormation::StackSet, Properties: {{TemplateBody: {h}, StackInstancesGroup: {i}, Parameters: {g}}}}}
  'Fn::ForEach::R': [I, {g}, {{'R${{I}}': {{Type: AWS::S3::BucketPolicy, Properties: {{Bucket: {h}, PolicyDocument: {i}}}}}}}]
Outputs: {{O: {{Value: {h}}}}}
"
        );
        let child = parent.replace("child.yaml", "parent.yaml");
        let find = |name: &str| (name == "child.yaml").then(|| Arc::from(child.as_str()));
        let options = FileOptions::default();
        let once = || match cloudformation::read_with(&Arc::from("parent.yaml"), &parent, &options, &find) {
            Outcome::Template { resources, gaps, .. } => Some((resources, gaps)),
            _ => None,
        };
        let first = once();
        prop_assert!(first.is_some(), "{parent}");
        prop_assert_eq!(&first, &once());
    }
}
