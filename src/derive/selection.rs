//! Which resources a backup selection assigns.
//!
//! (`Resources` ∪ `ListOfTags`) ∩ `Conditions` ∖ `NotResources`; a selection that names nothing means everything that is
//! opted in. Sources: `BackupSelection` in the AWS Backup API Reference; "Assigning resources to a backup plan" and
//! "Assign resources with AWS CLI" in the AWS Backup Developer Guide; the union of `Resources` and `ListOfTags` is the
//! second example of "How do I assign resources to a Backup plan" on AWS re:Post. What these pages leave open is
//! unknown, and the reason says which case it is.

mod opt_in;
mod pattern;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::model::backup::{Selection, TagCondition, TagOperator};
use crate::model::fact::{Fact, State};
use crate::model::identity::ResourceId;
use crate::model::resource::{Link, Tags};

pub use pattern::matches;

const OPEN_BOTH_TAGS: &str = "AWS does not say whether `Conditions` narrow what `ListOfTags` selects";
const OPEN_ONLY_NARROWING: &str = "AWS does not say what a selection with `Conditions` or `NotResources` but no `Resources` and no `ListOfTags` selects";
const OPEN_NEGATED: &str = "AWS does not say whether a negated condition holds for a resource without the tag";
const OPEN_QUESTION_MARK: &str = "AWS does not say whether `?` is a wildcard in `StringLike`";

/// A resource that a selection may assign.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its ARN.
    pub arn: &'a Fact<String>,
    /// Its identity: for links that mean a resource of the same snapshot, and for what can be said of an unknown ARN.
    pub id: Option<&'a ResourceId>,
    /// Its CloudFormation type: `AWS::S3::Bucket`.
    pub kind: &'a str,
    /// AWS Backup's name of its type, which tells Aurora from other clusters of Amazon RDS: `S3`, `Aurora`.
    pub backup_type: &'a Fact<String>,
    /// Its tags.
    pub tags: &'a Tags,
    /// The service opt-in of its Region, by AWS Backup's type names.
    pub opt_in: &'a Fact<BTreeMap<String, bool>>,
}

/// Whether the selection assigns the resource; known or unknown, never absent.
///
/// It looks at the selection's own terms only: a plan works in its own account and Region, which [`within_reach`] tells.
pub fn assigns(selection: &Selection, candidate: &Candidate) -> Fact<bool> {
    let resources_empty = empty(&selection.resources);
    let tags_empty = empty(&selection.list_of_tags);
    let named = any_of(&selection.resources, |link| names(link, candidate));
    let tagged = any_of(&selection.list_of_tags, |condition| holds(condition, candidate.tags));
    // Most selections mean other resources by their ARNs or tags; then nothing else matters.
    if resources_empty.is_false() && named.is_false() && tagged.is_false() {
        return Fact::known(false);
    }
    let opted_in = opt_in::opted_in(candidate);
    let always = opt_in::always_counts(candidate);
    let by_arn = any_of(&selection.resources, |link| {
        let needed = opt_in::needed(link, candidate, &always, &opted_in);
        Fact::all([names(link, candidate), needed])
    });
    let by_tags = Fact::all([tagged, opt_in::needed_for_tags(&resources_empty, &always, &opted_in)]);
    let nothing_narrows = Fact::all([empty(&selection.conditions), empty(&selection.not_resources)]);
    let everything = Fact::all([
        resources_empty,
        tags_empty.clone(),
        Fact::any([nothing_narrows, Fact::unknown(OPEN_ONLY_NARROWING)]),
        opted_in,
    ]);

    let conditions = all_of(&selection.conditions, |condition| holds(condition, candidate.tags));
    let excluded = any_of(&selection.not_resources, |link| names(link, candidate));
    let direct = Fact::any([by_arn, everything]);
    let narrow = Fact::all([Fact::any([direct.clone(), by_tags.clone()]), conditions.clone()]);
    let included = if tags_empty.is_true() {
        narrow
    } else {
        between(narrow, Fact::any([Fact::all([direct, conditions]), by_tags]))
    };
    let answer = Fact::all([included, excluded.negate()]);
    Fact { state: answer.state, at: None }
}

