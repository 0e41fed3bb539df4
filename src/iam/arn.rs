//! ARNs, and the patterns of `Resource` and of ARN conditions.
//!
//! - Wildcards stay within a segment, but a `*` that ends one may reach beyond its colon:
//!   <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>.
//! - There are no wildcards in the service, nor in the resource type:
//!   <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.
//! - Variables stand after the fifth colon only:
//!   <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>.
//! - ARN conditions compare the six parts one by one:
//!   <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.

use super::context::Scene;
use super::glob::matches;
use super::pattern::{Part, Pattern, Reading};
use super::truth::Truth;

/// Services whose resources are named without a type in front, so that a wildcard may stand anywhere in the name.
const WITHOUT_TYPE: [&str; 7] = ["s3", "sns", "sqs", "codecommit", "execute-api", "apigateway", "iot-data"];

/// The parts of an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    /// `arn`, partition, service, Region, account.
    head: [&'a str; 5],
    /// What stands after the fifth colon.
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut pieces = text.splitn(6, ':');
        let mut next = || pieces.next();
        let head = [next()?, next()?, next()?, next()?, next()?];
        let resource = next()?;
        (head.first() == Some(&"arn")).then_some(Self { head, resource })
    }

    pub(super) fn service(&self) -> &'a str {
        let [_, _, service, _, _] = self.head;
        service
    }

    pub(super) fn account(&self) -> &'a str {
        let [_, _, _, _, account] = self.head;
        account
    }
}

/// A `Resource` of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ResourcePattern {
    /// `*`.
    Any,
    /// An ARN of six parts.
    Whole { head: Box<[Pattern]>, resource: Pattern, text: Pattern },
    /// An ARN that ends before its sixth part.
    Short { text: Pattern },
    /// What IAM would refuse, or what is not known well enough to be split.
    Loose { text: Pattern },
}

impl ResourcePattern {
    pub(super) fn new(text: &str, variables: bool) -> Self {
        let text = Pattern::new(text, Reading { wildcards: true, variables });
        if text.is_any() {
            return Self::Any;
        }
        let mut pieces = text.split(5);
        let open = |piece: &Pattern| piece.has(|part| matches!(part, Part::Hole | Part::Variable(_)));
        let resource = (pieces.len() == 6).then(|| pieces.pop()).flatten();
        let is_arn = pieces.first().is_some_and(|first| first.literal() == Some("arn"));
        let service_is_wild = pieces.get(2).is_some_and(|piece| piece.literal().is_none());
        let hole = text.has(|part| *part == Part::Hole);
        match resource {
            _ if !is_arn || hole || service_is_wild || pieces.iter().any(open) => Self::Loose { text },
            Some(resource) => Self::Whole { head: pieces.into(), resource, text },
            None => Self::Short { text },
        }
    }

    /// The one resource that it means, where it can mean no other.
    pub(super) fn only(&self) -> Option<&str> {
        match self {
            Self::Whole { text, .. } => text.literal(),
            Self::Any | Self::Short { .. } | Self::Loose { .. } => None,
        }
    }

    /// A resource that it means, without what stands before: `x` for each wildcard. None where something is open.
    pub(super) fn example(&self) -> Option<String> {
        let Self::Whole { resource, .. } = self else { return None };
        let text = |part: &Part| match part {
            Part::Text(text) => Some(text.to_string()),
            Part::One | Part::Many => Some("x".to_owned()),
            Part::Hole | Part::Variable(_) => None,
        };
        resource.parts().iter().map(text).collect()
    }

    /// Whether its text matches an ARN, whatever its variables are.
    pub(super) fn covers(&self, arn: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Whole { text, .. } | Self::Short { text } | Self::Loose { text } => {
                matches(text.parts(), arn) == Truth::Yes
            }
        }
    }

    /// Whether a variable in it has no value in this request.
    pub(super) fn is_void(&self, scene: &Scene<'_>) -> bool {
        match self {
            Self::Any => false,
            Self::Whole { text, .. } | Self::Short { text } | Self::Loose { text } => text.resolve(scene).is_none(),
        }
    }

    /// Whether it means the resource, which is an ARN, or `*` for an action that has no resources.
    pub(super) fn means(&self, scene: &Scene<'_>) -> Truth {
        let (text, sure) = match self {
            Self::Any => return Truth::Yes,
            Self::Loose { text } => (text, false),
            Self::Short { text } => (text, matches!(text.parts().last(), Some(Part::Many))),
            Self::Whole { head, resource: wanted, text } => match whole(head, wanted, scene) {
                // A star that ends a segment may reach further than its colon.
                Truth::No if reaches_further(head) => (text, false),
                known => return known,
            },
        };
        let Some(parts) = text.resolve(scene) else { return Truth::No };
        let flat = matches(&parts, scene.request.resource.arn);
        if sure { flat } else { flat.and(Truth::Maybe) }
    }
}

