//! What parameters are taken, and how a wrong one is named.

use serde_json::json;

use super::*;

fn read(parameters: &Value) -> Result<Parameters, ParameterError> {
    Parameters::parse(Some(&parameters.to_string()))
}

fn fault(parameters: &Value) -> String {
    read(parameters).unwrap_err().to_string()
}

#[test]
fn no_parameters_are_the_defaults() {
    assert_eq!(Parameters::parse(None), Ok(Parameters::default()));
    assert_eq!(read(&json!({})), Ok(Parameters::default()));
    let empty: serde_json::Map<String, Value> = NAMES.iter().map(|name| ((*name).to_owned(), json!(""))).collect();
    assert_eq!(read(&Value::Object(empty)), Ok(Parameters::default()), "a template cannot leave one out");
}

#[test]
fn every_parameter_is_read() {
    let sha = "AB".repeat(32);
    let all = json!({
        "MinSeverity": "critical", "Regions": "eu-west-1, eu-central-1,eu-west-1",
        "BundleUri": "s3://acme-policies/backstop/v7.tar.gz", "BundleSha256": sha,
        "ReportBucket": "acme-reports", "ReportPrefix": "/backstop/", "ReportKmsKey": "alias/reports",
        "EventBus": "arn:aws:events:eu-west-1:111122223333:event-bus/security",
        "ExecutionRoleName": "audit/backstop", "ExecutionRoleRegion": "eu-west-1", "AssumeRoleMode": true,
        "ExternalId": "acme:1", "TopicArn": "arn:aws-us-gov:sns:us-gov-east-1:111122223333:dr_counts",
    });
    let read = read(&all).unwrap();
    assert_eq!(read.min_severity, Severity::Critical);
    assert_eq!(read.regions, Regions::Named(vec!["eu-central-1".to_owned(), "eu-west-1".to_owned()]));
    let bundle = read.bundle.unwrap();
    assert_eq!((bundle.bucket.as_str(), bundle.key.as_str()), ("acme-policies", "backstop/v7.tar.gz"));
    assert_eq!(bundle.sha256, "ab".repeat(32));
    let reports = read.reports.unwrap();
    assert_eq!((reports.prefix.as_str(), reports.key.as_deref()), ("backstop", Some("alias/reports")));
    assert_eq!(read.topic.as_deref(), Some("arn:aws-us-gov:sns:us-gov-east-1:111122223333:dr_counts"));
    assert!(read.assume_role);
    assert_eq!(read.role_name.as_deref(), Some("audit/backstop"));
    assert_eq!(all.as_object().unwrap().len(), NAMES.len(), "a parameter is not tested");
}

#[test]
fn a_role_that_is_named_is_assumed() {
    assert!(read(&json!({"ExecutionRoleName": "backstop"})).unwrap().assume_role);
    assert!(!read(&json!({"AssumeRoleMode": "False"})).unwrap().assume_role);
    assert!(read(&json!({"AssumeRoleMode": "true"})).unwrap().role_name.is_none());
}

#[test]
fn a_wrong_parameter_is_named_with_its_value() {
    for (name, value) in [
        ("MinSeverity", "severe"),
        ("Regions", "everywhere"),
        ("Regions", "eu-west-1,"),
        ("ReportBucket", "acme/reports"),
        ("EventBus", "a b"),
        ("TopicArn", "dr-counts"),
        ("TopicArn", "arn:aws:sns:eu-west-1:111122223333:dr.fifo"),
        ("TopicArn", "arn:aws:sns:evil.example/-1:111122223333:dr"),
        ("TopicArn", "arn:aws:sqs:eu-west-1:111122223333:dr"),
        ("ExecutionRoleName", "arn:aws:iam::111122223333:role/x"),
        ("ExecutionRoleName", "../x/"),
        ("ExecutionRoleRegion", "Ireland"),
        ("AssumeRoleMode", "perhaps"),
    ] {
        let said = fault(&json!({ name: value }));
        assert!(said.starts_with(&format!("the parameter `{name}` is wrong: `{value}` is ")), "{said}");
    }
    let sha = "0".repeat(64);
    for uri in ["https://x/y", "s3://bucket", "s3://bucket/", "s3:///key", "s3://B/key"] {
        let said = fault(&json!({"BundleUri": uri, "BundleSha256": sha}));
        assert!(said.starts_with("the parameter `BundleUri` is wrong"), "{said}");
    }
    let said = fault(&json!({"BundleUri": "s3://bucket/key", "BundleSha256": "abc"}));
    assert!(said.starts_with("the parameter `BundleSha256` is wrong: `abc`"), "{said}");
    assert!(fault(&json!({"MinSeverity": 3})).contains("`MinSeverity` is wrong: `3` is no text"));
    let said = fault(&json!({"ExecutionRoleName": "x", "AssumeRoleMode": "false"}));
    assert!(said.contains("`AssumeRoleMode`"), "{said}");
}

#[test]
fn a_misspelt_parameter_is_named_with_the_nearest_one() {
    assert_eq!(fault(&json!({"Region": "all"})), "there is no parameter `Region`; did you mean `Regions`?");
    assert!(fault(&json!({"Colour": "red"})).contains("the parameters are `AssumeRoleMode`, "));
}

#[test]
fn a_parameter_that_does_nothing_alone_is_refused() {
    let uri = json!({"BundleUri": "s3://bucket/key"});
    assert!(fault(&uri).starts_with("the parameter `BundleUri` needs `BundleSha256`"));
    assert!(fault(&json!({"BundleSha256": "0".repeat(64)})).starts_with("the parameter `BundleSha256` needs"));
    assert!(
        fault(&json!({"ReportKmsKey": "alias/x"})).starts_with("the parameter `ReportKmsKey` needs `ReportBucket`")
    );
    assert!(fault(&json!({"ExternalId": "acme"})).starts_with("the parameter `ExternalId` needs `ExecutionRoleName`"));
}

#[test]
fn parameters_are_no_longer_than_aws_config_takes() {
    let fits = json!({"ReportBucket": "acme", "ReportPrefix": "é".repeat(128)}).to_string();
    let padded = format!("{fits}{}", " ".repeat(MOST - fits.chars().count()));
    assert!(Parameters::parse(Some(&padded)).is_ok(), "characters are counted, not bytes");
    assert_eq!(Parameters::parse(Some(&format!("{padded} "))), Err(ParameterError::Long(1025)));
}

#[test]
fn what_is_no_object_is_refused() {
    for text in ["[]", "{\"a\"", "null", "{\"Regions\":\"all\"}{}"] {
        let error = Parameters::parse(Some(text)).unwrap_err();
        assert!(matches!(error, ParameterError::Shape(_)), "{text}: {error}");
    }
}
