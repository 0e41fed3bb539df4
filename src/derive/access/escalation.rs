//! How somebody who may not destroy backups comes to do it: by becoming somebody who may, or by giving themselves the
//! right.
//!
//! A least fixed point, from those who can destroy backwards. The steps are those of the IAM User Guide and of the
//! services' pages: assuming a role, changing its trust, making credentials for a user, passing a role to a service
//! that runs code, changing what oneself, or whoever one becomes, may do.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use crate::model::fact::{Fact, Reasons};
use crate::model::position::Position;

use super::policies::{Identity, Policies};
use super::raise::{Raise, may_change, of_another, of_itself};
use super::reach::Reach;
use super::step::{Door, FACTOR, Mover, NO_FACTOR, Step, step};
use super::targets::{Call, Target};
use super::ways::{Asker, Mfa, Owner, asker};

/// What an identity can raise itself to.
#[derive(Clone, Debug)]
pub struct Escalation {
    /// Whether it can.
    pub possible: Fact<bool>,
    /// The steps, in order.
    pub steps: Vec<String>,
    /// Where the statement stands in a file that allows the first of them.
    pub at: Option<Arc<Position>>,
}

/// What was found of an identity: the first steps of its way, and on whose way it goes on.
struct Found {
    possible: Fact<bool>,
    steps: Vec<Step>,
    next: Option<usize>,
}

/// How many steps of a way are told.
const MOST_STEPS: usize = 10;

/// The ways of all identities.
pub struct Escalations<'p, 'a> {
    policies: &'p Policies<'a>,
    targets: &'p [Target<'a>],
    /// Of each identity, whether it can destroy backups by its own policies.
    destroys: &'p [Fact<bool>],
    found: Vec<Option<Found>>,
    /// The identities as they ask.
    movers: &'p [Mover<'p>],
    /// Of each identity, how it changes what it may do itself, and how it then asks.
    own: &'p [Vec<Raise>],
    raised: &'p [Vec<Mover<'p>>],
    /// How each may be become.
    doors: Vec<Door>,
    /// Of each user who was reached, whether whoever has their keys needs no second factor of theirs.
    bare: Vec<bool>,
    /// Those whom it may become, and those who may become it, by name; all others are sure to be out of reach.
    reach: Reach,
}

/// Looks for the shortest way of every identity; `destroys` says of each whether it can destroy backups by its own
/// policies.
pub fn escalations<'a>(policies: &Policies<'a>, targets: &[Target<'a>], destroys: &[Fact<bool>]) -> Vec<Escalation> {
    let unread: Vec<Option<Reasons>> = policies.identities.iter().map(|one| policies.unread(one)).collect();
    let movers: Vec<Mover<'_>> = policies
        .identities
        .par_iter()
        .zip(&unread)
        .map(|(one, unread)| Mover::new(policies, asker(policies, one, unread.as_ref())))
        .collect();
    let own = |(number, one): (usize, &Identity<'_>)| match movers.get(number) {
        // Whoever can already needs no change.
        Some(mover) if !destroys.get(number).is_some_and(Fact::is_true) && may_change(policies, &mover.asks) => {
            of_itself(policies, &mover.asks, one)
        }
        _ => Vec::new(),
    };
    let own: Vec<Vec<Raise>> = policies.identities.par_iter().enumerate().map(own).collect();
    let raised: Vec<Vec<Mover<'_>>> = movers
        .par_iter()
        .zip(&own)
        .map(|(mover, own)| own.iter().map(|raise| Mover::new(policies, raise.after(&mover.asks))).collect())
        .collect();
    let mut search = Escalations {
        policies,
        targets,
        destroys,
        found: Vec::new(),
        movers: &movers,
        own: &own,
        raised: &raised,
        doors: policies.identities.par_iter().map(|one| Door::new(policies, one)).collect(),
        bare: vec![!policies.library.speaks_of_mfa(); policies.identities.len()],
        reach: Reach::new(policies),
    };
    let raised: Vec<usize> =
        (0..search.own.len()).filter(|one| search.own.get(*one).is_some_and(|own| !own.is_empty())).collect();
    search.reach.wide.extend(raised);
    let raised: Vec<Option<Found>> =
        (0..policies.identities.len()).into_par_iter().map(|one| search.raised(one, movers.get(one)?, None)).collect();
    search.found = raised;
    search.spread(|fact| fact.is_true());
    search.spread(|fact| !fact.is_false());
    (0..policies.identities.len()).map(|one| search.told(one)).collect()
}

