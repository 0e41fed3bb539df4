//! One resource before all rules that ask about it: three-valued verdicts that no unknown can contradict.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityUid, Policy, PolicySet, Request, RestrictedExpression,
};
use jiff::Timestamp;

use super::entities::{Builder, EntityError, Unknowns, datetime};
use super::fold::fold;
use super::memo::{Key, Memo, Wanted};
use super::view::View;
use super::worlds::worlds;
use crate::finding::verdict::Verdict;
use crate::model::fact::{Fact, Reasons};
use crate::rule::meta::Action;
use crate::rule::reads::Reads;
use crate::rule::schema::{Contract, judged_types};
use crate::rule::{Rule, RuleSet};

/// What is the same for all resources of one run.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// The moment at which ages are judged.
    pub now: Timestamp,
    /// `live` or `files`.
    pub source: &'static str,
    /// Recovery Regions, as configured.
    pub recovery_regions: Vec<String>,
    /// Recovery accounts, as configured.
    pub recovery_accounts: Vec<String>,
    /// The organizational units of each account, from the nearest to the root.
    pub units: BTreeMap<Arc<str>, Fact<Vec<String>>>,
}

/// Rules that ask the same question about the same type: sliced once.
struct Slice {
    action: EntityUid,
    /// Indexes into the rule set.
    rules: Vec<usize>,
    /// Those of them that do not ask who the principal is, together.
    impersonal: PolicySet,
}

/// All that is asked about one type.
struct Questions {
    slices: Vec<(Action, Slice)>,
    /// All that the rules read that do not ask who the principal is.
    reads: Reads,
    /// The same without the rules about evidence.
    design_reads: Reads,
}

/// Judges resources.
pub struct Judge<'a> {
    rules: &'a RuleSet,
    questions: BTreeMap<&'a str, Questions>,
    /// Each rule alone.
    alone: Vec<PolicySet>,
    builder: Builder,
    /// The paths that may be absent, by type.
    optional: BTreeMap<&'static str, BTreeSet<String>>,
    context: Context,
    units: BTreeMap<Arc<str>, Fact<Vec<String>>>,
    authorizer: Authorizer,
    /// What identifies each rule's verdict, and the verdicts so far.
    wanted: Vec<Option<Wanted>>,
    memo: Memo,
}

/// What one policy is asked.
#[derive(Clone, Copy)]
pub struct Question<'q> {
    /// The kind of question.
    pub action: &'q EntityUid,
    /// What is the same for all resources.
    pub context: &'q Context,
    /// What the policy reads.
    pub reads: &'q Reads,
    /// The policy alone.
    pub policy: &'q PolicySet,
}

/// A rule's verdict, or why it could not be judged at all.
pub type Outcome = (usize, Result<Verdict, String>);

impl<'a> Judge<'a> {
    /// A judge with these rules. Fails if Cedar refuses what the rules were checked for: a defect of Backstop.
    pub fn new(rules: &'a RuleSet, circumstances: &Circumstances) -> Result<Self, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let alone = rules
            .rules
            .iter()
            .map(|rule| PolicySet::from_policies([rule.policy.clone()]).map_err(|error| text(&error)))
            .collect::<Result<Vec<_>, _>>()?;
        let mut questions = BTreeMap::new();
        for name in judged_types() {
            questions.insert(name, self::questions(rules, name)?);
        }
        let strings = |texts: &[String]| {
            RestrictedExpression::new_set(texts.iter().map(|text| RestrictedExpression::new_string(text.clone())))
        };
        let context = Context::from_pairs([
            ("now".to_owned(), datetime(circumstances.now)),
            ("recoveryRegions".to_owned(), strings(&circumstances.recovery_regions)),
            ("recoveryAccounts".to_owned(), strings(&circumstances.recovery_accounts)),
            ("source".to_owned(), RestrictedExpression::new_string(circumstances.source.to_owned())),
        ])
        .map_err(|error| text(&error))?;
        Ok(Self {
            rules,
            questions,
            alone,
            builder: Builder::new(rules.schema.entity_types().cloned()),
            optional: optional_paths(),
            context,
            units: circumstances.units.clone(),
            authorizer: Authorizer::new(),
            wanted: rules.rules.iter().enumerate().map(|(index, rule)| Wanted::of(index, &rule.reads)).collect(),
            memo: Memo::default(),
        })
    }

