//! Generated templates: data, its backups, and the queues, roles and functions that stand beside them.

use serde_json::{Map, Value, json};

/// The name and text of one template; every other one is JSON.
pub fn template(number: usize) -> (String, String) {
    let tree = tree(number);
    if number.is_multiple_of(2) {
        let mut text = String::new();
        write_map(&tree, 0, &mut text);
        (format!("stack-{number:03}.yaml"), text)
    } else {
        (format!("stack-{number:03}.json"), format!("{tree:#}\n"))
    }
}

fn tree(number: usize) -> Value {
    let mut resources = Map::new();
    resources.insert("DataKey".to_owned(), key());
    resources.insert(
        "Vault".to_owned(),
        json!({"Type": "AWS::Backup::BackupVault", "DeletionPolicy": "Retain", "Properties": {
            "BackupVaultName": {"Fn::Sub": "${Stage}-vault"},
            "EncryptionKeyArn": {"Fn::GetAtt": ["DataKey", "Arn"]},
            "LockConfiguration": {"MinRetentionDays": 7, "MaxRetentionDays": 365, "ChangeableForDays": 3},
        }}),
    );
    resources.insert("Plan".to_owned(), plan());
    resources.insert(
        "Selection".to_owned(),
        json!({"Type": "AWS::Backup::BackupSelection", "Properties": {
            "BackupPlanId": {"Ref": "Plan"},
            "BackupSelection": {
                "SelectionName": "by-tier",
                "IamRoleArn": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/backup"},
                "ListOfTags": [
                    {"ConditionType": "STRINGEQUALS", "ConditionKey": "backup-tier", "ConditionValue": "standard"},
                ],
            },
        }}),
    );
    // JSON is written with more white space, so that fewer resources make the same size.
    let copies = if number.is_multiple_of(2) { 5 } else { 3 };
    for copy in 0..copies {
        resources.insert(format!("Data{copy}"), bucket(number, copy));
        resources.insert(format!("Queue{copy}"), queue());
        resources.insert(format!("Role{copy}"), role(copy));
        resources.insert(format!("Function{copy}"), function(copy));
    }
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Data of one service, its backups, and what works on it",
        "Parameters": {
            "Stage": {"Type": "String", "Default": "prod", "AllowedValues": ["dev", "prod"]},
            "RecoveryRegion": {"Type": "String", "Default": "eu-central-1"},
        },
        "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        "Resources": resources,
        "Outputs": {"VaultArn": {"Value": {"Fn::GetAtt": ["Vault", "BackupVaultArn"]}}},
    })
}

fn key() -> Value {
    json!({"Type": "AWS::KMS::Key", "DeletionPolicy": "Retain", "Properties": {
        "Description": "Encrypts data and backups",
        "EnableKeyRotation": true,
        "KeyPolicy": {"Version": "2012-10-17", "Statement": [{
            "Sid": "Administer",
            "Effect": "Allow",
            "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
            "Action": "kms:*",
            "Resource": "*",
        }]},
    }})
}

fn plan() -> Value {
    json!({"Type": "AWS::Backup::BackupPlan", "Properties": {"BackupPlan": {
        "BackupPlanName": "daily",
        "BackupPlanRule": [{
            "RuleName": "daily",
            "TargetBackupVault": {"Ref": "Vault"},
            "ScheduleExpression": "cron(0 3 * * ? *)",
            "StartWindowMinutes": 60,
            "CompletionWindowMinutes": 480,
            "Lifecycle": {"DeleteAfterDays": 35},
            "CopyActions": [{
                "DestinationBackupVaultArn": {"Fn::Sub":
                    "arn:${AWS::Partition}:backup:${RecoveryRegion}:${AWS::AccountId}:backup-vault:recovery"},
                "Lifecycle": {"DeleteAfterDays": 35},
            }],
        }],
    }}})
}

