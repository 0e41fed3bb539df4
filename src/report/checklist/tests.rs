use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::sample::{self, Sample};
use super::*;
use crate::finding::report::Counts;

fn text(sample: &Sample) -> String {
    render(&sample.input()).unwrap()
}

/// The part between two phrases.
fn part<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap();
    let rest = &text[start..];
    &rest[..rest[from.len()..].find(to).map_or(rest.len(), |end| end + from.len())]
}

#[test]
fn a_clean_run_is_ready_as_far_as_it_was_checked() {
    insta::assert_snapshot!(text(&Sample::clean()), @"
    # Disaster recovery checklist

    **Ready, as far as it was checked: nothing fails.** 10 resources against 7 rules: fail 0, unknown 0, waived 0, pass 14. Judged at 2026-03-01T12:00:00Z.

    ## Where it stands

    | | Practice | Status | Fail | Unknown | Waived | Pass |
    |---|---|---|---:|---:|---:|---:|
    | 1 | Every resource has a recovery objective | not checked | | | | |
    | 2 | Backup plans cover what they support | passes | 0 | 0 | 0 | 2 |
    | 3 | Critical buckets are versioned and replicated to another Region | passes | 0 | 0 | 0 | 4 |
    | 4 | Volumes and databases have scheduled snapshots, copied to another Region | not checked | | | | |
    | 5 | Templates are in version control, and restores from them are tested monthly | not checked | | | | |
    | 6 | Older backups move to colder storage | passes | 0 | 0 | 0 | 2 |
    | 7 | Failed backups raise an alarm | not checked | | | | |
    | 8 | Restores are validated quarterly, and a full drill is run yearly | not checked | | | | |
    ");
}

#[test]
fn the_verdict_never_calls_ready_what_was_not_decided_or_not_judged() {
    let mut sample = Sample::clean();
    sample.report.findings.push(sample::unknown());
    assert!(text(&sample).contains("**Not proved: nothing fails, and 1 verdict could not be decided.**"));
    sample.report.findings.clear();
    sample.report.rules.values_mut().for_each(|counts| *counts = Counts::default());
    assert!(text(&sample).contains("**Nothing was judged.**"));
    sample.report.errors.push("policy `x` overflowed".to_owned());
    assert!(text(&sample).contains("The picture is incomplete: see the end."));
    let everything = text(&Sample::everything());
    assert!(everything.contains("**Not ready: 1 critical, 1 high, 2 medium, 2 low to fix.**"));
}

#[test]
fn the_eight_points_show_the_worst_verdict_of_their_rules() {
    let text = text(&Sample::everything());
    insta::assert_snapshot!(part(&text, "| 1 |", "\n\n"), @"
    | 1 | Every resource has a recovery objective | not checked | | | | |
    | 2 | Backup plans cover what they support | nothing to judge | 0 | 0 | 0 | 0 |
    | 3 | Critical buckets are versioned and replicated to another Region | **fails** (high) | 2 | 1 | 1 | 3 |
    | 4 | Volumes and databases have scheduled snapshots, copied to another Region | not checked | | | | |
    | 5 | Templates are in version control, and restores from them are tested monthly | not checked | | | | |
    | 6 | Older backups move to colder storage | **fails** (low) | 2 | 1 | 0 | 0 |
    | 7 | Failed backups raise an alarm | not checked | | | | |
    | 8 | Restores are validated quarterly, and a full drill is run yearly | not checked | | | | |
    ");
}

#[test]
fn an_item_has_all_that_it_takes() {
    let text = text(&Sample::files());
    insta::assert_snapshot!(part(&text, "## High", "## Could"), @r#"
    ## High: a recovery would probably miss its objective

    ### 1. Versioning is enabled

    `s3-versioning-enabled`, high.

    - [ ] 1 resource
      - [ ] `Orders` at `stacks/app.yaml:5:15`: versioning is Suspended.
        - `stacks/app.yaml:2:3`: where \[it\] is declared

    **Why.** Without it the data is lost.
    Nobody notices.

    More of it.

    **How.** Turn it on. Then wait.

    For `Orders`:

    ```sh
    aws s3api put-s3-versioning-enabled --bucket Orders
    ```

    <details><summary>CloudFormation</summary>

    ```yaml
    Resources:
      Bucket:
        Type: AWS::S3::Bucket
    ```

    </details>

    <details><summary>Terraform</summary>

    ```hcl
    resource "aws_s3_bucket" "b" {}
    ```

    </details>

    **Verify.** Run `aws s3api get-bucket-versioning`.

    **Cost and risk.** Old versions are stored too.

    References: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
    "#);
}

#[test]
fn fixes_that_others_wait_for_come_first_and_say_why() {
    let mut sample = Sample::clean();
    sample.report.findings = vec![
        sample::live("s3-replication-enabled", Severity::Critical, "orders"),
        sample::live("s3-versioning-enabled", Severity::Medium, "orders"),
    ];
    let text = text(&sample);
    assert!(text.contains("`s3-versioning-enabled`, medium. It stands here because a critical fix waits for it."));
    assert!(text.contains("`s3-replication-enabled`, critical. Do first: 1."));
    assert!(text.find("### 1. Versioning").unwrap() < text.find("### 2. Bucket is replicated").unwrap());
    assert!(!text.contains("## Medium"));
}

#[test]
fn equal_commands_are_said_once_and_many_are_folded() {
    let mut sample = Sample::clean();
    let mut replace = |cli: &str| Arc::make_mut(&mut sample.rules[3]).guide.cli = Some(cli.to_owned());
    replace("aws s3 ls");
    sample.report.findings =
        (0..8).map(|i| sample::live("s3-versioning-enabled", Severity::Low, &format!("b{i}"))).collect();
    let once = text(&sample);
    assert_eq!(once.matches("aws s3 ls").count(), 1);
    assert!(once.contains("For `b0`, `b1`, `b2` and 5 more in eu-west-1, account 111122223333:"));
    let mut replace = |cli: &str| Arc::make_mut(&mut sample.rules[3]).guide.cli = Some(cli.to_owned());
    replace("aws s3 ls {{ resource.name }}");
    let each = text(&sample);
    assert_eq!(each.matches("aws s3 ls b").count(), 8);
    assert!(each.contains("<details><summary>Commands for 3 more</summary>"));
    let mut replace = |cli: &str| Arc::make_mut(&mut sample.rules[3]).guide.cli = Some(cli.to_owned());
    replace("aws s3 ls {{ resource.nothing }}");
    assert!(text(&sample).contains("fill in what stands between `{{ }}`:"));
}

#[test]
fn templates_are_filled_with_harmless_values_only() {
    let mut sample = Sample::clean();
    let guide = &mut Arc::make_mut(&mut sample.rules[3]).guide;
    guide.cloudformation = Some("BucketName: {{ resource.name }}".to_owned());
    guide.verify = "Run `aws s3 ls {{ resource.name }}`.".to_owned();
    for (name, shown) in [("orders.eu", "orders.eu"), (sample::HOSTILE, "FILL_IN"), ("unknown", "FILL_IN")] {
        sample.report.findings = vec![sample::live("s3-versioning-enabled", Severity::Low, name)];
        let text = text(&sample);
        assert!(text.contains(&format!("\nBucketName: {shown}\n")), "{text}");
        assert!(text.contains(&format!("Run `aws s3 ls {shown}`.")), "{text}");
    }
}

#[test]
fn hostile_names_stay_in_their_place() {
    let text = text(&Sample::everything());
    let outside_fences: Vec<&str> = {
        let mut fence: Option<usize> = None;
        text.lines()
            .filter(|line| {
                let ticks = line.chars().take_while(|c| *c == '`').count();
                match fence {
                    Some(open) if ticks >= open && line.trim_matches('`').is_empty() => {
                        fence = None;
                        false
                    }
                    Some(_) => false,
                    None if ticks >= 3 && !line[ticks..].contains('`') => {
                        fence = Some(ticks);
                        false
                    }
                    None => true,
                }
            })
            .collect()
    };
    // No heading, no tag, no link and no table row that is not ours.
    let headings: BTreeSet<&str> = outside_fences
        .iter()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(headings, BTreeSet::from(["#", "##", "###"]));
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    for line in outside_fences.iter().filter(|line| line.starts_with('|')) {
        let cells = line.replace("\\|", "").matches('|').count();
        assert!([6, 8].contains(&cells), "{line}");
    }
    assert!(text.contains(r"\<img src=x\> \[l\](http\://evil.example) \@<!-- -->team"));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(text(&Sample::everything()), text(&Sample::everything()));
    assert!(!text(&Sample::files()).contains("Judged at"));
}

#[test]
fn what_a_comment_accepts_stands_in_the_table_of_what_is_waived() {
    let text = render(&Sample::suppressed().input()).unwrap();
    let row =
        r"| `Logs` | `s3-versioning-enabled` | no last day | in source: `stacks/app.yaml:6` | gone by \| \*March\* |";
    assert!(text.contains(row), "{text}");
    let rows = text.lines().filter(|line| line.starts_with("| `Logs` | `vault-locked` |"));
    assert_eq!(rows.count(), 2, "its waiver and its suppression");
}

#[test]
fn what_is_new_comes_first_and_is_marked() {
    let text = render(&Sample::compared().input()).unwrap();
    assert!(text.contains("Since the baseline: new 1, unchanged 7, gone 1."), "{text}");
    let left_out = "Left out, in files that have not changed since `origin/main`: fail 1, unknown 0, waived 0.";
    assert!(text.contains(left_out), "{text}");
    assert_eq!(text.matches("**New:** ").count(), 1);
    let item: Vec<&str> = text.lines().filter(|line| line.starts_with("  - [ ] **New:** `Orders`")).collect();
    assert_eq!(item.len(), 1, "{text}");
}
