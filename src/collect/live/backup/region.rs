//! Which types AWS Backup protects in a Region.

use std::collections::{BTreeMap, HashMap};

use crate::model::account::Region;
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Tags};

use super::super::look::Look;
use super::super::operation::Operation;
use super::super::part::Part;
use super::super::session::Session;

pub const DESCRIBE_SETTINGS: Operation = Operation {
    service: "backup",
    name: "DescribeRegionSettings",
    actions: &["backup:DescribeRegionSettings"],
    why: "which types of resources the Region is opted in to",
};

pub async fn collect(session: &Session<'_>, region: &str) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let answer = session.send(clients.backup.describe_region_settings().send()).await;
    let settings = look.fact(&DESCRIBE_SETTINGS, region, &[], answer, |output| {
        Fact::known((
            sorted(output.resource_type_opt_in_preference),
            sorted(output.resource_type_management_preference),
        ))
    });
    let facts = Region {
        backup_opt_in: settings.as_ref().and_then(|(opt_in, _)| opt_in.clone()),
        backup_full_management: settings.and_then(|(_, management)| management),
    };
    let id = look.id("AWS::Region", region);
    look.found(id, region, Tags::default(), Facts::Region(Box::new(facts)));
    look.part
}

fn sorted(map: Option<HashMap<String, bool>>) -> Fact<BTreeMap<String, bool>> {
    map.map_or_else(
        || Fact::unknown("`backup:DescribeRegionSettings` did not say"),
        |map| Fact::known(map.into_iter().collect()),
    )
}
