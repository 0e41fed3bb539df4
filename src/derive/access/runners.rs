//! Services that run what they are told with a role that they are passed.
//!
//! "Granting a user permissions to pass a role to an AWS service" in the IAM User Guide
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>), and the actions of each service with
//! their resources in the Service Authorization Reference.

pub mod existing;

use crate::iam::HOLE;
use crate::model::fact::Fact;

use super::policies::{Identity, Policies};
use super::targets::Call;
use super::trust::{does_its_own_work, trusted};
use super::ways::{Asker, Outcome, Owner};

/// An action, and what it is done to as an ARN has it after the account, `@` for what whoever asks may choose.
type Start = (&'static str, &'static str);

/// What makes a service run something: all of these calls.
type Starts = &'static [Start];

/// A service and the ways to make it run something; any of them serves.
const RUNNERS: [(&str, &[Starts]); 12] = [
    ("ec2.amazonaws.com", &[RUN_INSTANCES, &[("elasticmapreduce:RunJobFlow", "cluster/@")]]),
    // A new function, state machine or notebook does nothing until somebody makes it run.
    (
        "lambda.amazonaws.com",
        &[
            &[("lambda:CreateFunction", "function:@"), ("lambda:InvokeFunction", "function:@")],
            &[("lambda:CreateFunction", "function:@"), ("lambda:AddPermission", "function:@")],
        ],
    ),
    (
        "cloudformation.amazonaws.com",
        &[
            &[("cloudformation:CreateStack", "stack/@/@")],
            &[("cloudformation:CreateChangeSet", "stack/@/@"), ("cloudformation:ExecuteChangeSet", "stack/@/@")],
        ],
    ),
    (
        "glue.amazonaws.com",
        &[
            &[("glue:CreateDevEndpoint", "devEndpoint/@")],
            &[("glue:CreateSession", "session/@"), ("glue:RunStatement", "session/@")],
            &[("glue:CreateJob", "job/@"), ("glue:StartJobRun", "job/@")],
        ],
    ),
    (
        "sagemaker.amazonaws.com",
        &[
            &[
                ("sagemaker:CreateNotebookInstance", "notebook-instance/@"),
                ("sagemaker:CreatePresignedNotebookInstanceUrl", "notebook-instance/@"),
            ],
            &[("sagemaker:CreateTrainingJob", "training-job/@")],
            &[("sagemaker:CreateProcessingJob", "processing-job/@")],
        ],
    ),
    (
        "states.amazonaws.com",
        &[
            &[("states:CreateStateMachine", "stateMachine:@"), ("states:StartExecution", "stateMachine:@")],
            &[("states:TestState", "")],
        ],
    ),
    ("scheduler.amazonaws.com", &[&[("scheduler:CreateSchedule", "schedule/@/@")]]),
    ("ssm.amazonaws.com", &[&[("ssm:StartAutomationExecution", "")]]),
    (
        "ecs-tasks.amazonaws.com",
        &[
            &[("ecs:RegisterTaskDefinition", "task-definition/@:@"), ("ecs:RunTask", "task-definition/@:@")],
            &[("batch:RegisterJobDefinition", "job-definition/@"), ("batch:SubmitJob", "job-definition/@")],
        ],
    ),
    ("codebuild.amazonaws.com", &[&[("codebuild:CreateProject", "project/@"), ("codebuild:StartBuild", "project/@")]]),
    ("tasks.apprunner.amazonaws.com", &[&[("apprunner:CreateService", "service/@/@")]]),
    (
        "datapipeline.amazonaws.com",
        &[&[
            ("datapipeline:CreatePipeline", ""),
            ("datapipeline:PutPipelineDefinition", ""),
            ("datapipeline:ActivatePipeline", ""),
        ]],
    ),
];

/// An instance needs more than these, but what allows all of them seldom lacks the rest.
const RUN_INSTANCES: Starts = &[
    ("ec2:RunInstances", "instance/@"),
    ("ec2:RunInstances", "network-interface/@"),
    ("ec2:RunInstances", "security-group/@"),
    ("ec2:RunInstances", "subnet/@"),
    ("ec2:RunInstances", "volume/@"),
];

/// A service that may act as a role.
pub struct Runner {
    pub service: String,
    /// Its place among those known, and that of the one which it is by another name.
    known: Option<usize>,
    alike: Option<usize>,
    /// Whether the role trusts it.
    pub trusted: Fact<bool>,
}

/// The services that may act as a role for somebody: those known, and others that its trust policy names.
pub fn runners(policies: &Policies<'_>, role: &Identity<'_>) -> Vec<Runner> {
    // Only its service is passed a service-linked role, and it does its own work with it.
    if !role.is_role() || role.principal.is_service_linked() {
        return Vec::new();
    }
    let named = trusted(&role.facts.trust);
    let named = named.value();
    // Where the trust policy names all that it lets in, no other service needs to be asked about.
    let all = named.is_none_or(|named| named.unclear || named.principals.contains("*"));
    let services = named.map(|named| named.services.clone()).unwrap_or_default();
    let known = RUNNERS.iter().enumerate().map(|(number, (service, _))| ((*service).to_owned(), Some(number)));
    let known = known.filter(|(service, _)| all || services.contains(service));
    let is_other = |name: &&String| !does_its_own_work(name) && RUNNERS.iter().all(|(service, _)| service != name);
    let others = services.iter().filter(is_other).map(|name| (name.clone(), None));
    let all = known.chain(others).map(|(service, known)| {
        let trusted = super::step::trusts(policies, role, &service);
        let plain = plain(&service);
        let alike = known.or_else(|| RUNNERS.iter().position(|(service, _)| *service == plain));
        Runner { service, known, alike, trusted }
    });
    all.filter(|runner| !runner.trusted.is_false()).collect()
}

