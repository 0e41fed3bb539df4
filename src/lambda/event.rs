//! What AWS Config sends to a custom rule's function.
//!
//! Rests on "Example Events for AWS Config Rules" in the AWS Config Developer Guide. The shapes are read by hand, since
//! what AWS leaves out in one kind of notification (`eventLeftScope`, `notificationCreationTime`) must not make another
//! one unreadable. Members that are not asked for are passed over.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// The token that stands for a trial run: evaluations are checked and not kept (a convention of the AWS Config Rule
/// Development Kit).
pub const TEST_TOKEN: &str = "TESTMODE";

/// Why an event cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EventError {
    /// It is not what AWS Config sends.
    #[error("the event is none of AWS Config: {0}")]
    Shape(String),
    /// The notification inside it is no JSON of the expected shape.
    #[error("`invokingEvent` cannot be read: {0}")]
    Notification(String),
    /// The notification is of another account than the event.
    #[error("the event is about account {account}, and `invokingEvent` is about `{other}`")]
    Foreign {
        /// The event's.
        account: String,
        /// The notification's.
        other: String,
    },
    /// The notification is of a kind that a rule has nothing to say to.
    #[error("`{0}` is a message that this rule does not answer")]
    Kind(String),
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The account whose configuration is to be judged.
    pub account: String,
    /// The rule's ARN, where it is said.
    pub rule_arn: Option<String>,
    /// The rule's name.
    pub rule_name: String,
    /// The parameters, as JSON text; none where the rule has none.
    pub parameters: Option<String>,
    /// The token that evaluations are sent with.
    pub token: String,
    /// Whether the resource is no longer one that the rule is about.
    pub left_scope: bool,
    /// The role that AWS Config has in that account, where it is said.
    pub execution_role: Option<String>,
    /// What happened.
    pub notification: Notification,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notification {
    /// The time has come.
    Scheduled {
        /// When, where it is said.
        at: Option<Timestamp>,
    },
    /// A resource was changed. Of an oversized item only a summary is sent; it names the resource just as well, and
    /// the resource is read live, so neither kind needs more.
    Changed(Item),
}

/// The resource that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its type.
    pub kind: String,
    /// AWS Config's id of it.
    pub id: String,
    /// Its ARN, where it is said.
    pub arn: Option<String>,
    /// Its Region, where it is said.
    pub region: Option<String>,
    /// When its configuration was captured.
    pub captured: Timestamp,
    /// Whether it is gone, or no longer recorded.
    pub gone: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outer {
    invoking_event: String,
    rule_parameters: Option<String>,
    result_token: String,
    #[serde(default)]
    event_left_scope: Option<bool>,
    execution_role_arn: Option<String>,
    config_rule_arn: Option<String>,
    config_rule_name: String,
    account_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    message_type: String,
    aws_account_id: Option<String>,
    notification_creation_time: Option<Timestamp>,
    configuration_item: Option<Resource>,
    configuration_item_summary: Option<Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    aws_account_id: Option<String>,
    configuration_item_capture_time: Timestamp,
    configuration_item_status: String,
    resource_id: String,
    resource_type: String,
    #[serde(rename = "ARN", alias = "arn")]
    arn: Option<String>,
    aws_region: Option<String>,
}

/// By which states an item says that there is nothing to judge: `ResourceDeleted`, `ResourceDeletedNotRecorded`,
/// `ResourceNotRecorded` ("ConfigurationItem" in the AWS Config API Reference).
const GONE: [&str; 3] = ["ResourceDeleted", "ResourceDeletedNotRecorded", "ResourceNotRecorded"];

