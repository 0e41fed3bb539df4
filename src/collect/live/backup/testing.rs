//! Restore-testing plans and their selections.

use aws_sdk_backup::types as sdk;
use futures::StreamExt;

use crate::model::backup::testing::{RestoreTestingPlan, RestoreTestingSelection};
use crate::model::backup::{TagCondition, TagOperator};
use crate::model::fact::Fact;
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Link, Tags};

use super::super::convert::time;
use super::super::failure::Failure;
use super::super::look::{Look, read_pages};
use super::super::operation::Operation;
use super::super::part::Part;
use super::super::session::Session;
use super::read_tags;

pub const LIST_PLANS: Operation = Operation {
    service: "backup",
    name: "ListRestoreTestingPlans",
    actions: &["backup:ListRestoreTestingPlans"],
    why: "which restore-testing plans there are",
};
pub const GET_PLAN: Operation = Operation {
    service: "backup",
    name: "GetRestoreTestingPlan",
    actions: &["backup:GetRestoreTestingPlan"],
    why: "how often a restore-testing plan runs, and which recovery points it restores",
};
pub const LIST_SELECTIONS: Operation = Operation {
    service: "backup",
    name: "ListRestoreTestingSelections",
    actions: &["backup:ListRestoreTestingSelections"],
    why: "which selections a restore-testing plan has",
};
pub const GET_SELECTION: Operation = Operation {
    service: "backup",
    name: "GetRestoreTestingSelection",
    actions: &["backup:GetRestoreTestingSelection"],
    why: "which resources a restore-testing plan restores",
};

const PLAN: &str = "AWS::Backup::RestoreTestingPlan";
const SELECTION: &str = "AWS::Backup::RestoreTestingSelection";
const NOT_FOUND: &str = "ResourceNotFoundException";

/// By this code an endpoint says that it does not know the operation at all, so that in its Region there is no
/// restore testing. Every other failure, a refusal above all, leaves it unknown whether there is any.
const NO_SUCH_OPERATION: &str = "UnknownOperationException";

pub async fn collect(session: &Session<'_>, region: &str) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let (plans, failure) = read_pages(|token: Option<String>| {
        let call = clients.backup.list_restore_testing_plans().max_results(1000).set_next_token(token).send();
        async { session.send(call).await.map(|page| (page.restore_testing_plans, page.next_token)) }
    })
    .await;
    match failure.filter(|failure| !is_not_offered(failure)) {
        Some(failure) => drop(look.fail(&LIST_PLANS, None, &failure)),
        None => look.listed(PLAN, None),
    }
    let mut parts = futures::stream::iter(plans)
        .map(|plan| read_plan(session, region, plan))
        .buffer_unordered(session.concurrency());
    while let Some(part) = parts.next().await {
        look.part.absorb(part);
    }
    look.part
}

fn is_not_offered(failure: &Failure) -> bool {
    failure.code == NO_SUCH_OPERATION
}

async fn read_plan(session: &Session<'_>, region: &str, listed: sdk::RestoreTestingPlanForList) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let (name, arn) = (listed.restore_testing_plan_name, listed.restore_testing_plan_arn);

    let call = clients.backup.get_restore_testing_plan().restore_testing_plan_name(&name).send();
    let answer = session.send(call).await;
    if answer.as_ref().is_err_and(|failure| failure.code == NOT_FOUND) {
        look.gone(&GET_PLAN, &arn, NOT_FOUND);
        return look.part;
    }
    let plan = look.fact(&GET_PLAN, &arn, &[], answer, |output| {
        output
            .restore_testing_plan
            .map_or_else(|| Fact::unknown("`backup:GetRestoreTestingPlan` answered nothing"), Fact::known)
    });
    let facts = plan_facts(&name, &plan);
    let tags = read_tags(&mut look, &arn).await;
    let id = look.id(PLAN, &arn);
    look.found(id.clone(), &name, tags, Facts::RestoreTestingPlan(Box::new(facts)));
    read_selections(&mut look, &name, id).await;
    look.part
}

fn plan_facts(name: &str, plan: &Fact<sdk::RestoreTestingPlanForGet>) -> RestoreTestingPlan {
    let unsaid = || Fact::unknown("`backup:GetRestoreTestingPlan` did not say which recovery points it restores");
    let points = plan.as_ref().and_then(|plan| plan.recovery_point_selection.as_ref().map_or_else(unsaid, Fact::known));
    let links = |arns: Option<&Vec<String>>| {
        Fact::from_option(arns).map(|arns| arns.iter().map(|arn| Link::text(Fact::known(arn.clone()))).collect())
    };
    RestoreTestingPlan {
        plan_name: Fact::known(name.to_owned()),
        schedule: plan.as_ref().map(|plan| plan.schedule_expression.clone()),
        timezone: plan.as_ref().and_then(|plan| Fact::from_option(plan.schedule_expression_timezone.clone())),
        start_window_hours: plan
            .as_ref()
            .and_then(|plan| Fact::from_option((plan.start_window_hours > 0).then(|| plan.start_window_hours.into()))),
        algorithm: points.as_ref().and_then(|points| {
            Fact::from_option(points.algorithm.as_ref().map(|algorithm| algorithm.as_str().to_owned()))
        }),
        include_vaults: points.as_ref().and_then(|points| links(points.include_vaults.as_ref())),
        exclude_vaults: points.as_ref().and_then(|points| links(points.exclude_vaults.as_ref())),
        recovery_point_types: points.as_ref().and_then(|points| {
            let types = points.recovery_point_types.as_ref();
            Fact::from_option(types).map(|types| types.iter().map(|kind| kind.as_str().to_owned()).collect())
        }),
        selection_window_days: points.as_ref().and_then(|points| {
            Fact::from_option((points.selection_window_days > 0).then(|| points.selection_window_days.into()))
        }),
        last_run: plan.as_ref().and_then(|plan| time(plan.last_execution_time.as_ref())),
    }
}

