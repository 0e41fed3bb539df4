//! Backup and copy jobs of the last 30 days, each page turned into facts and dropped: a Region may have very many.

use aws_sdk_backup::types as sdk;
use aws_smithy_types::DateTime;
use jiff::SignedDuration;

use crate::model::backup::job::{BackupJob, CopyJob};
use crate::model::fact::Fact;
use crate::model::intern::Interner;
use crate::model::resource::{Facts, Tags};

use super::super::convert::time;
use super::super::look::Look;
use super::super::operation::Operation;
use super::super::part::Part;
use super::super::session::Session;

pub const LIST_BACKUP_JOBS: Operation = Operation {
    service: "backup",
    name: "ListBackupJobs",
    actions: &["backup:ListBackupJobs"],
    why: "how the backup jobs of the last 30 days ended",
};
pub const LIST_COPY_JOBS: Operation = Operation {
    service: "backup",
    name: "ListCopyJobs",
    actions: &["backup:ListCopyJobs"],
    why: "how the copy jobs of the last 30 days ended",
};

const BACKUP_JOB: &str = "AWS::Backup::BackupJob";
const COPY_JOB: &str = "AWS::Backup::CopyJob";

/// How far back AWS Backup lists jobs (AWS Backup API Reference: ListBackupJobs).
const WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);

pub async fn collect(session: &Session<'_>, region: &str) -> Part {
    let (mut part, copies) = futures::future::join(backup_jobs(session, region), copy_jobs(session, region)).await;
    part.absorb(copies);
    part
}

async fn backup_jobs(session: &Session<'_>, region: &str) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let fetch = |token| {
        let call = clients.backup.list_backup_jobs().by_created_after(since(session)).max_results(1000);
        let call = call.set_next_token(token).send();
        async { session.send(call).await.map(|page| (page.backup_jobs.unwrap_or_default(), page.next_token)) }
    };
    let read = look.stream(&LIST_BACKUP_JOBS, None, fetch, |look, job: sdk::BackupJob| {
        let Some(id) = job.backup_job_id.clone() else { return };
        let facts = session.sharing(|texts| backup_job(texts, &job));
        look.found(look.id(BACKUP_JOB, &id), &id, Tags::default(), Facts::BackupJob(Box::new(facts)));
    });
    if read.await.is_ok() {
        look.listed(BACKUP_JOB, None);
    }
    look.part
}

async fn copy_jobs(session: &Session<'_>, region: &str) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let fetch = |token| {
        let call = clients.backup.list_copy_jobs().by_created_after(since(session)).max_results(1000);
        let call = call.set_next_token(token).send();
        async { session.send(call).await.map(|page| (page.copy_jobs.unwrap_or_default(), page.next_token)) }
    };
    let read = look.stream(&LIST_COPY_JOBS, None, fetch, |look, job: sdk::CopyJob| {
        let Some(id) = job.copy_job_id.clone() else { return };
        let facts = session.sharing(|texts| copy_job(texts, &job));
        look.found(look.id(COPY_JOB, &id), &id, Tags::default(), Facts::CopyJob(Box::new(facts)));
    });
    if read.await.is_ok() {
        look.listed(COPY_JOB, None);
    }
    look.part
}

/// The beginning of the window: 30 days before the snapshot's time.
fn since(session: &Session<'_>) -> DateTime {
    DateTime::from_secs(session.now.as_second().saturating_sub(WINDOW.as_secs()))
}

fn backup_job(texts: &mut Interner, job: &sdk::BackupJob) -> BackupJob {
    let by = job.created_by.as_ref();
    let mut shared = |text: Option<&str>| Fact::from_option(text.map(|text| texts.text(text)));
    BackupJob {
        state: shared(job.state.as_ref().map(sdk::BackupJobState::as_str))
            .or_unknown("`backup:ListBackupJobs` did not say the state"),
        resource: shared(job.resource_arn()),
        resource_type: shared(job.resource_type()),
        created: time(job.creation_date.as_ref()),
        completed: time(job.completion_date.as_ref()),
        vault: shared(job.backup_vault_arn()),
        plan: shared(by.and_then(|by| by.backup_plan_id())),
        rule: shared(by.and_then(|by| by.backup_rule_id())),
        message_category: shared(job.message_category()),
        nested: job.parent_job_id.is_some() && !job.is_parent,
    }
}

fn copy_job(texts: &mut Interner, job: &sdk::CopyJob) -> CopyJob {
    let by = job.created_by.as_ref();
    let mut shared = |text: Option<&str>| Fact::from_option(text.map(|text| texts.text(text)));
    CopyJob {
        state: shared(job.state.as_ref().map(sdk::CopyJobState::as_str))
            .or_unknown("`backup:ListCopyJobs` did not say the state"),
        resource: shared(job.resource_arn()),
        resource_type: shared(job.resource_type()),
        created: time(job.creation_date.as_ref()),
        completed: time(job.completion_date.as_ref()),
        source_vault: shared(job.source_backup_vault_arn()),
        destination_vault: shared(job.destination_backup_vault_arn()),
        plan: shared(by.and_then(|by| by.backup_plan_id())),
        message_category: shared(job.message_category()),
        nested: job.parent_job_id.is_some() && !job.is_parent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_without_a_state_has_none_made_up() {
        let mut texts = Interner::default();
        assert!(backup_job(&mut texts, &sdk::BackupJob::builder().build()).state.is_unknown());
        assert!(copy_job(&mut texts, &sdk::CopyJob::builder().build()).state.is_unknown());
    }

    #[test]
    fn a_part_of_a_stack_is_nested_and_the_stack_is_not() {
        let mut texts = Interner::default();
        let part = sdk::BackupJob::builder().parent_job_id("p").build();
        let stack = sdk::BackupJob::builder().parent_job_id("p").is_parent(true).build();
        assert!(backup_job(&mut texts, &part).nested && !backup_job(&mut texts, &stack).nested);
    }
}
