//! Resources that AWS Backup lists as protected.

use std::collections::BTreeMap;

use aws_sdk_backup::types::ProtectedResource;

use crate::model::fact::Fact;
use crate::model::gap::GapKind;
use crate::model::resource::{Facts, Origin, Resource};
use crate::model::workload::{ProtectedWorkload, WORKLOAD_TYPES};

use super::super::convert::{resource_part, time};
use super::super::look::Look;
use super::super::operation::Operation;
use super::super::part::Part;
use super::super::session::Session;
use super::super::tagging;

pub const LIST_PROTECTED: Operation = Operation {
    service: "backup",
    name: "ListProtectedResources",
    actions: &["backup:ListProtectedResources"],
    why: "which resources AWS Backup has backed up",
};

/// What a protected resource becomes.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// A workload of this CloudFormation type.
    Workload(&'static str),
    /// Its own service has a collector.
    Collected,
    /// Backstop has no model of it.
    NotModelled,
}

pub async fn collect(session: &Session<'_>, region: &str) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let list = look
        .list(&LIST_PROTECTED, None, |token| {
            let call = clients.backup.list_protected_resources().max_results(1000).set_next_token(token).send();
            async { session.send(call).await.map(|page| (page.results.unwrap_or_default(), page.next_token)) }
        })
        .await;
    if list.broken.is_none() {
        look.listed("Backstop::ProtectedResource", None);
    }
    let mut workloads: BTreeMap<String, (&'static str, ProtectedResource)> = BTreeMap::new();
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    for resource in list.items {
        let Some(arn) = resource.resource_arn.clone() else { continue };
        // A Region that holds copies may list what lives elsewhere; it is judged where it lives.
        if arn_region(&arn).is_some_and(|home| home != region) {
            continue;
        }
        let backup_type = resource.resource_type.clone().unwrap_or_default();
        match kind_of(&backup_type, &arn) {
            Kind::Workload(kind) => {
                workloads.insert(arn, (kind, resource));
            }
            Kind::Collected => {}
            Kind::NotModelled => *others.entry(backup_type).or_default() += 1,
        }
    }
    for (backup_type, count) in others {
        let message = format!("{count} protected resources of the type `{backup_type}` are not judged");
        let leaves = format!("whether resources of the type `{backup_type}` could be restored");
        look.note(&LIST_PROTECTED, Some(&backup_type), GapKind::NotModelled, "NotModelled", &message, &leaves);
    }
    let arns: Vec<String> = workloads.keys().cloned().collect();
    let tagged = tagging::read(&mut look, &arns).await;
    for (arn, (kind, resource)) in workloads {
        let (tags, answered) = tagged.of(&arn);
        let name = resource.resource_name.filter(|name| !name.is_empty()).unwrap_or_else(|| short(&arn).to_owned());
        let facts = ProtectedWorkload {
            backup_type: Fact::from_option(resource.resource_type),
            last_backup: time(resource.last_backup_time.as_ref()),
            arn: Fact::known(arn.clone()),
        };
        let resource = Resource {
            id: look.id(kind, &arn),
            name: name.into(),
            origin: Origin::Live,
            // AWS Backup goes on listing what was deleted while it has recovery points of it.
            exists: if answered && tags.others.is_none() {
                Fact::known(true)
            } else {
                Fact::unknown("AWS Backup lists deleted resources too, and no tag proves that this one is still there")
            },
            tags,
            suppressions: Vec::new(),
            removal: None,
            facts: Facts::Workload(Box::new(facts)),
        };
        look.part.resources.push(resource);
    }
    look.part
}

fn kind_of(backup_type: &str, arn: &str) -> Kind {
    // Multi-AZ DB clusters are of the type RDS too; their ARN tells.
    let is_cluster = arn.contains(":rds:") && resource_part(arn).is_some_and(|part| part.starts_with("cluster:"));
    if backup_type == "RDS" && is_cluster {
        return Kind::Workload("AWS::RDS::DBCluster");
    }
    match WORKLOAD_TYPES.iter().find(|(_, name)| *name == backup_type) {
        Some(("AWS::S3::Bucket", _)) => Kind::Collected,
        Some((kind, _)) => Kind::Workload(kind),
        None => Kind::NotModelled,
    }
}

/// The Region in an ARN; none where it names none (S3 buckets).
fn arn_region(arn: &str) -> Option<&str> {
    arn.split(':').nth(3).filter(|region| !region.is_empty())
}

/// What follows the type in an ARN: `vol-0abc`, `table/orders` as `orders`.
fn short(arn: &str) -> &str {
    let part = resource_part(arn).unwrap_or(arn);
    part.split_once(['/', ':']).map_or(part, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_lead_to_their_cloudformation_names() {
        assert_eq!(
            kind_of("EBS", "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1"),
            Kind::Workload("AWS::EC2::Volume")
        );
        assert_eq!(kind_of("S3", "arn:aws:s3:::b"), Kind::Collected);
        assert_eq!(kind_of("Timestream", "arn:aws:timestream:eu-west-1:111122223333:database/d"), Kind::NotModelled);
    }

    #[test]
    fn a_multi_az_cluster_is_no_instance() {
        assert_eq!(
            kind_of("RDS", "arn:aws:rds:eu-west-1:111122223333:cluster:c"),
            Kind::Workload("AWS::RDS::DBCluster")
        );
        assert_eq!(kind_of("RDS", "arn:aws:rds:eu-west-1:111122223333:db:c"), Kind::Workload("AWS::RDS::DBInstance"));
    }

    #[test]
    fn a_name_is_what_follows_the_type() {
        assert_eq!(short("arn:aws:ec2:eu-west-1:111122223333:volume/vol-1"), "vol-1");
        assert_eq!(short("arn:aws:rds:eu-west-1:111122223333:db:orders"), "orders");
        assert_eq!(short("odd"), "odd");
    }
}
