//! Roles over backups that somebody outside the account can have act for them: through a service that works for every
//! customer, or directly.
//!
//! A service that is let in without a condition takes the work of any account ("The confused deputy problem" in the IAM
//! User Guide). The conditions `aws:SourceAccount`, `aws:SourceArn`, `aws:SourceOrgID` help only where the service says
//! for whom it works. So they are asked of those services alone whose pages put them into the trust policies of their
//! roles. AWS Backup's page has them for topics and keys, that of S3 replication not at all, and those of Lambda and EC2
//! know none: a condition on what is not said would lock the service out.
//!
//! Another account that is let in as a whole is asked about too, unless an external id was agreed on with it ("Access to
//! AWS accounts owned by third parties" in the IAM User Guide): it may be one's own, and it may be a stranger's.

use std::collections::BTreeSet;

use crate::derive::index::Index;
use crate::derive::place::{self, Arn};
use crate::derive::selection;
use crate::iam::{Answer, Context, HOLE, Layers, Principal, Request, Resource, Value};
use crate::model::fact::{Cure, Fact, Reason, State};

use super::exemption::{Administrators, Named};
use super::outsider::{Outsider, Reach};
use super::policies::{Identity, Policies};
use super::probe;
use super::runners::plain;
use super::statement::statements;
use super::trust::trusted;

/// Services whose pages put `aws:SourceAccount` and `aws:SourceArn` into the trust policy of their role.
///
/// - DataSync, RDS, Systems Manager: "Cross-service confused deputy prevention" in their guides;
/// - Data Lifecycle Manager: "IAM service roles for Amazon Data Lifecycle Manager" in the Amazon EBS User Guide;
/// - EventBridge Scheduler: "Confused deputy prevention in EventBridge Scheduler" in its User Guide;
/// - Step Functions: "Creating an IAM role for your state machine" in the AWS Step Functions Developer Guide.
const SAY_FOR_WHOM: [&str; 6] = [
    "datasync.amazonaws.com",
    DLM,
    "rds.amazonaws.com",
    "scheduler.amazonaws.com",
    "ssm.amazonaws.com",
    "states.amazonaws.com",
];

/// Its work is to make backups and to delete them, so its role is one over backups whatever else it may do.
const DLM: &str = "dlm.amazonaws.com";

/// Where a request of another account may come from; the Region does not matter.
const REGION: &str = "eu-west-1";

/// Whom a role lets act as it.
#[derive(Clone, Debug)]
pub struct Deputies {
    /// Whether it is one over backups, and acts for outsiders.
    pub possible: Fact<bool>,
    /// For whom, for people.
    pub told: Vec<String>,
}

/// Derives it; `destroys` says whether the role's policies let whoever acts as it destroy backups.
pub fn derive(index: &Index<'_>, policies: &Policies<'_>, identity: &Identity<'_>, destroys: &Fact<bool>) -> Deputies {
    let nobody = Deputies { possible: Fact::known(false), told: Vec::new() };
    // A service-linked role is its service's own affair.
    if !identity.is_role() || identity.principal.is_service_linked() {
        return nobody;
    }
    let trusted = match trusted(&identity.facts.trust).state {
        State::Known(trusted) => trusted,
        // It may be a role of Data Lifecycle Manager, whatever its own policies say.
        State::Unknown(reasons) => return Deputies { possible: Fact::unknown(reasons), told: Vec::new() },
        State::Absent => return nobody,
    };
    let (mut ways, mut told) = (Vec::new(), Vec::new());
    if trusted.unclear {
        ways.push(Fact::unknown("whom the trust policy lets in cannot be told"));
    }
    for service in trusted.services.iter().filter(|service| SAY_FOR_WHOM.contains(&plain(service).as_str())) {
        let matters = if plain(service) == DLM { Fact::known(true) } else { destroys.clone() };
        if matters.is_false() {
            continue;
        }
        let works = Fact::all([matters, works_for_anybody(policies, identity, service)]);
        if works.is_true() {
            told.push(format!("{service} for any account"));
        }
        ways.push(works);
    }
    if !destroys.is_false() {
        for provider in vouches_for_anybody(identity) {
            let why = format!(
                "`{provider}` vouches for whoever asks it, and the trust policy does not say for whom of these"
            );
            ways.push(Fact::all([destroys.clone(), Fact::unknown(Reason::new(why))]));
        }
        let comes_in = match Outsider::of_trust(policies, identity).reach("sts:AssumeRole", &identity.arn) {
            Reach::Nobody => Fact::known(false),
            Reach::Anybody(statements) => {
                if destroys.is_true() {
                    told.push(format!("anybody of any account ({})", statements.join(", ")));
                }
                Fact::known(true)
            }
            Reach::Unknown(reasons) => Fact::unknown(reasons),
        };
        ways.push(Fact::all([destroys.clone(), comes_in]));
        for account in accounts_of(&trusted.principals) {
            let lets_in = Fact::all([destroys.clone(), lets_in_stranger(index, policies, identity, &account)]);
            if lets_in.is_true() {
                told.push(format!("anybody of account {account}, which is no member of the organization"));
            }
            ways.push(lets_in);
        }
    }
    Deputies { possible: Fact { at: None, ..Fact::any(ways) }, told }
}

