use jiff::SignedDuration;

use super::*;

fn mistake(text: &str) -> String {
    let errors = parse("backstop.toml", text).unwrap_err();
    format!("{:?}", miette::Report::new(errors))
}

#[test]
fn an_empty_file_gives_the_defaults() {
    assert_eq!(parse("backstop.toml", "").unwrap(), Settings::default());
}

#[test]
fn every_key_is_read() {
    let text = r#"
recovery-regions = ["eu-central-1"]
recovery-accounts = ["444455556666"]
allowed-regions = ["eu-west-1", "eu-central-1"]
grace = "90m"
job-success-threshold = 95
complete = true
tier-tag = "dr"
default-tier = "gold"
backup-buckets = ["vault-*"]
waivers = "waivers"

[tiers.gold]
rpo = "1h"
long-retention = "none"
drill = "26w"
customer-key = true

[tiers.critical]
rto = "1d 12h"

[[tier-map]]
tier = "gold"
account = "111122223333"
type = "AWS::S3::Bucket"
arn = "arn:aws:s3:::orders-*"

[[external-paths]]
name = "nightly dump"
resources = ["arn:aws:rds:*:*:db:*"]
schedule = "cron(0 3 * * ? *)"
retention = "30d"

[[ignore]]
path = "vendor/**"

[rules.s3-mfa-delete-enabled]
disable = true

[rules.s3-versioning-enabled]
severity = "critical"
"#;
    let settings = parse("backstop.toml", text).unwrap();
    assert_eq!(settings.recovery_regions, ["eu-central-1"]);
    assert_eq!(settings.job_success_threshold, 95);
    assert_eq!(settings.grace, Some(SignedDuration::from_mins(90)));
    assert!(settings.complete);
    let gold = &settings.tiers["gold"];
    assert_eq!((gold.rpo, gold.long_retention), (SignedDuration::from_hours(1), None));
    assert_eq!(gold.drill, Some(SignedDuration::from_hours(24 * 7 * 26)));
    assert!(gold.customer_key && gold.cross_region, "a new tier starts as `standard`");
    let critical = &settings.tiers["critical"];
    assert_eq!((critical.rto, critical.rpo), (SignedDuration::from_hours(36), SignedDuration::from_hours(4)));
    assert!(settings.rules["s3-mfa-delete-enabled"].disabled);
    assert_eq!(settings.ignore, ["vendor/**"]);
    assert_eq!(settings.external_paths[0].name, "nightly dump");
    assert_eq!(settings.tier_map[0].kind.as_deref(), Some("AWS::S3::Bucket"));
}

#[test]
fn a_new_tier_starts_from_the_users_standard_wherever_its_name_stands() {
    let text = "[tiers.archive]\nrto = \"9h\"\n[tiers.zeta]\nrto = \"9h\"\n[tiers.standard]\nretention = \"90d\"\n";
    let settings = parse("backstop.toml", text).unwrap();
    assert_eq!(settings.tiers["archive"], settings.tiers["zeta"]);
    assert_eq!(settings.tiers["archive"].retention, SignedDuration::from_hours(24 * 90));
    let untouched = Settings::default().tiers["untagged"].retention;
    assert_eq!(settings.tiers["untagged"].retention, untouched, "a built-in tier keeps its own base");
}

#[test]
fn an_unknown_key_is_named_with_the_nearest_known_one_and_its_line() {
    let text = mistake("[tiers.gold]\nrop = \"1h\"\n");
    assert!(text.contains("unknown key `rop`") && text.contains("did you mean `rpo`?"), "{text}");
    assert!(text.contains("backstop.toml:2:1"), "{text}");
    let text = mistake("recovery-region = []\n");
    assert!(text.contains("did you mean `recovery-regions`?"), "{text}");
}

#[test]
fn wrong_values_are_named() {
    for (text, wanted) in [
        ("grace = \"soon\"", "a duration such as"),
        ("grace = \"-4h\"", "a duration such as"),
        ("grace = \"99999999d\"", "a duration such as"),
        ("grace = 4", "expected a string"),
        ("default-tier = \"gold\"", "no tier is named `gold`"),
        ("[[tier-map]]\ntier = \"gold\"", "no tier is named `gold`"),
        ("recovery-accounts = [\"prod\"]", "account ids have twelve digits"),
        ("[rules.x]\nseverity = \"urgent\"", "`urgent` is no severity"),
        ("[[ignore]]\npath = \"a{\"", "is no path pattern"),
        ("complete = yes", "backstop.toml:1"),
        ("a = 1\na = 2", "duplicate key"),
    ] {
        let said = mistake(text);
        assert!(said.contains(wanted), "{text}: {said}");
    }
}

#[test]
fn the_nearest_file_upwards_counts() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("a/b");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::write(folder.path().join(FILE_NAME), "complete = true").unwrap();
    let (settings, file) = load(None, &below).unwrap();
    assert!(settings.complete);
    assert_eq!(file, Some(folder.path().join(FILE_NAME)));
    assert!(load(Some(&folder.path().join("none.toml")), &below).is_err());
}

#[test]
fn more_than_all_jobs_cannot_succeed() {
    assert!(mistake("job-success-threshold = 101").contains("`101` is no share"));
}
