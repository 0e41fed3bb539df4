//! What the parts of a plan mean, of small plans made by hand.

use serde_json::{Value as Json, json};

use super::*;
use crate::model::gap::GapKind;
use crate::model::position::{Point, Position};

/// A plan of these resources: address to the change of each and, where it is configured, its expressions.
fn plan(resources: Json) -> Json {
    let mut changes = Vec::new();
    let mut configured = Vec::new();
    for (address, one) in resources.as_object().unwrap() {
        let (kind, name) = address.split_once('.').unwrap();
        let name = name.split('[').next().unwrap();
        let mut change = one.clone();
        if change.get("actions").is_none() {
            change["actions"] = json!(["create"]);
        }
        if let Some(expressions) = change.as_object_mut().unwrap().remove("expressions") {
            configured.push(json!({
                "address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name,
                "provider_config_key": "aws", "expressions": expressions,
            }));
        }
        changes.push(json!({ "address": address, "mode": "managed", "type": kind, "name": name, "change": change }));
    }
    json!({
        "format_version": "1.2",
        "planned_values": {},
        "resource_changes": changes,
        "configuration": { "root_module": { "resources": configured } },
    })
}

pub(super) fn of(resources: Json) -> Vec<Resource> {
    super::resources(&plan(resources).to_string())
}

/// A new bucket `b` whose name is not known.
fn new_bucket() -> Json {
    json!({ "after": {}, "after_unknown": { "id": true, "arn": true, "bucket": true }, "expressions": {} })
}

/// What versioning of bucket `b` (or of its instances) comes of a resource of unknown bucket with these references.
fn versioning(references: Json, mut others: Json) -> Vec<Resource> {
    others["aws_s3_bucket_versioning.v"] = json!({
        "after": { "versioning_configuration": [{ "status": "Enabled" }] },
        "after_unknown": { "bucket": true, "versioning_configuration": [{ "mfa_delete": true }] },
        "expressions": {
            "bucket": { "references": references },
            "versioning_configuration": [{ "status": { "constant_value": "Enabled" } }],
        },
    });
    of(others)
}

fn broken(text: &str) -> Gap {
    match read(&Arc::from("plan.json"), text, &FileOptions::default(), &|_, _| None) {
        Outcome::Broken(gap) => gap,
        other => panic!("not broken: {other:?}"),
    }
}

