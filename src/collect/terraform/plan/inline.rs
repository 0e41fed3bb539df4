//! Arguments that the provider fills in where a configuration leaves them out.
//!
//! Since version 4 of the AWS provider a bucket's versioning, replication and so on are resources of their own, and the
//! older blocks in the bucket show what is there before the plan is applied. What a resource of its own will make of it,
//! or leave of it when it is destroyed, is not in them yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::collect::declared::item::{Kind, Map};
use crate::collect::terraform::block::Block;
use crate::collect::terraform::types;

/// The type of the owner, its argument, the type that sets the same beside it, and how that names the owner.
const INLINE: [(&str, &str, &str, &str); 12] = [
    ("aws_iam_role", "inline_policy", "aws_iam_role_policy", "role"),
    ("aws_iam_role", "managed_policy_arns", "aws_iam_policy_attachment", "roles"),
    ("aws_iam_role", "managed_policy_arns", "aws_iam_role_policy_attachment", "role"),
    ("aws_iam_role", "managed_policy_arns", "aws_iam_role_policy_attachments_exclusive", "role_name"),
    ("aws_kms_key", "policy", "aws_kms_key_policy", "key_id"),
    ("aws_s3_bucket", "lifecycle_rule", "aws_s3_bucket_lifecycle_configuration", "bucket"),
    ("aws_s3_bucket", "logging", "aws_s3_bucket_logging", "bucket"),
    ("aws_s3_bucket", "object_lock_configuration", "aws_s3_bucket_object_lock_configuration", "bucket"),
    ("aws_s3_bucket", "policy", "aws_s3_bucket_policy", "bucket"),
    ("aws_s3_bucket", "replication_configuration", "aws_s3_bucket_replication_configuration", "bucket"),
    (
        "aws_s3_bucket",
        "server_side_encryption_configuration",
        "aws_s3_bucket_server_side_encryption_configuration",
        "bucket",
    ),
    ("aws_s3_bucket", "versioning", "aws_s3_bucket_versioning", "bucket"),
];

/// Whether it is such an argument, or another block that the provider fills in.
pub fn is_computed(kind: &str, argument: &str) -> bool {
    (kind, argument) == ("aws_backup_selection", "condition")
        || INLINE.iter().any(|(owner, inline, ..)| *owner == kind && *inline == argument)
}

/// Such arguments that a configuration does not write, by the owner's address.
#[derive(Debug, Default)]
pub struct Computed(BTreeMap<String, BTreeSet<&'static str>>);

impl Computed {
    /// Notes which of these arguments, none of which is written, the provider filled in.
    pub fn note<'n>(&mut self, kind: &str, address: &str, unwritten: impl Iterator<Item = &'n str>) {
        for name in unwritten {
            if let Some((_, inline, ..)) = INLINE.iter().find(|(owner, inline, ..)| *owner == kind && *inline == name) {
                self.0.entry(address.to_owned()).or_default().insert(inline);
            }
        }
    }
}

/// Takes out what the provider filled in where a resource of its own, kept or destroyed, may set it.
pub fn leave_to_split_resources(blocks: &mut [Block], computed: &Computed) {
    let mut meant = BTreeMap::new();
    for (_, _, split, argument) in INLINE {
        let of_kind = blocks.iter().filter(|block| &*block.kind == split);
        let items: Vec<Kind> = of_kind.map(|block| block.body.get(argument).kind).collect();
        meant.insert(split, items);
    }
    for block in blocks {
        let Some(names) = computed.0.get(&*block.address) else { continue };
        let id = types::identity(&block.kind, &block.address, &block.place);
        let own_name = types::own_name(&block.kind, &block.body);
        let may_mean = |kind: &Kind| match kind {
            Kind::Reference(reference) => Some(&reference.target) == id.as_ref(),
            Kind::Text(text) => own_name.value().is_none_or(|name| **name == **text),
            _ => true,
        };
        let set = |name: &str| {
            let splits = INLINE.iter().filter(|(owner, inline, ..)| **owner == *block.kind && *inline == name);
            splits.filter_map(|(_, _, split, _)| meant.get(split)).flatten().any(may_mean)
        };
        let Kind::Map(map) = &block.body.kind else { continue };
        let kept = map.entries.iter().filter(|(name, _)| !(names.contains(&**name) && set(name))).cloned().collect();
        block.body.kind = Kind::Map(Arc::new(Map { entries: kept, open: map.open.clone() }));
    }
}
