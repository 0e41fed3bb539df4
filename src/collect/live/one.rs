//! One resource, and the account that it belongs to: the account's own settings may make up for the resource's, and its
//! organizational units decide which rules and waivers are meant for it.

use super::part::Part;
use super::session::Session;
use super::{account_facts, backup, kms, s3};

/// Reads a resource by its id or ARN; nothing but the account where the type is none of those that rules judge by the
/// resource's own settings.
pub async fn read(session: &Session<'_>, kind: &str, region: &str, resource: &str) -> Part {
    let mut part = match kind {
        "AWS::Backup::BackupPlan" => backup::read_plan(session, region, resource).await,
        "AWS::Backup::BackupVault" => backup::read_vault(session, region, resource).await,
        "AWS::KMS::Key" => kms::read_one(session, region, resource).await,
        "AWS::S3::Bucket" => s3::read_one(session, region, resource).await,
        _ => Part::default(),
    };
    part.absorb(account_facts::collect(session).await);
    // What these collectors finish is a part of one resource (the selections of its plan), and no list of the account.
    part.listed.retain(|listing| listing.parent.is_some());
    part
}
