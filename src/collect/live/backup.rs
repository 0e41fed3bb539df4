//! AWS Backup: vaults and their recovery points, plans and their selections, protected resources, restore testing,
//! restore jobs, Region settings.

mod jobs;
mod plans;
mod points;
mod protected;
mod region;
mod restores;
mod testing;
mod vaults;

use std::sync::Arc;

use futures::FutureExt;

use crate::model::resource::Tags;

use super::look::{Look, tags};
use super::operation::{Operation, Service};
use super::part::Part;
use super::session::Session;

/// AWS Backup.
pub const SERVICE: Service = Service {
    operations: &[
        vaults::LIST_VAULTS,
        vaults::DESCRIBE_VAULT,
        vaults::GET_POLICY,
        vaults::GET_NOTIFICATIONS,
        points::LIST_POINTS,
        plans::LIST_PLANS,
        plans::GET_PLAN,
        plans::LIST_SELECTIONS,
        plans::GET_SELECTION,
        jobs::LIST_BACKUP_JOBS,
        jobs::LIST_COPY_JOBS,
        protected::LIST_PROTECTED,
        region::DESCRIBE_SETTINGS,
        testing::LIST_PLANS,
        testing::GET_PLAN,
        testing::LIST_SELECTIONS,
        testing::GET_SELECTION,
        restores::LIST_JOBS,
        LIST_TAGS,
    ],
    global: None,
    regional: Some(|session, region| collect(session, region).boxed_local()),
};

const LIST_TAGS: Operation = Operation {
    service: "backup",
    name: "ListTags",
    actions: &["backup:ListTags"],
    why: "the tags of vaults, plans, restore-testing plans and the newest recovery points",
};

async fn collect(session: &Session<'_>, region: &str) -> Part {
    session.step(&format!("{region}: AWS Backup"));
    let (mut whole, plans, protected, settings, jobs) = futures::future::join5(
        vaults::collect(session, region),
        plans::collect(session, region),
        protected::collect(session, region),
        region::collect(session, region),
        jobs::collect(session, region),
    )
    .await;
    whole.absorb(jobs);
    whole.absorb(plans);
    whole.absorb(protected);
    whole.absorb(settings);
    let (tests, restores) =
        futures::future::join(testing::collect(session, region), restores::collect(session, region)).await;
    whole.absorb(tests);
    whole.absorb(restores);
    whole
}

/// The tags of a vault, plan, restore-testing plan or recovery point.
async fn read_tags(look: &mut Look<'_>, arn: &str) -> Tags {
    let session = look.session;
    let clients = session.clients(look.region);
    let list = look
        .list(&LIST_TAGS, Some(arn), |token| {
            let call = clients.backup.list_tags().resource_arn(arn).max_results(1000).set_next_token(token).send();
            async {
                let page = session.send(call).await?;
                Ok((page.tags.unwrap_or_default().into_iter().collect::<Vec<_>>(), page.next_token))
            }
        })
        .await;
    let mut read = tags(list.items.into_iter().map(|(key, value)| (Arc::<str>::from(key), value)));
    read.others = list.broken.map(Into::into);
    read
}
