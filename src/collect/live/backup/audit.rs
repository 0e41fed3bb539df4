//! Backup Audit Manager: frameworks and report plans.

use aws_sdk_backup::types as sdk;
use futures::StreamExt;

use crate::model::backup::audit::{Framework, ReportPlan};
use crate::model::fact::Fact;
use crate::model::resource::Facts;

use super::super::convert::time;
use super::super::look::Look;
use super::super::operation::Operation;
use super::super::part::Part;
use super::super::session::Session;
use super::read_tags;

pub const LIST_FRAMEWORKS: Operation = Operation {
    service: "backup",
    name: "ListFrameworks",
    actions: &["backup:ListFrameworks"],
    why: "which frameworks of Backup Audit Manager there are",
};
pub const DESCRIBE_FRAMEWORK: Operation = Operation {
    service: "backup",
    name: "DescribeFramework",
    actions: &["backup:DescribeFramework"],
    why: "whether a framework works, and its controls",
};
pub const LIST_REPORT_PLANS: Operation = Operation {
    service: "backup",
    name: "ListReportPlans",
    actions: &["backup:ListReportPlans"],
    why: "which report plans there are",
};
pub const DESCRIBE_REPORT_PLAN: Operation = Operation {
    service: "backup",
    name: "DescribeReportPlan",
    actions: &["backup:DescribeReportPlan"],
    why: "what a report plan reports on, and when it last delivered",
};

const FRAMEWORK: &str = "AWS::Backup::Framework";
const REPORT_PLAN: &str = "AWS::Backup::ReportPlan";
const NOT_FOUND: &str = "ResourceNotFoundException";

pub async fn frameworks(session: &Session<'_>, region: &str) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let list = look
        .list(&LIST_FRAMEWORKS, None, |token| {
            let call = clients.backup.list_frameworks().max_results(1000).set_next_token(token).send();
            async { session.send(call).await.map(|page| (page.frameworks.unwrap_or_default(), page.next_token)) }
        })
        .await;
    if list.broken.is_none() {
        look.listed(FRAMEWORK, None);
    }
    let mut parts = futures::stream::iter(list.items)
        .map(|listed| framework(session, region, listed))
        .buffer_unordered(session.concurrency());
    while let Some(part) = parts.next().await {
        look.part.absorb(part);
    }
    look.part
}

async fn framework(session: &Session<'_>, region: &str, listed: sdk::Framework) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let (Some(name), Some(arn)) = (listed.framework_name, listed.framework_arn) else { return look.part };
    let answer = session.send(clients.backup.describe_framework().framework_name(&name).send()).await;
    if answer.as_ref().is_err_and(|failure| failure.code == NOT_FOUND) {
        look.gone(&DESCRIBE_FRAMEWORK, &arn, NOT_FOUND);
        return look.part;
    }
    let read = look.fact(&DESCRIBE_FRAMEWORK, &arn, &[], answer, Fact::known);
    let said = |status: Option<String>| {
        status.map_or_else(|| Fact::unknown("`backup:DescribeFramework` gave no status"), Fact::known)
    };
    let facts = Framework {
        framework_name: Fact::known(name.clone()),
        deployment: read.as_ref().and_then(|output| said(output.deployment_status.clone())),
        status: read.as_ref().and_then(|output| said(output.framework_status.clone())),
        controls: read.map(|output| {
            output.framework_controls.unwrap_or_default().into_iter().map(|control| control.control_name).collect()
        }),
    };
    let tags = read_tags(&mut look, &arn).await;
    let id = look.id(FRAMEWORK, &arn);
    look.found(id, &name, tags, Facts::Framework(Box::new(facts)));
    look.part
}

pub async fn report_plans(session: &Session<'_>, region: &str) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let list = look
        .list(&LIST_REPORT_PLANS, None, |token| {
            let call = clients.backup.list_report_plans().max_results(1000).set_next_token(token).send();
            async { session.send(call).await.map(|page| (page.report_plans.unwrap_or_default(), page.next_token)) }
        })
        .await;
    if list.broken.is_none() {
        look.listed(REPORT_PLAN, None);
    }
    let mut parts = futures::stream::iter(list.items)
        .map(|listed| report_plan(session, region, listed))
        .buffer_unordered(session.concurrency());
    while let Some(part) = parts.next().await {
        look.part.absorb(part);
    }
    look.part
}

