//! Backup plans and their selections.

use aws_sdk_backup::types as sdk;
use aws_smithy_types::DateTime;
use futures::StreamExt;
use jiff::Timestamp;

use crate::model::backup::{CopyAction, Lifecycle, Plan, PlanRule, Selection, TagCondition, TagOperator};
use crate::model::fact::{Fact, Reason};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Link, Tags};

use super::super::convert::time;
use super::super::look::Look;
use super::super::operation::Operation;
use super::super::part::Part;
use super::super::session::Session;
use super::read_tags;

pub const LIST_PLANS: Operation = Operation {
    service: "backup",
    name: "ListBackupPlans",
    actions: &["backup:ListBackupPlans"],
    why: "which backup plans there are",
};
pub const GET_PLAN: Operation = Operation {
    service: "backup",
    name: "GetBackupPlan",
    actions: &["backup:GetBackupPlan"],
    why: "a plan's rules: schedules, retention, vaults and copies",
};
pub const LIST_SELECTIONS: Operation = Operation {
    service: "backup",
    name: "ListBackupSelections",
    actions: &["backup:ListBackupSelections"],
    why: "which resource assignments a plan has",
};
pub const GET_SELECTION: Operation = Operation {
    service: "backup",
    name: "GetBackupSelection",
    actions: &["backup:GetBackupSelection"],
    why: "which resources a plan selects",
};

const PLAN: &str = "AWS::Backup::BackupPlan";
const SELECTION: &str = "AWS::Backup::BackupSelection";
const NOT_FOUND: &str = "ResourceNotFoundException";

pub async fn collect(session: &Session<'_>, region: &str) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let plans = look
        .list(&LIST_PLANS, None, |token| {
            let call = clients.backup.list_backup_plans().max_results(1000).set_next_token(token).send();
            async { session.send(call).await.map(|page| (page.backup_plans_list.unwrap_or_default(), page.next_token)) }
        })
        .await;
    if plans.broken.is_none() {
        look.listed(PLAN, None);
    }
    let mut parts = futures::stream::iter(plans.items)
        .map(|plan| read_plan(session, region, plan))
        .buffer_unordered(session.concurrency());
    while let Some(part) = parts.next().await {
        look.part.absorb(part);
    }
    look.part
}

/// One plan by its id or ARN, with its selections.
pub async fn read_one(session: &Session<'_>, region: &str, plan: &str) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let id = plan.rsplit(':').next().unwrap_or(plan);
    let answer = match session.send(clients.backup.get_backup_plan().backup_plan_id(id).send()).await {
        Ok(answer) => answer,
        Err(failure) => {
            look.fail(&GET_PLAN, Some(plan), &failure);
            return look.part;
        }
    };
    let listed = sdk::BackupPlansListMember::builder()
        .set_backup_plan_id(answer.backup_plan_id)
        .set_backup_plan_arn(answer.backup_plan_arn)
        .set_creation_date(answer.creation_date)
        .set_last_execution_date(answer.last_execution_date)
        .build();
    look.part.absorb(read_plan(session, region, listed).await);
    look.part
}

async fn read_plan(session: &Session<'_>, region: &str, listed: sdk::BackupPlansListMember) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let (Some(plan_id), Some(arn)) = (listed.backup_plan_id, listed.backup_plan_arn) else { return look.part };

    let answer = session.send(clients.backup.get_backup_plan().backup_plan_id(&plan_id).send()).await;
    if answer.as_ref().is_err_and(|failure| failure.code == NOT_FOUND) {
        look.gone(&GET_PLAN, &arn, NOT_FOUND);
        return look.part;
    }
    let changed = answer.as_ref().ok().and_then(|output| output.creation_date);
    let plan = look.fact(&GET_PLAN, &arn, &[], answer, |output| {
        output.backup_plan.map_or_else(|| Fact::unknown("`backup:GetBackupPlan` answered nothing"), Fact::known)
    });
    let name = listed.backup_plan_name.or_else(|| plan.value().map(|plan| plan.backup_plan_name.clone()));
    let tags = read_tags(&mut look, &arn).await;
    let id = look.id(PLAN, &arn);
    let selecting = read_selections(&mut look, &plan_id, id.clone()).await;
    let facts = Plan {
        plan_name: name.clone().map_or_else(|| Fact::unknown("`backup:ListBackupPlans` gave no name"), Fact::known),
        plan_id: Fact::known(plan_id.clone()),
        rules: plan.map(|plan| plan.rules.into_iter().map(rule).collect()),
        created: since(made(listed.creation_date, changed), selecting),
        last_run: time(listed.last_execution_date.as_ref()),
    };
    look.found(id, name.as_deref().unwrap_or(&plan_id), tags, Facts::Plan(Box::new(facts)));
    look.part
}