/// A service's name without the Region and the country that some names have: `states.eu-west-1.amazonaws.com`,
/// `ec2.amazonaws.com.cn`.
pub fn plain(service: &str) -> String {
    let service = service.strip_suffix(".cn").unwrap_or(service);
    match service.split('.').collect::<Vec<_>>()[..] {
        [name, region, "amazonaws", "com"] if region.ends_with(|last: char| last.is_ascii_digit()) => {
            format!("{name}.amazonaws.com")
        }
        _ => service.to_owned(),
    }
}

/// Whether somebody makes services run something, and by what: for each service that is known.
pub struct Starters(Vec<Started>);

/// Whether somebody makes a service run something new, hands a role to what it runs, reaches the role of what it runs.
struct Started {
    new: (Fact<bool>, String),
    hand: (Fact<bool>, String),
    reach: (Fact<bool>, String),
}

/// All actions that this asks about.
pub fn actions() -> impl Iterator<Item = &'static str> {
    let new = RUNNERS.iter().flat_map(|(_, ways)| ways.iter().copied().flatten().map(|(action, _)| *action));
    new.chain(existing::actions())
}

impl Starters {
    pub fn new(policies: &Policies<'_>, asks: &Asker<'_>, partition: &str) -> Self {
        let of = |(service, ways): &(&str, &[Starts])| {
            let there = existing::of(service);
            Started {
                new: starts(policies, asks, partition, ways),
                hand: changes(policies, asks, partition, there.map_or(&[], |there| there.hand), WHAT_STARTS),
                reach: changes(policies, asks, partition, there.map_or(&[], |there| there.reach), WHICH_ROLES),
            }
        };
        Self(RUNNERS.iter().map(of).collect())
    }

    /// Whether they make this one act, once they pass it a role.
    pub fn of(&self, runner: &Runner) -> (Fact<bool>, &str) {
        let Some(number) = runner.known else {
            let why = format!("what {} does for whoever passes it a role is not worked out", runner.service);
            return (Fact::unknown(why), "what it is told");
        };
        self.0.get(number).map_or((Fact::known(false), ""), |started| {
            let (allowed, text) = if started.new.0.is_false() { &started.hand } else { &started.new };
            (allowed.clone(), text)
        })
    }

    /// Whether they change, or get into, what this one runs already.
    pub fn reaches(&self, runner: &Runner) -> (Fact<bool>, &str) {
        let started = runner.alike.and_then(|number| self.0.get(number));
        started.map_or((Fact::known(false), ""), |started| (started.reach.0.clone(), &started.reach.1))
    }
}

const WHICH_ROLES: &str = "which roles what runs in the account has was not read";
const WHAT_STARTS: &str = "what there is in the account that a role can be handed to, or that starts it, was not read";

/// Whether somebody changes what is there by one of these calls: unknown at most.
fn changes(
    policies: &Policies<'_>,
    asks: &Asker<'_>,
    partition: &str,
    actions: &[&str],
    why: &str,
) -> (Fact<bool>, String) {
    let owner = Owner { account: asks.principal.account(), policy: None };
    // Some of the calls are made on a resource of another service.
    let arn = format!("arn:{partition}:{HOLE}:{HOLE}:{HOLE}:{HOLE}");
    let outcome = policies.call_with_mfa(asks, &Call { actions, arn }, owner);
    if outcome.allowed.is_false() {
        return (outcome.allowed, String::new());
    }
    (Fact::unknown(why), outcome.action)
}

fn starts(policies: &Policies<'_>, asks: &Asker<'_>, partition: &str, ways: &[Starts]) -> (Fact<bool>, String) {
    let mut best: Option<(Fact<bool>, String)> = None;
    for way in ways {
        let outcomes: Vec<Outcome> = way.iter().map(|start| started(policies, asks, partition, start)).collect();
        let mut names: Vec<&str> = outcomes.iter().map(|outcome| outcome.action.as_str()).collect();
        names.dedup();
        let text = names.join(" and ");
        let allowed = Fact::all(outcomes.into_iter().map(|outcome| outcome.allowed));
        let rank = |fact: &Fact<bool>| (fact.is_true(), fact.is_unknown());
        if best.as_ref().is_none_or(|(best, _)| rank(&allowed) > rank(best)) {
            best = Some((allowed, text));
        }
    }
    best.unwrap_or_else(|| (Fact::known(false), String::new()))
}

/// What becomes of a call on something that whoever asks names themselves: where it hangs on the name, a plain one is
/// tried.
fn started(policies: &Policies<'_>, asks: &Asker<'_>, partition: &str, (action, resource): &Start) -> Outcome {
    let hole = HOLE.to_string();
    let account = asks.principal.account();
    let owner = Owner { account, policy: None };
    let service = action.split(':').next().unwrap_or_default();
    let arn = |region: &str, resource: &str| {
        format!("arn:{partition}:{service}:{region}:{}:{resource}", account.unwrap_or(&hole))
    };
    let call = |arn: String| policies.call_with_mfa(asks, &Call { actions: &[*action], arn }, owner);
    let any = call(arn(&hole, &hole));
    if !any.allowed.is_unknown() || resource.is_empty() {
        return any;
    }
    let region = match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    };
    let plain = call(arn(region, &resource.replace('@', "x")));
    if plain.allowed.is_true() { plain } else { any }
}
