//! The calls that the rule makes besides those of the collectors: what stands, the bundle, the reports, the event, the
//! message.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_config::types::{ComplianceType, EvaluationResult};
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_s3::types::ServerSideEncryption;
use aws_sdk_sns::types::MessageAttributeValue;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::region::Region;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::parameters::{BundleAt, Reports};
use super::place::Key;
use super::plan::{Compliance, Standing};
use super::publish::{DETAIL_TYPE, Message, Object, SOURCE};

/// How large a packed bundle may be, in bytes.
const LARGEST_BUNDLE: i64 = 8 * 1024 * 1024;

/// The call behind [`standing`].
pub const STANDING: &str = "config:GetComplianceDetailsByConfigRule";
/// The call behind [`standing_of`].
pub const STANDING_OF: &str = "config:GetComplianceDetailsByResource";

/// The standing evaluations of a rule.
pub type StandingBy = BTreeMap<Key, Standing>;

/// A call that failed: which, and what AWS or the SDK said.
#[derive(Debug, thiserror::Error)]
#[error("`{call}` failed: {message}")]
pub struct CallError {
    call: &'static str,
    message: String,
}

impl CallError {
    /// Reads an SDK error.
    pub fn new<E>(call: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let message = match error {
            SdkError::ServiceError(context) => {
                let code = context.err().code().unwrap_or("no error code");
                format!("{} ({code})", context.err().message().unwrap_or("no message was given"))
            }
            other => DisplayErrorContext(other).to_string(),
        };
        Self { call, message }
    }

    /// A failure that AWS told in an answer, or that is told of one.
    pub fn said(call: &'static str, message: impl Into<String>) -> Self {
        Self { call, message: message.into() }
    }
}

/// The answer, if it comes before this moment: what is waited for longer must not take the time of what is sent after it.
pub async fn in_time<T>(
    call: &'static str,
    until: Instant,
    answer: impl Future<Output = Result<T, CallError>>,
) -> Result<T, CallError> {
    timeout_at(until, answer).await.unwrap_or_else(|_| Err(CallError::said(call, "there was no time left for it")))
}

/// The tokens of a list's pages. A list that gives one twice would never end.
#[derive(Default)]
struct Pages(BTreeSet<String>);

impl Pages {
    /// The token of the next page, if there is one.
    fn next(&mut self, call: &'static str, token: Option<String>) -> Result<Option<String>, CallError> {
        match token.filter(|token| !token.is_empty()) {
            Some(token) if !self.0.insert(token.clone()) => {
                Err(CallError::said(call, "the list gave the same page token twice"))
            }
            token => Ok(token),
        }
    }
}

/// AWS Config in the rule's Region. Its retries do not slow down for good, as the collectors' do: there is a deadline.
pub fn config(config: &SdkConfig, region: &str) -> aws_sdk_config::Client {
    let builder = aws_sdk_config::config::Builder::from(config)
        .region(Region::new(region.to_owned()))
        .retry_config(RetryConfig::standard().with_max_attempts(5));
    aws_sdk_config::Client::from_conf(builder.build())
}

/// All COMPLIANT and NON_COMPLIANT evaluations that stand for a rule.
pub async fn standing(config: &aws_sdk_config::Client, rule: &str) -> Result<StandingBy, CallError> {
    let mut standing = StandingBy::new();
    let (mut pages, mut token) = (Pages::default(), None);
    loop {
        let page = config
            .get_compliance_details_by_config_rule()
            .config_rule_name(rule)
            .compliance_types(ComplianceType::Compliant)
            .compliance_types(ComplianceType::NonCompliant)
            .limit(100)
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| CallError::new(STANDING, &error))?;
        standing.extend(page.evaluation_results.into_iter().flatten().filter_map(|result| stands(result, rule)));
        token = pages.next(STANDING, page.next_token)?;
        if token.is_none() {
            return Ok(standing);
        }
    }
}

/// What stands for one resource under a rule.
pub async fn standing_of(
    config: &aws_sdk_config::Client,
    rule: &str,
    key: &Key,
) -> Result<Option<Standing>, CallError> {
    let (mut pages, mut token) = (Pages::default(), None);
    loop {
        let page = config
            .get_compliance_details_by_resource()
            .resource_type(&key.kind)
            .resource_id(&key.id)
            .compliance_types(ComplianceType::Compliant)
            .compliance_types(ComplianceType::NonCompliant)
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| CallError::new(STANDING_OF, &error))?;
        let mut results = page.evaluation_results.into_iter().flatten();
        if let Some((_, standing)) = results.find_map(|result| stands(result, rule)) {
            return Ok(Some(standing));
        }
        token = pages.next(STANDING_OF, page.next_token)?;
        if token.is_none() {
            return Ok(None);
        }
    }
}

