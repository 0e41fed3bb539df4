//! Whether a resource's policy keeps an action from everybody of its account but named administrators, whatever
//! identity policies they have.
//!
//! Two principals are asked about, both with an identity policy that allows everything. A stranger, whom no policy means
//! by name, must be refused for sure. And of what may let anybody else through, each must be a name of an administrator.

use crate::derive::selection;
use crate::iam::{
    Answer, Attachment, Context, Decision, Denial, Effect, Layer, Layers, Open, Provenance, Request, Residual,
    Resource, Value,
};
use crate::model::fact::{Reason, Reasons};
use crate::model::identity::ResourceId;
use crate::model::settings::Settings;

use super::exemption::{Administrators, Named, all};
use super::policies::Policies;
use super::probe;
use super::statement::{Statement, shown, statements};

/// Whether an action is kept from everybody but named administrators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    Yes,
    /// Why not, for people.
    No(Why),
    Unknown(Reasons),
}

/// Why an action is not kept from everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nothing in the policy speaks of it.
    Nothing,
    /// This speaks of it, and does not help.
    Something(String),
}

/// A resource and its policy.
pub struct Guard<'p, 'a> {
    policies: &'p Policies<'a>,
    administrators: Administrators<'p, 'a>,
    policy: Option<&'p Attachment>,
    pub statements: Vec<Statement>,
    partition: &'p str,
    /// What every request to it shows: it goes to its Region, by TLS.
    context: Context,
    pub accounts: Vec<String>,
}

impl<'p, 'a> Guard<'p, 'a> {
    /// The policy of a resource, with its text where that was read.
    pub fn new(policies: &'p Policies<'a>, settings: &'p Settings, id: &'p ResourceId, text: Option<&str>) -> Self {
        let text = text.unwrap_or_default();
        Self {
            policies,
            administrators: Administrators::new(settings, policies),
            policy: policies.of_resource(id),
            statements: statements(text),
            partition: id.likely_partition(),
            context: context(id.region.as_deref()),
            accounts: probe::accounts(id.account.as_deref(), text),
        }
    }

    /// The same where requests show this besides.
    #[must_use]
    pub fn assuming(mut self, shown: &[(&str, Value)]) -> Self {
        for (key, value) in shown {
            self.context.replace(key, value.clone());
        }
        self
    }

    /// Whether it keeps an action on the resource of this ARN, which may hang on the account, from everybody.
    pub fn keeps(&self, action: &str, arn: &dyn Fn(&str) -> String) -> Kept {
        let mut kept: Option<Kept> = None;
        for account in &self.accounts {
            let here = self.keeps_in(action, &arn(account), account);
            match &kept {
                Some(before) if std::mem::discriminant(before) != std::mem::discriminant(&here) => {
                    return Kept::Unknown(crate::derive::place::account_unsaid().into());
                }
                _ => kept = Some(here),
            }
        }
        kept.unwrap_or_else(|| Kept::Unknown("the account of the policy is not known".into()))
    }

    fn keeps_in(&self, action: &str, arn: &str, account: &str) -> Kept {
        let mut doubt = None;
        for kind in probe::KINDS {
            match self.keeps_from(action, arn, account, kind) {
                Kept::Yes => {}
                Kept::No(why) => return Kept::No(why),
                Kept::Unknown(reasons) => doubt = doubt.or(Some(reasons)),
            }
        }
        doubt.map_or(Kept::Yes, Kept::Unknown)
    }