/// Whether a segment before the last ends in a star, after other characters. One that is nothing but a star is taken to
/// mean any value of its part, as everybody writes it.
fn reaches_further(head: &[Pattern]) -> bool {
    head.iter().any(|segment| matches!(segment.parts(), [.., Part::Text(_) | Part::One, Part::Many]))
}

fn whole(head: &[Pattern], wanted: &Pattern, scene: &Scene<'_>) -> Truth {
    let Some(arn) = scene.arn else { return Truth::No };
    let mut truth = Truth::all(head.iter().zip(arn.head).map(|(wanted, found)| matches(wanted.parts(), found)));
    if truth == Truth::No {
        return truth;
    }
    if !WITHOUT_TYPE.contains(&arn.service()) {
        match wanted_type(wanted) {
            // `*/*` stands in policies that AWS itself writes, so the page is not all that is to be said.
            Type::Any => truth = truth.and(Truth::Maybe),
            Type::Wild => return Truth::No,
            Type::Plain => {}
        }
    }
    let Some(parts) = wanted.resolve(scene) else { return Truth::No };
    truth = truth.and(matches(&parts, arn.resource));
    truth
}

/// How a pattern names the type of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Plain,
    /// By a star, and then the name.
    Any,
    /// By a text with wildcards in it.
    Wild,
}

/// The type is what stands before the first `/` or `:`. Without either, as in `snapshot*`, a wildcard stands for type
/// and name at once, which is allowed.
fn wanted_type(wanted: &Pattern) -> Type {
    let mut wild = Type::Plain;
    for (at, part) in wanted.parts().iter().enumerate() {
        match part {
            Part::Text(text) if at == 1 && wild == Type::Any && text.starts_with(['/', ':']) => return wild,
            Part::Text(text) if text.contains(['/', ':']) => {
                return if wild == Type::Plain { wild } else { Type::Wild };
            }
            Part::Text(_) => {}
            Part::Many if at == 0 => wild = Type::Any,
            _ => wild = Type::Wild,
        }
    }
    Type::Plain
}

