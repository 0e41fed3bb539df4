//! What a requester can bring about: some keys of a request are parameters of the call, and whoever asks picks the
//! value that suits best.

use super::context::{Context, Value};
use super::decision::{Answer, Decision, Open, Residual};
use super::library::Library;
use super::provenance::Provenance;
use super::request::{Layers, Request};

/// More combinations than this are not tried; the answer stays conditional.
const MOST_TRIALS: usize = 256;

/// More values than this are not tried for one key.
const MOST_VALUES: usize = 24;

/// What a requester can bring about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ability {
    /// The decision, with the choices made.
    pub decision: Decision,
    /// What is chosen, in order; empty where there is nothing to choose, or no choice helps.
    pub choices: Vec<Choice>,
}

/// A condition key and the value that is chosen for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The key, in lower case.
    pub key: Box<str>,
    /// The value; `None` where the parameter is left out.
    pub value: Option<Box<str>>,
}

/// A parameter of a call.
struct Parameter {
    key: &'static str,
    /// The calls that have it, in lower case; none stands for all.
    of: &'static [&'static str],
    optional: bool,
    domain: Domain,
}

/// Which values a call takes. A condition that only other values meet cannot be met.
enum Domain {
    /// Whole numbers from the first to the second.
    Range(i64, i64),
    /// One of these, or what a policy names that ends like them.
    Like(&'static str, &'static [&'static str]),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Any text.
    Free,
}

/// Parameters that are condition keys, with the calls that bear them, from the pages of the services in the Service
/// Authorization Reference
/// (<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>).
/// A key that is not here, or not for the call, is never chosen.
const PARAMETERS: [Parameter; 17] = [
    Parameter {
        key: "iam:passedtoservice",
        of: &["iam:passrole"],
        optional: false,
        domain: Domain::Like(".amazonaws.com", &["ec2.amazonaws.com", "lambda.amazonaws.com", "backup.amazonaws.com"]),
    },
    Parameter { key: "iam:policyarn", of: ATTACHING, optional: false, domain: Domain::OneOf(&[ADMINISTRATOR]) },
    Parameter {
        key: "kms:schedulekeydeletionpendingwindowindays",
        of: &["kms:schedulekeydeletion"],
        optional: false,
        domain: Domain::Range(7, 30),
    },
    Parameter { key: "kms:grantoperations", of: GRANTING, optional: false, domain: Domain::OneOf(&GRANTABLE) },
    Parameter { key: "kms:granteeprincipal", of: GRANTING, optional: false, domain: Domain::Free },
    Parameter { key: "kms:retiringprincipal", of: GRANTING, optional: true, domain: Domain::Free },
    Parameter {
        key: "kms:bypasspolicylockoutsafetycheck",
        of: &["kms:putkeypolicy"],
        optional: false,
        domain: Domain::OneOf(&["true", "false"]),
    },
    Parameter { key: "backup:copytargets", of: &["backup:copyfrombackupvault"], optional: false, domain: Domain::Free },
    Parameter { key: "backup:minretentiondays", of: LOCKING, optional: true, domain: Domain::Range(1, 36_500) },
    Parameter { key: "backup:maxretentiondays", of: LOCKING, optional: true, domain: Domain::Range(1, 36_500) },
    Parameter { key: "backup:changeablefordays", of: LOCKING, optional: true, domain: Domain::Range(3, 36_500) },
    Parameter { key: "aws:tagkeys", of: UNTAGGING, optional: false, domain: Domain::Free },
    Parameter { key: "ec2:add/userid", of: SHARING, optional: true, domain: Domain::Free },
    Parameter { key: "ec2:add/group", of: SHARING, optional: true, domain: Domain::OneOf(&["all"]) },
    Parameter { key: "sts:rolesessionname", of: &["sts:assumerole"], optional: false, domain: Domain::Free },
    Parameter { key: "aws:useragent", of: &[], optional: true, domain: Domain::Free },
    Parameter { key: "aws:referer", of: &[], optional: true, domain: Domain::Free },
];

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const ATTACHING: &[&str] = &["iam:attachgrouppolicy", "iam:attachrolepolicy", "iam:attachuserpolicy"];
const GRANTING: &[&str] = &["kms:creategrant"];
const LOCKING: &[&str] = &["backup:putbackupvaultlockconfiguration"];
const UNTAGGING: &[&str] = &["backup:untagresource", "ec2:deletetags", "rds:removetagsfromresource"];
const SHARING: &[&str] = &["ec2:modifysnapshotattribute"];

/// <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations>, those that matter here.
const GRANTABLE: [&str; 6] = ["Decrypt", "CreateGrant", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "RetireGrant"];

impl Library {
    /// Decides what the requester can bring about: as [`Library::decide`], with the parameters of the call that the
    /// context leaves unknown chosen in the requester's favour. A yes names the choices that lead to it.
    ///
    /// Where no choice leads to yes, the answer is one that hangs on no choice any more, if there is one; else it is
    /// that of [`Library::decide`].
    pub fn can(&self, request: &Request<'_>, layers: &Layers<'_>) -> Ability {
        let decision = self.decide(request, layers);
        let open = Ability { decision, choices: Vec::new() };
        if open.decision.answer != Answer::Conditional {
            return open;
        }
        let menus = menus(request, &open.decision);
        let trials = menus.iter().try_fold(1_usize, |trials, menu| trials.checked_mul(menu.values.len()));
        let Some(trials) = trials.filter(|trials| *trials <= MOST_TRIALS && !menus.is_empty()) else { return open };
        let mut settled = None;
        for trial in 0..trials {
            let choices = pick(&menus, trial);
            let mut context = request.context.clone();
            for choice in &choices {
                context.replace(
                    &choice.key,
                    match &choice.value {
                        Some(value) => Value::Known(vec![value.to_string()]),
                        None => Value::Absent,
                    },
                );
            }
            let decision = self.decide(&Request { context: &context, ..*request }, layers);
            match decision.answer {
                Answer::Yes => return Ability { decision, choices },
                Answer::Conditional if settled.is_none() && !hangs_on(&decision, &menus) => {
                    settled = Some(Ability { decision, choices });
                }
                Answer::Conditional | Answer::No(_) => {}
            }
        }
        settled.unwrap_or(open)
    }

    /// Whether the request needs multi-factor authentication: denied without it, however its absence shows, and not
    /// with it. Long-term keys show no `aws:MultiFactorAuthPresent` at all
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent>).
    pub fn needs_mfa(&self, request: &Request<'_>, layers: &Layers<'_>) -> bool {
        let answer = |present: Value, age: Value| {
            let mut context: Context = request.context.clone();
            context.replace("aws:MultiFactorAuthPresent", present);
            context.replace("aws:MultiFactorAuthAge", age);
            self.can(&Request { context: &context, ..*request }, layers).decision.answer
        };
        let said = |text: &str| Value::Known(vec![text.to_owned()]);
        let without = [answer(Value::Absent, Value::Absent), answer(said("false"), Value::Absent)];
        let with = answer(said("true"), said("0"));
        without.iter().all(|answer| matches!(answer, Answer::No(_))) && !matches!(with, Answer::No(_))
    }
}

/// A key and the values to try for it.
struct Menu {
    key: Box<str>,
    values: Vec<Option<Box<str>>>,
}

fn menus(request: &Request<'_>, decision: &Decision) -> Vec<Menu> {
    let residuals = decision.residuals();
    let mut menus: Vec<Menu> = Vec::new();
    for residual in &residuals {
        let key = residual.key.to_ascii_lowercase();
        let known = menus.iter().any(|menu| *menu.key == *key);
        let is_free = |parameter: &&Parameter| {
            parameter.key == key && (parameter.of.is_empty() || parameter.of.contains(&request.action.lower()))
        };
        if !known && is_tag(&key) && !request.action.lower().contains("tag") {
            menus.push(Menu { key: key.into(), values: vec![None] });
            continue;
        }
        let Some(parameter) = PARAMETERS.iter().find(is_free).filter(|_| !known) else { continue };
        let asked = residuals.iter().filter(|other| other.key.eq_ignore_ascii_case(&key));
        let values = parameter.values(
            &asked.flat_map(|residual: &&Residual| residual.values.iter().map(|text| &**text)).collect::<Vec<_>>(),
        );
        menus.push(Menu { key: key.into(), values });
    }
    menus
}

/// Tags of the request: calls other than those that tag take none, or can do without
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html>).
fn is_tag(key: &str) -> bool {
    key == "aws:tagkeys" || key.starts_with("aws:requesttag/")
}