    fn keeps_from(&self, action: &str, arn: &str, account: &str, kind: &str) -> Kept {
        let (Some(stranger), Some(anybody)) =
            (probe::stranger(self.partition, account, kind), probe::anybody(self.partition, account, kind))
        else {
            return Kept::Unknown("the account of the policy is not known".into());
        };
        let layers = Layers { resource: self.policy, ..Layers::new(&self.policies.everything) };
        let action = &self.policies.library.action(action);
        let context = &self.context;
        let request = Request { principal: &stranger, action, resource: Resource::new(arn, Some(account)), context };
        let decision = self.policies.library.decide(&request, &layers);
        let denial = match decision.answer {
            Answer::Yes => return Kept::No(self.why_open(action.name(), arn)),
            Answer::Conditional => return self.why_conditional(&request, &layers, &decision),
            Answer::No(denial) => denial,
        };
        let decision = self.policies.library.decide(&Request { principal: &anybody, ..request }, &layers);
        if matches!(decision.answer, Answer::No(_)) {
            return Kept::Yes;
        }
        let spared = match denial {
            Denial::Explicit => self.spared_by_denials(&decision),
            Denial::Implicit => self.meant_by_allows(&decision),
        };
        match spared {
            Named::Yes => Kept::Yes,
            Named::No(whom) => Kept::No(Why::Something(whom)),
            Named::Unknown(reasons) => Kept::Unknown(reasons),
        }
    }

    /// Whom the denials spare: one of them that spares nobody but administrators is enough.
    fn spared_by_denials(&self, decision: &Decision) -> Named {
        let mut worst: Option<Named> = None;
        let denials = decision.grounds.iter().filter(|ground| ground.effect == Some(Effect::Deny));
        for ground in denials {
            let label = self.label(ground.statement);
            let spared = all(ground.open.iter().map(|open| match open {
                Open::Condition(residual) => match self.administrators.spared(residual, true) {
                    Named::No(whom) => Named::No(format!("{label} spares {whom}, who is no named administrator")),
                    other => other,
                },
                Open::Principal => Named::Unknown(
                    Reason::new(format!("whom {label} spares by `NotPrincipal` is not worked out")).into(),
                ),
                _ => Named::Unknown(unread(&label)),
            }));
            match (&worst, spared) {
                (_, Named::Yes) => return Named::Yes,
                (None | Some(Named::No(_)), spared) => worst = Some(spared),
                (Some(_), _) => {}
            }
        }
        worst.unwrap_or_else(|| Named::Unknown("whom the policy lets through is not known".into()))
    }

    /// Whom statements that allow mean: each must mean administrators alone.
    fn meant_by_allows(&self, decision: &Decision) -> Named {
        let allows = decision
            .grounds
            .iter()
            .filter(|ground| ground.layer == Layer::Resource && ground.effect != Some(Effect::Deny));
        all(allows.map(|ground| {
            let statement = ground.statement.and_then(|number| self.statements.get(number));
            let label = self.label(ground.statement);
            let named = all(ground.open.iter().filter_map(|open| match open {
                Open::Principal => Some(statement.map_or_else(
                    || Named::Unknown(unread(&label)),
                    |statement| self.administrators.principals(&statement.principals),
                )),
                Open::Condition(residual) if names_somebody(residual) => {
                    Some(self.administrators.spared(residual, false))
                }
                // Any other condition only narrows what is allowed.
                Open::Condition(_) => None,
                _ => Some(Named::Unknown(unread(&label))),
            }));
            match named {
                Named::No(whom) => Named::No(format!("{label} allows it to {whom}, who is no named administrator")),
                other => other,
            }
        }))
    }

    /// What the policy says of an action that it does not keep from anybody: of the statements that speak of it, the
    /// first that means the resource, or else the first.
    fn why_open(&self, action: &str, arn: &str) -> Why {
        let means = |one: &&Statement| one.resources.iter().any(|pattern| selection::matches(pattern, arn));
        let speaking = || self.statements.iter().filter(|one| one.denies && one.speaks_of(action));
        let Some(statement) = speaking().find(means).or_else(|| speaking().next()) else {
            return Why::Nothing;
        };
        let label = statement.label();
        let only =
            |what: &str, values: &[String]| format!("{label} denies it only for {what} {}", shown(&values.join(", ")));
        let everybody = statement.principals.iter().any(|who| who == "*");
        Why::Something(match (means(&statement), everybody) {
            (false, _) => only("Resource", &statement.resources),
            (true, false) if !statement.principals.is_empty() => only("Principal", &statement.principals),
            (true, _) => match &statement.condition {
                Some(condition) => format!("{label} denies it only under its Condition {}", shown(condition)),
                None => format!("{label} does not deny it to everybody"),
            },
        })
    }

