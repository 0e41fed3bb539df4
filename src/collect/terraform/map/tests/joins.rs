use super::*;

/// Whether `b` is versioned, given what stands beside it; `aws_s3_bucket.b` may be given, too.
fn versioning(mut beside: Json) -> Fact<String> {
    if beside.get("aws_s3_bucket.b").is_none() {
        beside["aws_s3_bucket.b"] = json!({ "bucket": "b" });
    }
    bucket(&mapped(beside), "aws_s3_bucket.b").versioning.clone()
}

fn status(bucket: Json, status: &str) -> Json {
    json!({ "bucket": bucket, "versioning_configuration": [{ "status": status }] })
}

#[test]
fn a_reference_or_the_bucket_s_own_name_joins() {
    for means in [json!({ "$": "aws_s3_bucket.b.id" }), json!({ "$": "aws_s3_bucket.b.bucket" }), json!("b")] {
        let fact = versioning(json!({ "aws_s3_bucket_versioning.v": status(means.clone(), "Enabled") }));
        assert_eq!(fact.value().map(String::as_str), Some("Enabled"), "{means}");
    }
    let fact = versioning(json!({ "aws_s3_bucket_versioning.v": status(json!("other"), "Enabled") }));
    assert!(fact.is_absent());
}

#[test]
fn instances_are_joined_each_to_its_own() {
    let all = mapped(json!({
        "aws_s3_bucket.b[0]": {},
        "aws_s3_bucket.b[1]": {},
        "aws_s3_bucket_versioning.v[1]": status(json!({ "$": "aws_s3_bucket.b[1].id" }), "Enabled"),
        "module.m[\"x\"].aws_s3_bucket.b": {},
        "module.m[\"y\"].aws_s3_bucket.b": {},
        "aws_s3_bucket_versioning.w": status(json!({ "$": "module.m[\"y\"].aws_s3_bucket.b.id" }), "Enabled"),
    }));
    let versioned = |address: &str| bucket(&all, address).versioning.is_known();
    assert!(!versioned("aws_s3_bucket.b[0]") && versioned("aws_s3_bucket.b[1]"));
    assert!(!versioned("module.m[\"x\"].aws_s3_bucket.b") && versioned("module.m[\"y\"].aws_s3_bucket.b"));
}

#[test]
fn what_may_be_meant_for_it_leaves_it_unknown() {
    let maybe = [
        status(json!({ "?": "variable `x`" }), "Enabled"),
        status(json!({ "?": "variable `x`", "yes": "b", "no": "c" }), "Enabled"),
        json!({ "exists": null, "bucket": "b", "versioning_configuration": [{ "status": "Enabled" }] }),
        json!({ "versioning_configuration": [{ "status": "Enabled" }] }),
    ];
    for body in maybe {
        let fact = versioning(json!({ "aws_s3_bucket_versioning.v": body.clone() }));
        assert!(fact.is_unknown(), "{body}");
    }
    let both = json!({ "?": "variable `x`", "yes": "b", "no": { "$": "aws_s3_bucket.b.id" } });
    assert!(versioning(json!({ "aws_s3_bucket_versioning.v": status(both, "Enabled") })).is_known());
    let neither = json!({ "?": "variable `x`", "yes": "c", "no": "d" });
    assert!(versioning(json!({ "aws_s3_bucket_versioning.v": status(neither, "Enabled") })).is_absent());
}

#[test]
fn what_holds_whether_it_is_meant_or_not_is_known() {
    let fact = versioning(json!({
        "aws_s3_bucket_versioning.v": status(json!("b"), "Enabled"),
        "aws_s3_bucket_versioning.w": status(json!({ "?": "variable `x`" }), "Enabled"),
    }));
    assert!(fact.is_known());
    let off = versioning(json!({ "aws_s3_bucket_versioning.v": status(json!({ "?": "variable `x`" }), "Disabled") }));
    assert!(off.is_absent(), "it is off either way");
}

