//! CloudTrail: the trails that log what happens in a Region, each read once in its home Region.
//!
//! `DescribeTrails` tells of the Region's own trails and of the shadows of multi-Region trails and of the
//! organization's ("DescribeTrails" in the AWS CloudTrail API Reference), so its answer closes the Region.

mod selectors;

use futures::FutureExt;

use crate::model::fact::Fact;
use crate::model::resource::{Facts, Tags};
use crate::model::trail::Trail;

use super::look::Look;
use super::operation::{Operation, Service};
use super::part::Part;
use super::session::Session;

/// CloudTrail.
pub const SERVICE: Service = Service {
    operations: &[DESCRIBE_TRAILS, GET_STATUS, GET_SELECTORS],
    global: None,
    regional: None,
    in_use: Some(|session, region| collect(session, region).boxed_local()),
};

const DESCRIBE_TRAILS: Operation = Operation {
    service: "cloudtrail",
    name: "DescribeTrails",
    actions: &["cloudtrail:DescribeTrails"],
    why: "which trails log what happens in the Region",
};
const GET_STATUS: Operation = Operation {
    service: "cloudtrail",
    name: "GetTrailStatus",
    actions: &["cloudtrail:GetTrailStatus"],
    why: "whether a trail logs, and whether its logs arrive",
};
const GET_SELECTORS: Operation = Operation {
    service: "cloudtrail",
    name: "GetEventSelectors",
    actions: &["cloudtrail:GetEventSelectors"],
    why: "which management events and data events a trail logs",
};

const TRAIL: &str = "AWS::CloudTrail::Trail";

async fn collect(session: &Session<'_>, region: &str) -> Part {
    session.step(&format!("{region}: CloudTrail"));
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let trails = match session.send(clients.cloudtrail.describe_trails().include_shadow_trails(true).send()).await {
        Ok(output) => output.trail_list.unwrap_or_default(),
        Err(failure) => {
            look.fail(&DESCRIBE_TRAILS, None, &failure);
            return look.part;
        }
    };
    look.listed(TRAIL, None);
    for trail in trails {
        let Some(arn) = trail.trail_arn.clone().filter(|arn| session.claim(arn)) else { continue };
        let home = trail.home_region.clone().unwrap_or_else(|| region.to_owned());
        look.part.absorb(read(session, &home, &arn, trail).await);
    }
    look.part
}

async fn read(session: &Session<'_>, home: &str, arn: &str, trail: aws_sdk_cloudtrail::types::Trail) -> Part {
    let mut look = Look::at(session, home);
    let clients = session.clients(home);
    let (status, selectors) = tokio::join!(
        session.send(clients.cloudtrail.get_trail_status().name(arn).send()),
        session.send(clients.cloudtrail.get_event_selectors().trail_name(arn).send()),
    );
    let selectors = look.fact(&GET_SELECTORS, arn, &[], selectors, Fact::known);
    let status = look.fact(&GET_STATUS, arn, &[], status, Fact::known);
    let facts = Trail {
        logging: status.as_ref().and_then(|status| said(status.is_logging)),
        delivery_error: status
            .and_then(|status| Fact::from_option(status.latest_delivery_error.filter(|error| !error.is_empty()))),
        multi_region: said(trail.is_multi_region_trail),
        organization: said(trail.is_organization_trail),
        validated: said(trail.log_file_validation_enabled),
        bucket: Fact::from_option(trail.s3_bucket_name),
        management_events: selectors.as_ref().and_then(selectors::management),
        s3_data_events: selectors.map(|output| selectors::read(&output)),
    };
    let id = look.id(TRAIL, arn);
    let name = trail.name.as_deref().unwrap_or(arn);
    look.found(id, name, Tags::unread("tags of trails are not read"), Facts::Trail(Box::new(facts)));
    look.part
}

fn said(value: Option<bool>) -> Fact<bool> {
    value.map_or_else(|| Fact::unknown("CloudTrail did not say"), Fact::known)
}
