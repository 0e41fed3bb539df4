use super::super::{Outcome, read};
use crate::collect::files::FileOptions;
use crate::model::suppression::Suppression;

/// For each resource its suppressions as `rules@line`, and the stray ones.
fn handed(file: &str, text: &str) -> (Vec<String>, Vec<String>) {
    let Outcome::Template { resources, stray, .. } = read(&file.into(), text, &FileOptions::default()) else {
        panic!("not a template: {text}");
    };
    let one = |s: &Suppression| {
        let reason = s.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!("{}@{}{reason}", s.rules.join("+"), s.at.start.line)
    };
    let each = resources
        .iter()
        .filter(|resource| !resource.suppressions.is_empty())
        .map(|r| format!("{}: {}", r.id.id, r.suppressions.iter().map(one).collect::<Vec<_>>().join("; ")));
    (each.collect(), stray.iter().map(one).collect())
}

const TEXT: &str = "\
# backstop:ignore top at the head of the file
Parameters:
  P: {Type: String, Default: 'x # backstop:ignore quoted no'} # backstop:ignore p beside a parameter
Resources:
  # Text before it.
  # backstop:ignore above right above A
  # And behind it.
  A: # backstop:ignore header at its header
    # backstop:ignore inside within A
    Type: AWS::S3::Bucket
    Properties:
      BucketName: |
        # backstop:ignore text no comment
    # backstop:ignore deep behind its last value
  # backstop:ignore next, more above B
  B: {Type: AWS::S3::Bucket} # backstop:ignore flow at its only line

  # backstop:ignore alone with a blank line below

  C:
    Type: AWS::S3::Bucket
    Condition: Never # backstop:ignore gone with its resource
  L: {Type: AWS::Lambda::Function} # backstop:ignore lambda not read
  D: {Type: AWS::S3::Bucket}
    # backstop:ignore behind
# backstop:ignore end at the end
Conditions: {Never: !Equals [a, b]}
";

#[test]
fn comments_belong_to_the_resource_that_they_stand_in_or_above() {
    let (each, stray) = handed("t.yaml", TEXT);
    let expected = [
        "A: above@6 (right above A); header@8 (at its header); inside@9 (within A); deep@14 (behind its last value)",
        "B: next+more@15 (above B); flow@16 (at its only line)",
    ];
    assert_eq!(each, expected);
    let expected = [
        "top@1 (at the head of the file)",
        "p@3 (beside a parameter)",
        "alone@18 (with a blank line below)",
        "behind@25",
        "end@26 (at the end)",
        "lambda@23 (not read)",
    ];
    assert_eq!(stray, expected);
}

#[test]
fn a_block_text_keeps_what_looks_like_a_comment_and_ends_before_the_next_one() {
    let text = "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: >-\n        a\n\n  \
                # backstop:ignore b of B\n  B:\n    Type: AWS::S3::Bucket\n";
    assert_eq!(handed("t.yaml", text), (vec!["B: b@8 (of B)".to_owned()], Vec::new()));
    for end in ["\r\n", "\r"] {
        assert_eq!(handed("t.yaml", &text.replace('\n', end)), handed("t.yaml", text), "{end:?}");
    }
}

#[test]
fn metadata_says_the_same_in_json_and_in_yaml() {
    let entries = r#"[{"Rule": "a", "Reason": "why"}, {"Rule": ["b", "c"], "Reason": "- both"}, {"Rule": "d"}, {"Reason": "x"}, 7]"#;
    let json = format!(
        "{{\"Resources\": {{\"A\": {{\"Type\": \"AWS::S3::Bucket\",\n\"Metadata\": {{\"Backstop\": {{\"Ignore\": {entries}}}}}}},\n\
         \"B\": {{\"Type\": \"AWS::S3::Bucket\", \"Metadata\": {{\"Backstop\": {{\"Ignore\": {{\"Rule\": \"e\", \"Reason\": \"# backstop:ignore f g\"}}}}}}}}}}}}"
    );
    let expected =
        vec!["A: a@2 (why); b+c@2 (both); d@2; @2 (x); @2".to_owned(), "B: e@3 (# backstop:ignore f g)".into()];
    assert_eq!(handed("t.json", &json), (expected.clone(), Vec::new()));
    assert_eq!(handed("t.yaml", &json), (expected, Vec::new()));
    let yaml = "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Metadata: {Backstop: {ignore: []}, cfn-lint: {}}\n";
    assert_eq!(handed("t.yaml", yaml).0, ["A: @4"], "a slip is not silent");
}

#[test]
fn resources_that_share_a_line_share_no_comment() {
    let text = "Resources: {A: {Type: AWS::S3::Bucket}, B: {Type: AWS::S3::Bucket}} # backstop:ignore a b\n";
    assert_eq!(handed("t.yaml", text), (Vec::new(), vec!["a@1 (b)".to_owned()]));
    let text = "Resources:\n  {A: {Type: AWS::S3::Bucket,\n  # backstop:ignore a b\n  },\n  # backstop:ignore c d\n  \
                B: {Type: AWS::S3::Bucket}}\n";
    assert_eq!(handed("t.yaml", text).0, ["A: a@3 (b)", "B: c@5 (d)"]);
}
