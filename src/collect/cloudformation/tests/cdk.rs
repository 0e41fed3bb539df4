//! Cloud assemblies of the AWS CDK.

use super::*;
use crate::model::resource::Origin;

const STACK: &str = r#"{
 "Resources": {
  "Bucket83908E77": {
   "Type": "AWS::S3::Bucket",
   "Properties": {"BucketName": {"Fn::Sub": "data-${AWS::AccountId}-${AWS::Region}"}},
   "Metadata": {"aws:cdk:path": "MyStack/Bucket/Resource"}
  },
  "NestedStackResource": {
   "Type": "AWS::CloudFormation::Stack",
   "Properties": {
    "TemplateURL": {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}, "/assets/abc.json"]]},
    "Parameters": {"referencetoBucketRef": {"Ref": "Bucket83908E77"}}
   },
   "Metadata": {
    "aws:cdk:path": "MyStack/Nested.NestedStack/Nested.NestedStackResource",
    "aws:asset:path": "MyStackNested.nested.template.json",
    "aws:asset:property": "TemplateURL"
   }
  },
  "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Condition": "CDKMetadataAvailable", "Properties": {"Analytics": "v2:deflate64:x"}}
 },
 "Conditions": {"CDKMetadataAvailable": {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}]}},
 "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}},
 "Rules": {"CheckBootstrapVersion": {"Assertions": [{"Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2"], {"Ref": "BootstrapVersion"}]}]}, "AssertDescription": "old"}]}}
}"#;

const NESTED: &str = r#"{
 "Parameters": {"referencetoBucketRef": {"Type": "String"}},
 "Resources": {
  "Logs": {
   "Type": "AWS::S3::Bucket",
   "Properties": {"LoggingConfiguration": {"DestinationBucketName": {"Ref": "referencetoBucketRef"}}},
   "Metadata": {"aws:cdk:path": "MyStack/Nested/Logs/Resource"}
  }
 }
}"#;

fn manifest(environment: &str) -> String {
    format!(
        r#"{{"version": "48.0.0", "artifacts": {{
 "MyStack.assets": {{"type": "cdk:asset-manifest", "properties": {{"file": "MyStack.assets.json"}}}},
 "Other": {{"type": "aws:cloudformation:stack", "environment": "aws://444455556666/us-east-2", "properties": {{"templateFile": "Other.template.json"}}}},
 "MyStack": {{"type": "aws:cloudformation:stack", "environment": "{environment}",
  "properties": {{"templateFile": "MyStack.template.json", "tags": {{"team": "a"}}, "parameters": {{"Given": "x"}}}}}}
}}}}"#
    )
}

fn assembly(environment: &str, options: &FileOptions) -> Vec<Resource> {
    let manifest = manifest(environment);
    let files = [
        ("cdk.out/MyStack.template.json", STACK),
        ("cdk.out/MyStackNested.nested.template.json", NESTED),
        ("cdk.out/manifest.json", &manifest),
    ];
    let (all, gaps, nested) = stack_with(&files, options);
    assert!(gaps.is_empty(), "{gaps:?}");
    assert_eq!(nested, ["cdk.out/MyStackNested.nested.template.json"]);
    all
}

#[test]
fn a_stack_has_the_place_and_tags_that_its_manifest_says() {
    let all = assembly("aws://111122223333/eu-west-1", &FileOptions::default());
    assert_eq!(ids(&all), ["Bucket83908E77", "NestedStackResource.Logs"]);
    for resource in &all {
        let place = (resource.id.account.as_deref(), resource.id.region.as_deref());
        assert_eq!(place, (Some("111122223333"), Some("eu-west-1")));
        assert_eq!(resource.tags.get("team").value().unwrap(), "a");
    }
    assert_eq!(bucket(named(&all, "Bucket83908E77")).bucket_name.value().unwrap(), "data-111122223333-eu-west-1");
}

#[test]
fn what_the_manifest_leaves_open_is_the_users_or_unknown() {
    let all = assembly("aws://unknown-account/unknown-region", &FileOptions::default());
    assert_eq!((&all[0].id.account, &all[0].id.region), (&None, &None));
    assert!(bucket(named(&all, "Bucket83908E77")).bucket_name.is_unknown());
    let options = FileOptions {
        account: Some("444455556666".to_owned()),
        region: Some("us-east-1".to_owned()),
        ..FileOptions::default()
    };
    let all = assembly("aws://unknown-account/eu-west-1", &options);
    assert_eq!((all[0].id.account.as_deref(), all[0].id.region.as_deref()), (Some("444455556666"), Some("eu-west-1")));
}

#[test]
fn resources_are_known_by_their_constructs() {
    let all = assembly("aws://111122223333/eu-west-1", &FileOptions::default());
    let address = |id: &str| match &named(&all, id).origin {
        Origin::Declared { address, header } => (address.to_string(), header.file.to_string()),
        Origin::Live => panic!(),
    };
    assert_eq!(address("Bucket83908E77"), ("MyStack/Bucket/Resource".to_owned(), "cdk.out/MyStack.template.json".to_owned()));
    assert_eq!(
        address("NestedStackResource.Logs"),
        ("MyStack/Nested/Logs/Resource".to_owned(), "cdk.out/MyStackNested.nested.template.json".to_owned())
    );
    assert_eq!(&*named(&all, "NestedStackResource.Logs").name, "MyStack/Nested/Logs/Resource");
    let target = bucket(named(&all, "NestedStackResource.Logs")).logging_target.value().unwrap().target.clone();
    assert_eq!(target, Some(named(&all, "Bucket83908E77").id.clone()), "nested stacks are wired by parameters");
}

#[test]
fn a_manifest_that_is_none_changes_nothing() {
    for manifest in ["", "[]", "{\"artifacts\": 1}", "{\"artifacts\": {\"a\": {\"type\": \"aws:cloudformation:stack\"}}}"] {
        let (all, _) = stack(&[("MyStack.template.json", STACK), ("manifest.json", manifest)]);
        assert!(all.iter().all(|resource| resource.id.account.is_none()), "{manifest}");
    }
}
