//! What a plan destroys that backups rest on.

use super::tags;
use crate::collect::terraform::block::{Block, Change};
use crate::collect::terraform::types;
use crate::model::fact::Fact;
use crate::model::identity::ResourceId;
use crate::model::planned::PlannedChange;
use crate::model::resource::{Facts, Origin, Resource};

/// The change of a block that is destroyed; none of any other, and of types that hold nothing.
pub(super) fn change(block: &Block) -> Option<Resource> {
    let (action, emptied) = match block.change {
        Change::Destroyed { emptied } => ("destroy", emptied),
        Change::Replaced { emptied } => ("replace", emptied),
        Change::Kept => return None,
    };
    let contents = || match emptied {
        Some(emptied) => Fact::known(emptied),
        None => Fact::unknown(format!("the plan does not show whether `{}` is emptied first", block.address)),
    };
    let (of, loses_data) = match &*block.kind {
        "aws_s3_bucket" => ("bucket", contents()),
        "aws_backup_vault" => ("vault", contents()),
        // It has no `force_destroy`, and is not deleted while it holds anything.
        "aws_backup_logically_air_gapped_vault" => ("vault", Fact::known(false)),
        "aws_backup_plan" => ("backup plan", Fact::known(false)),
        "aws_kms_key" | "aws_kms_external_key" | "aws_kms_replica_key" => ("key", Fact::known(true)),
        _ => return None,
    };
    let own = types::identity(&block.kind, &block.address, &block.place)?;
    let facts = PlannedChange {
        action: Fact::known(action.to_owned()).at(Some(block.header.clone())),
        of: Fact::known(of.to_owned()),
        loses_data,
    };
    Some(Resource {
        id: ResourceId { kind: "Terraform::PlannedChange".into(), ..own },
        name: block.address.clone(),
        origin: Origin::Declared { header: block.header.clone(), address: block.address.clone() },
        exists: block.exists.clone(),
        tags: tags::of(&block.body),
        suppressions: Vec::new(),
        removal: None,
        facts: Facts::PlannedChange(Box::new(facts)),
    })
}
