//! What of a type a selection assigns: what was seen, what it names, and whether it may assign more.

use std::collections::BTreeMap;

use crate::derive::index::Index;
use crate::derive::place::{self, Arn};
use crate::derive::plans::PlanNode;
use crate::derive::selecting::backup_type;
use crate::derive::selection::{self, Candidate};
use crate::model::backup::Selection;
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::resource::{Link, Resource, Tags};

use super::needs::Service;

/// What a selection assigns of one type.
pub struct Assigned<'s> {
    /// The resources that were seen, and why it is only possible that it assigns them.
    pub seen: Vec<(&'s Resource, Option<Reasons>)>,
    /// What it names by ARN or pattern beside these, likewise.
    pub named: Vec<(String, Option<Reasons>)>,
    /// Why it may assign others.
    pub unseen: Option<Reasons>,
}

/// What a selection assigns of this type; `seen` is all that it assigns.
pub fn assigned<'s>(
    index: &Index<'_>,
    plan: &PlanNode<'_>,
    facts: &Selection,
    service: &Service,
    seen: &[(&'s Resource, Option<Reasons>)],
) -> Assigned<'s> {
    let of_type = |(resource, _): &&(&'s Resource, Option<Reasons>)| {
        // AWS Backup calls a Multi-AZ DB cluster `RDS`, as it does an instance; its ARN tells them apart.
        let by_arn = place::arn_of(resource).value().and_then(|arn| Service::of_arn(arn));
        let by_name = || backup_type(resource).and_then(Service::named);
        by_arn.or_else(by_name).is_some_and(|of| of.what == service.what)
    };
    let seen: Vec<_> = seen.iter().filter(of_type).cloned().collect();
    let (account, region) = (plan.resource.id.account.as_deref(), plan.resource.id.region.as_deref());
    // AWS Backup tells of volumes, databases and file systems only those that it has backed up.
    let closed = match (index.live(), service.names.contains(&"S3")) {
        (true, true) => index.open_buckets(account, region).is_none(),
        (true, false) => false,
        (false, _) => index.open_files().is_none(),
    };
    let named = if closed { Vec::new() } else { named(index, facts, service, &seen) };
    let unseen = if closed { None } else { unseen(index, plan, facts, service) };
    Assigned { seen, named, unseen }
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// What it names by ARNs that certainly mean this type.
fn named(
    index: &Index<'_>,
    facts: &Selection,
    service: &Service,
    seen: &[(&Resource, Option<Reasons>)],
) -> Vec<(String, Option<Reasons>)> {
    let conditions = facts.conditions.as_ref().map(Vec::is_empty).or_default_to(true);
    let left_out = facts.not_resources.as_ref().map(Vec::is_empty).or_default_to(true);
    let whole = Fact::all([conditions, left_out]).is_true();
    let why = (!whole).then(|| Reasons::from("whether the selection leaves it out again cannot be told"));
    let mut found = Vec::new();
    for link in facts.resources.value().into_iter().flatten().filter(|link| link.target.is_none()) {
        let Some(text) = link.text.value() else { continue };
        if Service::of_arn(text).is_none_or(|of| of.what != service.what) {
            continue;
        }
        let is_seen = |resource: &Resource| place::arn_of(resource).value().is_some_and(|arn| arn == text);
        // Patterns are intent in files; in an account they mean what is there.
        if (is_pattern(text) && index.live()) || seen.iter().any(|(resource, _)| is_seen(resource)) {
            continue;
        }
        found.push((text.clone(), why.clone()));
    }
    found
}

/// Why it may assign others of this type than those that were seen or that it names one by one.
fn unseen(index: &Index<'_>, plan: &PlanNode<'_>, facts: &Selection, service: &Service) -> Option<Reasons> {
    let mut others = facts.clone();
    if let State::Known(links) = &mut others.resources.state {
        // What means one resource means no other.
        for link in links.iter_mut() {
            let one = link.text.value().is_some_and(|text| Arn::parse(text).is_some() && !is_pattern(text));
            if one || link.target.is_some() {
                *link = Link::text(Fact::known("-".to_owned()));
            }
        }
    }
    let (account, region) = (plan.resource.id.account.as_deref(), plan.resource.id.region.as_deref());
    let may = service.names.iter().zip(service.kinds).any(|(name, kind)| {
        let opt_in = match index.region(account, region) {
            Some(region) => region.backup_opt_in.clone(),
            None if index.live() => Fact::unknown("which services the Region opts in to was not read"),
            None => Fact::known(BTreeMap::from([((*name).to_owned(), true)])),
        };
        let mut id = plan.resource.id.clone();
        id.kind = (*kind).into();
        id.id = "".into();
        let candidate = Candidate {
            arn: &Fact::unknown("it was not seen"),
            id: Some(&id),
            kind,
            backup_type: &Fact::known((*name).to_owned()),
            tags: &Tags::unread("it was not seen"),
            opt_in: &opt_in,
        };
        !selection::assigns(&others, &candidate).is_false()
    });
    may.then(|| not_seen(service, index.live()))
}

/// The reason that something may be assigned that nobody saw.
fn not_seen(service: &Service, live: bool) -> Reasons {
    let what = service.what;
    if live {
        return format!("{what} that AWS Backup never backed up are not seen, and the selection may assign some")
            .into();
    }
    Reason::new(format!("the selection may assign {what} of another stack"))
        .cured_by(Cure::Setting("complete = true in backstop.toml".to_owned()))
        .into()
}
