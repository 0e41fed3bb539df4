//! From resource instances to resources: what a root declares, its split resources joined to what they belong to.
//!
//! Arguments, and what holds where one is left out, are those of the pages of the AWS provider in the Terraform Registry
//! (`hashicorp/aws`), each named after its resource type. Two things hold of all of them: an empty text, and a zero
//! where zero means nothing, are the provider's way of saying that an argument is not set, which a plan of what exists
//! already is full of; and what stands in one root is all that there is in it, so that a bucket without, say,
//! `aws_s3_bucket_versioning` is as AWS makes it.

mod backup;
mod backup_audit;
mod events;
mod iam;
mod kms;
mod nested;
mod planned;
mod removal;
mod restore_testing;
mod s3;
mod split;
mod tags;
mod trail;
mod workload;

#[cfg(test)]
mod tests;

use self::split::{Owner, Splits};
use super::block::{Block, Change, Root};
use super::types;
use crate::collect::declared::item::Item;
use crate::model::fact::Fact;
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Origin, Resource, Tags};

/// The resources that a root declares, of the types that Backstop knows, in the order of its blocks; then what a plan
/// destroys.
pub fn resources(root: &Root) -> Vec<Resource> {
    let splits = Splits::of(root);
    let there = root.blocks.iter().filter(|block| is_there(block)).filter_map(|block| resource(&splits, block));
    there.chain(root.blocks.iter().filter_map(planned::change)).collect()
}

/// What a block only sets a part of, where it is referred to.
pub fn part_of(block: &Block) -> Option<ResourceId> {
    split::part_of(block)
}

/// What a block only sets a part of, where it names it: its type, and its name.
pub fn part_of_named(block: &Block) -> Option<(&'static str, String)> {
    split::named_owner(block)
}

/// Whether a type is read: it becomes a resource, or is declared beside one.
pub fn reads(terraform: &str) -> bool {
    types::kind(terraform).is_some() || split::is_split(terraform)
}

/// Whether there is, or may be, such a thing afterwards.
fn is_there(block: &Block) -> bool {
    !matches!(block.change, Change::Destroyed { .. }) && !block.exists.is_false()
}

/// What mappers fill: facts, tags, and the name where the source says it.
struct Mapped {
    facts: Facts,
    tags: Tags,
    name: Option<String>,
}

/// The mapper of a type with facts of its own.
fn mapper(kind: &str) -> Option<fn(&Owner<'_>, &Item) -> Mapped> {
    Some(match kind {
        "aws_s3_bucket" => s3::bucket,
        "aws_backup_vault" => backup::vault,
        "aws_backup_logically_air_gapped_vault" => backup::air_gapped_vault,
        "aws_backup_plan" => |_, body| backup::plan(body),
        "aws_backup_selection" => |_, body| backup::selection(body),
        "aws_backup_restore_testing_plan" => |_, body| restore_testing::plan(body),
        "aws_backup_restore_testing_selection" => |_, body| restore_testing::selection(body),
        "aws_backup_framework" => |_, body| backup_audit::framework(body),
        "aws_backup_report_plan" => |_, body| backup_audit::report_plan(body),
        "aws_kms_key" => kms::key,
        "aws_kms_external_key" => kms::external_key,
        "aws_kms_replica_key" => kms::replica_key,
        "aws_iam_role" => iam::role,
        "aws_iam_user" => iam::user,
        "aws_iam_group" => iam::group,
        "aws_iam_policy" => iam::policy,
        "aws_cloudtrail" => |_, body| trail::trail(body),
        "aws_cloudwatch_event_rule" => events::rule,
        _ => return None,
    })
}

fn resource(splits: &Splits<'_>, block: &Block) -> Option<Resource> {
    let mapper = mapper(&block.kind);
    if mapper.is_none() && !workload::is_workload(&block.kind) {
        return None;
    }
    let id = types::identity(&block.kind, &block.address, &block.place)?;
    let body = body(block);
    let owner = Owner { splits, block, id: id.clone(), name: types::own_name(&block.kind, &body) };
    let exists = Fact::all([block.exists.clone(), workload::has_data_of_its_own(&block.kind, &body)]);
    if exists.is_false() {
        return None;
    }
    let Mapped { facts, tags, name } = match mapper {
        Some(map) => map(&owner, &body),
        None => workload::workload(&owner, &body)?,
    };
    Some(Resource {
        id,
        name: name.map_or_else(|| block.address.clone(), Into::into),
        origin: Origin::Declared { header: block.header.clone(), address: block.address.clone() },
        exists,
        tags,
        suppressions: Vec::new(),
        removal: removal::removal(block, &body).map(Box::new),
        facts,
    })
}

/// The arguments; what is missing among them could have stood in the block.
fn body(block: &Block) -> Item {
    Item { key_at: block.body.key_at.clone().or_else(|| Some(block.header.clone())), ..block.body.clone() }
}

/// What only happens once it is applied.
fn when_applied<T>(what: &str) -> Fact<T> {
    Fact::unknown(format!("{what} when the configuration is applied"))
}

/// What a configuration cannot say.
fn unsaid<T>(what: &str) -> Fact<T> {
    Fact::unknown(format!("a configuration does not say {what}"))
}
