//! What CloudFormation does with the data of a resource that it deletes or replaces.
//!
//! "DeletionPolicy attribute" and "UpdateReplacePolicy attribute" in the CloudFormation Template Reference: left out, both
//! are `Delete`, but for `DeletionPolicy` of `AWS::RDS::DBCluster` and of a DB instance that is no member of a cluster,
//! which is `Snapshot`. Under the transform `AWS::LanguageExtensions` functions may make them ("Intrinsic function
//! references in DeletionPolicy and UpdateReplacePolicy attributes" in the CloudFormation User Guide).

use super::resolve::Resolver;
use super::template::Declared;
use crate::collect::declared::item::{Choice, Item, Kind};
use crate::collect::declared::removal::{automated_backups, faults, flag};
use crate::model::fact::Fact;
use crate::model::removal::Removal;

/// The types of which CloudFormation takes a snapshot before it deletes them, as far as Backstop knows them.
const SNAPSHOT: [&str; 6] = [
    "AWS::DocDB::DBCluster",
    "AWS::EC2::Volume",
    "AWS::Neptune::DBCluster",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
];

/// One of the two attributes.
struct Attribute {
    name: &'static str,
    /// What it does where it is `Delete`.
    deletes: &'static str,
    /// Whether this is what becomes of a replaced resource.
    replaced: bool,
}

const DELETION: Attribute = Attribute { name: "DeletionPolicy", deletes: "deletes it with its stack", replaced: false };
const REPLACEMENT: Attribute =
    Attribute { name: "UpdateReplacePolicy", deletes: "deletes what an update replaces", replaced: true };

/// What is lost with a resource; none of a type that holds nothing of its own, or that cannot be deleted before somebody
/// emptied it, as buckets and vaults.
pub(super) fn removal<'t>(resolver: &mut Resolver<'t>, declared: &Declared<'t>, properties: &Item) -> Option<Removal> {
    let kind = &**declared.kind;
    let outlives = outlives(kind, properties)?;
    let deleted = resolver.policy_attribute(declared, declared.deletion_policy);
    let replaced = resolver.policy_attribute(declared, declared.update_replace_policy);
    let lost = |attribute: &Attribute, written: &Item| {
        Fact::all([deletes(kind, attribute, written), outlives.clone().negate().at(None)])
    };
    let (lost_on_delete, lost_on_replace) = (lost(&DELETION, &deleted), lost(&REPLACEMENT, &replaced));
    let faults =
        faults([fault(&DELETION, &deleted, &lost_on_delete), fault(&REPLACEMENT, &replaced, &lost_on_replace)]);
    Some(Removal { lost_on_delete, lost_on_replace, faults })
}

/// What is wrong with an attribute by which data is lost.
fn fault(attribute: &Attribute, written: &Item, lost: &Fact<bool>) -> Fact<String> {
    let Attribute { name, deletes, .. } = attribute;
    lost.clone().and_then(|is_lost| match (is_lost, &written.kind) {
        (false, _) => Fact::absent(),
        (true, Kind::Absent) => Fact::known(format!("without `{name}` CloudFormation {deletes}")),
        (true, Kind::Choice(choice)) => {
            agreed(fault(attribute, &choice.yes, lost), fault(attribute, &choice.no, lost), choice)
        }
        (true, _) => written.text().map(|value| format!("`{name}: {value}` {deletes}")),
    })
}

/// What follows of both branches of a condition that cannot be decided.
fn agreed<T: PartialEq>(yes: Fact<T>, no: Fact<T>, choice: &Choice) -> Fact<T> {
    if yes.state == no.state { yes } else { Fact::unknown(choice.why.clone()) }
}

/// Whether CloudFormation deletes the resource without a snapshot.
fn deletes(kind: &str, attribute: &Attribute, written: &Item) -> Fact<bool> {
    let name = attribute.name;
    if let Kind::Choice(choice) = &written.kind {
        let (yes, no) = (deletes(kind, attribute, &choice.yes), deletes(kind, attribute, &choice.no));
        return agreed(yes, no, choice).at(written.at.clone());
    }
    if matches!(written.kind, Kind::Absent) {
        // What is not written stands nowhere.
        return Fact::known(attribute.replaced || !matches!(kind, "AWS::RDS::DBCluster" | "AWS::RDS::DBInstance"));
    }
    written.text().and_then(|value| match value.as_str() {
        "Delete" => Fact::known(true),
        "Retain" => Fact::known(false),
        // It is deleted only where the operation that makes it is rolled back: then it holds nothing yet.
        "RetainExceptOnCreate" if !attribute.replaced => Fact::known(false),
        "Snapshot" if SNAPSHOT.contains(&kind) => Fact::known(false),
        // Of a type without snapshots CloudFormation falls back to `Delete` here.
        "Snapshot" if attribute.replaced => Fact::known(true),
        "Snapshot" => {
            Fact::unknown(format!("CloudFormation takes no snapshot of `{kind}`, and may refuse the template"))
        }
        other => Fact::unknown(format!("`{other}` is no value of `{name}`, so CloudFormation refuses the template")),
    })
}

/// Whether the data outlives a deletion of the resource by what its properties say; none of a type that is not asked.
fn outlives(kind: &str, properties: &Item) -> Option<Fact<bool>> {
    let is_on = |property: &str| flag(&properties.dig(property), false);
    Some(match kind {
        "AWS::RDS::DBCluster" | "AWS::RDS::DBInstance" => Fact::any([
            is_on("DeletionProtection"),
            automated_backups(&properties.get("DeleteAutomatedBackups"), &properties.get("BackupRetentionPeriod"), 1),
        ]),
        "AWS::DocDB::DBCluster" | "AWS::Neptune::DBCluster" => is_on("DeletionProtection"),
        // "Delete a table with PITR enabled" in the DynamoDB Developer Guide: a system backup stays for 35 days.
        "AWS::DynamoDB::Table" => Fact::any([
            is_on("DeletionProtectionEnabled"),
            is_on("PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"),
        ]),
        "AWS::Redshift::Cluster" | "AWS::EFS::FileSystem" | "AWS::EC2::Volume" => Fact::known(false),
        "AWS::FSx::FileSystem" => return file_system(properties),
        // "Deleting AWS KMS keys" in the AWS KMS Developer Guide: a primary key waits for its replicas.
        "AWS::KMS::Key" => is_on("MultiRegion").and_then(|multi| {
            if multi { Fact::unknown("a primary key stays as long as it has replicas") } else { Fact::known(false) }
        }),
        _ => return None,
    })
}

/// `DeleteFileSystem` in the Amazon FSx API Reference takes a final backup of some types unless it is told not to, and
/// what CloudFormation tells it is not documented. File systems for NetApp ONTAP are not deleted before their volumes.
fn file_system(properties: &Item) -> Option<Fact<bool>> {
    let kind = properties.get("FileSystemType").text();
    let deployment = properties.dig("LustreConfiguration.DeploymentType").text();
    // Scratch file systems are for what need not be kept; so is Lustre that says nothing.
    let scratch = deployment.value().map_or(deployment.is_absent(), |deployment| deployment.starts_with("SCRATCH"));
    match kind.value().map(String::as_str) {
        Some("ONTAP") => None,
        Some("LUSTRE") if scratch => None,
        _ => Some(Fact::unknown("whether CloudFormation takes a final backup of a file system is not documented")),
    }
}
