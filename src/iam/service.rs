//! Rules that services add to the policies.

use super::action::Action;
use super::arn::Arn;
use super::decision::ServiceRule;
use super::pattern::HOLE;
use super::principal::{Kind, Principal};
use super::public;
use super::request::{Layers, Request};
use super::truth::Truth;

/// The services whose actions resource control policies bind, as the page listed them in September 2026. AWS Backup,
/// EC2 and RDS are not among them.
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services>
const RESOURCE_CONTROLLED: [&str; 62] = [
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

/// Whether resource control policies bind this action of this principal.
pub(super) fn is_resource_controlled(action: &Action, principal: &Principal) -> bool {
    let service = action.service();
    let listed = RESOURCE_CONTROLLED.contains(&service);
    // Retiring a grant is not bound, whatever stands under `Action`:
    // https://docs.aws.amazon.com/kms/latest/developerguide/resource-control-policies.html
    listed && !principal.is_service_linked() && action.lower() != "kms:retiregrant"
}

/// Whether service control policies bind this principal: users, roles and the root user of an account, but no
/// service-linked role.
pub(super) fn is_service_controlled(principal: &Principal) -> bool {
    principal.is_identity() && !principal.is_service_linked()
}

/// Whether the resource's policy has to let the request through, even within the account.
///
/// - KMS keys: <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>.
/// - Role trust policies: "Policy evaluation for requests within a single account" on
///   <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html>.
pub(super) fn needs_resource_policy(request: &Request<'_>) -> bool {
    let Some(arn) = Arn::parse(request.resource.arn) else { return false };
    let lower = request.action.lower();
    match arn.service() {
        "kms" => request.action.service() == "kms" && arn.resource.starts_with("key/"),
        "iam" => {
            let assumes = ["sts:assumerole", "sts:tagsession", "sts:setsourceidentity"];
            arn.resource.starts_with("role/") && assumes.iter().any(|start| lower.starts_with(start))
        }
        _ => false,
    }
}

/// Whether the principal is of another account than the resource.
pub(super) fn is_cross_account(request: &Request<'_>) -> Truth {
    match (request.principal.account(), request.resource.account) {
        (Some(principal), Some(resource)) if !resource.contains(HOLE) => Truth::from(principal != resource),
        _ => Truth::Maybe,
    }
}

/// Whether a service refuses the request whatever the policies say, and by which rule.
pub(super) fn refusal(request: &Request<'_>, layers: &Layers<'_>, library: &super::Library) -> (Truth, ServiceRule) {
    let principal = request.principal;
    let lower = request.action.lower();
    match request.action.service() {
        "backup" if principal.is_identity() && lower != "backup:copyintobackupvault" => {
            (is_cross_account(request), ServiceRule::BackupCrossAccount)
        }
        "s3" if request.resource.restrict_public != Truth::No && principal.kind() != Kind::Service => {
            let outside = if principal.is_identity() { is_cross_account(request) } else { Truth::Yes };
            let public = public::is_public(layers.resource, library);
            (request.resource.restrict_public.and(outside).and(public), ServiceRule::PublicBucketRestricted)
        }
        "iam" => (Truth::from(changes_protected(lower, request.resource.arn)), ServiceRule::Protected),
        _ => (Truth::No, ServiceRule::Protected),
    }
}

/// The writing actions of IAM on roles and policies that an attacker would use.
const CHANGES: [&str; 13] = [
    "iam:attachrolepolicy",
    "iam:createpolicyversion",
    "iam:deletepolicy",
    "iam:deletepolicyversion",
    "iam:deleterole",
    "iam:deleterolepermissionsboundary",
    "iam:deleterolepolicy",
    "iam:detachrolepolicy",
    "iam:putrolepermissionsboundary",
    "iam:putrolepolicy",
    "iam:setdefaultpolicyversion",
    "iam:updateassumerolepolicy",
    "iam:updaterole",
];

fn changes_protected(lower: &str, arn: &str) -> bool {
    let Some(arn) = Arn::parse(arn) else { return false };
    // Those of Identity Center are changed there alone ("Cannot perform the operation on the protected role" in
    // "Troubleshoot IAM roles", IAM User Guide).
    let linked = ["role/aws-service-role/", "role/aws-reserved/"].iter().any(|path| arn.resource.starts_with(path));
    let managed = arn.account() == "aws" && arn.resource.starts_with("policy/");
    arn.service() == "iam" && (linked || managed) && CHANGES.contains(&lower)
}
