//! AWS Backup: vaults and their recovery points, plans and their selections, protected resources, jobs, restore testing,
//! Region and global settings, Backup Audit Manager, legal holds.

mod audit;
mod global;
mod holds;
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

pub use global::global_settings;
pub use plans::read_one as read_plan;
pub use vaults::read_one as read_vault;

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
        audit::LIST_FRAMEWORKS,
        audit::DESCRIBE_FRAMEWORK,
        audit::LIST_REPORT_PLANS,
        audit::DESCRIBE_REPORT_PLAN,
        holds::LIST_HOLDS,
        holds::GET_HOLD,
        global::DESCRIBE_GLOBAL_SETTINGS,
        LIST_TAGS,
    ],
    global: None,
    regional: Some(|session, region| collect(session, region).boxed_local()),
    in_use: Some(|session, region| collect_in_use(session, region).boxed_local()),
};

const LIST_TAGS: Operation = Operation {
    service: "backup",
    name: "ListTags",
    actions: &["backup:ListTags"],
    why: "the tags of vaults, plans, restore-testing plans, frameworks, report plans and the newest recovery points",
};

/// What a Region may have of its own, and what counts beyond it, whatever else the Region has: its report plans may
/// report on all Regions, and its restores are evidence for what is backed up elsewhere, even after their vault went.
async fn collect(session: &Session<'_>, region: &str) -> Part {
    session.step(&format!("{region}: AWS Backup"));
    let mut whole = Part::default();
    let (vaults, plans, protected) = futures::future::join3(
        vaults::collect(session, region),
        plans::collect(session, region),
        protected::collect(session, region),
    )
    .await;
    let (tests, restores, reports) = futures::future::join3(
        testing::collect(session, region),
        restores::collect(session, region),
        audit::report_plans(session, region),
    )
    .await;
    [vaults, plans, protected, tests, restores, reports].into_iter().for_each(|part| whole.absorb(part));
    whole
}

/// What is asked of a Region that is in use, and counts there alone: settings and frameworks are about what it holds,
/// legal holds about the points of its vaults, and backup and copy jobs about its plans. A Region without vault and
/// plan makes no jobs; those of a vault that is gone left nothing behind that could be judged.
async fn collect_in_use(session: &Session<'_>, region: &str) -> Part {
    let mut whole = Part::default();
    let (settings, jobs, frameworks, holds) = futures::future::join4(
        region::collect(session, region),
        jobs::collect(session, region),
        audit::frameworks(session, region),
        holds::collect(session, region),
    )
    .await;
    [settings, jobs, frameworks, holds].into_iter().for_each(|part| whole.absorb(part));
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
