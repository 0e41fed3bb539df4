//! The account itself: what the services tell of it, joined into the one `AWS::Account`.

use futures::FutureExt;

use crate::model::account::Account;
use crate::model::resource::{Facts, Tags};

use super::look::{GLOBAL, Look};
use super::operation::Service;
use super::part::Part;
use super::session::Session;
use super::{backup, iam, organizations, s3control};

/// No service of its own: the operations are those of the services that are asked.
pub const SERVICE: Service =
    Service { operations: &[], global: Some(|session| collect(session).boxed_local()), regional: None, in_use: None };

/// The account alone.
pub async fn collect(session: &Session<'_>) -> Part {
    session.step("the account");
    let mut look = Look::at(session, GLOBAL);
    let public_access_block = s3control::public_access_block(&mut look).await;
    let root = iam::root_user(&mut look).await;
    let membership = organizations::membership(&mut look).await;
    let backup_global = backup::global_settings(&mut look).await;
    let facts = Account {
        public_access_block,
        organizational_units: membership.units,
        organization: membership.organization,
        service_control: membership.service_control,
        root,
        backup_global,
    };
    let account = &session.account;
    let id = look.id("AWS::Account", account);
    look.found(id, account, Tags::unread("tags of accounts are not read"), Facts::Account(Box::new(facts)));
    look.part
}