/// A result of this rule: one of another rule, or without a resource, is none.
fn stands(result: EvaluationResult, rule: &str) -> Option<(Key, Standing)> {
    let of = result.evaluation_result_identifier?.evaluation_result_qualifier?;
    if of.config_rule_name.as_deref().is_some_and(|name| name != rule) {
        return None;
    }
    let compliance = match result.compliance_type? {
        ComplianceType::Compliant => Compliance::Compliant,
        ComplianceType::NonCompliant => Compliance::NonCompliant,
        _ => return None,
    };
    let key = Key { kind: of.resource_type?, id: of.resource_id? };
    Some((key, Standing { compliance, annotation: result.annotation }))
}

/// S3 with the function's own credentials.
pub fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    // Emulators know no host names of buckets.
    let path_style = config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
    let builder = aws_sdk_s3::config::Builder::from(config).force_path_style(path_style);
    aws_sdk_s3::Client::from_conf(builder.build())
}

/// Reads a bundle.
pub async fn bundle(s3: &aws_sdk_s3::Client, at: &BundleAt) -> Result<Vec<u8>, CallError> {
    const CALL: &str = "s3:GetObject";
    let what = |error: CallError| CallError::said(CALL, format!("s3://{}/{}: {}", at.bucket, at.key, error.message));
    let answer = s3
        .get_object()
        .bucket(&at.bucket)
        .key(&at.key)
        .send()
        .await
        .map_err(|error| what(CallError::new(CALL, &error)))?;
    if answer.content_length.is_some_and(|length| length > LARGEST_BUNDLE) {
        return Err(what(CallError::said(CALL, format!("it is larger than {LARGEST_BUNDLE} bytes"))));
    }
    let body = answer.body.collect().await.map_err(|error| what(CallError::said(CALL, error.to_string())))?;
    Ok(body.to_vec())
}

/// Writes a report, encrypted with the given KMS key, or with AWS's own key for S3, and gives its address.
pub async fn put(s3: &aws_sdk_s3::Client, reports: &Reports, object: Object) -> Result<String, CallError> {
    let uri = format!("s3://{}/{}", reports.bucket, object.key);
    s3.put_object()
        .bucket(&reports.bucket)
        .key(object.key)
        .content_type(object.content_type)
        .server_side_encryption(ServerSideEncryption::AwsKms)
        .set_ssekms_key_id(reports.key.clone())
        .bucket_key_enabled(true)
        .body(object.text.into_bytes().into())
        .send()
        .await
        .map_err(|error| CallError::said("s3:PutObject", format!("{uri}: {}", CallError::new("", &error).message)))?;
    Ok(uri)
}

/// Tells an event bus.
pub async fn tell(
    events: &aws_sdk_eventbridge::Client,
    bus: &str,
    rule_arn: Option<&str>,
    detail: &Value,
) -> Result<(), CallError> {
    const CALL: &str = "events:PutEvents";
    let entry = PutEventsRequestEntry::builder()
        .event_bus_name(bus)
        .source(SOURCE)
        .detail_type(DETAIL_TYPE)
        .detail(detail.to_string())
        .set_resources(rule_arn.map(|arn| vec![arn.to_owned()]))
        .build();
    let answer = events.put_events().entries(entry).send().await.map_err(|error| CallError::new(CALL, &error))?;
    if answer.failed_entry_count > 0 {
        let refused = answer.entries.into_iter().flatten().find(|entry| entry.error_code.is_some());
        let refused = refused.map(|entry| {
            let code = entry.error_code.unwrap_or_default();
            format!("{} ({code})", entry.error_message.unwrap_or_default())
        });
        return Err(CallError::said(CALL, refused.unwrap_or_else(|| "the event was refused".to_owned())));
    }
    Ok(())
}

/// Tells a topic, in the topic's own Region.
pub async fn publish(config: &SdkConfig, topic: &str, message: Message) -> Result<(), CallError> {
    const CALL: &str = "sns:Publish";
    let region = topic.split(':').nth(3).map(|region| Region::new(region.to_owned()));
    let config = aws_sdk_sns::config::Builder::from(config).region(region).build();
    let worst = MessageAttributeValue::builder().data_type("String").string_value(message.worst).build();
    aws_sdk_sns::Client::from_conf(config)
        .publish()
        .topic_arn(topic)
        .subject(message.subject)
        .message_structure("json")
        .message(message.body)
        .message_attributes("worst", worst.map_err(|error| CallError::said(CALL, error.to_string()))?)
        .send()
        .await
        .map_err(|error| CallError::new(CALL, &error))?;
    Ok(())
}