    /// The verdict of every rule that asks about this resource. `evidence` says whether its source has any.
    pub fn judge(&self, view: &View, evidence: bool) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        let Some(questions) = self.questions.get(&*view.kind) else { return outcomes };
        let reads = if evidence { &questions.reads } else { &questions.design_reads };
        let known = LazyCell::new(|| self.known(view, reads).map_err(|error| error.to_string()));
        for (action, slice) in &questions.slices {
            if action.needs_evidence() && !evidence {
                continue;
            }
            let mut new: Vec<(usize, Option<Key>)> = Vec::new();
            for &index in &slice.rules {
                let key = self.wanted.get(index).and_then(Option::as_ref).and_then(|wanted| wanted.key(view));
                match key.as_ref().and_then(|key| self.memo.get(key)) {
                    Some(verdict) => outcomes.push((index, Ok(verdict))),
                    None => new.push((index, key)),
                }
            }
            let is_decided = |index: usize| {
                self.rule(index).is_some_and(|rule| !rule.reads.principal && view.is_decided_for(&rule.reads))
            };
            let decided: Vec<usize> = new.iter().map(|(index, _)| *index).filter(|&index| is_decided(index)).collect();
            let mut found: BTreeMap<usize, Result<Verdict, String>> = BTreeMap::new();
            if !decided.is_empty() {
                let judged = known.as_ref().map_err(Clone::clone).and_then(|(uid, entities)| {
                    self.concrete(view, slice, (uid, entities), &decided).map_err(|error| error.to_string())
                });
                match judged {
                    Ok(judged) => found.extend(judged),
                    Err(error) => found.extend(decided.iter().map(|&index| (index, Err(error.clone())))),
                }
            }
            for (index, key) in new {
                let outcome = found.remove(&index).unwrap_or_else(|| self.in_all_worlds(view, slice, index));
                if let (Some(key), Ok(verdict)) = (key, &outcome) {
                    self.memo.keep(key, *verdict);
                }
                outcomes.push((index, outcome));
            }
        }
        outcomes.sort_by_key(|(index, _)| *index);
        outcomes
    }

    /// The entities of all that is known, for rules that read nothing else.
    fn known(&self, view: &View, reads: &Reads) -> Result<(EntityUid, Entities), EntityError> {
        let (uid, entities) = self.builder.resource(view, reads, Unknowns::LeftOut)?;
        Ok((uid, entities_of(entities)?))
    }

    /// Why it is not known which account or organizational units a rule's principal is; none where it is.
    pub fn unknown_principal(&self, view: &View) -> Option<Reasons> {
        let Some(account) = &view.account else { return Some("the account is not known".into()) };
        match self.units.get(account) {
            Some(units) => units.reasons().cloned(),
            None => Some("the account's organizational units are not known".into()),
        }
    }

    fn rule(&self, index: usize) -> Option<&Rule> {
        self.rules.rules.get(index)
    }

    /// All that these rules read is known: the concrete evaluator decides, and only its reasons and errors are read.
    /// What it says of the slice's other rules is not: unknown facts have been left out of the entities.
    fn concrete(
        &self,
        view: &View,
        slice: &Slice,
        (uid, entities): (&EntityUid, &Entities),
        indexes: &[usize],
    ) -> Result<Vec<Outcome>, EntityError> {
        let request = self.request(view, &slice.action, &self.context, uid.clone())?;
        let response = self.authorizer.is_authorized(&request, &slice.impersonal, entities);
        let diagnostics = response.diagnostics();
        let failed: HashSet<&str> = diagnostics.reason().map(AsRef::as_ref).collect();
        let error_of = |id: &str| {
            diagnostics.errors().find(|cedar_policy::AuthorizationError::PolicyEvaluationError(error)| {
                let of: &str = error.policy_id().as_ref();
                of == id
            })
        };
        Ok(indexes
            .iter()
            .filter_map(|&index| {
                let id = &*self.rule(index)?.meta.id;
                let verdict = match error_of(id) {
                    Some(error) => Err(error.to_string()),
                    None if failed.contains(id) => Ok(Verdict::Fail),
                    None => Ok(Verdict::Pass),
                };
                Some((index, verdict))
            })
            .collect())
    }

    /// Something is unknown: the verdict stands only if all possible worlds agree on it.
    fn in_all_worlds(&self, view: &View, slice: &Slice, index: usize) -> Result<Verdict, String> {
        let (Some(rule), Some(alone)) = (self.rule(index), self.alone.get(index)) else { return Ok(Verdict::Unknown) };
        let question = Question { action: &slice.action, context: &self.context, reads: &rule.reads, policy: alone };
        self.decide(view, &question)
    }

    /// Whether a policy is satisfied whatever the unknown facts are.
    pub fn is_satisfied(&self, view: &View, question: &Question<'_>) -> Result<bool, String> {
        self.decide(view, question).map(|verdict| verdict == Verdict::Fail)
    }

    /// Fail where the policy is satisfied in all possible worlds, Pass where it is in none.
    fn decide(&self, view: &View, question: &Question<'_>) -> Result<Verdict, String> {
        let none = BTreeSet::new();
        let optional = self.optional.get(&*view.kind).unwrap_or(&none);
        let Some(worlds) = worlds(view, question.reads, optional) else { return Ok(Verdict::Unknown) };
        let mut agreed = None;
        for world in &worlds {
            let verdict = self.partial(world, question).map_err(|error| error.to_string())??;
            match agreed {
                None => agreed = Some(verdict),
                Some(before) if before == verdict => {}
                Some(_) => return Ok(Verdict::Unknown),
            }
            if verdict == Verdict::Unknown {
                return Ok(Verdict::Unknown);
            }
        }
        Ok(agreed.unwrap_or(Verdict::Unknown))
    }

    /// What one rule says in one of the worlds that were made for it, or for a rule that it is a part of: nothing
    /// forks any more.
    pub fn in_world(&self, world: &View, index: usize) -> Result<Verdict, String> {
        let slices = self.questions.get(&*world.kind).map(|questions| questions.slices.as_slice()).unwrap_or_default();
        let slice = slices.iter().find(|(_, slice)| slice.rules.contains(&index));
        let (Some((_, slice)), Some(rule), Some(alone)) = (slice, self.rule(index), self.alone.get(index)) else {
            return Ok(Verdict::Unknown);
        };
        let question = Question { action: &slice.action, context: &self.context, reads: &rule.reads, policy: alone };
        self.partial(world, &question).map_err(|error| error.to_string())?
    }

    fn partial(&self, world: &View, question: &Question<'_>) -> Result<Result<Verdict, String>, EntityError> {
        let Question { action, context, reads, policy } = *question;
        let (uid, mut entities) = self.builder.resource(world, reads, Unknowns::Carried)?;
        let mut account_left_out = false;
        if reads.principal {
            match self.account(world)? {
                Some(known) => entities.extend(known),
                None => account_left_out = true,
            }
        }
        let mut entities = entities_of(entities)?;
        if account_left_out {
            // A missing entity is then unknown, where otherwise it would be one without parents.
            entities = entities.partial();
        }
        let request = self.request(world, action, context, uid)?;
        let response = self.authorizer.is_authorized_partial(&request, policy, &entities);
        if let Some(id) = response.definitely_errored().next() {
            let error = format!("policy `{id}` errored on `{}`", world.id);
            return Ok(Err(error));
        }
        if response.definitely_satisfied().next().is_some() {
            return Ok(Ok(Verdict::Fail));
        }
        let residuals: Vec<Policy> = response.nontrivial_residuals().collect();
        Ok(Ok(match residuals.first() {
            None => Verdict::Pass,
            Some(residual) => match fold(residual) {
                Some(true) => Verdict::Fail,
                Some(false) => Verdict::Pass,
                None => Verdict::Unknown,
            },
        }))
    }

    /// The account with its organizational units; none where they are not known.
    fn account(&self, view: &View) -> Result<Option<Vec<Entity>>, EntityError> {
        let Some(account) = &view.account else { return Ok(None) };
        let Some(units) = self.units.get(account) else { return Ok(None) };
        let units = match (units.value(), units.is_absent()) {
            (Some(units), _) => units.as_slice(),
            (None, true) => &[],
            (None, false) => return Ok(None),
        };
        let parents = units
            .iter()
            .map(|unit| self.builder.uid("AWS::OrganizationalUnit", unit))
            .collect::<Result<HashSet<_>, _>>()?;
        let uid = self.builder.uid("AWS::Account", account)?;
        let mut entities: Vec<Entity> = parents.iter().map(|parent| Entity::with_uid(parent.clone())).collect();
        entities.push(Entity::new_no_attrs(uid, parents));
        Ok(Some(entities))
    }

    /// The question. An unknown account is left unknown: a made-up one would silently never match.
    fn request(
        &self,
        view: &View,
        action: &EntityUid,
        context: &Context,
        resource: EntityUid,
    ) -> Result<Request, EntityError> {
        let mut request = Request::builder().action(action.clone()).resource(resource).context(context.clone());
        if let Some(account) = &view.account {
            request = request.principal(self.builder.uid("AWS::Account", account)?);
        }
        Ok(request.build())
    }
}

