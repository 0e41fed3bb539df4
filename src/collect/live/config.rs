//! AWS Config: the configuration recorder of a Region, and its delivery channel.
//!
//! A Region has at most one recorder of the customer's own. Recorders that AWS services keep for themselves
//! ("service-linked configuration recorder") do not record for the customer, and are passed over.

use aws_sdk_config::types::{
    ConfigurationRecorder, DeliveryChannelStatus, RecordingGroup, RecordingStrategyType, ResourceType,
};
use futures::FutureExt;

use crate::model::config_recorder::ConfigRecorder;
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Tags};

use super::look::Look;
use super::operation::{Operation, Service};
use super::part::Part;
use super::session::Session;

/// AWS Config.
pub const SERVICE: Service = Service {
    operations: &[RECORDERS, RECORDER_STATUS, CHANNELS, CHANNEL_STATUS],
    global: None,
    regional: None,
    in_use: Some(|session, region| collect(session, region).boxed_local()),
};

const RECORDERS: Operation = Operation {
    service: "config",
    name: "DescribeConfigurationRecorders",
    actions: &["config:DescribeConfigurationRecorders"],
    why: "whether the Region has a configuration recorder, and what it records",
};
const RECORDER_STATUS: Operation = Operation {
    service: "config",
    name: "DescribeConfigurationRecorderStatus",
    actions: &["config:DescribeConfigurationRecorderStatus"],
    why: "whether the configuration recorder runs",
};
const CHANNELS: Operation = Operation {
    service: "config",
    name: "DescribeDeliveryChannels",
    actions: &["config:DescribeDeliveryChannels"],
    why: "whether AWS Config has a delivery channel",
};
const CHANNEL_STATUS: Operation = Operation {
    service: "config",
    name: "DescribeDeliveryChannelStatus",
    actions: &["config:DescribeDeliveryChannelStatus"],
    why: "whether AWS Config delivers",
};

const RECORDER: &str = "AWS::Config::ConfigurationRecorder";

async fn collect(session: &Session<'_>, region: &str) -> Part {
    session.step(&format!("{region}: AWS Config"));
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let recorders = match session.send(clients.config.describe_configuration_recorders().send()).await {
        Ok(output) => output.configuration_recorders.unwrap_or_default(),
        Err(failure) => {
            look.fail(&RECORDERS, None, &failure);
            return look.part;
        }
    };
    look.listed(RECORDER, None);
    if let Some(recorder) = recorders.into_iter().find(|recorder| recorder.service_principal.is_none()) {
        read(&mut look, recorder).await;
    }
    look.part
}

async fn read(look: &mut Look<'_>, recorder: ConfigurationRecorder) {
    let session = look.session;
    let clients = session.clients(look.region);
    let name = recorder.name.unwrap_or_else(|| "default".to_owned());
    let (status, channels, deliveries) = tokio::join!(
        session.send(clients.config.describe_configuration_recorder_status().send()),
        session.send(clients.config.describe_delivery_channels().send()),
        session.send(clients.config.describe_delivery_channel_status().send()),
    );
    let status = look.fact(&RECORDER_STATUS, &name, &[], status, |output| {
        let mut all = output.configuration_recorders_status.unwrap_or_default().into_iter();
        let own = all.find(|status| status.service_principal.is_none());
        own.map_or_else(|| Fact::unknown("AWS Config did not say the recorder's status"), Fact::known)
    });
    let strategy = strategy(recorder.recording_group.as_ref());
    let group = recorder.recording_group;
    let excluded = group.as_ref().and_then(|group| group.exclusion_by_resource_types.as_ref());
    let facts = ConfigRecorder {
        recording: status.as_ref().map(|status| status.recording),
        last_status: status
            .and_then(|status| Fact::from_option(status.last_status.map(|status| word(status.as_str())))),
        delivers: look.fact(&CHANNELS, &name, &[], channels, |output| {
            Fact::known(!output.delivery_channels.unwrap_or_default().is_empty())
        }),
        last_delivery: look.fact(&CHANNEL_STATUS, &name, &[], deliveries, |output| {
            last_delivery(&output.delivery_channels_status.unwrap_or_default())
        }),
        strategy: Fact::known(strategy.as_str().to_owned()),
        excluded: Fact::known(types(excluded.and_then(|excluded| excluded.resource_types.as_deref()))),
        included: Fact::known(types(group.as_ref().and_then(|group| group.resource_types.as_deref()))),
    };
    let id = look.id(RECORDER, recorder.arn.as_deref().unwrap_or(&name));
    look.found(id, &name, Tags::unread("tags of recorders are not read"), Facts::ConfigRecorder(Box::new(facts)));
}