/// Since when a plan can have run: since it was made, or, where that is later, since it has had a selection.
fn since(made: Fact<Timestamp>, selecting: Fact<Timestamp>) -> Fact<Timestamp> {
    made.and_then(|made| selecting.map(|first| first.max(made)).or_default_to(made))
}

/// When a plan was made. `GetBackupPlan` answers for its current version, so that the later of both dates is the one
/// since which its schedules can have run.
fn made(listed: Option<DateTime>, current: Option<DateTime>) -> Fact<Timestamp> {
    let later = listed.into_iter().chain(current).max_by(|a, b| a.as_nanos().cmp(&b.as_nanos()));
    later.map_or_else(|| Fact::unknown("`backup:ListBackupPlans` gave no creation date"), |date| time(Some(&date)))
}

/// Reads a plan's selections. The answer is when the oldest of them was made; absent where there is none.
async fn read_selections(look: &mut Look<'_>, plan_id: &str, plan: ResourceId) -> Fact<Timestamp> {
    let session = look.session;
    let clients = session.clients(look.region);
    let list = look
        .list(&LIST_SELECTIONS, Some(plan_id), |token| {
            let call = clients
                .backup
                .list_backup_selections()
                .backup_plan_id(plan_id)
                .max_results(1000)
                .set_next_token(token)
                .send();
            async {
                session.send(call).await.map(|page| (page.backup_selections_list.unwrap_or_default(), page.next_token))
            }
        })
        .await;
    if list.broken.is_none() {
        look.listed(SELECTION, Some(plan_id));
    }
    let oldest = oldest(&list.items, list.broken.as_ref());
    for listed in list.items {
        let Some(selection_id) = listed.selection_id else { continue };
        let call = clients.backup.get_backup_selection().backup_plan_id(plan_id).selection_id(&selection_id).send();
        let answer = session.send(call).await;
        // A selection has no ARN: its plan's ARN and its id name it.
        let id = format!("{}/selection/{selection_id}", plan.id);
        if answer.as_ref().is_err_and(|failure| failure.code == NOT_FOUND) {
            look.gone(&GET_SELECTION, &id, NOT_FOUND);
            continue;
        }
        let read = look.fact(&GET_SELECTION, &id, &[], answer, |output| {
            output
                .backup_selection
                .map_or_else(|| Fact::unknown("`backup:GetBackupSelection` answered nothing"), Fact::known)
        });
        let link = Link { text: Fact::known(plan_id.to_owned()), target: Some(plan.clone()) };
        let name = listed.selection_name.unwrap_or_else(|| selection_id.clone());
        let id = look.id(SELECTION, &id);
        let facts = selection(&name, link, &read);
        look.found(id, &name, Tags::default(), Facts::Selection(Box::new(facts)));
    }
    oldest
}

/// When the oldest selection was made: unknown where the list broke off, since an older one may be missing.
fn oldest(listed: &[sdk::BackupSelectionsListMember], broken: Option<&Reason>) -> Fact<Timestamp> {
    if let Some(reason) = broken {
        return Fact::unknown(reason.clone());
    }
    let dates: Option<Vec<&DateTime>> = listed.iter().map(|one| one.creation_date.as_ref()).collect();
    match dates {
        Some(dates) => time(dates.into_iter().min_by(|a, b| a.as_nanos().cmp(&b.as_nanos()))),
        None => Fact::unknown("`backup:ListBackupSelections` gave no creation date"),
    }
}

