//! What policy texts grant by themselves: everything on everything, which no boundary of duty survives.

use crate::iam::{
    Action, Answer, Attachment, Context, Effect, HOLE, Layers, Principal, Request, Resource as Asked, Truth,
};
use crate::model::derived::principal::Grants;
use crate::model::fact::{Fact, Reasons, State};
use crate::model::resource::Resource;

use super::policies::Policies;

/// What the policies of the customer's own, that a user or role has, say by themselves. AWS's own are for other rules:
/// who has those is plain to see.
pub fn derive(policies: &Policies<'_>, resource: &Resource) -> Grants {
    let unknown = |reasons: Reasons| Grants { everything: Fact::unknown(reasons), by: Fact::known(Vec::new()) };
    let Some(identity) = policies.identity(&resource.id) else {
        return unknown("its ARN is none of a user or role".into());
    };
    let mut by = Vec::new();
    let own = identity.attached.iter().zip(&identity.origins).filter(|(_, origin)| !origin.of_aws);
    let any: Vec<Fact<bool>> = own.map(|(attachment, _)| everything(policies, attachment, &mut by)).collect();
    let everything = match Fact::any(any).state {
        State::Unknown(reasons) => Fact::unknown(identity.unread.clone().unwrap_or(reasons)),
        state => Fact { state, at: None },
    };
    Grants { everything: everything.at(identity.facts.inline.at.clone()), by: Fact::known(by) }
}

/// Whether a text allows everything: an action that nobody has heard of, and the writing of policies, on any resource.
fn everything(policies: &Policies<'_>, attachment: &Attachment, by: &mut Vec<String>) -> Fact<bool> {
    let name = &attachment.name;
    let Some(policy) = attachment.policy else {
        return Fact::unknown(format!("policy `{name}` was not read"));
    };
    let attached = [attachment.clone()];
    // `NotAction` may allow nearly everything, too.
    let may = policies.library.allowed(&attached);
    if (0..policies.library.actions().len()).any(|number| !may.contains(number)) {
        return Fact::known(false);
    }
    // Whoever has it, somewhere.
    let Some(principal) = Principal::of_arn(&format!("arn:aws:iam::{SOME}:role/{HOLE}")) else {
        return Fact::known(false);
    };
    let context = Context::open();
    let asked = [
        (Action::new("any-service:AnyAction"), format!("arn:aws:any-service:{HOLE}:{SOME}:{HOLE}")),
        (policies.library.action("iam:PutRolePolicy"), format!("arn:aws:iam::{SOME}:role/{HOLE}")),
    ];
    let mut all = Vec::new();
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
        if all.iter().all(Fact::is_true) && all.len() == asked.len() {
            let sure =
                decision.grounds.iter().filter(|one| one.effect == Some(Effect::Allow) && one.holds == Truth::Yes);
            by.extend(sure.map(|ground| match (&ground.sid, ground.statement) {
                (Some(sid), _) => format!("{name}, statement {sid}"),
                (None, number) => format!("{name}, statement {}", number.unwrap_or_default() + 1),
            }));
        }
    }
    Fact::all(all)
}

/// An account of which nothing is said anywhere.
const SOME: &str = "111122223333";