impl Escalations<'_, '_> {
    /// From all that can destroy, or come to it, goes back to whoever can become them. The first time only what is
    /// certain counts, the second time what is possible too; then what is found is unknown.
    fn spread(&mut self, counts: fn(&Fact<bool>) -> bool) {
        let by_itself = |search: &Self, one: usize| search.destroys.get(one).is_some_and(counts);
        // Somebody who only may destroy backups as they are can have a way to it all the same.
        let certain = |search: &Self, one: usize| search.destroys.get(one).is_some_and(Fact::is_true);
        let raised = |search: &Self, one: usize| search.way(one).is_some_and(|way| counts(&way.possible));
        let all = 0..self.policies.identities.len();
        let mut reached: Vec<usize> = all.clone().filter(|one| by_itself(self, *one)).collect();
        reached.extend(all.filter(|one| !by_itself(self, *one) && raised(self, *one)));
        let mut next = 0;
        while let Some(target) = reached.get(next).copied() {
            next += 1;
            let needs_no_factor = self.needs_no_factor(target);
            if let Some(bare) = self.bare.get_mut(target) {
                *bare |= needs_no_factor;
            }
            let candidates: Vec<usize> = self
                .comers(target)
                .into_iter()
                .filter(|from| *from != target && !certain(self, *from) && !raised(self, *from))
                .collect();
            let steps: Vec<(usize, Vec<Step>)> =
                candidates.par_iter().filter_map(|from| Some((*from, self.steps(*from, target, counts)?))).collect();
            for (from, steps) in steps {
                let way = self.through(target, steps);
                if let Some(slot) = self.found.get_mut(from) {
                    *slot = Some(way);
                    if !by_itself(self, from) {
                        reached.push(from);
                    }
                }
            }
        }
    }

    fn way(&self, one: usize) -> Option<&Found> {
        self.found.get(one)?.as_ref()
    }

    /// The whole way of somebody; of a long one, the first steps and the last.
    fn told(&self, one: usize) -> Escalation {
        let Some(found) = self.way(one) else {
            return Escalation { possible: Fact::known(false), steps: Vec::new(), at: None };
        };
        let parts = std::iter::successors(Some(found), |found| self.way(found.next?));
        let mut all = parts.flat_map(|found| &found.steps).map(|step| step.text.as_str());
        let mut steps: Vec<String> = all.by_ref().take(MOST_STEPS - 1).map(str::to_owned).collect();
        let rest = all.enumerate().last();
        steps.extend(rest.map(|(more, last)| match more {
            0 => last.to_owned(),
            _ => format!("after {more} more of such steps: {last}"),
        }));
        let at = found.steps.first().and_then(|step| step.at.clone());
        Escalation { possible: found.possible.clone(), steps, at }
    }

    /// Whoever may become somebody: those whom a trust policy names, and those whose own policies may let them.
    fn comers(&self, target: usize) -> BTreeSet<usize> {
        if self.reach.open.contains(&target) {
            return (0..self.policies.identities.len()).collect();
        }
        let mut comers = self.reach.wide.clone();
        comers.extend(self.reach.to.get(&target).into_iter().flatten());
        comers
    }

    /// Whomever somebody may become.
    fn goals(&self, from: usize) -> BTreeSet<usize> {
        if self.reach.wide.contains(&from) {
            return (0..self.policies.identities.len()).collect();
        }
        let mut goals = self.reach.open.clone();
        goals.extend(self.reach.from.get(&from).into_iter().flatten());
        goals
    }

    /// How somebody becomes another: at once, or after a change of what they may do.
    fn steps(&self, from: usize, target: usize, counts: fn(&Fact<bool>) -> bool) -> Option<Vec<Step>> {
        if let Some(at_once) = self.step(self.movers.get(from)?, target).filter(|step| counts(&step.allowed)) {
            return Some(vec![at_once]);
        }
        let own = self.own.get(from)?.iter().zip(self.raised.get(from)?);
        own.filter(|(own, _)| counts(&own.allowed)).find_map(|(own, raised)| {
            let then = self.step(raised, target).filter(|step| counts(&step.allowed))?;
            Some(vec![Step::of(own), then])
        })
    }

    /// The way over these steps to somebody, and on as they go.
    fn through(&self, target: usize, steps: Vec<Step>) -> Found {
        let destroys = self.destroys.get(target).filter(|destroys| !destroys.is_false());
        let way = self.way(target).map(|way| &way.possible);
        // What is certain of the target goes before what is only possible.
        let (on, next) = match (destroys, way) {
            (Some(destroys), Some(way)) if way.is_true() && !destroys.is_true() => (way.clone(), Some(target)),
            (Some(destroys), _) => (destroys.clone(), None),
            (None, Some(way)) => (way.clone(), Some(target)),
            (None, None) => (Fact::known(false), None),
        };
        let allowed = steps.iter().map(|step| step.allowed.clone());
        Found { possible: Fact { at: None, ..Fact::all(allowed.chain([on])) }, steps, next }
    }

