//! Restore jobs: what was restored, from where, how long it took, and what restore testing made of it.

use aws_sdk_backup::types::RestoreJobsListMember;
use aws_smithy_types::DateTime;

use crate::model::backup::job::{RESTORE_HISTORY, RestoreJob};
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Tags};

use super::super::convert::time;
use super::super::look::Look;
use super::super::operation::Operation;
use super::super::part::Part;
use super::super::session::Session;

pub const LIST_JOBS: Operation = Operation {
    service: "backup",
    name: "ListRestoreJobs",
    actions: &["backup:ListRestoreJobs"],
    why: "which restores and restore tests ran, and how they ended",
};

const JOB: &str = "AWS::Backup::RestoreJob";

pub async fn collect(session: &Session<'_>, region: &str) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let after = session.now.saturating_sub(RESTORE_HISTORY).map_or(0, |after| after.as_second());
    let list = look
        .list(&LIST_JOBS, None, |token| {
            let call = clients
                .backup
                .list_restore_jobs()
                .by_created_after(DateTime::from_secs(after))
                .max_results(1000)
                .set_next_token(token)
                .send();
            async {
                let page = session.send(call).await?;
                let jobs = page.restore_jobs.unwrap_or_default();
                // Each page is made small before the next is asked for.
                Ok((jobs.into_iter().filter_map(job).collect::<Vec<_>>(), page.next_token))
            }
        })
        .await;
    if list.broken.is_none() {
        look.listed(JOB, None);
    }
    for (id, facts) in list.items {
        let resource = look.id(JOB, &id);
        look.found(resource, &id, Tags::default(), Facts::RestoreJob(Box::new(facts)));
    }
    look.part
}

fn job(job: RestoreJobsListMember) -> Option<(String, RestoreJob)> {
    let facts = RestoreJob {
        status: job.status.map_or_else(
            || Fact::unknown("`backup:ListRestoreJobs` did not say the status"),
            |status| Fact::known(status.as_str().to_owned()),
        ),
        recovery_point: Fact::from_option(job.recovery_point_arn),
        vault: Fact::from_option(job.backup_vault_arn),
        resource: Fact::from_option(job.source_resource_arn),
        resource_type: Fact::from_option(job.resource_type),
        created: time(job.creation_date.as_ref()),
        completed: time(job.completion_date.as_ref()),
        testing_plan: Fact::from_option(job.created_by.and_then(|creator| creator.restore_testing_plan_arn)),
        validation: Fact::from_option(job.validation_status.map(|status| status.as_str().to_owned())),
    };
    Some((job.restore_job_id?, facts))
}

#[cfg(test)]
mod tests {
    use aws_sdk_backup::types::{RestoreJobCreator, RestoreJobStatus, RestoreValidationStatus};

    use super::*;

    #[test]
    fn a_job_of_restore_testing_names_its_plan_and_any_other_none() {
        let plain = RestoreJobsListMember::builder().restore_job_id("1").status(RestoreJobStatus::Completed);
        let (_, facts) = job(plain.clone().build()).unwrap();
        assert!(facts.testing_plan.is_absent() && facts.validation.is_absent() && facts.completed.is_absent());
        let creator = RestoreJobCreator::builder().restore_testing_plan_arn("arn:p").build();
        let tested = plain.created_by(creator).validation_status(RestoreValidationStatus::TimedOut).build();
        let (_, facts) = job(tested).unwrap();
        assert_eq!(facts.testing_plan.value().unwrap(), "arn:p");
        assert_eq!(facts.validation.value().unwrap(), "TIMED_OUT");
    }

    #[test]
    fn a_job_without_a_status_has_an_unknown_one() {
        let (_, facts) = job(RestoreJobsListMember::builder().restore_job_id("1").build()).unwrap();
        assert!(facts.status.is_unknown());
    }
}
