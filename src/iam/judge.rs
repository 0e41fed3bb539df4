//! Holds all policies against a request.
//!
//! The order and what limits what: "How AWS enforcement code logic evaluates requests to allow or deny access" on
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>;
//! other accounts:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>;
//! levels of an organization:
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html>.

use super::context::Scene;
use super::decision::{Answer, Decision, Denial, Ground, Lack, Layer};
use super::document::Effect;
use super::library::Library;
use super::principal::Kind;
use super::principals::Meant;
use super::request::{Attachment, Layers, Request};
use super::service;
use super::statement::{holds, open};
use super::truth::Truth;

impl Library {
    /// Decides about a request, and tells which statements decided.
    pub fn decide(&self, request: &Request<'_>, layers: &Layers<'_>) -> Decision {
        let mut judge = Judge::new(self, request, layers, true);
        let answer = judge.answer();
        let mut grounds = judge.grounds;
        if answer == Answer::No(Denial::Explicit) {
            grounds.retain(|ground| ground.effect == Some(Effect::Deny) && ground.holds == Truth::Yes);
        }
        grounds.sort_by_key(|ground| ground.layer);
        let lacks = match answer {
            Answer::Yes | Answer::No(Denial::Explicit) => Vec::new(),
            Answer::Conditional | Answer::No(Denial::Implicit) => judge.lacks,
        };
        Decision { answer, grounds, lacks }
    }

    /// Decides about a request, and tells no more.
    pub fn answer(&self, request: &Request<'_>, layers: &Layers<'_>) -> Answer {
        Judge::new(self, request, layers, false).answer()
    }
}

struct Judge<'a> {
    library: &'a Library,
    scene: Scene<'a>,
    layers: &'a Layers<'a>,
    telling: bool,
    grounds: Vec<Ground>,
    lacks: Vec<Lack>,
}

/// What a layer says: whom it means by allowing, and whether it denies.
#[derive(Clone, Copy)]
struct Said {
    allow: Meant,
    deny: Truth,
}

impl Said {
    const NOTHING: Self = Self { allow: Meant::NOBODY, deny: Truth::No };

    fn allows(self) -> Truth {
        self.allow.any()
    }

    /// Whether a further statement of this effect cannot add to what is said.
    fn is_settled(self, effect: Option<Effect>) -> bool {
        match effect {
            Some(Effect::Allow) => self.allow.itself == Truth::Yes,
            Some(Effect::Deny) => self.deny == Truth::Yes,
            None => false,
        }
    }
}

impl<'a> Judge<'a> {
    fn new(library: &'a Library, request: &'a Request<'a>, layers: &'a Layers<'a>, telling: bool) -> Self {
        Self { library, scene: Scene::new(request), layers, telling, grounds: Vec::new(), lacks: Vec::new() }
    }

    fn answer(&mut self) -> Answer {
        let request = self.scene.request;
        let layers = self.layers;
        let principal = request.principal;
        let guard = self.guards();
        let resource = match layers.resource {
            Some(policy) => self.policy(Layer::Resource, policy),
            None => Said::NOTHING,
        };
        let mut deny = guard.deny.or(resource.deny);
        if deny == Truth::Yes && !self.telling {
            return Answer::No(Denial::Explicit);
        }
        let mut own = Truth::No;
        let mut limits = Truth::Yes;
        // The root user has no policies of its own, and no boundary.
        let is_root = principal.kind() == Kind::Root;
        if principal.is_identity() && !is_root {
            let identity = self.policies(Layer::Identity, layers.identity);
            deny = deny.or(identity.deny);
            own = identity.allows();
            self.lack(Layer::Identity, own);
            if let Some(boundary) = layers.boundary {
                let boundary = self.policy(Layer::Boundary, boundary);
                deny = deny.or(boundary.deny);
                limits = limits.and(boundary.allows());
                self.lack(Layer::Boundary, boundary.allows());
            }
        }
        if principal.is_identity()
            && let Some(session) = layers.session
        {
            let session = self.policies(Layer::Session, session);
            deny = deny.or(session.deny);
            limits = limits.and(session.allows());
            self.lack(Layer::Session, session.allows());
        }
        let mut own = if is_root { limits } else { own.and(limits) };
        if principal.kind() == Kind::FederatedUser && layers.session.is_none() {
            // A federated session has no more than the policy that was asked for with its token, and nothing without:
            // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
            own = own.and(Truth::Maybe);
        }
        let allow = if principal.is_identity() {
            self.granted(own, limits, resource.allow)
        } else {
            self.lack(Layer::Resource, resource.allow.itself);
            resource.allow.itself
        };
        let (refused, rule) = service::refusal(request, layers, self.library);
        if refused != Truth::No {
            self.lacks.push(Lack::Rule(rule));
        }
        let allow = allow.and(!refused).or(request.resource.granted).and(guard.allow.any());
        match (deny, allow) {
            (Truth::Yes, _) => Answer::No(Denial::Explicit),
            (_, Truth::No) => Answer::No(Denial::Implicit),
            (Truth::No, Truth::Yes) => Answer::Yes,
            _ => Answer::Conditional,
        }
    }

