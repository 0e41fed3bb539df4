//! S3 buckets: the list, each bucket's Region, its configuration, and its replicas' destinations.

mod bucket;
mod destination;
mod lifecycle;
mod replication;

use std::collections::BTreeSet;

use futures::{FutureExt, StreamExt};

use super::failure::Failure;
use super::look::{GLOBAL, Look, read_pages};
use super::operation::{Operation, Service};
use super::part::Part;
use super::session::Session;
use crate::model::fact::{Fact, Reason};

/// S3.
pub const SERVICE: Service = Service {
    operations: &[
        LIST_BUCKETS,
        GET_LOCATION,
        HEAD_BUCKET,
        bucket::GET_VERSIONING,
        bucket::GET_REPLICATION,
        bucket::GET_OBJECT_LOCK,
        bucket::GET_LIFECYCLE,
        bucket::GET_PUBLIC_ACCESS_BLOCK,
        bucket::GET_ENCRYPTION,
        bucket::GET_TAGGING,
        bucket::GET_LOGGING,
        bucket::GET_POLICY,
    ],
    global: Some(|session| collect(session).boxed_local()),
    regional: None,
    in_use: None,
};

const LIST_BUCKETS: Operation =
    Operation { service: "s3", name: "ListBuckets", actions: &["s3:ListAllMyBuckets"], why: "which buckets there are" };
const GET_LOCATION: Operation = Operation {
    service: "s3",
    name: "GetBucketLocation",
    actions: &["s3:GetBucketLocation"],
    why: "a bucket's Region, where the list does not say it",
};
/// Its permission is `s3:ListBucket`, which would let the auditor read the names of all objects. It is not asked for:
/// without it S3 still tells an existing bucket's Region in a header, and answers 404 for one that does not exist.
const HEAD_BUCKET: Operation = Operation {
    service: "s3",
    name: "HeadBucket",
    actions: &[],
    why: "whether a replication destination exists, and its Region",
};

const BUCKET: &str = "AWS::S3::Bucket";

/// A bucket of the list.
#[derive(Clone, Debug)]
struct Listed {
    name: String,
    region: Option<String>,
}

/// The account's buckets, as far as they were listed.
#[derive(Debug)]
pub struct Buckets {
    listed: Vec<Listed>,
    /// Why the list broke off, if it did.
    failure: Option<Failure>,
}

async fn collect(session: &Session<'_>) -> Part {
    session.step("S3 buckets");
    let mut look = Look::at(session, GLOBAL);
    let buckets = list(session).await;
    if let Some(failure) = &buckets.failure {
        look.fail(&LIST_BUCKETS, None, failure);
    }
    let mut left_out = false;
    let mut reads = futures::stream::iter(buckets.listed.clone())
        .map(|bucket| read_bucket(session, bucket))
        .buffer_unordered(session.concurrency());
    while let Some(read) = reads.next().await {
        match read {
            Some(part) => look.part.absorb(part),
            None => left_out = true,
        }
    }
    drop(reads);
    if buckets.failure.is_none() {
        record_list(&mut look, session, left_out);
    }
    let destinations = destination::look_up(session, &mut look.part.resources).await;
    look.part.absorb(destinations);
    look.part
}

/// One bucket by its name or ARN, with what its replicas' destinations say.
pub async fn read_one(session: &Session<'_>, region: &str, bucket: &str) -> Part {
    let name = bucket.rsplit(':').next().unwrap_or(bucket);
    let mut part = bucket::read(session, region, name).await;
    let destinations = destination::look_up(session, &mut part.resources).await;
    part.absorb(destinations);
    part
}

/// The list of buckets, which is asked for once.
async fn list<'a>(session: &'a Session<'_>) -> &'a Buckets {
    session.buckets.get_or_init(|| read_list(session)).await
}

