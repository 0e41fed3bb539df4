//! Sends findings through the AWS SDK.

use std::collections::{BTreeMap, BTreeSet};

use aws_config::retry::RetryConfig;
use aws_sdk_securityhub::types::{
    AwsSecurityFinding, Compliance, ComplianceStatus, Partition, Recommendation, RecordState, Remediation, Resource,
    Severity, SeverityLabel,
};
use aws_types::region::Region;

use super::{Args, Failed, Fault, Refused, Told, Written};
use crate::collect::live::{self, Failure, LiveOptions};
use crate::model::gap::GapKind;
use crate::report::asff::BATCH;

const CALL: &str = "securityhub:BatchImportFindings";
/// How often a call is tried that is throttled or not answered.
const ATTEMPTS: u32 = 5;

/// Imports the findings of each Region, and says what became of them. Nothing is sent unless the credentials belong to
/// the account.
pub(super) fn send(args: &Args, account: &str, regions: BTreeMap<String, Vec<Written>>) -> Result<Vec<Told>, Fault> {
    let options = LiveOptions {
        profile: args.profile.clone(),
        role: args.role.clone(),
        account: Some(account.to_owned()),
        regions: regions.keys().cloned().collect(),
        ..LiveOptions::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Fault::new(format!("the async runtime did not start: {error}"), "check the limits on threads")
    })?;
    runtime.block_on(async {
        let config = live::signed_in(&options).await.map_err(|error| {
            let help = error.help();
            Fault::new(error, help)
        })?;
        let mut told = Vec::new();
        for (region, findings) in regions {
            // The collectors' retries slow down for good once they were throttled; here few calls are made, one by one.
            let here = aws_sdk_securityhub::config::Builder::from(&config)
                .region(Region::new(region.clone()))
                .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
                .build();
            told.push(import(&aws_sdk_securityhub::Client::from_conf(here), region, findings).await);
        }
        Ok(told)
    })
}

/// Imports the findings of one Region. Throttled calls are repeated by the SDK.
async fn import(client: &aws_sdk_securityhub::Client, region: String, findings: Vec<Written>) -> Told {
    let mut told = Told { region, findings: findings.len(), ..Told::default() };
    let mut left = findings.len();
    for batch in findings.chunks(BATCH) {
        tracing::info!("{}: {} findings", told.region, batch.len());
        let sent = client.batch_import_findings().set_findings(Some(batch.iter().map(finding).collect())).send().await;
        match sent {
            Ok(answer) => {
                let (imported, refused) = answered(batch, answer.success_count(), answer.failed_findings());
                told.imported += imported;
                let missing = batch.len().saturating_sub(imported + refused.len());
                told.refused.extend(refused);
                if missing > 0 {
                    told.failed.push(Failed {
                        findings: missing,
                        why: format!("`{CALL}` did not say what became of them"),
                        help: REPEAT,
                    });
                }
            }
            Err(error) => {
                let failure = Failure::from_sdk(&error);
                // What is wrong with one batch says nothing of the next one; all else does.
                let of_this_batch = failure.code == "InvalidInputException";
                let findings = if of_this_batch { batch.len() } else { left };
                let why = format!("`{CALL}` failed: {} ({})", failure.message, failure.code);
                told.failed.push(Failed { findings, why, help: help(&failure) });
                if !of_this_batch {
                    break;
                }
            }
        }
        left = left.saturating_sub(batch.len());
    }
    told
}

const REPEAT: &str = "repeat the command: what was imported is only updated";

fn help(failure: &Failure) -> &'static str {
    match failure.code.as_str() {
        // What Security Hub answers where it is off (BatchImportFindings in the AWS Security Hub API Reference).
        "InvalidAccessException" => "turn Security Hub on in this Region, or audit without it (`--regions`)",
        "InvalidInputException" => "this may be a defect of backstop: please report it",
        _ if failure.kind() == GapKind::Denied => {
            "allow `securityhub:BatchImportFindings` on the account's product \
             (`arn:aws:securityhub:REGION:ACCOUNT:product/ACCOUNT/default`)"
        }
        _ => REPEAT,
    }
}

/// How many of a batch were imported, and which were refused: what Security Hub says of neither was not imported.
fn answered(
    batch: &[Written],
    successes: Option<i32>,
    failures: &[aws_sdk_securityhub::types::ImportFindingsError],
) -> (usize, Vec<Refused>) {
    let said = |text: Option<&str>, none: &str| text.filter(|text| !text.is_empty()).unwrap_or(none).to_owned();
    let known: BTreeSet<&str> = batch.iter().map(|finding| finding.id.as_str()).collect();
    let refused: Vec<Refused> = failures
        .iter()
        .filter(|failure| failure.id().is_some_and(|id| known.contains(id)))
        .map(|failure| Refused {
            id: said(failure.id(), "-"),
            code: said(failure.error_code(), "no error code"),
            message: said(failure.error_message(), "no message was given"),
        })
        .collect();
    let imported = successes.and_then(|count| usize::try_from(count).ok()).unwrap_or_default();
    (imported.min(batch.len().saturating_sub(refused.len())), refused)
}

fn finding(written: &Written) -> AwsSecurityFinding {
    let resource = |resource: &crate::report::asff::shape::Resource| {
        Resource::builder()
            .r#type(&resource.kind)
            .id(&resource.id)
            .partition(Partition::from(resource.partition.as_str()))
            .region(&resource.region)
            .build()
    };
    let requirements = &written.compliance.related_requirements;
    let remediation = written.remediation.as_ref().map(|remediation| {
        let text = Recommendation::builder().text(&remediation.recommendation.text).build();
        Remediation::builder().recommendation(text).build()
    });
    AwsSecurityFinding::builder()
        .schema_version(&written.schema_version)
        .id(&written.id)
        .product_arn(&written.product_arn)
        .product_name(&written.product_name)
        .generator_id(&written.generator_id)
        .aws_account_id(&written.aws_account_id)
        .region(&written.region)
        .set_types(Some(written.types.clone()))
        .created_at(&written.created_at)
        .updated_at(&written.updated_at)
        .severity(
            Severity::builder()
                .label(SeverityLabel::from(written.severity.label.as_str()))
                .original(&written.severity.original)
                .build(),
        )
        .title(&written.title)
        .description(&written.description)
        .set_product_fields(Some(written.product_fields.clone().into_iter().collect()))
        .set_resources(Some(written.resources.iter().map(resource).collect()))
        .compliance(
            Compliance::builder()
                .status(ComplianceStatus::from(written.compliance.status.as_str()))
                .set_related_requirements((!requirements.is_empty()).then(|| requirements.clone()))
                .build(),
        )
        .record_state(RecordState::from(written.record_state.as_str()))
        .set_remediation(remediation)
        .build()
}
