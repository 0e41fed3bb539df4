//! The actions that whoever wants to destroy backups needs, by what they do.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Actions by group: `destroy-backups`, `weaken-immutability`, `stop-protection`, `exfiltrate`, `key-destruction`,
/// `disable-monitoring`, `privilege-escalation`. Each is an action of the Service Authorization Reference,
/// with the types of its resources as that names them.
const TEXT: &str = include_str!("actions.json");

/// Actions that the derivation asks about and that harm nothing by themselves.
const FURTHER: [&str; 28] = [
    "codebuild:CreateProject",
    "datapipeline:CreatePipeline",
    "ecs:RegisterTaskDefinition",
    "ecs:RunTask",
    "glue:CreateJob",
    "glue:StartJobRun",
    "iam:CreateGroup",
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:DeleteGroupPolicy",
    "iam:DeleteUserPolicy",
    "iam:DetachGroupPolicy",
    "iam:DetachUserPolicy",
    "iam:RemoveUserFromGroup",
    "iam:TagUser",
    "iam:UntagUser",
    "iam:UpdateSAMLProvider",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "lambda:InvokeFunction",
    "s3:GetObjectVersionAcl",
    "s3:GetObjectVersionForReplication",
    "s3:GetObjectVersionTagging",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:ReplicateObject",
    "s3:ReplicateTags",
    "s3:ObjectOwnerOverrideToBucketOwner",
];

static GROUPS: LazyLock<BTreeMap<String, BTreeMap<String, Vec<String>>>> =
    LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());

/// All actions that a library holds ready, each once.
pub fn all() -> impl Iterator<Item = &'static str> {
    GROUPS.values().flat_map(BTreeMap::keys).map(String::as_str).chain(FURTHER)
}

/// The types of an action's resources, as the Service Authorization Reference names them; none for an action that is
/// not listed here.
pub fn resource_types(action: &str) -> Option<&'static [String]> {
    let mut all = GROUPS.values().flatten();
    all.find(|(name, _)| name.eq_ignore_ascii_case(action)).map(|(_, types)| types.as_slice())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::iam::MOST_ACTIONS;

    #[test]
    fn a_library_can_hold_all_actions_and_none_stands_twice() {
        let names: Vec<String> = all().map(str::to_ascii_lowercase).collect();
        assert_eq!(names.len(), 188 + FURTHER.len());
        let more = super::super::runners::actions().map(str::to_ascii_lowercase);
        assert!(names.iter().cloned().chain(more).collect::<BTreeSet<_>>().len() <= MOST_ACTIONS);
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}