    /// Whether whoever has the keys of a user does for certain what the user may, and has no second factor of theirs.
    fn needs_no_factor(&self, one: usize) -> bool {
        let (Some(identity), Some(mover)) = (self.policies.identities.get(one), self.movers.get(one)) else {
            return false;
        };
        if identity.is_role() || self.bare.get(one) == Some(&true) {
            return true;
        }
        let bare = Mover::new(self.policies, Asker { mfa: Mfa::Perhaps, ..mover.asks });
        let certain = |fact: Option<&Fact<bool>>| fact.is_some_and(Fact::is_true);
        if certain(self.destroys.get(one)) {
            let mut own = self.targets.iter().filter(|target| self.policies.may_reach(identity, target));
            let destroys = |target| self.policies.destroys(&bare.asks, target).iter().any(|way| way.allowed.is_true());
            return self.targets.is_empty() || own.any(destroys);
        }
        let mut goals = self.goals(one).into_iter().filter(|goal| {
            *goal != one && (certain(self.destroys.get(*goal)) || certain(self.way(*goal).map(|way| &way.possible)))
        });
        if goals.any(|goal| self.step(&bare, goal).is_some_and(|step| step.allowed.is_true())) {
            return true;
        }
        let own = of_itself(self.policies, &bare.asks, identity);
        self.raised(one, &bare, Some(&own)).is_some_and(|way| way.possible.is_true())
    }

    /// Whether an identity destroys backups after a change of what it, or somebody whom it may become, may do; by these
    /// changes of its own, where they are not those that were worked out.
    fn raised(&self, from: usize, mover: &Mover<'_>, own: Option<&[Raise]>) -> Option<Found> {
        if self.destroys.get(from).is_some_and(Fact::is_true) {
            return None;
        }
        let asks = &mover.asks;
        // One way is enough where none can be more certain.
        let is_enough = |best: &Option<Found>| best.is_some() && asks.is_never_certain();
        let mut best: Option<Found> = None;
        for raise in own.or_else(|| self.own.get(from).map(Vec::as_slice)).into_iter().flatten() {
            match self.destroyed(asks, raise, None) {
                Some(way) if way.possible.is_true() => return Some(way),
                way => best = best.or(way),
            }
            if is_enough(&best) {
                return best;
            }
        }
        if !may_change(self.policies, asks) {
            return best;
        }
        for target in self.goals(from).into_iter().filter(|target| *target != from) {
            // Whoever can already is reached as they are.
            let Some(to) = self.policies.identities.get(target) else { continue };
            let as_they_are = to.is_role() || self.bare.get(target) == Some(&true);
            if as_they_are && self.destroys.get(target).is_some_and(Fact::is_true) {
                continue;
            }
            if is_enough(&best) {
                break;
            }
            let Some(step) = self.plain_step(mover, target) else { continue };
            // What is no more certain than what was found already is not asked for.
            if best.is_some() && !step.allowed.is_true() {
                continue;
            }
            let Some(becomes) = self.movers.get(target) else { continue };
            // Whoever has a user's keys has not their second factor.
            let mfa = if to.is_role() { becomes.asks.mfa } else { Mfa::Perhaps };
            let becomes = Asker { mfa, ..becomes.asks };
            for raise in of_another(self.policies, asks, &becomes, to) {
                match self.destroyed(&becomes, &raise, Some(step.clone())) {
                    Some(way) if way.possible.is_true() => return Some(way),
                    way => best = best.or(way),
                }
            }
        }
        best
    }

    /// What somebody destroys after a change, and a step to them.
    fn destroyed(&self, asks: &Asker<'_>, raise: &Raise, then: Option<Step>) -> Option<Found> {
        let raised = raise.after(asks);
        let account = asks.identity.and_then(Identity::account);
        let seen = self.targets.iter().filter(|target| target.resource.is_some() || target.account == account);
        let ways = seen.flat_map(|target| self.policies.destroys(&raised, target));
        let destroys = Fact::any(ways.map(|way| way.allowed));
        let later = raise.later.clone().map(|text| Step { allowed: Fact::known(true), text, at: None });
        let steps: Vec<Step> = [Step::of(raise)].into_iter().chain(then).chain(later).collect();
        let possible = Fact::all(steps.iter().map(|step| step.allowed.clone()).chain([destroys]));
        (!possible.is_false()).then_some(Found { possible: Fact { at: None, ..possible }, steps, next: None })
    }

    /// The surest step to an identity, with what it may do then: a user may need their second factor for it.
    fn step(&self, mover: &Mover<'_>, target: usize) -> Option<Step> {
        let step = self.plain_step(mover, target)?;
        let to = self.policies.identities.get(target)?;
        if to.is_role() || self.bare.get(target) == Some(&true) {
            return Some(step);
        }
        let call = Call { actions: FACTOR, arn: to.arn.to_string() };
        let owner = Owner { account: to.account(), policy: None };
        let given = self.policies.call_with_mfa(&mover.asks, &call, owner).allowed.is_true();
        let factor = if given { Fact::known(true) } else { Fact::unknown(NO_FACTOR) };
        Some(Step { allowed: Fact { at: None, ..Fact::all([step.allowed, factor]) }, ..step })
    }

    /// The surest step to an identity, whatever it takes then.
    fn plain_step(&self, mover: &Mover<'_>, target: usize) -> Option<Step> {
        let to = self.policies.identities.get(target)?;
        let step = step(self.policies, mover, to, self.doors.get(target)?)?;
        let allowed = Fact { at: None, ..Fact::all([step.allowed, to.resource.exists.clone()]) };
        (!allowed.is_false()).then_some(Step { allowed, ..step })
    }
}