#[test]
fn a_name_that_is_not_known_may_be_any() {
    let fact = versioning(json!({
        "aws_s3_bucket.b": { "bucket": { "?": "variable `name`" } },
        "aws_s3_bucket_versioning.v": status(json!("b"), "Enabled"),
    }));
    assert_eq!(why(&fact), "variable `name`");
    let made =
        versioning(json!({ "aws_s3_bucket.b": {}, "aws_s3_bucket_versioning.v": status(json!("b"), "Enabled") }));
    assert!(made.is_absent(), "nobody can know the name that Terraform will make");
}

#[test]
fn two_that_agree_are_known_and_two_that_do_not_are_not() {
    let two = |one: &str, other: &str| {
        versioning(json!({
            "aws_s3_bucket_versioning.v": status(json!("b"), one),
            "aws_s3_bucket_versioning.w": status(json!("b"), other),
        }))
    };
    assert!(two("Enabled", "Enabled").is_known());
    assert!(why(&two("Enabled", "Suspended")).contains("no certain order"));
    let inline = versioning(json!({
        "aws_s3_bucket.b": { "bucket": "b", "versioning": [{ "enabled": true }] },
        "aws_s3_bucket_versioning.v": status(json!("b"), "Suspended"),
    }));
    assert!(inline.is_unknown());
}

#[test]
fn a_broken_file_may_hold_what_is_missing() {
    let mut root = root(json!({
        "aws_s3_bucket.b": { "bucket": "b" },
        "aws_s3_bucket_versioning.v": status(json!("b"), "Enabled"),
    }));
    root.gaps.push(broken("infra/x.tf"));
    let all = resources(&root);
    let facts = bucket(&all, "aws_s3_bucket.b");
    assert!(facts.versioning.is_known(), "what is said is said");
    assert_eq!(why(&facts.lifecycle), "`infra/x.tf` could not be read");
    assert!(facts.encryption.is_unknown() && facts.public_access_block.is_unknown() && facts.policy.is_unknown());
}

#[test]
fn a_module_that_was_not_read_may_say_more_of_what_it_was_given() {
    let mut root = root(json!({ "aws_s3_bucket.a": {}, "aws_s3_bucket.b": {} }));
    root.handed_out.insert("aws_s3_bucket.b".into(), "module `m` is not there".into());
    let all = resources(&root);
    assert!(bucket(&all, "aws_s3_bucket.a").versioning.is_absent());
    assert_eq!(why(&bucket(&all, "aws_s3_bucket.b").versioning), "module `m` is not there");
}

#[test]
fn what_a_plan_destroys_is_not_there_and_says_nothing() {
    let mut root = root(json!({
        "aws_s3_bucket.a": { "bucket": "a" },
        "aws_s3_bucket.b": { "bucket": "b" },
        "aws_s3_bucket_versioning.v": status(json!("b"), "Enabled"),
    }));
    for block in root.blocks.iter_mut().filter(|block| &*block.address != "aws_s3_bucket.b") {
        block.change = Change::Destroyed { emptied: Some(false) };
    }
    let all = resources(&root);
    let there: Vec<_> = all.iter().map(|resource| (&*resource.id.kind, &*resource.id.id)).collect();
    assert_eq!(there, [("AWS::S3::Bucket", "aws_s3_bucket.b"), ("Terraform::PlannedChange", "aws_s3_bucket.a")]);
    assert!(bucket(&all, "aws_s3_bucket.b").versioning.is_absent());
}

#[test]
fn names_of_vaults_count_in_their_region() {
    let lock = |region: Option<&str>| {
        let all = mapped(json!({
            "aws_backup_vault.here": { "name": "v", "region": "eu-west-1" },
            "aws_backup_vault.there": { "name": "v", "region": region },
            "aws_backup_vault_lock_configuration.l": {
                "backup_vault_name": "v", "region": "eu-west-1", "min_retention_days": 7,
            },
        }));
        ["aws_backup_vault.here", "aws_backup_vault.there"].map(|address| {
            let Facts::Vault(vault) = &named(&all, address).facts else { panic!("no vault") };
            vault.lock.clone()
        })
    };
    let [here, there] = lock(Some("eu-central-1"));
    assert!(here.is_known() && there.is_absent());
    let [here, there] = lock(None);
    assert!(here.is_known() && there.is_unknown());
}
