//! Whether reads and writes of a bucket's objects are logged.
//!
//! "Logging options for Amazon S3" in the Amazon S3 User Guide: server access logs, or data events of CloudTrail.
//! "Logging data events" in the AWS CloudTrail User Guide: a selector covers objects by the start of their ARNs; events
//! of readings and of writings may be logged by different selectors, even of different trails.

use crate::model::fact::{Fact, State};
use crate::model::resource::Resource;
use crate::model::s3::Bucket;
use crate::model::trail::{DataEvents, Trail};

use super::index::Index;
use super::{place, world};

/// Whether all of them are.
pub fn derive(index: &Index<'_>, resource: &Resource, facts: &Bucket) -> Fact<bool> {
    let by_server = server_logs(index, resource, facts);
    if by_server.is_true() {
        return by_server;
    }
    Fact::any([by_server, data_events(index, resource)]).or_at(&facts.logging_target.at)
}

/// Server access logs are delivered only to a bucket that exists, in the same account and Region.
fn server_logs(index: &Index<'_>, resource: &Resource, facts: &Bucket) -> Fact<bool> {
    let target = facts.logging_target.as_ref().and_then(|link| match index.bucket(link, &resource.id) {
        Some((target, _)) => target.exists.clone(),
        // In files, the target may be any bucket of the account.
        None if !index.live() => Fact::known(true),
        None => match index.open_buckets(resource.id.account.as_deref(), resource.id.region.as_deref()) {
            Some(reasons) => Fact::unknown(reasons),
            None => Fact::known(false),
        },
    });
    target.or_default_to(false)
}

/// Data events of all trails together, those included that nobody saw.
fn data_events(index: &Index<'_>, resource: &Resource) -> Fact<bool> {
    let objects = place::arn_of(resource).map(|arn| format!("{arn}/"));
    let unseen = index.open(world::TRAILS, resource.id.account.as_deref(), resource.id.region.as_deref());
    let logged = |kind: &str| {
        let seen = index.trails.iter().map(|(trail, facts)| {
            let here = logs_at(trail, facts, resource);
            // What a trail of elsewhere selects does not matter.
            if here.is_false() { here } else { Fact::all([here, covers(facts, &objects, kind)]) }
        });
        Fact::any(seen.chain(unseen.clone().map(Fact::unknown)))
    };
    Fact::all(["ReadOnly", "WriteOnly"].map(logged))
}

/// Whether a trail logs what happens at the resource's place, and its logs arrive.
fn logs_at(trail: &Resource, facts: &Trail, resource: &Resource) -> Fact<bool> {
    let region = Fact::any([facts.multi_region.clone(), place::same_region(&trail.id, &resource.id)]);
    let arrives = facts.delivery_error.as_ref().map(|_| false).or_default_to(true);
    let account = place::same_account(&trail.id, &resource.id);
    Fact::all([trail.exists.clone(), account, region, facts.logging.clone(), arrives])
}

fn covers(trail: &Trail, objects: &Fact<String>, kind: &str) -> Fact<bool> {
    trail.s3_data_events.as_ref().and_then(|selectors| {
        Fact::any(selectors.iter().map(|selector| {
            let asked = selector.read_write.as_ref().map(|logs| logs == "All" || logs == kind);
            Fact::all([asked.or_default_to(true), selector.narrowed.clone().negate(), covers_all(selector, objects)])
        }))
    })
}

/// Whether a selector covers every object of the bucket, whose ARNs all start alike.
fn covers_all(selector: &DataEvents, objects: &Fact<String>) -> Fact<bool> {
    let included = either(&selector.arn_starts, objects, &|start, objects| objects.starts_with(start));
    let excluded = either(&selector.not_arn_starts, objects, &|start, objects| {
        objects.starts_with(start) || start.starts_with(objects)
    });
    Fact::all([included, excluded.negate()])
}

/// Whether any start fits; none fits where there is none.
fn either(starts: &Fact<Vec<String>>, objects: &Fact<String>, fits: &dyn Fn(&str, &str) -> bool) -> Fact<bool> {
    match (&starts.state, &objects.state) {
        (State::Known(starts), State::Known(objects)) => Fact::known(starts.iter().any(|start| fits(start, objects))),
        // Whatever the bucket is called, its ARN starts like this.
        (State::Known(starts), State::Unknown(_))
            if starts
                .iter()
                .any(|start| fits(start, "arn:aws:s3:::") && "arn:aws:s3:::".starts_with(start.as_str())) =>
        {
            Fact::known(true)
        }
        (State::Known(starts), _) if starts.is_empty() => Fact::known(false),
        (State::Known(_), State::Unknown(reasons)) | (State::Unknown(reasons), _) => Fact::unknown(reasons.clone()),
        _ => Fact::known(false),
    }
}