    /// A denial that hangs on something: whoever can bring about that it does not apply is not kept off.
    fn why_conditional(&self, request: &Request<'_>, layers: &Layers<'_>, decision: &Decision) -> Kept {
        let may_be_set = |residual: &Residual| {
            (matches!(residual.provenance, Provenance::Environment | Provenance::Requester)
                && is_movable(&residual.key))
        };
        let library = &self.policies.library;
        let yes = |context: &Context| library.answer(&Request { context, ..*request }, layers) == Answer::Yes;
        if probe::trials(request.context, decision, may_be_set).iter().any(yes) {
            let keys: Vec<&str> = decision.residuals().into_iter().map(|residual| &*residual.key).collect();
            return Kept::No(Why::Something(format!("it is denied only under a condition on {}", keys.join(", "))));
        }
        let mut denials = decision.grounds.iter().filter(|ground| ground.effect == Some(Effect::Deny));
        // With more denials than one, what one spares another may catch.
        let (Some(only), None) = (denials.next(), denials.next()) else { return Kept::Unknown(self.reasons(decision)) };
        let of_tags = only.open.iter().map(|open| match open {
            Open::Condition(residual) if names_somebody(residual) => self.administrators.spared(residual, true),
            _ => Named::Unknown(self.reasons(decision)),
        });
        match all(of_tags) {
            Named::Yes => Kept::Yes,
            Named::No(whom) if only.open.len() == 1 => Kept::No(Why::Something(format!("it is not denied to {whom}"))),
            Named::No(_) => Kept::Unknown(self.reasons(decision)),
            Named::Unknown(reasons) => Kept::Unknown(reasons),
        }
    }

    /// Why an answer is open, for people.
    pub fn reasons(&self, decision: &Decision) -> Reasons {
        let open = decision.grounds.iter().filter(|ground| !ground.open.is_empty());
        let all = open.map(|ground| {
            let label = self.label(ground.statement);
            let keys: Vec<String> = ground.open.iter().filter_map(condition).collect();
            if keys.is_empty() {
                return unread(&label);
            }
            Reason::new(format!("{label} of the policy hangs on {}", keys.join(", "))).into()
        });
        all.reduce(|a, b| a.and(&b)).unwrap_or_else(|| "the policy was not read".into())
    }

    fn label(&self, number: Option<usize>) -> String {
        let statement = number.and_then(|number| self.statements.get(number));
        statement.map_or_else(|| "the policy".to_owned(), Statement::label)
    }
}

fn condition(open: &Open) -> Option<String> {
    match open {
        Open::Condition(residual) => Some(format!("{} {}", residual.operator, residual.key)),
        _ => None,
    }
}

fn context(region: Option<&str>) -> Context {
    let context = Context::open().with("aws:SecureTransport", "true");
    match region {
        Some(region) => context.with("aws:RequestedRegion", region),
        None => context,
    }
}

/// Whether whoever asks can do something about the value: nobody moves the clock, or the resource to another Region.
fn is_movable(key: &str) -> bool {
    !["aws:CurrentTime", "aws:EpochTime", "aws:RequestedRegion"].iter().any(|fixed| fixed.eq_ignore_ascii_case(key))
}

/// Whether a condition says who is meant.
fn names_somebody(residual: &Residual) -> bool {
    let key = residual.key.to_ascii_lowercase();
    ["aws:principalarn", "aws:userid", "aws:username"].contains(&key.as_str()) || key.starts_with("aws:principaltag/")
}

fn unread(label: &str) -> Reasons {
    Reason::new(format!("what {label} says was not read, or the files leave a part of it open")).into()
}