#[test]
fn only_plans_are_read() {
    let other =
        |text: &str| matches!(read(&Arc::from("x.json"), text, &FileOptions::default(), &|_, _| None), Outcome::Other);
    assert!(other("{}") && other("") && other("[1]"));
    assert!(other(r#"{"format_version": "1.0", "values": {"root_module": {}}}"#), "a state is no plan");
    assert!(other(r#"{"a": "\"format_version\" \"planned_values\"", "format_version": 1, "planned_values": 1}"#));
    let gap = broken("{\"format_version\": \"1.2\",\n \"planned_values\": }");
    assert_eq!((gap.kind, &*gap.code, gap.at.as_ref().unwrap().start.line), (GapKind::BrokenFile, "BrokenPlan", 2));
    let gap = broken(r#"{"format_version": "2.0", "planned_values": {}}"#);
    assert!(gap.message.contains("`2.0`"));
}

#[test]
fn unknown_values_are_unknown_and_null_ones_are_not_there() {
    let all = of(json!({ "aws_s3_bucket.b": {
        "after": { "bucket": null, "versioning": [{ "enabled": null, "mfa_delete": true }], "tags": { "a": "b" } },
        "after_unknown": { "bucket": true, "versioning": [{ "enabled": true }], "tags": { "c": true } },
        "expressions": {
            "bucket": { "references": ["random_id.x.hex", "random_id.x"] },
            "versioning": [{ "enabled": { "references": ["random_id.x.hex"] }, "mfa_delete": { "constant_value": true } }],
            "tags": { "references": ["random_id.x.hex"] },
        },
    } }));
    let facts = bucket(&all, "aws_s3_bucket.b");
    assert_eq!(why(&facts.bucket_name), "`bucket` of `aws_s3_bucket.b` is known only when the plan is applied");
    assert!(facts.versioning.is_unknown() && facts.mfa_delete.is_true() && facts.policy.is_absent());
    let tags = &named(&all, "aws_s3_bucket.b").tags;
    assert!(tags.get("a").is_known() && tags.get("c").is_unknown() && tags.get("d").is_absent());
}

#[test]
fn a_block_that_is_not_written_may_be_made_by_dynamic() {
    let all = of(json!({ "aws_backup_plan.p": {
        "after": { "name": "p" }, "after_unknown": { "rule": true }, "expressions": { "name": { "constant_value": "p" } },
    } }));
    let Facts::Plan(plan) = &named(&all, "aws_backup_plan.p").facts else { panic!("no plan") };
    assert!(plan.rules.is_unknown());
}

#[test]
fn without_a_configuration_all_that_is_unknown_may_be_anything() {
    let text = r#"{"format_version": "1.0", "resource_changes": [{"address": "aws_s3_bucket.b", "mode": "managed",
        "type": "aws_s3_bucket", "name": "b", "change": {"actions": ["create"], "after": {"bucket": "b"},
        "after_unknown": {"versioning": true, "tags_all": true}}}]}"#;
    let all = resources(text);
    assert!(bucket(&all, "aws_s3_bucket.b").versioning.is_unknown());
    assert!(named(&all, "aws_s3_bucket.b").tags.get("x").is_unknown());
}

#[test]
fn tags_that_a_provider_gives_are_not_none() {
    let mut plan = plan(json!({ "aws_s3_bucket.b": {
        "after": { "tags": null }, "after_unknown": { "tags_all": true }, "expressions": {},
    } }));
    let default = json!({ "region": { "constant_value": "eu-west-1" }, "default_tags": [{ "tags": { "references": ["var.x"] } }] });
    plan["configuration"]["provider_config"] = json!({ "aws": { "name": "aws", "expressions": default } });
    let all = resources(&plan.to_string());
    assert!(named(&all, "aws_s3_bucket.b").tags.get("x").is_unknown());
    plan["configuration"]["provider_config"]["aws"]["expressions"].as_object_mut().unwrap().remove("default_tags");
    assert!(named(&resources(&plan.to_string()), "aws_s3_bucket.b").tags.get("x").is_absent());
}

#[test]
fn an_unknown_name_is_that_of_the_one_resource_it_refers_to() {
    let whole = json!(["aws_s3_bucket.b.id", "aws_s3_bucket.b"]);
    // Terraform 0.12 to 0.14 leave the attribute out.
    for references in [whole, json!(["aws_s3_bucket.b"])] {
        let all = versioning(references.clone(), json!({ "aws_s3_bucket.b": new_bucket() }));
        assert!(bucket(&all, "aws_s3_bucket.b").versioning.is_known(), "{references}");
    }
}

#[test]
fn an_unknown_name_that_may_be_made_of_more_is_nobodys() {
    let two = json!({ "aws_s3_bucket.b": new_bucket(), "aws_s3_bucket.c": new_bucket() });
    for references in [
        json!(["aws_s3_bucket.b.id", "aws_s3_bucket.b", "aws_s3_bucket.c.id", "aws_s3_bucket.c"]),
        json!(["aws_s3_bucket.b.id", "aws_s3_bucket.b", "random_id.x.hex", "random_id.x"]),
        json!(["aws_s3_bucket.b.id", "aws_s3_bucket.b", "local.x"]),
        json!(["aws_s3_bucket.b.id", "aws_s3_bucket.b", "data.aws_region.r.name", "data.aws_region.r"]),
        json!(["aws_s3_bucket.b.bucket_domain_name", "aws_s3_bucket.b"]),
        json!(["local.x"]),
        json!(["var.x"]),
        json!(["each.value"]),
        json!([]),
    ] {
        let all = versioning(references.clone(), two.clone());
        assert!(bucket(&all, "aws_s3_bucket.b").versioning.is_unknown(), "{references}");
        assert!(bucket(&all, "aws_s3_bucket.c").versioning.is_unknown(), "{references}");
    }
}

#[test]
fn a_name_that_is_unknown_though_the_resource_s_is_known_is_another() {
    let known = json!({ "after": { "bucket": "b", "id": "b" }, "after_unknown": {}, "expressions": {} });
    let all = versioning(json!(["aws_s3_bucket.b.id", "aws_s3_bucket.b"]), json!({ "aws_s3_bucket.b": known }));
    assert!(bucket(&all, "aws_s3_bucket.b").versioning.is_unknown());
}

#[test]
fn the_only_instance_is_meant_by_a_reference_without_a_key() {
    let one = json!({ "aws_s3_bucket.b[0]": new_bucket() });
    let all = versioning(json!(["aws_s3_bucket.b"]), one);
    assert!(bucket(&all, "aws_s3_bucket.b[0]").versioning.is_known());
    let two = json!({ "aws_s3_bucket.b[0]": new_bucket(), "aws_s3_bucket.b[1]": new_bucket() });
    let all = versioning(json!(["aws_s3_bucket.b"]), two.clone());
    assert!(bucket(&all, "aws_s3_bucket.b[0]").versioning.is_unknown());
    let all = versioning(json!(["aws_s3_bucket.b[1].id", "aws_s3_bucket.b[1]", "aws_s3_bucket.b"]), two);
    assert!(bucket(&all, "aws_s3_bucket.b[1]").versioning.is_known());
    assert!(bucket(&all, "aws_s3_bucket.b[0]").versioning.is_absent());
}

#[test]
fn buckets_that_replicate_by_their_keys_may_replicate_to_each_other() {
    let replication = |index: usize| {
        json!({
            "after": { "bucket": format!("b{index}"), "rule": [{ "status": "Enabled", "destination": [{}] }] },
            "after_unknown": { "rule": [{ "destination": [{ "bucket": true }] }] },
            "expressions": {
                "bucket": { "references": ["aws_s3_bucket.b", "count.index"] },
                "rule": [{ "destination": [{ "bucket": { "references": ["aws_s3_bucket.b", "count.index"] } }] }],
            },
        })
    };
    let named_bucket = |index: usize| json!({ "after": { "bucket": format!("b{index}") }, "after_unknown": { "id": true, "arn": true }, "expressions": {} });
    let all = of(json!({
        "aws_s3_bucket.b[0]": named_bucket(0), "aws_s3_bucket.b[1]": named_bucket(1),
        "aws_s3_bucket_replication_configuration.r[0]": replication(0),
        "aws_s3_bucket_replication_configuration.r[1]": replication(1),
    }));
    let rules = bucket(&all, "aws_s3_bucket.b[0]").replication.value().unwrap().rules.value().unwrap();
    assert!(rules[0].destination.bucket.target.is_none() && rules[0].destination.bucket.text.is_unknown());
}

#[test]
fn each_value_is_the_resource_that_for_each_goes_over() {
    let instance =
        |name: &str| json!({ "after": { "bucket": name }, "after_unknown": { "id": true }, "expressions": {} });
    let split = |status: &str| {
        json!({
            "after": { "versioning_configuration": [{ "status": status }] }, "after_unknown": { "bucket": true },
            "expressions": { "bucket": { "references": ["each.value.id", "each.value"] } },
        })
    };
    let mut plan = plan(json!({
        "aws_s3_bucket.b[\"x\"]": instance("x"), "aws_s3_bucket.b[\"y\"]": instance("y"),
        "aws_s3_bucket_versioning.v[\"x\"]": split("Enabled"), "aws_s3_bucket_versioning.v[\"y\"]": split("Suspended"),
    }));
    for resource in plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap() {
        resource["for_each_expression"] = json!({ "references": ["aws_s3_bucket.b"] });
    }
    let all = resources(&plan.to_string());
    assert_eq!(bucket(&all, "aws_s3_bucket.b[\"x\"]").versioning.value().unwrap(), "Enabled");
    assert_eq!(bucket(&all, "aws_s3_bucket.b[\"y\"]").versioning.value().unwrap(), "Suspended");
}

#[test]
fn what_is_forgotten_stays_and_what_is_deposed_says_nothing() {
    let mut plan = plan(json!({
        "aws_s3_bucket.f": { "actions": ["forget"], "before": { "bucket": "f" }, "after": null },
        "aws_s3_bucket.r": { "actions": ["create", "delete"], "before": { "bucket": "old" }, "after": { "bucket": "new" } },
    }));
    let mut deposed = plan["resource_changes"][1].clone();
    deposed["deposed"] = json!("ab12");
    deposed["change"] = json!({ "actions": ["delete"], "before": { "bucket": "older" }, "after": null });
    plan["resource_changes"].as_array_mut().unwrap().insert(0, deposed);
    let all = resources(&plan.to_string());
    let name = |address: &str| bucket(&all, address).bucket_name.value().unwrap().clone();
    let there = all.iter().filter(|resource| &*resource.id.kind == "AWS::S3::Bucket").count();
    assert_eq!((there, name("aws_s3_bucket.f"), name("aws_s3_bucket.r")), (2, "f".into(), "new".into()));
}

#[test]
fn what_is_deferred_may_not_be_there() {
    let mut plan = plan(json!({ "aws_s3_bucket.b": { "after": { "bucket": "b" } } }));
    plan["deferred_changes"] = json!([{ "reason": "instance_count_unknown", "resource_change": {
        "address": "aws_s3_bucket_versioning.v[*]", "mode": "managed", "type": "aws_s3_bucket_versioning", "name": "v",
        "index_unknown": true,
        "change": { "actions": ["create"], "after": { "bucket": "b", "versioning_configuration": [{ "status": "Enabled" }] } },
    } }]);
    let (all, gaps) = parts(&plan.to_string());
    assert!(bucket(&all, "aws_s3_bucket.b").versioning.is_unknown() && gaps.len() == 1);
}

#[test]
fn planned_values_alone_do_not_say_what_is_unknown() {
    let module = |resources: Json, children: Json| json!({ "resources": resources, "child_modules": children });
    let one = |address: &str, values: Json| {
        json!({
            "address": address, "mode": "managed", "type": "aws_s3_bucket", "name": "b", "values": values,
        })
    };
    let inner = json!([{ "address": "module.a.module.b", "resources": [one("module.a.module.b.aws_s3_bucket.b", json!({ "bucket": "x", "policy": null }))] }]);
    let outer = json!([{ "address": "module.a", "child_modules": inner }]);
    let plan = json!({ "format_version": "0.1", "planned_values": { "root_module": module(json!([one("aws_s3_bucket.b", json!({}))]), outer) } });
    let all = resources(&plan.to_string());
    assert!(bucket(&all, "aws_s3_bucket.b").versioning.is_unknown());
    let inner = bucket(&all, "module.a.module.b.aws_s3_bucket.b");
    assert!(inner.bucket_name.value().unwrap() == "x" && inner.policy.is_unknown());
}

#[test]
fn the_first_format_is_read() {
    let plan = json!({
        "format_version": "0.1", "terraform_version": "0.12.31",
        "planned_values": { "root_module": {} },
        "resource_changes": [
            { "address": "module.m.aws_s3_bucket.b", "module_address": "module.m", "mode": "managed", "type": "aws_s3_bucket", "name": "b",
              "change": { "actions": ["create"], "after": { "bucket": "b", "versioning": [{ "enabled": true, "mfa_delete": false }] },
                          "after_unknown": { "id": true, "arn": true, "versioning": [{}] } } },
            { "address": "aws_backup_selection.s", "mode": "managed", "type": "aws_backup_selection", "name": "s",
              "change": { "actions": ["create"], "after": { "name": "s", "resources": null }, "after_unknown": { "plan_id": true } } },
            { "address": "aws_backup_plan.p", "mode": "managed", "type": "aws_backup_plan", "name": "p",
              "change": { "actions": ["create"], "after": { "name": "p", "rule": [] }, "after_unknown": { "id": true } } },
        ],
        "configuration": {
            "provider_config": { "aws": { "name": "aws", "expressions": { "region": { "constant_value": "eu-west-1" } } } },
            "root_module": {
                "resources": [
                    { "address": "aws_backup_selection.s", "mode": "managed", "type": "aws_backup_selection", "name": "s",
                      "provider_config_key": "aws", "expressions": { "plan_id": { "references": ["aws_backup_plan.p"] }, "name": { "constant_value": "s" } } },
                    { "address": "aws_backup_plan.p", "mode": "managed", "type": "aws_backup_plan", "name": "p",
                      "provider_config_key": "aws", "expressions": { "name": { "constant_value": "p" } } },
                ],
                "module_calls": { "m": { "source": "./m", "module": { "resources": [
                    { "address": "aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket", "name": "b", "provider_config_key": "m:aws",
                      "expressions": { "versioning": [{ "enabled": { "constant_value": true } }] } },
                ] } } },
            },
        },
    });
    let all = resources(&plan.to_string());
    let id = &named(&all, "module.m.aws_s3_bucket.b").id;
    assert_eq!(id.region.as_deref(), Some("eu-west-1"), "there is no other provider");
    assert_eq!(bucket(&all, "module.m.aws_s3_bucket.b").versioning.value().unwrap(), "Enabled");
    let Facts::Selection(selection) = &named(&all, "aws_backup_selection.s").facts else { panic!("no selection") };
    assert_eq!(target(&selection.plan), "aws_backup_plan.p");
}

#[test]
fn providers_say_region_and_account() {
    let mut plan = plan(json!({ "aws_s3_bucket.b": { "after": { "bucket": "b" }, "expressions": {} } }));
    plan["variables"] = json!({ "area": { "value": "eu" }, "region": { "value": "eu-west-3" } });
    let mut place = |expressions: Json, more: Json| {
        plan["configuration"]["provider_config"] = json!({ "aws": { "name": "aws", "expressions": expressions } });
        plan["configuration"]["provider_config"]["aws"]
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let id = named(&resources(&plan.to_string()), "aws_s3_bucket.b").id.clone();
        (id.region.map(|it| it.to_string()), id.account.map(|it| it.to_string()))
    };
    let role = json!([{ "role_arn": { "constant_value": "arn:aws:iam::111122223333:role/deploy" } }]);
    let by_variable = json!({ "references": ["var.region"] });
    assert_eq!(
        place(json!({ "region": by_variable, "assume_role": role }), json!({})),
        (Some("eu-west-3".into()), Some("111122223333".into()))
    );
    let allowed = json!({ "constant_value": ["444455556666"] });
    assert_eq!(place(json!({ "allowed_account_ids": allowed }), json!({})), (None, Some("444455556666".into())));
    let part = json!({ "references": ["var.area"] });
    assert_eq!(place(json!({ "region": part }), json!({})), (None, None), "the area is no Region");
    assert_eq!(
        place(json!({ "region": by_variable }), json!({ "module_address": "module.m" })),
        (None, None),
        "it is another variable"
    );
}

#[test]
fn places_are_in_the_plan_or_in_the_source_beside_it() {
    let text = serde_json::to_string_pretty(&plan(json!({ "aws_s3_bucket.b": {
        "after": { "bucket": "b", "versioning": [{ "enabled": true }] },
        "expressions": { "versioning": [{ "enabled": { "constant_value": true } }] },
    } })))
    .unwrap();
    let all = resources(&text);
    let line = |needle: &str| u32::try_from(text.lines().position(|line| line.contains(needle)).unwrap() + 1).unwrap();
    let at = bucket(&all, "aws_s3_bucket.b").versioning.at.clone().unwrap();
    assert_eq!((&*at.file, at.start.line), ("plan.json", line("\"enabled\": true")));
    let crate::model::resource::Origin::Declared { header, .. } = &named(&all, "aws_s3_bucket.b").origin else {
        panic!()
    };
    assert_eq!(header.start.line, line("\"address\": \"aws_s3_bucket.b\""));
    assert_eq!(bucket(&all, "aws_s3_bucket.b").lifecycle.at.as_ref(), Some(header), "what is missing is missing there");

    let locate = |address: &str, path: &[String]| {
        let line = match (address, path.join(".").as_str()) {
            ("aws_s3_bucket.b", "") => 1,
            ("aws_s3_bucket.b", "versioning.0.enabled") => 5,
            _ => return None,
        };
        let point = Point { line, column: 1 };
        Some(Arc::new(Position { file: "main.tf".into(), start: point, end: point }))
    };
    let Outcome::Plan { resources, .. } = read(&Arc::from("plan.json"), &text, &FileOptions::default(), &locate) else {
        panic!()
    };
    let facts = bucket(&resources, "aws_s3_bucket.b");
    let place = |at: &Option<Arc<Position>>| at.as_ref().map(|at| (at.file.to_string(), at.start.line)).unwrap();
    assert_eq!(place(&facts.versioning.at), ("main.tf".into(), 5));
    assert_eq!(place(&facts.bucket_name.at), ("main.tf".into(), 1), "what the source does not show is in the block");
    assert_eq!(place(&facts.lifecycle.at), ("main.tf".into(), 1));
}

#[test]
fn parts_that_are_sensitive_are_hidden_and_the_rest_is_not() {
    let all = of(json!({ "aws_s3_bucket.b": {
        "after": { "bucket": "b", "tags": { "a": "open", "b": "closed" }, "policy": "{}" },
        "after_sensitive": { "tags": { "b": true }, "policy": true }, "expressions": {},
    }, "aws_s3_bucket.c": { "after": { "bucket": "closed" }, "after_sensitive": true, "expressions": {} } }));
    let tags = &named(&all, "aws_s3_bucket.b").tags;
    assert!(tags.get("a").is_known() && tags.get("b").is_unknown());
    assert!(
        bucket(&all, "aws_s3_bucket.b").policy.is_unknown() && bucket(&all, "aws_s3_bucket.c").versioning.is_unknown()
    );
    assert!(!serde_json::to_string(&all).unwrap().contains("closed"));
}