fn rule(rule: sdk::BackupRule) -> PlanRule {
    let target = rule.target_logically_air_gapped_backup_vault_arn.unwrap_or(rule.target_backup_vault_name);
    PlanRule {
        name: Fact::known(rule.rule_name),
        rule_id: Fact::from_option(rule.rule_id),
        target_vault: Link::text(Fact::known(target)),
        schedule: Fact::from_option(rule.schedule_expression),
        timezone: Fact::from_option(rule.schedule_expression_timezone),
        start_window_minutes: Fact::from_option(rule.start_window_minutes),
        completion_window_minutes: Fact::from_option(rule.completion_window_minutes),
        continuous: Fact::known(rule.enable_continuous_backup.unwrap_or(false)),
        lifecycle: lifecycle(rule.lifecycle.as_ref()),
        copies: Fact::known(
            rule.copy_actions
                .unwrap_or_default()
                .into_iter()
                .map(|copy| CopyAction {
                    lifecycle: lifecycle(copy.lifecycle.as_ref()),
                    destination: Link::text(Fact::known(copy.destination_backup_vault_arn)),
                })
                .collect(),
        ),
    }
}

/// -1 days is AWS's other way to write for ever (AWS Backup API Reference: Lifecycle).
fn lifecycle(lifecycle: Option<&sdk::Lifecycle>) -> Fact<Lifecycle> {
    Fact::from_option(lifecycle).map(|lifecycle| Lifecycle {
        delete_after_days: match &lifecycle.delete_after_event {
            // The point goes when that has happened, whatever the days say.
            Some(event) => Fact::unknown(format!("backups are deleted after the event `{}`", event.as_str())),
            None => Fact::from_option(lifecycle.delete_after_days.filter(|days| *days >= 0)),
        },
        cold_after_days: Fact::from_option(lifecycle.move_to_cold_storage_after_days.filter(|days| *days >= 0)),
        archive_opt_in: Fact::known(lifecycle.opt_in_to_archive_for_supported_resources.unwrap_or(false)),
    })
}

fn selection(name: &str, plan: Link, read: &Fact<sdk::BackupSelection>) -> Selection {
    let links = |arns: Option<&Vec<String>>| {
        Fact::from_option(arns).map(|arns| arns.iter().map(|arn| Link::text(Fact::known(arn.clone()))).collect())
    };
    Selection {
        selection_name: Fact::known(name.to_owned()),
        plan,
        role: read.as_ref().map(|selection| Link::text(Fact::known(selection.iam_role_arn.clone()))),
        resources: read.as_ref().and_then(|selection| links(selection.resources.as_ref())),
        not_resources: read.as_ref().and_then(|selection| links(selection.not_resources.as_ref())),
        list_of_tags: read.as_ref().and_then(|selection| {
            Fact::from_option(selection.list_of_tags.as_ref()).and_then(|all| all.iter().map(listed_tag).collect_fact())
        }),
        conditions: read
            .as_ref()
            .and_then(|selection| Fact::from_option(selection.conditions.as_ref()).map(conditions)),
    }
}

/// Facts that are one fact together: unknown where one of them is.
trait CollectFact<T> {
    fn collect_fact(self) -> Fact<Vec<T>>;
}

impl<T, I: Iterator<Item = Result<T, String>>> CollectFact<T> for I {
    fn collect_fact(self) -> Fact<Vec<T>> {
        self.collect::<Result<Vec<T>, String>>().map_or_else(Fact::unknown, Fact::known)
    }
}

/// `ListOfTags` knows `STRINGEQUALS` only (AWS Backup API Reference: Condition).
fn listed_tag(condition: &sdk::Condition) -> Result<TagCondition, String> {
    match condition.condition_type {
        sdk::ConditionType::Stringequals => {
            Ok(tag(TagOperator::StringEquals, Some(&condition.condition_key), Some(&condition.condition_value)))
        }
        ref other => Err(format!("the condition type `{}` is not known", other.as_str())),
    }
}

fn conditions(conditions: &sdk::Conditions) -> Vec<TagCondition> {
    let lists = [
        (TagOperator::StringEquals, &conditions.string_equals),
        (TagOperator::StringNotEquals, &conditions.string_not_equals),
        (TagOperator::StringLike, &conditions.string_like),
        (TagOperator::StringNotLike, &conditions.string_not_like),
    ];
    lists
        .into_iter()
        .flat_map(|(operator, list)| list.iter().flatten().map(move |one| (operator, one)))
        .map(|(operator, one)| tag(operator, one.condition_key.as_deref(), one.condition_value.as_deref()))
        .collect()
}