fn questions(rules: &RuleSet, name: &str) -> Result<Questions, String> {
    let mut found = Questions { slices: Vec::new(), reads: Reads::default(), design_reads: Reads::default() };
    for action in Action::ALL {
        let asks = |rule: &Rule| rule.meta.action == action && rule.meta.types.iter().any(|of| of == name);
        let chosen: Vec<usize> =
            rules.rules.iter().enumerate().filter(|(_, rule)| asks(rule)).map(|(index, _)| index).collect();
        if chosen.is_empty() {
            continue;
        }
        let mut policies = Vec::new();
        for rule in chosen.iter().filter_map(|&index| rules.rules.get(index)).filter(|rule| !rule.reads.principal) {
            found.reads.merge(&rule.reads);
            if !action.needs_evidence() {
                found.design_reads.merge(&rule.reads);
            }
            policies.push(rule.policy.clone());
        }
        let impersonal = PolicySet::from_policies(policies).map_err(|error| error.to_string())?;
        let uid = format!("Action::\"{}\"", action.name())
            .parse()
            .map_err(|error: cedar_policy::ParseErrors| error.to_string())?;
        found.slices.push((action, Slice { action: uid, rules: chosen, impersonal }));
    }
    Ok(found)
}

fn entities_of(entities: Vec<Entity>) -> Result<Entities, EntityError> {
    Entities::from_entities(entities, None).map_err(|error| EntityError::of("entities", &error))
}

/// Every path that the schema marks optional, by type, through all sections.
fn optional_paths() -> BTreeMap<&'static str, BTreeSet<String>> {
    let contract = Contract::default();
    let mut all = BTreeMap::new();
    for name in judged_types() {
        all.insert(name, contract.optional(name));
    }
    all
}