/// Whether an ARN condition's value describes an ARN: each of the six parts by itself.
pub(super) fn alike(parts: &[Part], arn: &str) -> Truth {
    let pattern = Pattern::from_parts(parts);
    if pattern.has(|part| matches!(part, Part::Hole)) {
        // The hole may hold colons, so the parts cannot be told.
        return matches(parts, arn).and(Truth::Maybe);
    }
    let pieces = pattern.split(5);
    let found: Vec<&str> = arn.splitn(6, ':').collect();
    if pieces.len() != 6 {
        // No ARN: IAM would refuse it, and what it means is open.
        return matches(parts, arn).and(Truth::Maybe);
    }
    if found.len() != 6 {
        return Truth::No;
    }
    Truth::all(pieces.iter().zip(found).map(|(wanted, found)| matches(wanted.parts(), found)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::{Action, Context, HOLE, Principal, Request, Resource};

    fn means(pattern: &str, resource: &str) -> Truth {
        let principal = Principal::of_arn("arn:aws:iam::111122223333:user/alice").unwrap();
        let context = Context::whole();
        let action = Action::new("ec2:DeleteSnapshot");
        let request = Request {
            principal: &principal,
            action: &action,
            resource: Resource::new(resource, None),
            context: &context,
        };
        ResourcePattern::new(pattern, true).means(&Scene::new(&request))
    }

    #[test]
    fn an_example_is_a_resource_that_the_pattern_means() {
        let of = |text: &str| ResourcePattern::new(text, true).example();
        assert_eq!(of("arn:aws:iam::*:role/app-*").as_deref(), Some("role/app-x"));
        assert_eq!(of("arn:aws:iam::111122223333:role/app/deploy").as_deref(), Some("role/app/deploy"));
        assert_eq!(of("*"), None, "any will do");
        assert_eq!(of("arn:aws:iam::111122223333:user/${aws:username}"), None);
    }

    #[test]
    fn segments_are_matched_one_by_one() {
        let snapshot = "arn:aws:ec2:eu-west-1::snapshot/snap-1";
        for pattern in
            ["*", snapshot, "arn:aws:ec2:*:*:*", "arn:aws:ec2:eu-west-?::snapshot/*", "arn:aws:ec2:*:*:snap*"]
        {
            assert_eq!(means(pattern, snapshot), Truth::Yes, "{pattern}");
        }
        for pattern in
            ["arn:aws:ec2:eu-west-1:111122223333:snapshot/snap-1", "arn:aws:ec2:us-*::snapshot/*", "arn:aws:ec2"]
        {
            assert_eq!(means(pattern, snapshot), Truth::No, "{pattern}");
        }
    }

    #[test]
    fn a_star_at_the_end_of_a_short_arn_takes_the_rest() {
        assert_eq!(means("arn:aws:ec2:*", "arn:aws:ec2:eu-west-1::snapshot/snap-1"), Truth::Yes);
        assert_eq!(means("arn:aws:ec2:eu-*", "arn:aws:ec2:eu-west-1::snapshot/snap-1"), Truth::Yes);
        assert_eq!(means("arn:aws:ec2:us-*", "arn:aws:ec2:eu-west-1::snapshot/snap-1"), Truth::No);
        let inside = means("arn:aws:ec2:*snap-1", "arn:aws:ec2:eu-west-1::snapshot/snap-1");
        assert_eq!(inside, Truth::Maybe, "the star does not end a segment, and segments are missing");
        let further = means("arn:aws:ec2:eu-*:snapshot:x", "arn:aws:ec2:eu-west-1::snapshot:x");
        assert_eq!(further, Truth::Maybe, "a segment is missing, and the star of another may reach over its colon");
        let reaching = means("arn:aws:rds:eu-*:*:x", "arn:aws:rds:eu-west-1:111122223333:snapshot:x");
        assert_eq!(reaching, Truth::Maybe);
        assert_eq!(means("arn:aws:rds:*:*:x", "arn:aws:rds:eu-west-1:111122223333:snapshot:x"), Truth::No);
    }

    #[test]
    fn there_are_no_wildcards_in_a_type_or_a_service() {
        let user = "arn:aws:iam::111122223333:user/x";
        assert_eq!(means("arn:aws:iam::111122223333:u*/x", user), Truth::No);
        assert_eq!(means("arn:aws:iam::111122223333:use?/x", user), Truth::No);
        assert_eq!(means("arn:aws:iam::111122223333:u*", user), Truth::Yes);
        assert_eq!(means("arn:aws:iam::111122223333:*er/x", user), Truth::No);
        assert_eq!(means("arn:aws:iam::111122223333:*/x", user), Truth::Maybe);
        assert_eq!(means("arn:aws:iam::111122223333:*/y", user), Truth::No);
        assert_eq!(means("arn:aws:*::111122223333:user/x", user), Truth::Maybe);
        assert_eq!(means("arn:aws:s3:::b*/x", "arn:aws:s3:::bucket/x"), Truth::Yes, "a bucket's name is no type");
        assert_eq!(means("arn:aws:s3:::b*t/${aws:username}", "arn:aws:s3:::bucket/alice"), Truth::Yes);
    }

    #[test]
    fn an_action_without_resources_is_meant_by_a_star_alone() {
        assert_eq!(means("*", "*"), Truth::Yes);
        assert_eq!(means("arn:aws:ec2:*:*:*", "*"), Truth::No);
    }

    #[test]
    fn what_is_not_known_of_a_pattern_or_resource_stays_open() {
        let vault = "arn:aws:backup:eu-west-1:111122223333:backup-vault:v";
        assert_eq!(means(&HOLE.to_string(), vault), Truth::Maybe);
        assert_eq!(means(&format!("arn:aws:backup:eu-west-1:{HOLE}:backup-vault:v"), vault), Truth::Maybe);
        assert_eq!(means(&format!("arn:aws:s3:::{HOLE}"), vault), Truth::No);
        let any = format!("arn:aws:backup:eu-west-1:111122223333:backup-vault:{HOLE}");
        assert_eq!(means("arn:aws:backup:*:*:backup-vault:*", &any), Truth::Yes);
        assert_eq!(means(vault, &any), Truth::Maybe);
        assert_eq!(means("arn:aws:backup:*:*:backup-plan:*", &any), Truth::No);
        assert_eq!(means("vault*", "vault-1"), Truth::Maybe, "no ARN");
    }

    #[test]
    fn arn_conditions_compare_part_by_part() {
        let alike = |pattern: &str, arn: &str| {
            let pattern = Pattern::new(pattern, Reading { wildcards: true, variables: false });
            super::alike(pattern.parts(), arn)
        };
        let long = "arn:aws:someservice:us-east-2:123456789012:store/abc:111122223333:finance/document.txt";
        assert_eq!(alike("arn:aws:someservice:*:111122223333:finance/*", long), Truth::No);
        assert_eq!(alike("arn:aws:iam::*:role/a*", "arn:aws:iam::111122223333:role/abc"), Truth::Yes);
        assert_eq!(alike("arn:aws:iam::*:role/a*", "no arn"), Truth::No);
        assert_eq!(alike("*", "arn:aws:iam::111122223333:role/abc"), Truth::Maybe, "that is no ARN");
        assert_eq!(alike("abc", "arn:aws:iam::111122223333:role/abc"), Truth::No);
    }
}
