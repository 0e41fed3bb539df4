//! The account itself: its public access block.

use futures::FutureExt;

use crate::model::account::Account;
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Tags};
use crate::model::s3::PublicAccessBlock;

use super::backup;
use super::look::{GLOBAL, Look};
use super::operation::{Operation, Service};
use super::part::Part;
use super::session::Session;

/// S3 Control.
pub const SERVICE: Service = Service {
    operations: &[GET_PUBLIC_ACCESS_BLOCK],
    global: Some(|session| collect(session).boxed_local()),
    regional: None,
};

const GET_PUBLIC_ACCESS_BLOCK: Operation = Operation {
    service: "s3control",
    name: "GetPublicAccessBlock",
    actions: &["s3:GetAccountPublicAccessBlock"],
    why: "the account's public access block",
};

async fn collect(session: &Session<'_>) -> Part {
    let mut look = Look::at(session, GLOBAL);
    let clients = session.clients(&session.home);
    let account = session.account.clone();
    let answer = session.send(clients.s3control.get_public_access_block().account_id(account.as_ref()).send()).await;
    let public_access_block =
        look.fact(&GET_PUBLIC_ACCESS_BLOCK, &account, &["NoSuchPublicAccessBlockConfiguration"], answer, |output| {
            Fact::from_option(output.public_access_block_configuration).map(|block| PublicAccessBlock {
                block_public_acls: Fact::known(block.block_public_acls.unwrap_or(false)),
                ignore_public_acls: Fact::known(block.ignore_public_acls.unwrap_or(false)),
                block_public_policy: Fact::known(block.block_public_policy.unwrap_or(false)),
                restrict_public_buckets: Fact::known(block.restrict_public_buckets.unwrap_or(false)),
            })
        });
    let id = look.id("AWS::Account", &account);
    let facts = Account {
        public_access_block,
        organizational_units: Fact::unknown("the organization is not read"),
        organization: Fact::unknown("the organization is not read"),
        root: Fact::unknown("the root user is not read"),
        backup_global: backup::global_settings(&mut look).await,
    };
    look.found(id, &account, Tags::unread("tags of accounts are not read"), Facts::Account(Box::new(facts)));
    look.part
}
