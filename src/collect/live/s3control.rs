//! The account's own public access block.

use crate::model::fact::Fact;
use crate::model::s3::PublicAccessBlock;

use super::look::Look;
use super::operation::{Operation, Service};

/// S3 Control.
pub const SERVICE: Service =
    Service { operations: &[GET_PUBLIC_ACCESS_BLOCK], global: None, regional: None, in_use: None };

const GET_PUBLIC_ACCESS_BLOCK: Operation = Operation {
    service: "s3control",
    name: "GetPublicAccessBlock",
    actions: &["s3:GetAccountPublicAccessBlock"],
    why: "the account's public access block",
};

/// The block; absent where none is set.
pub async fn public_access_block(look: &mut Look<'_>) -> Fact<PublicAccessBlock> {
    let session = look.session;
    let clients = session.clients(&session.home);
    let account = session.account.clone();
    let answer = session.send(clients.s3control.get_public_access_block().account_id(account.as_ref()).send()).await;
    look.fact(&GET_PUBLIC_ACCESS_BLOCK, &account, &["NoSuchPublicAccessBlockConfiguration"], answer, |output| {
        Fact::from_option(output.public_access_block_configuration).map(|block| PublicAccessBlock {
            block_public_acls: Fact::known(block.block_public_acls.unwrap_or(false)),
            ignore_public_acls: Fact::known(block.ignore_public_acls.unwrap_or(false)),
            block_public_policy: Fact::known(block.block_public_policy.unwrap_or(false)),
            restrict_public_buckets: Fact::known(block.restrict_public_buckets.unwrap_or(false)),
        })
    })
}
