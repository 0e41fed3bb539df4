//! The account's enabled Regions.

use aws_sdk_account::types::RegionOptStatus;

use super::look::{GLOBAL, Look, read_pages};
use super::operation::{Operation, Service};
use super::part::Part;
use super::session::Session;
use crate::model::gap::GapKind;

/// Account Management.
pub const SERVICE: Service = Service { operations: &[LIST_REGIONS], global: None, regional: None, in_use: None };

const LIST_REGIONS: Operation = Operation {
    service: "account",
    name: "ListRegions",
    actions: &["account:ListRegions"],
    why: "which Regions the account has enabled, and so whatever lies in those that it opted in to",
};

/// The Regions to read: those that were named, those that the account has enabled, or where AWS does not say, those
/// that its partition enables by default.
pub async fn regions(session: &Session<'_>, named: &[String]) -> (Vec<String>, Part) {
    let mut look = Look::at(session, GLOBAL);
    let mut regions = if named.is_empty() { enabled(&mut look).await } else { named.to_vec() };
    regions.sort();
    regions.dedup();
    (regions, look.part)
}

async fn enabled(look: &mut Look<'_>) -> Vec<String> {
    let session = look.session;
    session.step("Regions");
    let clients = session.clients(&session.home);
    let fetch = |token: Option<String>| {
        let call = clients
            .account
            .list_regions()
            .region_opt_status_contains(RegionOptStatus::Enabled)
            .region_opt_status_contains(RegionOptStatus::EnabledByDefault)
            .max_results(50)
            .set_next_token(token)
            .send();
        async move { session.send(call).await.map(|page| (page.regions.unwrap_or_default(), page.next_token)) }
    };
    let (listed, failure) = read_pages(fetch).await;
    let mut regions: Vec<String> = listed.into_iter().filter_map(|region| region.region_name).collect();
    if let Some(failure) = failure {
        let defaults = enabled_by_default(&session.partition);
        let message = format!("{}; the Regions that are enabled by default were read", failure.message);
        look.note(&LIST_REGIONS, None, GapKind::Fallback, &failure.code, &message, LIST_REGIONS.why);
        regions.extend(defaults.iter().map(ToString::to_string));
        if regions.is_empty() {
            regions.push(session.home.clone());
        }
    }
    regions
}

/// The Regions that an account of the partition has without opting in.
///
/// AWS Account Management Reference Guide, "Enable or disable AWS Regions in your account".
const fn enabled_by_default(partition: &str) -> &'static [&'static str] {
    match partition.as_bytes() {
        b"aws" => &[
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-north-1",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "sa-east-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
        b"aws-cn" => &["cn-north-1", "cn-northwest-1"],
        b"aws-us-gov" => &["us-gov-east-1", "us-gov-west-1"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_regions_are_those_of_the_partition() {
        assert_eq!(enabled_by_default("aws").len(), 17);
        assert!(!enabled_by_default("aws").contains(&"af-south-1"));
        assert_eq!(enabled_by_default("aws-cn").len(), 2);
        assert!(enabled_by_default("aws-iso").is_empty());
    }
}
