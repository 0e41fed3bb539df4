//! EventBridge rules of the default bus, which AWS Backup's events arrive at.

use futures::{FutureExt, StreamExt};
use serde_json::Value;

use crate::model::events::EventRule;
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Tags};

use super::look::Look;
use super::operation::{Operation, Service};
use super::part::Part;
use super::session::Session;

/// EventBridge.
pub const SERVICE: Service = Service {
    operations: &[LIST_RULES, LIST_TARGETS],
    global: None,
    regional: None,
    in_use: Some(|session, region| collect(session, region).boxed_local()),
};

const LIST_RULES: Operation = Operation {
    service: "events",
    name: "ListRules",
    actions: &["events:ListRules"],
    why: "which EventBridge rules watch backup, copy and restore jobs",
};
const LIST_TARGETS: Operation = Operation {
    service: "events",
    name: "ListTargetsByRule",
    actions: &["events:ListTargetsByRule"],
    why: "whether an EventBridge rule has a target",
};

/// The bus that AWS services write to.
const DEFAULT_BUS: &str = "default";

async fn collect(session: &Session<'_>, region: &str) -> Part {
    session.step(&format!("{region}: EventBridge rules"));
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let rules = look
        .list(&LIST_RULES, None, |token| {
            let call = clients.events.list_rules().event_bus_name(DEFAULT_BUS).limit(100).set_next_token(token).send();
            async { session.send(call).await.map(|page| (page.rules.unwrap_or_default(), page.next_token)) }
        })
        .await;
    if rules.broken.is_none() {
        look.listed("AWS::Events::Rule", None);
    }
    let mut parts = futures::stream::iter(rules.items)
        .map(|rule| read_rule(session, region, rule))
        .buffer_unordered(session.concurrency());
    while let Some(part) = parts.next().await {
        look.part.absorb(part);
    }
    look.part
}

async fn read_rule(session: &Session<'_>, region: &str, rule: aws_sdk_eventbridge::types::Rule) -> Part {
    let mut look = Look::at(session, region);
    let (Some(name), Some(arn)) = (rule.name, rule.arn) else { return look.part };
    let enabled = rule.state.as_ref().map(|state| state.as_str().starts_with("ENABLED"));
    let targets = if enabled == Some(false) {
        Fact::unknown("targets of disabled rules are not read")
    } else if rule.event_pattern.as_deref().is_some_and(may_watch_backup) {
        count_targets(&mut look, &name).await
    } else {
        Fact::unknown("targets of rules that no event of AWS Backup reaches are not read")
    };
    let facts = EventRule {
        enabled: enabled.map_or_else(|| Fact::unknown("`ListRules` did not say the rule's state"), Fact::known),
        bus: Fact::known(rule.event_bus_name.unwrap_or_else(|| DEFAULT_BUS.to_owned())),
        pattern: Fact::from_option(rule.event_pattern),
        targets,
    };
    let id = look.id("AWS::Events::Rule", &arn);
    look.found(id, &name, Tags::unread("tags of EventBridge rules are not read"), Facts::EventRule(Box::new(facts)));
    look.part
}

async fn count_targets(look: &mut Look<'_>, rule: &str) -> Fact<i64> {
    let session = look.session;
    let clients = session.clients(look.region);
    let targets = look
        .list(&LIST_TARGETS, Some(rule), |token| {
            let call = clients
                .events
                .list_targets_by_rule()
                .event_bus_name(DEFAULT_BUS)
                .rule(rule)
                .limit(100)
                .set_next_token(token)
                .send();
            async { session.send(call).await.map(|page| (page.targets.unwrap_or_default(), page.next_token)) }
        })
        .await;
    match targets.broken {
        None => Fact::known(i64::try_from(targets.items.len()).unwrap_or(i64::MAX)),
        Some(reason) => Fact::unknown(reason),
    }
}

/// Whether a pattern may match an event whose source is `aws.backup`. When in doubt, it may.
fn may_watch_backup(pattern: &str) -> bool {
    let Ok(Value::Object(pattern)) = serde_json::from_str::<Value>(pattern) else { return true };
    match pattern.get("source") {
        Some(Value::Array(sources)) => {
            sources.iter().any(|source| source.as_str().is_none_or(|source| source == "aws.backup"))
        }
        Some(_) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pattern_that_names_other_sources_alone_cannot_watch_backup() {
        assert!(may_watch_backup(r#"{"source":["aws.ec2","aws.backup"]}"#));
        assert!(may_watch_backup(r#"{"source":[{"prefix":"aws."}]}"#));
        assert!(may_watch_backup(r#"{"detail-type":["Backup Job State Change"]}"#));
        assert!(may_watch_backup("not JSON"));
        assert!(!may_watch_backup(r#"{"source":["aws.ec2"]}"#));
        assert!(!may_watch_backup(r#"{"source":["aws.backup.test"]}"#));
    }
}