/// Whether a plan can reach the resource at all: AWS Backup plans back up resources of their own account and Region.
///
/// What one template or module leaves unsaid for both is the same for both.
pub fn within_reach(plan: &ResourceId, resource: &ResourceId) -> Fact<bool> {
    let same_source = plan.root.is_some() && plan.root == resource.root;
    let part = |name: &str, mine: &Option<_>, theirs: &Option<_>| match (mine, theirs) {
        (Some(mine), Some(theirs)) => Fact::known(mine == theirs),
        (None, None) if same_source => Fact::known(true),
        _ => Fact::unknown(format!("the {name} of the plan or of the resource is not known")),
    };
    Fact::all([
        part("partition", &plan.partition, &resource.partition),
        part("account", &plan.account, &resource.account),
        part("Region", &plan.region, &resource.region),
    ])
}

/// What both readings say, where they say the same; they are the least and the most that a selection may mean.
fn between(least: Fact<bool>, most: Fact<bool>) -> Fact<bool> {
    if least.is_true() {
        return least;
    }
    if most.is_false() {
        return Fact::known(false);
    }
    let open = Fact::unknown(OPEN_BOTH_TAGS);
    match (least.reasons(), most.reasons()) {
        (Some(one), Some(other)) => Fact::unknown(one.and(other)),
        (Some(reasons), None) | (None, Some(reasons)) => match open.reasons() {
            Some(open) => Fact::unknown(reasons.and(open)),
            None => open,
        },
        (None, None) => open,
    }
}

fn empty<T>(list: &Fact<Vec<T>>) -> Fact<bool> {
    match &list.state {
        State::Known(list) => Fact::known(list.is_empty()),
        State::Absent => Fact::known(true),
        State::Unknown(reasons) => Fact::unknown(reasons.clone()),
    }
}

fn any_of<T>(list: &Fact<Vec<T>>, test: impl Fn(&T) -> Fact<bool>) -> Fact<bool> {
    match &list.state {
        State::Known(list) => Fact::any(list.iter().map(test)),
        State::Absent => Fact::known(false),
        State::Unknown(reasons) => Fact::unknown(reasons.clone()),
    }
}

fn all_of<T>(list: &Fact<Vec<T>>, test: impl Fn(&T) -> Fact<bool>) -> Fact<bool> {
    any_of(list, |item| test(item).negate()).negate()
}

/// Whether a link is, or its pattern matches, the resource.
pub fn names(link: &Link, candidate: &Candidate) -> Fact<bool> {
    if let (Some(target), Some(id)) = (&link.target, candidate.id) {
        return Fact::known(target == id);
    }
    match &link.text.state {
        State::Known(text) => pattern::matches_arn(text, candidate),
        State::Absent => Fact::known(false),
        State::Unknown(reasons) => Fact::unknown(reasons.clone()),
    }
}

/// Whether a condition on a tag holds. "Condition operators are case sensitive" (`BackupSelection`).
pub fn holds(condition: &TagCondition, tags: &Tags) -> Fact<bool> {
    let (Some(key), Some(wanted)) = (condition.key.value(), condition.value.value()) else {
        let reasons = condition.key.reasons().or(condition.value.reasons());
        return reasons.map_or_else(
            || Fact::unknown("a tag condition has no key or no value"),
            |reasons| Fact::unknown(reasons.clone()),
        );
    };
    let like = |actual: &str| {
        if wanted.contains('?') && matches(wanted, actual) != pattern::matches_stars(wanted, actual) {
            return Fact::unknown(OPEN_QUESTION_MARK);
        }
        Fact::known(pattern::matches_stars(wanted, actual))
    };
    let negated = matches!(condition.operator, TagOperator::StringNotEquals | TagOperator::StringNotLike);
    match tags.get(key).state {
        State::Known(actual) => match condition.operator {
            TagOperator::StringEquals => Fact::known(actual == *wanted),
            TagOperator::StringNotEquals => Fact::known(actual != *wanted),
            TagOperator::StringLike => like(&actual),
            TagOperator::StringNotLike => like(&actual).negate(),
        },
        State::Absent if negated => Fact::unknown(OPEN_NEGATED),
        State::Absent => Fact::known(false),
        State::Unknown(reasons) => Fact::unknown(reasons),
    }
}