impl Parameter {
    /// Values to try: those that the policies name, those beside them, and none.
    fn values(&self, named: &[&str]) -> Vec<Option<Box<str>>> {
        let mut values: Vec<Option<Box<str>>> = Vec::new();
        let mut add = |value: Option<Box<str>>| {
            if !values.contains(&value) && values.len() < MOST_VALUES {
                values.push(value);
            }
        };
        if self.optional {
            add(None);
        }
        match &self.domain {
            Domain::Range(from, to) => {
                let numbers = named.iter().filter_map(|text| text.trim().parse::<i64>().ok());
                let near = numbers.flat_map(|number| [number, number.saturating_sub(1), number.saturating_add(1)]);
                for number in near.chain([*from, *to]).filter(|number| (from..=to).contains(&number)) {
                    add(Some(number.to_string().into()));
                }
            }
            Domain::OneOf(these) => these.iter().for_each(|value| add(Some((*value).into()))),
            Domain::Like(end, these) => {
                these.iter().for_each(|value| add(Some((*value).into())));
                let plain = |text: &&&str| text.ends_with(end) && !text.contains(['*', '?', '$', super::HOLE]);
                named.iter().filter(plain).for_each(|value| add(Some((*value).into())));
            }
            Domain::Free => {
                let plain = named.iter().filter(|text| !text.contains("${") && !text.contains(super::HOLE));
                plain.for_each(|text| add(Some(text.replace(['*', '?'], "x").into())));
                add(Some("other".into()));
            }
        }
        values
    }
}

/// The choices of one trial: its number, written in the numbers of values.
fn pick(menus: &[Menu], trial: usize) -> Vec<Choice> {
    let mut rest = trial;
    let mut choices = Vec::with_capacity(menus.len());
    for menu in menus {
        let count = menu.values.len().max(1);
        if let Some(value) = menu.values.get(rest % count) {
            choices.push(Choice { key: menu.key.clone(), value: value.clone() });
        }
        rest /= count;
    }
    choices
}

/// Whether the answer still hangs on something that whoever asks may choose.
fn hangs_on(decision: &Decision, menus: &[Menu]) -> bool {
    decision.grounds.iter().flat_map(|ground| &ground.open).any(|open| match open {
        Open::Condition(residual) => {
            residual.provenance == Provenance::Requester
                && menus.iter().any(|menu| residual.key.eq_ignore_ascii_case(&menu.key))
        }
        _ => false,
    })
}