impl Event {
    /// Reads an event.
    ///
    /// # Errors
    ///
    /// Where it is not one, or is of a kind that has no answer.
    pub fn parse(event: Value) -> Result<Self, EventError> {
        let outer: Outer = serde_json::from_value(event).map_err(|error| EventError::Shape(error.to_string()))?;
        let said = |name: &str, text: &str| match text {
            "" => Err(EventError::Shape(format!("`{name}` is empty"))),
            _ => Ok(()),
        };
        said("resultToken", &outer.result_token)?;
        said("configRuleName", &outer.config_rule_name)?;
        if outer.account_id.len() != 12 || !outer.account_id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(EventError::Shape(format!("`{}` is no account id", outer.account_id)));
        }
        let notification = notification(&outer.invoking_event, &outer.account_id)?;
        Ok(Self {
            account: outer.account_id,
            rule_arn: outer.config_rule_arn.filter(|arn| !arn.is_empty()),
            rule_name: outer.config_rule_name,
            parameters: outer.rule_parameters.filter(|text| !text.trim().is_empty()),
            token: outer.result_token,
            left_scope: outer.event_left_scope.unwrap_or(false),
            execution_role: outer.execution_role_arn.filter(|arn| !arn.is_empty()),
            notification,
        })
    }

    /// Whether evaluations are to be checked only.
    pub fn is_test(&self) -> bool {
        self.token == TEST_TOKEN
    }

    /// The Region that the rule is in, where its ARN says it.
    pub fn rule_region(&self) -> Option<&str> {
        self.rule_arn.as_deref()?.split(':').nth(3).filter(|region| !region.is_empty())
    }
}

