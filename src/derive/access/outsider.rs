//! Whether a resource's policy lets in somebody of an account that it does not name, or anybody of one that it does.

use crate::derive::place::Arn;
use crate::derive::selection;
use crate::iam::{
    Answer, Attachment, Context, Decision, Effect, Layer, Layers, Principal, Provenance, Request, Residual, Resource,
    Truth, Value,
};
use crate::model::fact::{Reason, Reasons};
use crate::model::identity::ResourceId;

use super::policies::{Identity, Policies};
use super::probe;
use super::statement::{Statement, statements};

/// Whom a policy lets in from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nobody of the account whom it does not name.
    Nobody,
    /// Anybody of it, by these statements.
    Anybody(Vec<String>),
    Unknown(Reasons),
}

/// A resource's policy, and somebody outside.
pub struct Outsider<'p, 'a> {
    policies: &'p Policies<'a>,
    policy: Option<&'p Attachment>,
    statements: Vec<Statement>,
    /// Its account, or one that stands for it.
    owner: String,
    /// By their ARNs.
    outsiders: Vec<(String, Principal)>,
    contexts: Vec<Context>,
    restrict_public: Truth,
}

impl<'p, 'a> Outsider<'p, 'a> {
    /// The policy of a resource, with its text where that was read, and somebody of an account that it does not name.
    pub fn new(policies: &'p Policies<'a>, id: &'p ResourceId, text: Option<&str>) -> Self {
        Self::of_account(policies, id, text, probe::foreign(text.unwrap_or_default()))
    }

    /// The same, and anybody of this account.
    pub fn of_account(policies: &'p Policies<'a>, id: &'p ResourceId, text: Option<&str>, account: &str) -> Self {
        let text = text.unwrap_or_default();
        let owner = id.account.as_deref().map_or_else(|| probe::foreign(text).replacen('0', "9", 1), str::to_owned);
        Self {
            policies,
            policy: policies.of_resource(id),
            statements: statements(text),
            owner,
            outsiders: outsiders(id.likely_partition(), account, text),
            contexts: contexts(account),
            restrict_public: Truth::No,
        }
    }

    /// Of a bucket, with what is known of `RestrictPublicBuckets`.
    #[must_use]
    pub fn restricted(mut self, restrict_public: Truth) -> Self {
        self.restrict_public = restrict_public;
        self
    }

    /// Without those who may.
    #[must_use]
    pub fn but(mut self, may: impl Fn(&str) -> bool) -> Self {
        self.outsiders.retain(|(arn, _)| !may(arn));
        self
    }

    /// The trust policy of a role. An external id is agreed on with somebody: whoever else asks has another
    /// ("Access to AWS accounts owned by third parties" in the IAM User Guide).
    pub fn of_trust(policies: &'p Policies<'a>, identity: &'p Identity<'a>) -> Self {
        let text = identity.facts.trust.value().map_or("", String::as_str);
        Self::of_trust_in(policies, identity, probe::foreign(text))
    }

    /// The same, and anybody of this account.
    pub fn of_trust_in(policies: &'p Policies<'a>, identity: &'p Identity<'a>, account: &str) -> Self {
        let text = identity.facts.trust.value().map(String::as_str);
        let mut outsider = Self::of_account(policies, &identity.resource.id, text, account);
        outsider.policy = identity.trust.as_ref();
        for context in &mut outsider.contexts {
            context.replace("sts:ExternalId", Value::Known(vec!["nobody-agreed-on-this".to_owned()]));
        }
        outsider
    }

    /// The account that the resource is taken to be in.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Whether it lets an outsider do this.
    pub fn reach(&self, action: &str, arn: &str) -> Reach {
        let library = &self.policies.library;
        let layers = Layers { resource: self.policy, ..Layers::new(&self.policies.everything) };
        let action = &library.action(action);
        let mut doubt: Option<Reasons> = None;
        for (_, principal) in &self.outsiders {
            for context in &self.contexts {
                let resource =
                    Resource { restrict_public: self.restrict_public, ..Resource::new(arn, Some(&self.owner)) };
                let decision = at_best(self.policies, &Request { principal, action, resource, context }, &layers);
                match decision.answer {
                    Answer::Yes => return Reach::Anybody(self.allowing(&decision)),
                    Answer::Conditional => doubt = doubt.or_else(|| Some(self.reasons(&decision))),
                    Answer::No(_) => {}
                }
            }
        }
        doubt.map_or(Reach::Nobody, Reach::Unknown)
    }

