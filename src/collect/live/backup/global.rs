//! What holds for AWS Backup in all accounts of an organization.

use std::collections::BTreeMap;

use crate::model::fact::Fact;

use super::super::look::Look;
use super::super::operation::Operation;

pub const DESCRIBE_GLOBAL_SETTINGS: Operation = Operation {
    service: "backup",
    name: "DescribeGlobalSettings",
    actions: &["backup:DescribeGlobalSettings"],
    why: "whether the organization allows copies to other accounts",
};

/// The settings by name; absent outside an organization. Members are answered as the management account is, where their
/// IAM policies let them ask; outside an organization AWS answers an error, and the request has nothing else that could
/// be wrong with it (`DescribeGlobalSettings` in the AWS Backup API Reference).
pub async fn global_settings(look: &mut Look<'_>) -> Fact<BTreeMap<String, String>> {
    let session = look.session;
    let clients = session.clients(&session.home);
    let account = session.account.clone();
    let answer = session.send(clients.backup.describe_global_settings().send()).await;
    look.fact(&DESCRIBE_GLOBAL_SETTINGS, &account, &["InvalidRequestException"], answer, |output| {
        output.global_settings.map_or_else(
            || Fact::unknown("`backup:DescribeGlobalSettings` did not say"),
            |settings| Fact::known(settings.into_iter().collect()),
        )
    })
}