async fn read_list(session: &Session<'_>) -> Buckets {
    let clients = session.clients(&session.home);
    let (buckets, failure) = read_pages(|token| {
        // Only a list that is asked for in pages names the buckets' Regions.
        let call = clients.s3.list_buckets().max_buckets(1000).set_continuation_token(token).send();
        async { session.send(call).await.map(|page| (page.buckets.unwrap_or_default(), page.continuation_token)) }
    })
    .await;
    let listed = buckets.into_iter().filter_map(|bucket| {
        Some(Listed { name: bucket.name?, region: bucket.bucket_region.filter(|region| !region.is_empty()) })
    });
    Buckets { listed: listed.collect(), failure }
}

/// Whether a bucket lies in this Region, or may: the list broke off, or does not say where one lies.
pub async fn may_have_buckets(session: &Session<'_>, region: &str) -> bool {
    let buckets = list(session).await;
    let here = |bucket: &Listed| bucket.region.as_deref().is_none_or(|own| own == region);
    buckets.failure.is_some() || buckets.listed.iter().any(here)
}

/// Records the list as read to its end: for all Regions, or where buckets of others were left out, for those asked for.
fn record_list(look: &mut Look<'_>, session: &Session<'_>, left_out: bool) {
    match session.narrowed.as_ref().filter(|_| left_out) {
        None => look.listed(BUCKET, None),
        Some(regions) => {
            let regions: BTreeSet<&String> = regions.iter().collect();
            for region in regions {
                let mut at = Look::at(session, region);
                at.listed(BUCKET, None);
                look.part.absorb(at.part);
            }
        }
    }
}

/// A bucket's configuration; none where it lies in a Region that was not asked for.
async fn read_bucket(session: &Session<'_>, listed: Listed) -> Option<Part> {
    let (region, part) = match listed.region {
        Some(region) => (Ok(region), Part::default()),
        None => {
            let mut look = Look::at(session, GLOBAL);
            let region = locate(&mut look, &listed.name).await;
            (region, look.part)
        }
    };
    match region {
        Ok(region) => {
            if session.narrowed.as_ref().is_some_and(|regions| !regions.contains(&region)) {
                return None;
            }
            let mut whole = part;
            whole.absorb(bucket::read(session, &region, &listed.name).await);
            Some(whole)
        }
        Err(reason) => {
            let mut whole = part;
            whole.absorb(bucket::unread(session, &listed.name, &reason));
            Some(whole)
        }
    }
}

/// A bucket's Region, by its location, or where that is refused, by the header that S3 answers to anybody.
async fn locate(look: &mut Look<'_>, name: &str) -> Result<String, Reason> {
    let session = look.session;
    let clients = session.clients(&session.home);
    let failure = match session.send(clients.s3.get_bucket_location().bucket(name).send()).await {
        Ok(output) => return Ok(region_of(output.location_constraint.as_ref().map(|c| c.as_str()))),
        Err(failure) => failure,
    };
    let region = failure.bucket_region.clone();
    let region = match region {
        Some(region) => Some(region),
        None => match session.send(clients.s3.head_bucket().bucket(name).send()).await {
            Ok(output) => output.bucket_region,
            Err(failure) => failure.bucket_region,
        },
    };
    region.ok_or_else(|| look.fail(&GET_LOCATION, Some(name), &failure))
}

/// The Region that a location constraint means (Amazon S3 API Reference: GetBucketLocation).
fn region_of(constraint: Option<&str>) -> String {
    match constraint {
        None | Some("" | "US") => "us-east-1",
        Some("EU") => "eu-west-1",
        Some(region) => region,
    }
    .to_owned()
}

/// `Enabled`, `Suspended`, or absent where versioning was never on.
fn versioning_status(status: Option<&aws_sdk_s3::types::BucketVersioningStatus>) -> Fact<String> {
    Fact::from_option(status.map(|status| status.as_str().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_location_constraints_are_regions_too() {
        assert_eq!(region_of(None), "us-east-1");
        assert_eq!(region_of(Some("")), "us-east-1");
        assert_eq!(region_of(Some("EU")), "eu-west-1");
        assert_eq!(region_of(Some("ap-south-1")), "ap-south-1");
    }
}