async fn report_plan(session: &Session<'_>, region: &str, listed: sdk::ReportPlan) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let (Some(name), Some(arn)) = (listed.report_plan_name, listed.report_plan_arn) else { return look.part };
    let answer = session.send(clients.backup.describe_report_plan().report_plan_name(&name).send()).await;
    if answer.as_ref().is_err_and(|failure| failure.code == NOT_FOUND) {
        look.gone(&DESCRIBE_REPORT_PLAN, &arn, NOT_FOUND);
        return look.part;
    }
    let read = look.fact(&DESCRIBE_REPORT_PLAN, &arn, &[], answer, |output| {
        output.report_plan.map_or_else(|| Fact::unknown("`backup:DescribeReportPlan` answered nothing"), Fact::known)
    });
    let tags = read_tags(&mut look, &arn).await;
    let id = look.id(REPORT_PLAN, &arn);
    look.found(id, &name, tags, Facts::ReportPlan(Box::new(report_facts(&name, &read))));
    look.part
}

fn report_facts(name: &str, read: &Fact<sdk::ReportPlan>) -> ReportPlan {
    let setting = read.as_ref().and_then(|plan| {
        plan.report_setting
            .clone()
            .map_or_else(|| Fact::unknown("`backup:DescribeReportPlan` did not say what it reports on"), Fact::known)
    });
    let named = |names: Vec<String>| Fact::from_option(Some(names).filter(|names| !names.is_empty()));
    ReportPlan {
        plan_name: Fact::known(name.to_owned()),
        template: setting.as_ref().map(|setting| setting.report_template.clone()),
        bucket: read.as_ref().and_then(|plan| {
            Fact::from_option(plan.report_delivery_channel.as_ref().map(|channel| channel.s3_bucket_name.clone()))
        }),
        regions: setting.as_ref().and_then(|setting| named(setting.regions.clone().unwrap_or_default())),
        accounts: setting.and_then(|setting| {
            let accounts = setting.accounts.into_iter().chain(setting.organization_units);
            named(accounts.flatten().collect())
        }),
        created: read.as_ref().and_then(|plan| time(plan.creation_time.as_ref())),
        last_success: read.as_ref().and_then(|plan| time(plan.last_successful_execution_time.as_ref())),
        last_attempt: read.as_ref().and_then(|plan| time(plan.last_attempted_execution_time.as_ref())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reports(setting: sdk::ReportSetting) -> ReportPlan {
        report_facts("r", &Fact::known(sdk::ReportPlan::builder().report_setting(setting).build()))
    }

    #[test]
    fn a_report_plan_that_names_nobody_covers_its_own_place() {
        let read = reports(sdk::ReportSetting::builder().report_template("BACKUP_JOB_REPORT").build().unwrap());
        assert!(read.regions.is_absent() && read.accounts.is_absent() && read.last_success.is_absent());
        assert_eq!(read.template.value().unwrap(), "BACKUP_JOB_REPORT");
    }

    #[test]
    fn accounts_and_units_are_named_together() {
        let setting = sdk::ReportSetting::builder().report_template("COPY_JOB_REPORT").accounts("111122223333");
        let read = reports(setting.organization_units("ou-1").regions("*").build().unwrap());
        assert_eq!(read.accounts.value().unwrap(), &["111122223333", "ou-1"]);
        assert_eq!(read.regions.value().unwrap(), &["*"]);
    }

    #[test]
    fn a_report_plan_that_could_not_be_read_is_unknown_not_silent() {
        let read = report_facts("r", &Fact::unknown("`backup:DescribeReportPlan` was denied in eu-west-1"));
        assert!(read.template.is_unknown() && read.regions.is_unknown() && read.last_success.is_unknown());
    }
}