/// What happened to this account.
fn notification(text: &str, account: &str) -> Result<Notification, EventError> {
    let message: Message = serde_json::from_str(text).map_err(|error| EventError::Notification(error.to_string()))?;
    let own = |of: Option<&str>| match of {
        Some(other) if other != account => {
            Err(EventError::Foreign { account: account.to_owned(), other: other.to_owned() })
        }
        _ => Ok(()),
    };
    own(message.aws_account_id.as_deref())?;
    let item = match message.message_type.as_str() {
        "ScheduledNotification" => {
            return Ok(Notification::Scheduled { at: message.notification_creation_time });
        }
        "ConfigurationItemChangeNotification" => message.configuration_item.ok_or("configurationItem"),
        "OversizedConfigurationItemChangeNotification" => {
            message.configuration_item_summary.ok_or("configurationItemSummary")
        }
        other => return Err(EventError::Kind(other.to_owned())),
    };
    let item = item.map_err(|member| EventError::Notification(format!("it has no `{member}`")))?;
    own(item.aws_account_id.as_deref())?;
    Ok(Notification::Changed(Item {
        gone: GONE.contains(&item.configuration_item_status.as_str()),
        kind: item.resource_type,
        id: item.resource_id,
        arn: item.arn.filter(|arn| !arn.is_empty()),
        region: item.aws_region.filter(|region| !region.is_empty()),
        captured: item.configuration_item_capture_time,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(notification: &Value) -> Value {
        json!({
            "version": "1.0",
            "invokingEvent": notification.to_string(),
            "ruleParameters": "{\"MinSeverity\":\"high\"}",
            "resultToken": "token",
            "eventLeftScope": false,
            "executionRoleArn": "arn:aws:iam::111122223333:role/config",
            "configRuleArn": "arn:aws:config:eu-west-1:111122223333:config-rule/config-rule-0123456",
            "configRuleName": "backstop",
            "configRuleId": "config-rule-0123456",
            "accountId": "111122223333",
        })
    }

    fn without(mut event: Value, member: &str) -> Value {
        event.as_object_mut().unwrap().remove(member).unwrap();
        event
    }

    fn scheduled() -> Value {
        json!({
            "awsAccountId": "111122223333", "notificationCreationTime": "2026-11-01T11:50:00.373Z",
            "messageType": "ScheduledNotification", "recordVersion": "1.0",
        })
    }

    fn item(status: &str) -> Value {
        json!({
            "configurationItemCaptureTime": "2026-11-01T11:00:00.000Z", "awsAccountId": "111122223333",
            "configurationItemStatus": status, "resourceId": "acme-orders", "ARN": "arn:aws:s3:::acme-orders",
            "awsRegion": "eu-west-1", "availabilityZone": "Regional", "resourceType": "AWS::S3::Bucket",
            "tags": {"a": "b"}, "relationships": [], "configuration": {"name": "acme-orders"},
        })
    }

    fn changed(status: &str) -> Value {
        json!({ "configurationItem": item(status), "messageType": "ConfigurationItemChangeNotification" })
    }

    #[test]
    fn a_schedule_says_when_it_was_due() {
        let read = Event::parse(event(&scheduled())).unwrap();
        assert_eq!(read.account, "111122223333");
        assert_eq!(read.rule_region(), Some("eu-west-1"));
        assert_eq!(read.parameters.as_deref(), Some("{\"MinSeverity\":\"high\"}"));
        let at = "2026-11-01T11:50:00.373Z".parse().unwrap();
        assert_eq!(read.notification, Notification::Scheduled { at: Some(at) });
        assert!(!read.is_test());
    }

    #[test]
    fn what_aws_leaves_out_is_not_missed() {
        let bare = event(&without(scheduled(), "notificationCreationTime"));
        let bare = ["ruleParameters", "eventLeftScope", "executionRoleArn", "configRuleArn", "configRuleId", "version"]
            .into_iter()
            .fold(bare, without);
        let read = Event::parse(bare).unwrap();
        assert_eq!(read.notification, Notification::Scheduled { at: None });
        assert_eq!((read.parameters, read.execution_role, read.rule_arn), (None, None, None));
        assert!(!read.left_scope);
    }

    #[test]
    fn a_change_names_its_resource_in_full_and_in_summary() {
        let whole = Event::parse(event(&changed("OK"))).unwrap().notification;
        let mut summary = item("OK");
        summary["configurationStateMd5Hash"] = json!("");
        summary["changeType"] = json!("UPDATE");
        let summary = json!({
            "configurationItemSummary": without(summary, "configuration"),
            "messageType": "OversizedConfigurationItemChangeNotification",
            "notificationCreationTime": "2026-11-01T11:00:01.000Z",
        });
        assert_eq!(Event::parse(event(&summary)).unwrap().notification, whole);
        let Notification::Changed(item) = whole else { panic!("a change") };
        assert_eq!((item.kind.as_str(), item.id.as_str()), ("AWS::S3::Bucket", "acme-orders"));
        assert_eq!(item.arn.as_deref(), Some("arn:aws:s3:::acme-orders"));
        assert!(!item.gone);
    }

    #[test]
    fn what_is_deleted_or_no_longer_recorded_is_gone() {
        for (status, gone) in [
            ("OK", false),
            ("ResourceDiscovered", false),
            ("ResourceDeleted", true),
            ("ResourceDeletedNotRecorded", true),
            ("ResourceNotRecorded", true),
        ] {
            let Notification::Changed(item) = Event::parse(event(&changed(status))).unwrap().notification else {
                panic!("a change")
            };
            assert_eq!(item.gone, gone, "{status}");
        }
    }

    #[test]
    fn what_happened_in_another_account_is_not_this_ones() {
        let mut other = scheduled();
        other["awsAccountId"] = json!("444455556666");
        let mut foreign = changed("OK");
        foreign["configurationItem"]["awsAccountId"] = json!("444455556666");
        for notification in [other, foreign] {
            let said = Event::parse(event(&notification)).unwrap_err().to_string();
            assert_eq!(said, "the event is about account 111122223333, and `invokingEvent` is about `444455556666`");
        }
    }

    #[test]
    fn the_trial_token_asks_for_a_trial() {
        let mut trial = event(&scheduled());
        trial["resultToken"] = json!("TESTMODE");
        assert!(Event::parse(trial).unwrap().is_test());
    }

    #[test]
    fn an_event_that_is_none_says_what_is_wrong_with_it() {
        let said = |event: Value| Event::parse(event).unwrap_err().to_string();
        assert!(said(json!({"Records": []})).contains("missing field `invokingEvent`"));
        assert!(said(json!("text")).starts_with("the event is none of AWS Config"));
        assert!(said(without(event(&scheduled()), "resultToken")).contains("resultToken"));
        let mut empty = event(&scheduled());
        empty["resultToken"] = json!("");
        assert_eq!(said(empty), "the event is none of AWS Config: `resultToken` is empty");
        let mut account = event(&scheduled());
        account["accountId"] = json!("12");
        assert!(said(account).contains("`12` is no account id"));
        let mut torn = event(&scheduled());
        torn["invokingEvent"] = json!("{\"messageType\":");
        assert!(said(torn).starts_with("`invokingEvent` cannot be read"));
        let snapshot = json!({"messageType": "ConfigurationSnapshotDeliveryCompleted"});
        let expected = "`ConfigurationSnapshotDeliveryCompleted` is a message that this rule does not answer";
        assert_eq!(said(event(&snapshot)), expected);
        let hollow = json!({"messageType": "OversizedConfigurationItemChangeNotification"});
        assert_eq!(said(event(&hollow)), "`invokingEvent` cannot be read: it has no `configurationItemSummary`");
    }
}