/// One bucket in five of a kind lacks something.
fn bucket(number: usize, copy: usize) -> Value {
    let mut properties = json!({
        "BucketName": format!("data-{number}-{copy}"),
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [{
            "BucketKeyEnabled": true,
            "ServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms",
                "KMSMasterKeyID": {"Fn::GetAtt": ["DataKey", "Arn"]},
            },
        }]},
        "VersioningConfiguration": {"Status": {"Fn::If": ["IsProd", "Enabled", "Suspended"]}},
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": true,
            "IgnorePublicAcls": true,
            "BlockPublicPolicy": true,
            "RestrictPublicBuckets": true,
        },
        "LifecycleConfiguration": {"Rules": [{
            "Id": "tidy",
            "Status": "Enabled",
            "NoncurrentVersionExpiration": {"NoncurrentDays": 35},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        }]},
        "Tags": [{"Key": "backup-tier", "Value": "standard"}, {"Key": "owner", "Value": "team-orders"}],
    });
    if let Some(properties) = properties.as_object_mut() {
        match (number + copy) % 5 {
            0 => drop(properties.shift_remove("PublicAccessBlockConfiguration")),
            1 => drop(properties.shift_remove("LifecycleConfiguration")),
            _ => {}
        }
    }
    json!({"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": properties})
}

fn queue() -> Value {
    json!({"Type": "AWS::SQS::Queue", "Properties": {
        "KmsMasterKeyId": {"Ref": "DataKey"},
        "MessageRetentionPeriod": 1_209_600,
        "VisibilityTimeout": 300,
    }})
}

fn role(copy: usize) -> Value {
    json!({"Type": "AWS::IAM::Role", "Properties": {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ]},
        "Policies": [{"PolicyName": "data", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
             "Resource": {"Fn::Sub": format!("${{Data{copy}.Arn}}/*")}},
            {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": [format!("Queue{copy}"), "Arn"]}},
        ]}}],
    }})
}

fn function(copy: usize) -> Value {
    json!({"Type": "AWS::Lambda::Function", "Properties": {
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "Role": {"Fn::GetAtt": [format!("Role{copy}"), "Arn"]},
        "Code": {"S3Bucket": "artifacts", "S3Key": format!("function-{copy}.zip")},
        "Environment": {"Variables": {"DATA": {"Ref": format!("Data{copy}")}, "STAGE": {"Ref": "Stage"}}},
        "Timeout": 60,
        "MemorySize": 512,
    }})
}

/// Block style, with the short tags of CloudFormation.
fn write_map(value: &Value, depth: usize, out: &mut String) {
    for (key, value) in value.as_object().into_iter().flatten() {
        out.push_str(&"  ".repeat(depth));
        out.push_str(key);
        out.push(':');
        write_value(value, depth + 1, out);
    }
}

fn write_value(value: &Value, depth: usize, out: &mut String) {
    if let Some(scalar) = scalar(value) {
        out.push(' ');
        out.push_str(&scalar);
        out.push('\n');
        return;
    }
    out.push('\n');
    match value {
        Value::Array(items) => {
            for item in items {
                out.push_str(&"  ".repeat(depth));
                out.push('-');
                if scalar(item).is_none() && item.is_object() {
                    let mut inner = String::new();
                    write_map(item, depth + 1, &mut inner);
                    out.push(' ');
                    out.push_str(inner.trim_start());
                } else {
                    write_value(item, depth + 1, out);
                }
            }
        }
        _ => write_map(value, depth, out),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => {
            let (key, value) = map.iter().next()?;
            match (key.as_str(), value) {
                ("Ref", Value::String(name)) => Some(format!("!Ref {name}")),
                ("Fn::Sub", Value::String(text)) => Some(format!("!Sub '{text}'")),
                ("Fn::GetAtt", Value::Array(parts)) => {
                    let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
                    Some(format!("!GetAtt {}", parts.join(".")))
                }
                _ => None,
            }
        }
        Value::Array(_) => None,
        Value::String(text) if text.chars().all(|c| c.is_ascii_alphanumeric() || "-_/.:".contains(c)) => {
            // A date would be read as one.
            Some(if text.starts_with("20") { format!("'{text}'") } else { text.clone() })
        }
        Value::String(text) => Some(format!("'{text}'")),
        other => Some(other.to_string()),
    }
}