/// A condition without a key or value stays one: what it compares is then unknown, never the empty text.
fn tag(operator: TagOperator, key: Option<&str>, value: Option<&str>) -> TagCondition {
    let key = key.map(|key| key.strip_prefix("aws:ResourceTag/").unwrap_or(key).to_owned());
    TagCondition { operator, key: Fact::from_option(key), value: Fact::from_option(value.map(str::to_owned)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_without_a_lifecycle_keeps_for_ever_and_so_does_minus_one() {
        assert!(lifecycle(None).is_absent());
        let minus = sdk::Lifecycle::builder().delete_after_days(-1).move_to_cold_storage_after_days(-1).build();
        let read = lifecycle(Some(&minus));
        assert!(read.value().unwrap().delete_after_days.is_absent());
        assert!(read.value().unwrap().cold_after_days.is_absent());
    }

    #[test]
    fn a_plan_can_have_run_since_its_oldest_selection_and_nobody_knows_where_the_list_broke_off() {
        let at = |seconds: i64| Fact::known(Timestamp::from_second(seconds).unwrap());
        let listed = |dates: &[Option<i64>]| -> Vec<sdk::BackupSelectionsListMember> {
            let one = |date: &Option<i64>| {
                sdk::BackupSelectionsListMember::builder().set_creation_date(date.map(DateTime::from_secs)).build()
            };
            dates.iter().map(one).collect()
        };
        assert_eq!(since(at(100), oldest(&listed(&[Some(900), Some(500)]), None)), at(500));
        assert_eq!(since(at(700), oldest(&listed(&[Some(900), Some(500)]), None)), at(700), "the plan changed later");
        assert_eq!(since(at(100), oldest(&[], None)), at(100));
        assert!(since(at(100), oldest(&listed(&[Some(900), None]), None)).is_unknown());
        assert!(since(at(100), oldest(&listed(&[Some(900)]), Some(&Reason::new("broke off")))).is_unknown());
    }

    #[test]
    fn a_rule_that_leads_to_an_air_gapped_vault_names_its_arn() {
        let arn = "arn:aws:backup:eu-west-1:111122223333:backup-vault:air-gapped";
        let read = rule(
            sdk::BackupRule::builder()
                .rule_name("daily")
                .target_backup_vault_name("Default")
                .target_logically_air_gapped_backup_vault_arn(arn)
                .build()
                .unwrap(),
        );
        assert_eq!(read.target_vault.text.value().unwrap(), arn);
        assert!(read.schedule.is_absent() && read.timezone.is_absent() && read.start_window_minutes.is_absent());
        assert_eq!(read.copies, Fact::known(vec![]));
    }

    #[test]
    fn conditions_lose_their_prefix_and_keep_their_operators() {
        let one = |key: &str| sdk::ConditionParameter::builder().condition_key(key).condition_value("x*").build();
        let read = conditions(
            &sdk::Conditions::builder().string_not_like(one("aws:ResourceTag/env")).string_equals(one("plain")).build(),
        );
        let wanted = |operator, key| tag(operator, Some(key), Some("x*"));
        assert_eq!(read, [wanted(TagOperator::StringEquals, "plain"), wanted(TagOperator::StringNotLike, "env")]);
        assert!(tag(TagOperator::StringLike, None, Some("x")).key.is_absent());
    }

    #[test]
    fn a_selection_that_could_not_be_read_is_unknown_not_empty() {
        let link = Link::text(Fact::known("plan".to_owned()));
        let read = selection("s", link, &Fact::unknown("`backup:GetBackupSelection` was denied in eu-west-1"));
        assert!(read.resources.is_unknown() && read.list_of_tags.is_unknown() && read.conditions.is_unknown());
        assert!(read.role.is_unknown() && read.selection_name.is_known());
    }

    #[test]
    fn a_tag_condition_of_an_unknown_type_leaves_the_tags_unknown() {
        let odd = sdk::Condition::builder()
            .condition_type(sdk::ConditionType::from("STRINGMATCHES"))
            .condition_key("k")
            .condition_value("v")
            .build()
            .unwrap();
        let read =
            sdk::BackupSelection::builder().selection_name("s").iam_role_arn("r").list_of_tags(odd).build().unwrap();
        let read = selection("s", Link::text(Fact::known("plan".to_owned())), &Fact::known(read));
        assert!(read.list_of_tags.is_unknown() && read.resources.is_absent());
    }
}