async fn read_selections(look: &mut Look<'_>, plan_name: &str, plan: ResourceId) {
    let session = look.session;
    let clients = session.clients(look.region);
    let list = look
        .list(&LIST_SELECTIONS, Some(&plan.id), |token| {
            let call = clients
                .backup
                .list_restore_testing_selections()
                .restore_testing_plan_name(plan_name)
                .max_results(1000)
                .set_next_token(token)
                .send();
            async { session.send(call).await.map(|page| (page.restore_testing_selections, page.next_token)) }
        })
        .await;
    if list.broken.is_none() {
        look.listed(SELECTION, Some(&plan.id));
    }
    for listed in list.items {
        let name = listed.restore_testing_selection_name;
        let call = clients
            .backup
            .get_restore_testing_selection()
            .restore_testing_plan_name(plan_name)
            .restore_testing_selection_name(&name)
            .send();
        let answer = session.send(call).await;
        // A selection has no ARN: its plan's ARN and its name name it.
        let id = format!("{}/selection/{name}", plan.id);
        if answer.as_ref().is_err_and(|failure| failure.code == NOT_FOUND) {
            look.gone(&GET_SELECTION, &id, NOT_FOUND);
            continue;
        }
        let read = look.fact(&GET_SELECTION, &id, &[], answer, |output| {
            output
                .restore_testing_selection
                .map_or_else(|| Fact::unknown("`backup:GetRestoreTestingSelection` answered nothing"), Fact::known)
        });
        let facts = RestoreTestingSelection {
            selection_name: Fact::known(name.clone()),
            plan: Link { text: Fact::known(plan_name.to_owned()), target: Some(plan.clone()) },
            // The list tells these, whatever became of the rest.
            resource_type: Fact::known(listed.protected_resource_type),
            validation_window_hours: Fact::from_option(
                (listed.validation_window_hours > 0).then(|| listed.validation_window_hours.into()),
            ),
            role: Fact::known(Link::text(Fact::known(listed.iam_role_arn))),
            created: time(Some(&listed.creation_time)),
            resources: read.as_ref().and_then(|selection| {
                let arns = Fact::from_option(selection.protected_resource_arns.as_ref());
                arns.map(|arns| arns.iter().map(|arn| Link::text(Fact::known(arn.clone()))).collect())
            }),
            conditions: read.as_ref().and_then(|selection| {
                Fact::from_option(selection.protected_resource_conditions.as_ref()).map(conditions)
            }),
        };
        let id = look.id(SELECTION, &id);
        look.found(id, &name, Tags::default(), Facts::RestoreTestingSelection(Box::new(facts)));
    }
}

/// Keys come with or without `aws:ResourceTag/` before them, as they were written.
fn conditions(conditions: &sdk::ProtectedResourceConditions) -> Vec<TagCondition> {
    let lists = [
        (TagOperator::StringEquals, &conditions.string_equals),
        (TagOperator::StringNotEquals, &conditions.string_not_equals),
    ];
    let all = lists.into_iter().flat_map(|(operator, list)| list.iter().flatten().map(move |one| (operator, one)));
    all.map(|(operator, one)| TagCondition {
        operator,
        key: Fact::known(one.key.strip_prefix("aws:ResourceTag/").unwrap_or(&one.key).to_owned()),
        value: Fact::known(one.value.clone()),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_endpoint_that_does_not_know_the_operation_has_no_restore_testing() {
        assert!(is_not_offered(&Failure::ours("UnknownOperationException", "")));
        for code in ["AccessDeniedException", "Http404", "UnrecognizedClientException", "ServiceUnavailableException"] {
            assert!(!is_not_offered(&Failure::ours(code, "")), "{code}");
        }
    }

    #[test]
    fn a_plan_that_could_not_be_read_is_unknown_in_all_but_its_name() {
        let facts = plan_facts("monthly", &Fact::unknown("`backup:GetRestoreTestingPlan` was denied in eu-west-1"));
        assert_eq!(facts.plan_name.value().unwrap(), "monthly");
        assert!(facts.schedule.is_unknown() && facts.algorithm.is_unknown() && facts.include_vaults.is_unknown());
        assert!(facts.last_run.is_unknown() && facts.recovery_point_types.is_unknown());
    }

    #[test]
    fn conditions_lose_their_prefix_and_keep_their_operators() {
        let one = |key: &str| sdk::KeyValue::builder().key(key).value("critical").build().unwrap();
        let read = conditions(
            &sdk::ProtectedResourceConditions::builder()
                .string_not_equals(one("plain"))
                .string_equals(one("aws:ResourceTag/backup-tier"))
                .build(),
        );
        let keys: Vec<_> = read.iter().map(|one| (one.operator, one.key.value().unwrap().as_str())).collect();
        assert_eq!(keys, [(TagOperator::StringEquals, "backup-tier"), (TagOperator::StringNotEquals, "plain")]);
    }
}
