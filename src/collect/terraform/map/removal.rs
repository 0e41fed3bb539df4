//! What Terraform does with the data of a resource that it destroys, be it for good or to make it anew.
//!
//! "The lifecycle Meta-Argument" in the documentation of Terraform: with `prevent_destroy` no plan destroys it, as long as
//! its block is there. Arguments and defaults are those of the pages of the AWS provider in the Terraform Registry.

use crate::collect::declared::item::Item;
use crate::collect::declared::removal::{automated_backups, flag};
use crate::collect::terraform::block::Block;
use crate::model::fact::Fact;
use crate::model::removal::Removal;

const NOT_PREVENTED: &str = "without `prevent_destroy` Terraform destroys it";

/// What is lost with a resource; none of a type that holds nothing of its own, or that cannot be deleted before somebody
/// emptied it.
pub(super) fn removal(block: &Block, body: &Item) -> Option<Removal> {
    let (outlives, fault) = outlives(&block.kind, body)?;
    let lost = Fact::any([block.prevent_destroy.clone(), outlives]).negate();
    let faults = lost.clone().and_then(|lost| {
        let all = [Some(NOT_PREVENTED.to_owned()), fault].into_iter().flatten();
        Fact::known(if lost { all.collect() } else { Vec::new() })
    });
    Some(Removal { lost_on_delete: lost.clone(), lost_on_replace: lost, faults: faults.at(None) })
}

/// Whether the data outlives it all the same by what its arguments say, and what is wrong with them where they say that
/// it does not.
fn outlives(kind: &str, body: &Item) -> Option<(Fact<bool>, Option<String>)> {
    let is_on = |argument: &str| flag(&body.get(argument), false);
    let is_off = |argument: &'static str| {
        let on = is_on(argument);
        let fault = on.is_true().then(|| format!("`{argument}` is on"));
        (on.negate(), fault)
    };
    let final_snapshot = |others: &[Fact<bool>]| {
        let (taken, fault) = is_off("skip_final_snapshot");
        (Fact::any([taken].into_iter().chain(others.iter().cloned())), fault)
    };
    let automated = |default| {
        automated_backups(&body.get("delete_automated_backups"), &body.get("backup_retention_period"), default)
    };
    Some(match kind {
        // A bucket that holds anything is not deleted, unless it is emptied first.
        "aws_s3_bucket" => is_off("force_destroy"),
        "aws_db_instance" => final_snapshot(&[is_on("deletion_protection"), automated(0)]),
        "aws_rds_cluster" => final_snapshot(&[is_on("deletion_protection"), automated(1)]),
        "aws_docdb_cluster" | "aws_neptune_cluster" => final_snapshot(&[is_on("deletion_protection")]),
        "aws_redshift_cluster" => final_snapshot(&[]),
        // "Delete a table with PITR enabled" in the DynamoDB Developer Guide: a system backup stays for 35 days.
        "aws_dynamodb_table" => {
            let recovery = flag(&body.nested("point_in_time_recovery").get("enabled"), false);
            (Fact::any([is_on("deletion_protection_enabled"), recovery]), None)
        }
        "aws_ebs_volume" => (is_on("final_snapshot"), None),
        "aws_efs_file_system" => (Fact::known(false), None),
        "aws_fsx_windows_file_system" | "aws_fsx_openzfs_file_system" => is_off("skip_final_backup"),
        "aws_fsx_lustre_file_system" => return lustre(body),
        // "Deleting AWS KMS keys" in the AWS KMS Developer Guide: a primary key waits for its replicas.
        "aws_kms_key" | "aws_kms_external_key" => {
            let waits = is_on("multi_region").and_then(|multi| {
                if multi { Fact::unknown("a primary key stays as long as it has replicas") } else { Fact::known(false) }
            });
            (waits, None)
        }
        _ => return None,
    })
}

/// A scratch file system is for what need not be kept, and is never backed up. Of any other one no final backup is taken
/// unless `skip_final_backup` is false; where its files lie in a bucket too, they are not lost with it.
fn lustre(body: &Item) -> Option<(Fact<bool>, Option<String>)> {
    let deployment = body.get("deployment_type").text();
    if deployment.value().map_or(deployment.is_absent(), |deployment| deployment.starts_with("SCRATCH")) {
        return None;
    }
    let outlives = flag(&body.get("skip_final_backup"), true).negate().and_then(|backed_up| {
        let elsewhere = "whether a bucket holds the files of the file system too is not read";
        if backed_up { Fact::known(true) } else { Fact::unknown(elsewhere) }
    });
    Some((outlives, None))
}
