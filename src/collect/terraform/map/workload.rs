//! Databases, volumes, instances and file systems: their pages of the AWS provider in the Terraform Registry.

use super::split::Owner;
use super::{Mapped, tags};
use crate::collect::declared::item::Item;
use crate::collect::declared::workload;
use crate::collect::terraform::types;
use crate::model::fact::Fact;

/// Whether a type is a workload without a mapper of its own.
pub(super) fn is_workload(kind: &str) -> bool {
    types::kind(kind).is_some_and(|kind| workload::workload(kind).is_some())
}

/// Whether its data is its own to back up; that of a replica is its source's.
pub(super) fn has_data_of_its_own(kind: &str, body: &Item) -> Fact<bool> {
    let source = match kind {
        "aws_db_instance" => "replicate_source_db",
        "aws_rds_cluster" | "aws_neptune_cluster" => "replication_source_identifier",
        _ => return Fact::known(true),
    };
    body.get(source).is_set().negate().at(None)
}

/// A workload.
pub(super) fn workload(owner: &Owner<'_>, body: &Item) -> Option<Mapped> {
    let facts = workload::workload(&owner.id.kind)?;
    Some(Mapped { facts, tags: tags::of(body), name: owner.name.value().cloned() })
}