    /// What principal and resource together are granted, in one account or across two.
    ///
    /// Within an account, a resource's policy that names the principal itself goes by identity policies, boundary and
    /// session policies; one that names the role of a session goes by identity policies alone.
    fn granted(&mut self, own: Truth, limits: Truth, resource: Meant) -> Truth {
        let request = self.scene.request;
        let needed = service::needs_resource_policy(request);
        let delegated = if needed { own.and(resource.any()) } else { own };
        let within = resource.itself.or(resource.role.and(limits)).or(delegated);
        let across = own.and(resource.any());
        let cross = service::is_cross_account(request);
        if needed || cross != Truth::No {
            self.lack(Layer::Resource, resource.any());
        }
        match cross {
            Truth::Yes => across,
            Truth::No => within,
            Truth::Maybe => within.agreed(across),
        }
    }

    /// The policies of the organization: of the principal's accounts, and of the resource's.
    fn guards(&mut self) -> Said {
        let layers = self.layers;
        let request = self.scene.request;
        let mut guard = Said { allow: Meant::NOBODY, deny: Truth::No };
        let mut allow = Truth::Yes;
        if service::is_service_controlled(request.principal) && layers.in_management_account != Truth::Yes {
            for (level, policies) in layers.scps.iter().enumerate() {
                let said = self.policies(Layer::ServiceControl(level), policies);
                let exempt = layers.in_management_account;
                guard.deny = guard.deny.or(said.deny.and(!exempt));
                let allowed = said.allows().or(exempt);
                self.lack(Layer::ServiceControl(level), allowed);
                allow = allow.and(allowed);
            }
        }
        // `RCPFullAWSAccess` is attached everywhere and cannot be detached, so only what they deny counts.
        let bound = !layers.rcps.is_empty() && request.resource.in_management_account != Truth::Yes;
        if bound && service::is_resource_controlled(request.action, request.principal) {
            for (level, policies) in layers.rcps.iter().enumerate() {
                let said = self.policies(Layer::ResourceControl(level), policies);
                guard.deny = guard.deny.or(said.deny.and(!request.resource.in_management_account));
            }
        }
        guard.allow.itself = allow;
        guard
    }

    fn lack(&mut self, layer: Layer, allowed: Truth) {
        if self.telling && allowed != Truth::Yes {
            self.lacks.push(Lack::Layer(layer));
        }
    }

    fn policies(&mut self, layer: Layer, policies: &[Attachment]) -> Said {
        policies.iter().fold(Said::NOTHING, |said, policy| self.further(said, layer, policy))
    }

    fn policy(&mut self, layer: Layer, attachment: &Attachment) -> Said {
        self.further(Said::NOTHING, layer, attachment)
    }

    /// What is said after this policy too.
    fn further(&mut self, mut said: Said, layer: Layer, attachment: &Attachment) -> Said {
        let document = attachment.policy.and_then(|id| self.library.document(id));
        let Some(document) = document.filter(|document| document.is_readable()) else {
            if self.telling {
                self.grounds.push(Ground::unreadable(layer, attachment));
            }
            return Said { allow: said.allow.or(Meant::MAYBE), deny: said.deny.or(Truth::Maybe) };
        };
        let passed_over = self.scene.request.action.number().is_some_and(|number| !document.speaks_of(number));
        if passed_over {
            return said;
        }
        // What could not be read may be that there is none.
        let bounded =
            self.layers.boundary.map_or(Truth::No, |one| if one.policy.is_some() { Truth::Yes } else { Truth::Maybe });
        for statement in &document.statements {
            if !self.telling && said.is_settled(statement.effect) {
                continue;
            }
            let meant = holds(statement, layer, &self.scene, bounded);
            let truth = meant.any();
            if truth == Truth::No {
                continue;
            }
            match statement.effect {
                Some(Effect::Allow) => said.allow = said.allow.or(meant),
                Some(Effect::Deny) => said.deny = said.deny.or(truth),
                None => {
                    said.allow = said.allow.or(meant.and(Truth::Maybe));
                    said.deny = Truth::Maybe.or(said.deny);
                }
            }
            let matters = !matches!((layer, statement.effect), (Layer::ResourceControl(_), Some(Effect::Allow)));
            if self.telling && matters {
                let truth = if statement.effect.is_some() { truth } else { Truth::Maybe };
                let open = open(statement, layer, &self.scene, bounded);
                self.grounds.push(Ground {
                    layer,
                    policy: attachment.name.clone(),
                    statement: Some(statement.index),
                    sid: statement.sid.clone(),
                    effect: statement.effect,
                    holds: truth,
                    open,
                });
            }
        }
        said
    }
}
