//! What was decided, and which statements decided it.

use std::sync::Arc;

use super::document::Effect;
use super::provenance::Provenance;
use super::truth::Truth;

/// Whether a request is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is, whatever is unknown.
    Yes,
    /// What is unknown decides: the [grounds](Decision::grounds) say what.
    Conditional,
    /// It is not, whatever is unknown.
    No(Denial),
}

/// How a request is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// A statement denies it.
    Explicit,
    /// Nothing, or not enough, allows it.
    Implicit,
}

/// A kind of policy, in the order of evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Resource control policies, by level from the root, from 0.
    ResourceControl(usize),
    /// Service control policies, by level from the root, from 0.
    ServiceControl(usize),
    /// The resource's policy.
    Resource,
    /// Identity policies.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Session policies.
    Session,
}

/// A rule of a service beside all policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceRule {
    /// AWS Backup takes no request of another account but `backup:CopyIntoBackupVault`:
    /// <https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html>.
    BackupCrossAccount,
    /// `RestrictPublicBuckets` on a bucket with a public policy shuts other accounts out:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>.
    PublicBucketRestricted,
    /// Only its service changes a service-linked role
    /// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html>, `UnmodifiableEntity`), and only
    /// AWS an AWS managed policy
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html>).
    Protected,
}

/// What keeps a request from being allowed, where no statement denies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// No statement of this layer allows it, and one must.
    Layer(Layer),
    /// A service refuses it.
    Rule(ServiceRule),
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Yes, conditional or no.
    pub answer: Answer,
    /// The statements that had a part in it: of an explicit denial those that deny, else all that allow or deny the
    /// request or may do so. By layer, policy and statement.
    pub grounds: Vec<Ground>,
    /// What is lacking, or may be, where the answer is conditional or an implicit denial; in the order in which it was
    /// found.
    pub lacks: Vec<Lack>,
}

/// A statement that allows or denies a request, or may do so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// Where its policy is attached.
    pub layer: Layer,
    /// The policy's name.
    pub policy: Arc<str>,
    /// Its number among the policy's statements, from 0; `None` where the policy could not be read.
    pub statement: Option<usize>,
    /// Its `Sid`.
    pub sid: Option<Arc<str>>,
    /// `None` where it is not known.
    pub effect: Option<Effect>,
    /// Whether it applies for sure; never no.
    pub holds: Truth,
    /// What decides whether it applies; empty where it does for sure.
    pub open: Vec<Open>,
}

/// What decides whether a statement applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open {
    /// The policy could not be read, or AWS would refuse it.
    Policy,
    /// A template leaves a part of the statement open, or the statement does not belong into such a policy.
    Statement,
    /// Whether it means this principal.
    Principal,
    /// Whether it means this action.
    Action,
    /// Whether it means this resource: a variable or name is not known.
    Resource,
    /// A condition on a key that is not known.
    Condition(Residual),
}

/// A condition that is left over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Residual {
    /// As the policy writes it: `ForAnyValue:StringLike`.
    pub operator: Box<str>,
    /// As the policy writes it.
    pub key: Box<str>,
    /// The policy's values.
    pub values: Box<[Box<str>]>,
    /// Who settles the key's value.
    pub provenance: Provenance,
}

impl Decision {
    /// The conditions that are left over, each once, in order.
    pub fn residuals(&self) -> Vec<&Residual> {
        let mut residuals: Vec<&Residual> = Vec::new();
        for open in self.grounds.iter().flat_map(|ground| &ground.open) {
            if let Open::Condition(residual) = open
                && !residuals.contains(&residual)
            {
                residuals.push(residual);
            }
        }
        residuals
    }
}
