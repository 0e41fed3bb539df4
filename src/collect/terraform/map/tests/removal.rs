//! What Terraform does with the data of what it destroys.

use super::*;
use crate::model::fact::State;
use crate::model::removal::Removal;

/// The facts of one resource of this type with this `prevent_destroy`; none where it is not asked.
fn removal(kind: &str, prevent: Fact<bool>, body: Json) -> Option<Removal> {
    let address = format!("{kind}.r");
    let mut bodies = json!({});
    bodies[&address] = body;
    let mut root = root(bodies);
    root.blocks[0].prevent_destroy = prevent;
    named(&resources(&root), &address).removal.as_deref().cloned()
}

/// `L` lost, `k` kept, `?` unknown, `-` not asked.
fn fate(kind: &str, prevent: Fact<bool>, body: Json) -> char {
    let Some(removal) = removal(kind, prevent, body) else { return '-' };
    assert_eq!(removal.lost_on_delete, removal.lost_on_replace, "it is destroyed either way");
    match removal.lost_on_delete.state {
        State::Known(true) => 'L',
        State::Known(false) => 'k',
        State::Unknown(_) => '?',
        State::Absent => 'a',
    }
}

#[test]
fn what_the_arguments_keep_is_kept() {
    let cases = [
        ("aws_s3_bucket", json!({}), 'k'),
        ("aws_s3_bucket", json!({ "force_destroy": true }), 'L'),
        ("aws_s3_bucket", json!({ "force_destroy": { "?": "a variable has no value" } }), '?'),
        ("aws_db_instance", json!({}), 'k'),
        ("aws_db_instance", json!({ "skip_final_snapshot": true }), 'L'),
        ("aws_db_instance", json!({ "skip_final_snapshot": true, "deletion_protection": true }), 'k'),
        ("aws_db_instance", json!({ "skip_final_snapshot": true, "delete_automated_backups": false }), 'L'),
        (
            "aws_db_instance",
            json!({ "skip_final_snapshot": true, "delete_automated_backups": false, "backup_retention_period": 7 }),
            'k',
        ),
        ("aws_rds_cluster", json!({ "skip_final_snapshot": true, "delete_automated_backups": false }), 'k'),
        ("aws_rds_cluster", json!({ "skip_final_snapshot": true }), 'L'),
        ("aws_docdb_cluster", json!({ "skip_final_snapshot": true }), 'L'),
        ("aws_docdb_cluster", json!({ "skip_final_snapshot": true, "deletion_protection": true }), 'k'),
        ("aws_neptune_cluster", json!({ "skip_final_snapshot": false }), 'k'),
        ("aws_redshift_cluster", json!({}), 'k'),
        ("aws_redshift_cluster", json!({ "skip_final_snapshot": true }), 'L'),
        ("aws_dynamodb_table", json!({}), 'L'),
        ("aws_dynamodb_table", json!({ "deletion_protection_enabled": true }), 'k'),
        ("aws_dynamodb_table", json!({ "point_in_time_recovery": [{ "enabled": true }] }), 'k'),
        ("aws_dynamodb_table", json!({ "point_in_time_recovery": [{ "enabled": false }] }), 'L'),
        ("aws_ebs_volume", json!({}), 'L'),
        ("aws_ebs_volume", json!({ "final_snapshot": true }), 'k'),
        ("aws_efs_file_system", json!({}), 'L'),
        ("aws_fsx_windows_file_system", json!({}), 'k'),
        ("aws_fsx_openzfs_file_system", json!({ "skip_final_backup": true }), 'L'),
        ("aws_fsx_lustre_file_system", json!({}), '-'),
        ("aws_fsx_lustre_file_system", json!({ "deployment_type": "SCRATCH_2" }), '-'),
        ("aws_fsx_lustre_file_system", json!({ "deployment_type": "PERSISTENT_2" }), '?'),
        ("aws_fsx_lustre_file_system", json!({ "deployment_type": "PERSISTENT_2", "skip_final_backup": false }), 'k'),
        ("aws_fsx_ontap_file_system", json!({}), '-'),
        ("aws_instance", json!({}), '-'),
        ("aws_backup_vault", json!({ "force_destroy": true }), '-'),
        ("aws_kms_key", json!({}), 'L'),
        ("aws_kms_key", json!({ "multi_region": true }), '?'),
        ("aws_kms_replica_key", json!({}), '-'),
    ];
    for (kind, body, wanted) in cases {
        assert_eq!(fate(kind, Fact::absent(), body.clone()), wanted, "{kind} {body}");
    }
}

#[test]
fn prevent_destroy_keeps_anything() {
    let unknown = || Fact::unknown("a plan does not say it");
    for kind in ["aws_dynamodb_table", "aws_efs_file_system", "aws_kms_key"] {
        assert_eq!(fate(kind, Fact::known(true), json!({})), 'k', "{kind}");
        assert_eq!(fate(kind, Fact::known(false), json!({})), 'L', "{kind}");
        assert_eq!(fate(kind, unknown(), json!({})), '?', "{kind}");
    }
    assert_eq!(fate("aws_dynamodb_table", unknown(), json!({ "deletion_protection_enabled": true })), 'k');
    assert_eq!(fate("aws_s3_bucket", Fact::known(true), json!({ "force_destroy": true })), 'k');
}

#[test]
fn a_fault_stands_at_the_argument_that_is_written() {
    let of = |kind: &str, prevent: Fact<bool>, body: Json| {
        let removal = removal(kind, prevent, body).unwrap();
        (place(&removal.section()).to_owned(), removal.faults.value().unwrap().join("; "))
    };
    assert_eq!(
        of("aws_s3_bucket", Fact::absent(), json!({ "force_destroy": true })),
        (
            "aws_s3_bucket.r/force_destroy".to_owned(),
            "without `prevent_destroy` Terraform destroys it; `force_destroy` is on".to_owned()
        )
    );
    assert_eq!(
        of("aws_db_instance", Fact::absent(), json!({ "skip_final_snapshot": true })).0,
        "aws_db_instance.r/skip_final_snapshot"
    );
    assert_eq!(of("aws_efs_file_system", Fact::absent(), json!({})).0, "-", "that is the header");
    let written = Fact::known(false).at(position("prevent_destroy"));
    assert_eq!(of("aws_efs_file_system", written, json!({})).0, "prevent_destroy");
    assert_eq!(of("aws_efs_file_system", Fact::known(true), json!({})).1, "");
}
