//! What a role may do at a destination as far as the role itself is concerned: what the policies there refuse is told by
//! [`replication_destination`](crate::derive::access::replication_destination), and told once.

use crate::iam::{Answer, Context, Decision, Denial, Effect, Lack, Layer, Layers, Truth};
use crate::model::fact::Fact;

use super::{Asked, Owner, Whose};

impl Asked<'_, '_, '_> {
    /// Whether the role's own side allows this at a destination; no owner where that was not seen. In one account a
    /// policy of the bucket or key that names the role does it too.
    pub fn allows_there(&self, action: &str, arn: &str, owner: Option<Owner<'_>>, context: &Context) -> Fact<bool> {
        let alone = self.in_any_account(|account| {
            let of = match owner.map(|owner| owner.account) {
                Some(Whose::Own) => Some(account),
                Some(Whose::Of(other)) => Some(other),
                Some(Whose::Unseen) | None => None,
            };
            let layers = Layers {
                boundary: self.identity.boundary.as_ref(),
                in_management_account: Truth::No,
                ..Layers::new(&self.identity.attached)
            };
            let decision = self.decide((action, arn), (account, of), context, &layers);
            match own_side(&decision) {
                Truth::Yes => Fact::known(true),
                Truth::No => Fact::known(false),
                Truth::Maybe => Fact::unknown(self.why(&decision)),
            }
        });
        let by_policy = |owner: &Owner<'_>| owner.policy.is_some() && !matches!(owner.account, Whose::Of(_));
        let Some(owner) = owner.filter(by_policy).filter(|_| !alone.is_true()) else { return alone };
        let together = self.can(action, arn, owner, context);
        if together.is_true() || alone.is_false() { together } else { alone }
    }
}

/// Whether the policies of the role allow a request, whatever the policy of its resource says.
fn own_side(decision: &Decision) -> Truth {
    if decision.answer == Answer::No(Denial::Explicit) {
        return Truth::No;
    }
    let may = |layer: Layer| {
        let allows = decision.grounds.iter().any(|one| one.layer == layer && one.effect != Some(Effect::Deny));
        let lacks = decision.lacks.contains(&Lack::Layer(layer));
        match (lacks, allows) {
            (false, _) => Truth::Yes,
            (true, true) => Truth::Maybe,
            (true, false) => Truth::No,
        }
    };
    let denied = decision.grounds.iter().any(|one| one.effect != Some(Effect::Allow));
    let denied = if denied { Truth::Maybe } else { Truth::No };
    may(Layer::Identity).and(may(Layer::Boundary)).and(!denied)
}