    fn label(&self, number: Option<usize>) -> String {
        let statement = number.and_then(|number| self.statements.get(number));
        statement.map_or_else(|| "the policy".to_owned(), Statement::label)
    }

    fn allowing(&self, decision: &Decision) -> Vec<String> {
        let grounds = decision.grounds.iter();
        let allowing = grounds.filter(|one| one.layer == Layer::Resource && one.effect == Some(Effect::Allow));
        let mut labels: Vec<String> = allowing.map(|ground| self.label(ground.statement)).collect();
        labels.dedup();
        labels
    }

    fn reasons(&self, decision: &Decision) -> Reasons {
        let open = decision.grounds.iter().filter(|ground| !ground.open.is_empty());
        let all = open.map(|ground| {
            let why = format!("whether {} lets in another account is not known", self.label(ground.statement));
            Reasons::from(Reason::new(why))
        });
        all.reduce(|a, b| a.and(&b)).unwrap_or_else(|| "the policy was not read".into())
    }
}

/// The decision after whoever asks has chosen what is theirs to choose: the tags of their own role, the service that
/// they go through, the parameters of the call.
fn at_best(policies: &Policies<'_>, request: &Request<'_>, layers: &Layers<'_>) -> Decision {
    let decision = policies.library.decide(request, layers);
    if decision.answer != Answer::Conditional {
        return decision;
    }
    for context in probe::trials(request.context, &decision, is_chosen) {
        let chosen = policies.library.decide(&Request { context: &context, ..*request }, layers);
        if chosen.answer == Answer::Yes {
            return chosen;
        }
    }
    decision
}

/// Whether somebody in an account of their own settles the value.
fn is_chosen(residual: &Residual) -> bool {
    let key = residual.key.to_ascii_lowercase();
    let own =
        ["aws:principaltag/", "aws:calledvia", "aws:viaawsservice", "aws:username", "aws:userid", "kms:viaservice"];
    residual.provenance == Provenance::Requester
        || key == "kms:grantisforawsresource"
        || own.iter().any(|start| key.starts_with(start))
}

/// Names that somebody of this account may take: one of their own, and those that the policy's patterns ask for.
fn outsiders(partition: &str, account: &str, text: &str) -> Vec<(String, Principal)> {
    let mut arns = vec![format!("arn:{partition}:iam::{account}:role/outsider")];
    let patterns = text.split('"').filter(|word| word.starts_with("arn:") && word.contains('*'));
    for pattern in patterns {
        let Some(arn) = Arn::parse(pattern) else { continue };
        let fits = ["iam", "sts"].iter().any(|service| selection::matches(arn.service, service));
        if fits && selection::matches(arn.account, account) {
            arns.push(format!("arn:{partition}:iam::{account}:{}", arn.resource.replace(['*', '?'], "x")));
        }
    }
    arns.sort();
    arns.dedup();
    let principal = |arn: String| Principal::of_arn(&arn).map(|principal| (arn, principal));
    arns.into_iter().filter_map(principal).collect()
}

/// What is known of the requests of somebody who shares nothing with the owner: account, organization, network.
fn contexts(account: &str) -> Vec<Context> {
    let without = |key: &str, context: &mut Context| context.replace(key, Value::Absent);
    let mut all = Vec::new();
    // An address of a reserved range, and one that a policy for a wide range has in it.
    for address in ["240.0.0.1", "1.1.1.1"] {
        let mut alone = Context::open()
            .with("aws:SourceIp", address)
            .with("aws:SecureTransport", "true")
            .with("aws:MultiFactorAuthPresent", "true")
            .with("aws:MultiFactorAuthAge", "0")
            .with("kms:CallerAccount", account)
            .with("aws:ResourceOrgID", "o-9999999999");
        for key in ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOwner", "aws:SourceOrgID", "aws:SourceOrgPaths"] {
            without(key, &mut alone);
        }
        for key in ["aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"]
        {
            without(key, &mut alone);
        }
        let organized = alone
            .clone()
            .with("aws:PrincipalOrgID", "o-0000000000")
            .with("aws:PrincipalOrgPaths", "o-0000000000/r-0000/ou-0000-00000000/");
        all.extend([alone, organized]);
    }
    all
}