/// Providers of OpenID Connect that vouch for everybody who has an account with them.
///
/// "Configuring a role for GitHub OIDC identity provider" in the IAM User Guide
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html>); "Available keys for AWS OIDC
/// federation" there has the keys of each.
const VOUCH_FOR_ANYBODY: [&str; 4] =
    ["agent.buildkite.com", "app.terraform.io", "gitlab.com", "token.actions.githubusercontent.com"];

/// How the subjects of these begin, whoever they are.
const COMMON_STARTS: [&str; 5] = ["", "organization:", "project_path:", "repo:", "repository:"];

/// The providers by which anybody comes in: no condition says which of their users are meant. Their audience (`aud`) is
/// whatever whoever asks wants it to be.
fn vouches_for_anybody(identity: &Identity<'_>) -> BTreeSet<&'static str> {
    let text = identity.facts.trust.value().map_or("", String::as_str);
    let mut found = BTreeSet::new();
    for statement in statements(text).into_iter().filter(|statement| !statement.denies) {
        let names = |host: &str| {
            let end = format!(":oidc-provider/{host}");
            statement.principals.iter().any(|name| name.ends_with(&end))
        };
        let says_whom = |host: &str| says_whom(statement.condition.as_deref(), host);
        found.extend(VOUCH_FOR_ANYBODY.into_iter().filter(|host| names(host) && !says_whom(host)));
    }
    found
}

/// Whether a condition compares a claim of a provider with something that not all of its users have.
fn says_whom(condition: Option<&str>, host: &str) -> bool {
    let Some(serde_json::Value::Object(operators)) = condition.and_then(|text| serde_json::from_str(text).ok()) else {
        return false;
    };
    let narrow = |value: &serde_json::Value| {
        let start = value.as_str().and_then(|text| text.split(['*', '?']).next());
        start.is_some_and(|start| !COMMON_STARTS.contains(&start))
    };
    let is_claim = |key: &str| {
        let key = key.to_ascii_lowercase();
        key.strip_prefix(host).and_then(|rest| rest.strip_prefix(':')).is_some_and(|claim| claim != "aud")
    };
    // `ForAllValues` holds where there is no such claim at all.
    let compares = |operator: &str| {
        let operator = operator.to_ascii_lowercase();
        operator.contains("string") && !["not", "forallvalues", "ifexists"].iter().any(|part| operator.contains(part))
    };
    let compared = operators.iter().filter(|(operator, _)| compares(operator));
    let mut claims = compared.filter_map(|(_, keys)| keys.as_object()).flatten().filter(|(key, _)| is_claim(key));
    claims.any(|(_, values)| match values {
        serde_json::Value::Array(many) => many.iter().all(narrow),
        one => narrow(one),
    })
}

/// The accounts that a trust policy names as a whole.
fn accounts_of(principals: &BTreeSet<String>) -> BTreeSet<String> {
    let account = |name: &String| match Arn::parse(name) {
        Some(arn) => (arn.resource == "root").then(|| arn.account.to_owned()),
        None => Some(name.clone()),
    };
    let is_one = |name: &String| name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
    principals.iter().filter_map(account).filter(is_one).collect()
}

/// Whether an account that is none of those known to be one's own is let in as a whole.
fn lets_in_stranger(index: &Index<'_>, policies: &Policies<'_>, identity: &Identity<'_>, account: &str) -> Fact<bool> {
    let settings = index.settings;
    let known = index.knows_account(account)
        || settings.recovery_accounts.iter().any(|own| own == account)
        || policies.controlled.contains_key(account);
    if known || identity.account() == Some(account) {
        return Fact::known(false);
    }
    let administrators = Administrators::new(settings, policies);
    let may = |arn: &str| settings.backup_administrators.is_some() && administrators.arn(arn) == Named::Yes;
    match Outsider::of_trust_in(policies, identity, account).but(may).reach("sts:AssumeRole", &identity.arn) {
        Reach::Nobody => Fact::known(false),
        Reach::Unknown(reasons) => Fact::unknown(reasons),
        Reach::Anybody(_) if identity.account().is_none() => Fact::unknown(place::account_unsaid()),
        // Where the organization's policies were read, all of its members are known.
        Reach::Anybody(_) if identity.account().is_some_and(|own| policies.controlled.contains_key(own)) => {
            Fact::known(true)
        }
        Reach::Anybody(_) => {
            let why =
                format!("it is not known whether account {account}, all of which its trust policy lets in, is yours");
            let why = Reason::new(why);
            Fact::unknown(why.cured_by(Cure::Setting("backup-administrators".to_owned())))
        }
    }
}

/// Whether a service comes in with the work of an account, and of an organization, that the trust policy does not name.
fn works_for_anybody(policies: &Policies<'_>, identity: &Identity<'_>, service: &str) -> Fact<bool> {
    let text = identity.facts.trust.value().map_or("", String::as_str);
    let foreign = probe::foreign(text);
    let principal = Principal::service(service);
    let answer = |context: &Context| {
        let action = policies.library.action("sts:AssumeRole");
        let resource = Resource::new(&identity.arn, identity.account());
        let layers = Layers { resource: identity.trust.as_ref(), ..Layers::new(&[]) };
        let request = Request { principal: &principal, action: &action, resource, context };
        policies.library.decide(&request, &layers).answer
    };
    let elsewhere = Context::open()
        .with("aws:SourceAccount", foreign)
        .with("aws:SourceOrgID", "o-0000000000")
        .with("aws:SourceOrgPaths", "o-0000000000/r-0000/ou-0000-00000000/");
    if matches!(answer(&elsewhere), Answer::No(_)) {
        return Fact::known(false);
    }
    let short = service.split('.').next().unwrap_or_default();
    let partition = identity.resource.id.likely_partition();
    let mut sources = vec![format!("arn:{partition}:{short}:{REGION}:{foreign}:work/x")];
    let named = sources_named(text);
    sources.extend(named.iter().filter_map(|pattern| at_outsiders(pattern, foreign)));
    if sources.iter().any(|source| answer(&elsewhere.clone().with("aws:SourceArn", source)) == Answer::Yes) {
        return Fact::known(true);
    }
    // What is left hangs on the source's ARN. Where each that is named belongs to one account, none is an outsider's.
    let mut without = elsewhere;
    without.replace("aws:SourceArn", Value::Absent);
    let of_one_account = |pattern: &String| {
        Arn::parse(pattern)
            .is_some_and(|arn| arn.account.len() == 12 && arn.account.bytes().all(|b| b.is_ascii_digit()))
    };
    if matches!(answer(&without), Answer::No(_)) && !named.is_empty() && named.iter().all(of_one_account) {
        return Fact::known(false);
    }
    let why =
        format!("whether `{service}` may act as it for other accounts hangs on what the trust policy leaves open");
    Fact::unknown(Reason::new(why))
}

/// The values that statements compare `aws:SourceArn` with.
fn sources_named(text: &str) -> Vec<String> {
    let mut named = Vec::new();
    for statement in statements(text) {
        let condition = statement.condition.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let Some(serde_json::Value::Object(operators)) = condition else { continue };
        for keys in operators.values().filter_map(serde_json::Value::as_object) {
            let values = keys.iter().filter(|(key, _)| key.eq_ignore_ascii_case("aws:SourceArn"));
            named.extend(values.flat_map(|(_, values)| match values {
                serde_json::Value::Array(many) => {
                    many.iter().filter_map(|one| one.as_str()).map(str::to_owned).collect()
                }
                one => one.as_str().map(str::to_owned).into_iter().collect::<Vec<_>>(),
            }));
        }
    }
    named
}

/// An ARN of another account that a pattern means; none where the pattern names an account.
fn at_outsiders(pattern: &str, foreign: &str) -> Option<String> {
    let arn = Arn::parse(pattern)?;
    if !selection::matches(arn.account, foreign) || pattern.contains(HOLE) {
        return None;
    }
    let mut parts: Vec<String> = pattern.splitn(6, ':').map(|part| part.replace(['*', '?'], "x")).collect();
    *parts.get_mut(3)? = REGION.to_owned();
    *parts.get_mut(4)? = foreign.to_owned();
    Some(parts.join(":"))
}