/// What the group says, or where it says no strategy, what follows from its lists ("RecordingGroup": required and
/// overriding fields). A recorder without a group records all supported types.
fn strategy(group: Option<&RecordingGroup>) -> RecordingStrategyType {
    let Some(group) = group else { return RecordingStrategyType::AllSupportedResourceTypes };
    let written = group.recording_strategy.as_ref().and_then(|strategy| strategy.use_only.clone());
    let has = |types: Option<&[ResourceType]>| types.is_some_and(|types| !types.is_empty());
    let excludes = group.exclusion_by_resource_types.as_ref().and_then(|excluded| excluded.resource_types.as_deref());
    written.unwrap_or_else(|| {
        if group.all_supported {
            RecordingStrategyType::AllSupportedResourceTypes
        } else if has(excludes) {
            RecordingStrategyType::ExclusionByResourceTypes
        } else {
            RecordingStrategyType::InclusionByResourceTypes
        }
    })
}

fn types(listed: Option<&[ResourceType]>) -> Vec<String> {
    let mut types: Vec<String> = listed.unwrap_or_default().iter().map(|kind| kind.as_str().to_owned()).collect();
    types.sort();
    types
}

/// How history and snapshots were last delivered. Notifications to a topic are no delivery of what was recorded.
fn last_delivery(channels: &[DeliveryChannelStatus]) -> Fact<String> {
    let last: Vec<String> = channels
        .iter()
        .flat_map(|channel| [&channel.config_history_delivery_info, &channel.config_snapshot_delivery_info])
        .filter_map(|info| Some(word(info.as_ref()?.last_status.as_ref()?.as_str())))
        .collect();
    let last = ["Failure", "Success"].into_iter().find(|status| last.iter().any(|one| one == status));
    Fact::from_option(last.map(str::to_owned))
}

/// A status as the API Reference spells it; AWS also answers in capitals.
fn word(status: &str) -> String {
    let known = ["Failure", "NotApplicable", "Pending", "Success"];
    let plain = status.replace('_', "");
    known.into_iter().find(|word| word.eq_ignore_ascii_case(&plain)).unwrap_or(status).to_owned()
}

#[cfg(test)]
mod tests {
    use aws_sdk_config::types::{
        ConfigExportDeliveryInfo, DeliveryStatus, ExclusionByResourceTypes, RecordingStrategy,
    };

    use super::*;

    fn said(group: RecordingGroup) -> String {
        strategy(Some(&group)).as_str().to_owned()
    }

    #[test]
    fn a_strategy_that_is_not_written_follows_from_the_lists() {
        let excluded = ExclusionByResourceTypes::builder().resource_types(ResourceType::Bucket).build();
        assert_eq!(said(RecordingGroup::builder().all_supported(true).build()), "ALL_SUPPORTED_RESOURCE_TYPES");
        assert_eq!(
            said(RecordingGroup::builder().resource_types(ResourceType::Bucket).build()),
            "INCLUSION_BY_RESOURCE_TYPES"
        );
        assert_eq!(
            said(RecordingGroup::builder().exclusion_by_resource_types(excluded).build()),
            "EXCLUSION_BY_RESOURCE_TYPES"
        );
        let written = RecordingStrategy::builder().use_only(RecordingStrategyType::InclusionByResourceTypes).build();
        assert_eq!(
            said(RecordingGroup::builder().all_supported(true).recording_strategy(written).build()),
            "INCLUSION_BY_RESOURCE_TYPES"
        );
        assert_eq!(strategy(None), RecordingStrategyType::AllSupportedResourceTypes);
    }

    #[test]
    fn one_failed_delivery_outweighs_the_others_and_none_is_none() {
        let info = |status: DeliveryStatus| ConfigExportDeliveryInfo::builder().last_status(status).build();
        let of = |history, snapshot| {
            let status = DeliveryChannelStatus::builder()
                .config_history_delivery_info(info(history))
                .config_snapshot_delivery_info(info(snapshot))
                .build();
            last_delivery(&[status])
        };
        assert_eq!(of(DeliveryStatus::Success, DeliveryStatus::Failure).value().unwrap(), "Failure");
        assert_eq!(of(DeliveryStatus::NotApplicable, DeliveryStatus::Success).value().unwrap(), "Success");
        assert!(of(DeliveryStatus::NotApplicable, DeliveryStatus::NotApplicable).is_absent());
        assert!(last_delivery(&[]).is_absent());
        assert_eq!(of("SUCCESS".into(), "FAILURE".into()).value().unwrap(), "Failure");
    }
}
