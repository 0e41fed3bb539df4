//! What is asked, and the policies that are held against it.

use std::sync::Arc;

use super::action::Action;
use super::context::Context;
use super::library::PolicyId;
use super::principal::Principal;
use super::truth::Truth;

/// One principal, one action, one resource. An API call may be several of these.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// What for.
    pub action: &'a Action,
    /// On what.
    pub resource: Resource<'a>,
    /// What else is known.
    pub context: &'a Context,
}

/// The resource of a request.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// Its ARN; `*` for an action that has no resource types (`wildcard only`). A [`super::HOLE`] within a part of it
    /// stands for what is not known, or for any resource of the kind: `arn:aws:ec2:eu-west-1::snapshot/` and a hole.
    pub arn: &'a str,
    /// The account that owns it, which many ARNs do not say; `None` if it is not known.
    pub account: Option<&'a str>,
    /// Whether it belongs to the management account, which resource control policies do not bind.
    pub in_management_account: Truth,
    /// For S3: whether `RestrictPublicBuckets` is on, for the bucket or its account.
    pub restrict_public: Truth,
    /// Whether something that is no policy lets the principal do this: a grant of a KMS key, a share by AWS RAM, an ACL
    /// of S3.
    pub granted: Truth,
}

impl<'a> Resource<'a> {
    /// A resource of this account, of a member account, without public access restricted and without grants.
    pub fn new(arn: &'a str, account: Option<&'a str>) -> Self {
        Self { arn, account, in_management_account: Truth::No, restrict_public: Truth::No, granted: Truth::No }
    }
}

/// A policy where it is attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, for people.
    pub name: Arc<str>,
    /// Its text, compiled; `None` if it could not be read, so that it may allow and deny anything.
    pub policy: Option<PolicyId>,
}

impl Attachment {
    /// A policy that was read.
    pub fn new(name: &str, policy: PolicyId) -> Self {
        Self { name: name.into(), policy: Some(policy) }
    }

    /// A policy, or a list of them, that could not be read.
    pub fn unread(name: &str) -> Self {
        Self { name: name.into(), policy: None }
    }
}

/// All policies that bear upon a request. What could not be read stands as [`Attachment::unread`], never as nothing.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a> {
    /// What is attached to the principal and, for a user, to its groups.
    pub identity: &'a [Attachment],
    /// The permissions boundary; `None` if there is none.
    pub boundary: Option<&'a Attachment>,
    /// The session policies, which together limit a session; `None` if it has none, or if it is asked what a principal
    /// can do at best: they are added by whoever makes the session, and only limit it.
    pub session: Option<&'a [Attachment]>,
    /// Service control policies of the principal's account, a list for each level from the root down to the account;
    /// no level at all if it is in no organization.
    pub scps: &'a [Vec<Attachment>],
    /// Resource control policies of the resource's account, in the same manner; none for an AWS managed key.
    pub rcps: &'a [Vec<Attachment>],
    /// The policy of the resource: bucket, vault or key policy, trust policy. `None` if it has none.
    pub resource: Option<&'a Attachment>,
    /// Whether the principal's account is the organization's management account, which service control policies do
    /// not bind.
    pub in_management_account: Truth,
}

impl<'a> Layers<'a> {
    /// These identity policies, and no other policy of any kind.
    pub fn new(identity: &'a [Attachment]) -> Self {
        Self {
            identity,
            boundary: None,
            session: None,
            scps: &[],
            rcps: &[],
            resource: None,
            in_management_account: Truth::No,
        }
    }
}
