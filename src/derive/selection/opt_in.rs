//! Where the service opt-in of a Region decides.
//!
//! "Assigning resources to a backup plan": opt-in counts where an assignment is by tags only; a type that is assigned
//! explicitly is backed up without it, except Aurora, Neptune and Amazon DocumentDB. "Assign resources with AWS CLI":
//! it counts for a service's name alone (`arn:aws:ec2:*`), not for a type (`arn:aws:ec2:*:*:instance/*`); types that
//! share an ARN format (Aurora and RDS clusters, FSx) always need it.

use crate::model::fact::{Fact, State};
use crate::model::resource::Link;

use super::Candidate;

const OPEN_TAGS: &str = "AWS does not say whether opt-in counts for what `ListOfTags` selects beside `Resources`";
const OPEN_PATTERN: &str = "AWS does not say whether a pattern that cuts a resource type's name counts as the type";

/// The types, by AWS Backup's names, that are backed up only where they are opted in.
const ALWAYS: [&str; 4] = ["Aurora", "DocumentDB", "FSx", "Neptune"];

/// Whether the resource's type is opted in.
pub(super) fn opted_in(candidate: &Candidate) -> Fact<bool> {
    match (&candidate.opt_in.state, &candidate.backup_type.state) {
        (State::Known(settings), State::Known(name)) => match settings.get(name) {
            Some(&opted) => Fact::known(opted),
            None => Fact::unknown(format!("the Region's opt-in settings do not name `{name}`")),
        },
        (State::Unknown(one), State::Unknown(other)) => Fact::unknown(one.and(other)),
        (State::Unknown(reasons), _) | (_, State::Unknown(reasons)) => Fact::unknown(reasons.clone()),
        (State::Absent, _) => Fact::unknown("the Region's opt-in settings were not read"),
        (_, State::Absent) => Fact::unknown("AWS Backup's name of the resource's type is not known"),
    }
}

/// Whether opt-in counts for the resource's type however it is selected.
pub(super) fn always_counts(candidate: &Candidate) -> Fact<bool> {
    match &candidate.backup_type.state {
        State::Known(name) => Fact::known(ALWAYS.contains(&name.as_str())),
        State::Unknown(reasons) => Fact::unknown(reasons.clone()),
        State::Absent => Fact::unknown("AWS Backup's name of the resource's type is not known"),
    }
}

/// Whether opt-in, as far as it counts for a resource that this link names, is given.
pub(super) fn needed(link: &Link, candidate: &Candidate, always: &Fact<bool>, opted_in: &Fact<bool>) -> Fact<bool> {
    let by_type = Fact::any([always.clone().negate(), opted_in.clone()]);
    if link.target.is_some() && link.target.as_ref() == candidate.id {
        return by_type;
    }
    match &link.text.state {
        State::Known(text) => match reach(text) {
            Reach::Type => by_type,
            Reach::Service => opted_in.clone(),
            Reach::Unclear => Fact::any([opted_in.clone(), Fact::all([by_type, Fact::unknown(OPEN_PATTERN)])]),
        },
        State::Unknown(reasons) => Fact::any([opted_in.clone(), Fact::all([by_type, Fact::unknown(reasons.clone())])]),
        State::Absent => by_type,
    }
}

/// Whether opt-in, as far as it counts for a resource that `ListOfTags` names, is given.
pub(super) fn needed_for_tags(only_tags: &Fact<bool>, always: &Fact<bool>, opted_in: &Fact<bool>) -> Fact<bool> {
    if only_tags.is_true() {
        return opted_in.clone();
    }
    let by_type = Fact::any([always.clone().negate(), opted_in.clone()]);
    Fact::any([opted_in.clone(), Fact::all([by_type, Fact::unknown(OPEN_TAGS)])])
}

/// What a pattern names.
enum Reach {
    /// One resource type, or a single resource.
    Type,
    /// A service, or everything.
    Service,
    /// A pattern whose wildcard stands within the name of the type.
    Unclear,
}

fn reach(pattern: &str) -> Reach {
    let mut parts = pattern.splitn(6, ':');
    let service = parts.nth(2).unwrap_or_default();
    let Some(resource) = parts.nth(2) else { return Reach::Service };
    // Every ARN of Amazon S3 that AWS Backup takes is a bucket; the console writes the type as `arn:aws:s3:::*`.
    if service == "s3" {
        return Reach::Type;
    }
    let Some(wildcard) = resource.find(['*', '?']) else { return Reach::Type };
    match resource.find(['/', ':']) {
        Some(separator) if separator < wildcard => Reach::Type,
        _ if resource == "*" => Reach::Service,
        _ => Reach::Unclear,
    }
}
