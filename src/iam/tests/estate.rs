//! A small estate to ask about.

use crate::iam::{Answer, Attachment, Context, Decision, Denial, Layers, Library, Principal, Request, Resource, Truth};

pub(super) const NO: Answer = Answer::No(Denial::Implicit);
pub(super) const DENIED: Answer = Answer::No(Denial::Explicit);
pub(super) const ALL: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
pub(super) const USER: &str = "arn:aws:iam::111122223333:user/alice";
pub(super) const ROLE: &str = "arn:aws:iam::111122223333:role/ops/admin";
pub(super) const OBJECT: &str = "arn:aws:s3:::backups/db.dump";
pub(super) const VAULT: &str = "arn:aws:backup:eu-west-1:111122223333:backup-vault:prod";
pub(super) const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";

/// Policies and a question. By default, everything is in account 111122223333, and nothing is attached.
pub(super) struct Estate {
    pub(super) library: Library,
    pub(super) principal: Principal,
    pub(super) identity: Vec<Attachment>,
    pub(super) boundary: Option<Attachment>,
    pub(super) session: Option<Vec<Attachment>>,
    pub(super) scps: Vec<Vec<Attachment>>,
    pub(super) rcps: Vec<Vec<Attachment>>,
    pub(super) policy: Option<Attachment>,
    pub(super) in_management_account: Truth,
    pub(super) context: Context,
    pub(super) owner: Option<&'static str>,
    pub(super) restrict_public: Truth,
    pub(super) granted: Truth,
}

impl Estate {
    pub(super) fn new(principal: &str) -> Self {
        let principal = match principal {
            "" => Principal::anonymous(),
            text if text.starts_with("arn:") => Principal::of_arn(text).unwrap(),
            text => Principal::service(text),
        };
        Self {
            library: Library::new(["s3:GetObject", "backup:DeleteBackupVault", "kms:Decrypt"]),
            principal,
            identity: Vec::new(),
            boundary: None,
            session: None,
            scps: Vec::new(),
            rcps: Vec::new(),
            policy: None,
            in_management_account: Truth::No,
            context: Context::whole(),
            owner: Some("111122223333"),
            restrict_public: Truth::No,
            granted: Truth::No,
        }
    }

    /// A policy of these statements.
    pub(super) fn attach(&mut self, name: &str, statements: &str) -> Attachment {
        let id = self.library.add(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#));
        let faults = self.library.document(id).unwrap().faults();
        assert!(faults.is_empty(), "{faults:?}");
        Attachment::new(name, id)
    }

    pub(super) fn identity(mut self, statements: &str) -> Self {
        let policy = self.attach("identity", statements);
        self.identity.push(policy);
        self
    }

    pub(super) fn boundary(mut self, statements: &str) -> Self {
        self.boundary = Some(self.attach("boundary", statements));
        self
    }

    pub(super) fn scp(mut self, statements: &str) -> Self {
        let policy = self.attach("scp", statements);
        self.scps.push(vec![policy]);
        self
    }

    pub(super) fn rcp(mut self, statements: &str) -> Self {
        let policy = self.attach("rcp", statements);
        self.rcps.push(vec![policy]);
        self
    }

    pub(super) fn policy(mut self, statements: &str) -> Self {
        self.policy = Some(self.attach("policy", statements));
        self
    }

    /// The resource's policy allows this principal (as JSON) everything.
    pub(super) fn allowing(self, principal: &str) -> Self {
        self.policy(&format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "*", "Resource": "*"}}"#))
    }

    pub(super) fn owned_by(mut self, account: Option<&'static str>) -> Self {
        self.owner = account;
        self
    }

    pub(super) fn layers(&self) -> Layers<'_> {
        Layers {
            identity: &self.identity,
            boundary: self.boundary.as_ref(),
            session: self.session.as_deref(),
            scps: &self.scps,
            rcps: &self.rcps,
            resource: self.policy.as_ref(),
            in_management_account: self.in_management_account,
        }
    }

    pub(super) fn ask<T>(&self, action: &str, arn: &str, ask: impl FnOnce(&Request<'_>, &Layers<'_>) -> T) -> T {
        let action = self.library.action(action);
        let mut resource = Resource::new(arn, self.owner);
        resource.restrict_public = self.restrict_public;
        resource.granted = self.granted;
        let request = Request { principal: &self.principal, action: &action, resource, context: &self.context };
        ask(&request, &self.layers())
    }

    pub(super) fn decide(&self, action: &str, arn: &str) -> Decision {
        self.ask(action, arn, |request, layers| self.library.decide(request, layers))
    }

    pub(super) fn answer(&self, action: &str, arn: &str) -> Answer {
        self.decide(action, arn).answer
    }
}
