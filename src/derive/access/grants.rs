//! What policy texts grant by themselves: everything on everything, which no boundary of duty survives.

use crate::iam::{
    Action, Answer, Attachment, Context, Decision, HOLE, Layers, Principal, Request, Resource as Asked, Truth,
};
use crate::model::derived::principal::Grants;
use crate::model::fact::{Fact, Reasons, State};
use crate::model::resource::Resource;

use super::policies::Policies;
use super::ways::grounds;

/// What the policies of the customer's own, that a user or role has, say by themselves. AWS's own are for other rules:
/// who has those is plain to see.
pub fn derive(policies: &Policies<'_>, resource: &Resource) -> Grants {
    let unknown = |reasons: Reasons| Grants { everything: Fact::unknown(reasons), by: Fact::known(Vec::new()) };
    let Some(identity) = policies.identity(&resource.id) else {
        return unknown("its ARN is none of a user or role".into());
    };
    let mut by = Vec::new();
    let own = identity.attached.iter().zip(&identity.origins).filter(|(_, origin)| !origin.of_aws);
    let mut at = None;
    let all = |(attachment, _)| {
        let (everything, decision) = everything(policies, attachment);
        if let Some(mut decision) = decision.filter(|_| everything.is_true()) {
            decision.grounds.retain(|ground| ground.holds == Truth::Yes);
            by.extend(grounds(&decision));
            at = at.take().or_else(|| identity.place(&decision));
        }
        everything
    };
    let any: Vec<Fact<bool>> = own.map(all).collect();
    let everything = match Fact::any(any).state {
        State::Unknown(reasons) => Fact::unknown(identity.unread.clone().unwrap_or(reasons)),
        state => Fact { state, at: None },
    };
    Grants { everything: everything.at(at).or_at(&identity.facts.inline.at), by: Fact::known(by) }
}

/// Whether a text allows everything: an action that nobody has heard of, and the writing of policies, on any resource;
/// and by which statements.
fn everything(policies: &Policies<'_>, attachment: &Attachment) -> (Fact<bool>, Option<Decision>) {
    let name = &attachment.name;
    let Some(policy) = attachment.policy else {
        return (Fact::unknown(format!("policy `{name}` was not read")), None);
    };
    let attached = [attachment.clone()];
    // `NotAction` may allow nearly everything, too.
    let may = policies.library.allowed(&attached);
    if (0..policies.library.actions().len()).any(|number| !may.contains(number)) {
        return (Fact::known(false), None);
    }
    // Whoever has it, somewhere.
    let Some(principal) = Principal::of_arn(&format!("arn:aws:iam::{SOME}:role/{HOLE}")) else {
        return (Fact::known(false), None);
    };
    let context = Context::open();
    let asked = [
        (Action::new("any-service:AnyAction"), format!("arn:aws:any-service:{HOLE}:{SOME}:{HOLE}")),
        (policies.library.action("iam:PutRolePolicy"), format!("arn:aws:iam::{SOME}:role/{HOLE}")),
    ];
    let (mut all, mut last) = (Vec::new(), None);
    for (action, arn) in &asked {
        let resource = Asked::new(arn, Some(SOME));
        let request = Request { principal: &principal, action, resource, context: &context };
        let decision = policies.library.decide(&request, &Layers::new(&attached));
        all.push(match decision.answer {
            Answer::Yes => Fact::known(true),
            Answer::No(_) => Fact::known(false),
            // A condition, or a resource, restricts it.
            Answer::Conditional if policies.library.document(policy).is_some_and(|one| one.is_readable()) => {
                let open = decision.grounds.iter().any(|ground| ground.open.contains(&crate::iam::Open::Statement));
                if open { Fact::unknown("a part of the policy is not known") } else { Fact::known(false) }
            }
            Answer::Conditional => Fact::unknown("the policy is none that AWS would take"),
        });
        last = Some(decision);
    }
    (Fact::all(all), last)
}

/// An account of which nothing is said anywhere.
const SOME: &str = "111122223333";
