//! Resources of IAM that only add to others: inline policies, managed policies that name whom they are attached to, and
//! users that are put into groups.

use super::{is_generated, named};
use crate::collect::cloudformation::resolve::Resolver;
use crate::collect::cloudformation::template::Declared;
use crate::collect::declared::iam::{each, link, principal, sorted};
use crate::collect::declared::item::{Item, Kind};
use crate::model::fact::{Fact, Reasons, State};
use crate::model::iam::Principal;
use crate::model::identity::ResourceId;
use crate::model::resource::{Link, Resource};

const USER: &str = "AWS::IAM::User";
const GROUP: &str = "AWS::IAM::Group";
const ROLE: &str = "AWS::IAM::Role";

/// Properties that name principals, with the type of these.
const MANY: [(&str, &str); 3] = [("Users", USER), ("Groups", GROUP), ("Roles", ROLE)];

/// Whom a type adds to: "AWS::IAM::Policy" and its neighbours in the CloudFormation Template Reference.
fn owners(kind: &str) -> &'static [(&'static str, &'static str)] {
    match kind {
        "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => &MANY,
        "AWS::IAM::UserPolicy" => &[("UserName", USER)],
        "AWS::IAM::GroupPolicy" => &[("GroupName", GROUP)],
        "AWS::IAM::RolePolicy" => &[("RoleName", ROLE)],
        "AWS::IAM::UserToGroupAddition" => &[("Users", USER)],
        _ => &[],
    }
}

/// Adds those that one stack declares to the principals that they name, which may be of another stack of the same
/// template.
pub(in crate::collect::cloudformation) fn attach(resolver: &mut Resolver<'_>, resources: &mut [Resource]) {
    let declared: Vec<_> = resolver.template.resources.values().copied().collect();
    for declared in declared.iter().filter(|declared| !owners(declared.kind).is_empty()) {
        let exists = Fact::all([resolver.stack.exists.clone(), resolver.exists(declared)]);
        if !exists.is_false() {
            add(resolver, declared, exists.reasons(), false, resources);
        }
    }
    // Nobody knows how many of them there are, and which they mean.
    let phantoms = resolver.template.phantoms.clone();
    for declared in phantoms.iter().filter(|declared| !owners(declared.kind).is_empty()) {
        let why = Reasons::from("a loop over what is not known may make it");
        add(resolver, declared, Some(&why), true, resources);
    }
}

fn add<'t>(
    resolver: &mut Resolver<'t>,
    declared: &Declared<'t>,
    why: Option<&Reasons>,
    phantom: bool,
    resources: &mut [Resource],
) {
    let properties = resolver.properties(declared);
    let own = match resolver.reference(declared.logical_id) {
        Kind::Reference(reference) => Link { text: reference.text.clone(), target: Some(reference.target.clone()) },
        _ => Link::text(Fact::unknown("the policy is not known")),
    };
    let header = Some(resolver.position(declared.header));
    let account = resolver.stack.place.account.clone();
    for (property, kind) in owners(declared.kind) {
        each(&properties.get(property), why, &mut |owner, why| {
            let elsewhere = |resource: &Resource| {
                resource.id.account.as_ref().zip(account.as_ref()).is_some_and(|(one, other)| one != other)
            };
            for resource in resources.iter_mut().filter(|resource| &*resource.id.kind == *kind && !elsewhere(resource))
            {
                let id = resource.id.clone();
                let Some(principal) = principal(&mut resource.facts) else { continue };
                let why = match means(owner, &id, principal, phantom) {
                    Means::No => continue,
                    Means::Surely => why.cloned(),
                    Means::Perhaps(more) => Some(why.map_or_else(|| more.clone(), |why| why.and(&more))),
                };
                match &**declared.kind {
                    "AWS::IAM::ManagedPolicy" => {
                        let link = match &why {
                            Some(why) => Link::text(Fact::unknown(why.clone())),
                            None => own.clone(),
                        };
                        push(&mut principal.attached, Link { text: link.text.or_at(&header), ..link });
                    }
                    "AWS::IAM::UserToGroupAddition" => {
                        push(&mut principal.groups, link(&properties.get("GroupName"), why.as_ref()));
                    }
                    _ => principal.add_inline(named(&properties, why.as_ref())),
                }
            }
        });
    }
}

fn push(links: &mut Fact<Vec<Link>>, link: Link) {
    if let State::Known(all) = &mut links.state {
        all.push(link);
        *all = sorted(std::mem::take(all));
    }
}

/// How surely a reference means a principal.
enum Means {
    Surely,
    Perhaps(Reasons),
    No,
}

fn means(owner: &Item, id: &ResourceId, principal: &Principal, phantom: bool) -> Means {
    match (&owner.kind, &principal.name.state) {
        (Kind::Reference(reference), _) if reference.target == *id => Means::Surely,
        (Kind::Text(text), State::Known(name)) if **text == **name => Means::Surely,
        (Kind::Unknown(reasons), _) if phantom => Means::Perhaps(reasons.clone()),
        // No text and no parameter is a name that is not made yet.
        (_, State::Unknown(_)) if is_generated(&principal.name) => Means::No,
        (Kind::Unknown(reasons), _) | (Kind::Text(_), State::Unknown(reasons)) => Means::Perhaps(reasons.clone()),
        _ => Means::No,
    }
}
