//! A live AWS account, read through the AWS SDK.
//!
//! [`collect`] reads one account: each service has its own file, which declares its operations and fills a
//! [`part::Part`] of the snapshot. Adding a service touches its file and the list [`operation::SERVICES`].
//! A call that fails is a gap, and every fact that it would have told is unknown with that gap's reason; a list that
//! breaks off keeps what it read, and is not recorded as listed.

mod account;
mod account_facts;
mod backup;
mod checkpoint;
mod cloudtrail;
mod config;
mod convert;
mod events;
mod failure;
mod guard;
mod iam;
mod kms;
mod look;
mod one;
mod operation;
mod organizations;
mod part;
mod policy;
mod s3;
mod s3control;
mod session;
mod tagging;
#[cfg(test)]
mod tests;

use futures::StreamExt;
use futures::future::{LocalBoxFuture, join_all};

use crate::model::snapshot::{Snapshot, Source};

pub use checkpoint::{CheckpointError, Keep};
pub use failure::Failure;
pub use guard::{CallStatistics, Calls};
pub use operation::{OPERATIONS, Operation};
pub use policy::iam_policy;
pub use session::{load as sdk_config, signed_in};

use checkpoint::Checkpoint;
use look::GLOBAL;
use operation::SERVICES;
use part::Part;
use session::Session;

/// What to read, and as whom.
#[derive(Clone, Debug, Default)]
pub struct LiveOptions {
    /// The named profile; none uses the SDK's default chain (environment, default profile, SSO, instance role).
    pub profile: Option<String>,
    /// The ARN of a role to assume on top of those credentials. They need `sts:AssumeRole` on it.
    pub role: Option<String>,
    /// The external id that the role's trust policy asks for.
    pub external_id: Option<String>,
    /// The Region whose STS is asked for the role; none asks that of the configured Region.
    pub role_region: Option<String>,
    /// The account that must answer; none takes any.
    pub account: Option<String>,
    /// After this moment no call is begun, and those under way are given up: each is a failed call, so that what it
    /// would have told is unknown.
    pub deadline: Option<std::time::Instant>,
    /// The Regions to read; empty reads every Region that the account has enabled.
    pub regions: Vec<String>,
    /// The snapshot's time. The clock is read once, at the edge.
    pub now: jiff::Timestamp,
    /// How many calls may be under way at once; at least 1.
    pub concurrency: usize,
    /// Where each Region is kept once it was read, so that another run can go on from there; none keeps nothing.
    pub keep: Option<Keep>,
}

/// Told what is being read, for a progress line. Calls come from one thread at a time, in no certain order.
pub trait Progress: Send + Sync {
    /// Work on this has begun: `eu-west-1: AWS Backup`.
    fn step(&self, what: &str);
}

/// Why nothing at all could be read.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// AWS did not say who is calling: no credentials, credentials that it refuses, or no connection.
    #[error("AWS did not say who is calling{}: `sts:GetCallerIdentity` failed: {message}", with_profile(profile.as_deref()))]
    Identity {
        /// The profile that was named.
        profile: Option<String>,
        /// What the SDK or AWS said.
        message: String,
    },
    /// AWS answered, but did not name the account.
    #[error("`sts:GetCallerIdentity` answered without an account")]
    NoAccount,
    /// Another account answered than the one that is meant.
    #[error("account {found} answered, and {wanted} is meant")]
    WrongAccount {
        /// The one that was asked for.
        wanted: String,
        /// The one that the credentials belong to.
        found: String,
    },
    /// A Region that cannot be one.
    #[error("`{region}` is not the name of a Region")]
    Region {
        /// As given.
        region: String,
    },
    /// What an earlier run left cannot be gone on with.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The runtime of the AWS SDK could not be started.
    #[error("the async runtime did not start: {0}")]
    Runtime(#[from] std::io::Error),
}

fn with_profile(profile: Option<&str>) -> String {
    profile.map(|profile| format!(" with profile `{profile}`")).unwrap_or_default()
}

impl LiveError {
    /// What to do about it, without a full stop.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Identity { .. } => {
                "sign in (`aws sso login`), set AWS_PROFILE or AWS_ACCESS_KEY_ID, or name a profile with --profile; with \
                 --role, the credentials must be allowed `sts:AssumeRole` on it; outside the aws partition, name a Region \
                 of your partition with --regions; check the network if the connection failed"
            }
            Self::NoAccount => "check that the endpoint in AWS_ENDPOINT_URL is AWS's or an emulator's",
            Self::WrongAccount { .. } => "assume a role of the account that is meant",
            Self::Region { .. } => "write Regions as AWS does, such as `eu-west-1`",
            Self::Checkpoint(_) => "leave --resume out to read everything anew, or remove the folder",
            Self::Runtime(_) => "check the limits on threads and open files",
        }
    }
}

/// Reads the account into a sorted snapshot, and says which calls it took.
///
/// It builds its own runtime, so it must not be called from within one.
///
/// # Errors
///
/// Only where nothing at all can be read. Whatever fails after AWS has said who is calling is a gap in the snapshot.
pub fn collect(options: &LiveOptions, progress: &dyn Progress) -> Result<(Snapshot, CallStatistics), LiveError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(read(options, progress))
}

/// Reads one resource of the account, and the account itself, and nothing beside them: no list is recorded as read, so
/// whatever is joined from other resources is not known. `resource` is an id or ARN. The snapshot lacks a resource that
/// is gone, could not be read, or is of a type that no rule asks about by itself.
///
/// It builds its own runtime, so it must not be called from within one.
///
/// # Errors
///
/// As [`collect`].
pub fn collect_one(
    options: &LiveOptions,
    kind: &str,
    region: &str,
    resource: &str,
    progress: &dyn Progress,
) -> Result<Snapshot, LiveError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let session = Session::connect(options, progress).await?;
        let part = one::read(&session, kind, region, resource).await;
        let mut snapshot = Snapshot {
            taken_at: Some(options.now),
            source: Source::Live,
            resources: part.resources,
            listed: part.listed.into_iter().collect(),
            gaps: part.gaps,
            stray: Vec::new(),
        };
        snapshot.sort();
        Ok(snapshot)
    })
}

async fn read(options: &LiveOptions, progress: &dyn Progress) -> Result<(Snapshot, CallStatistics), LiveError> {
    let session = Session::connect(options, progress).await?;
    read_with(&session, options).await
}

async fn read_with(session: &Session<'_>, options: &LiveOptions) -> Result<(Snapshot, CallStatistics), LiveError> {
    let named = session.narrowed.as_deref();
    let open = |keep| Checkpoint::open(keep, &session.account, &session.partition, named, options.now);
    let checkpoint = options.keep.as_ref().map(open).transpose()?;
    let (regions, part) = account::regions(session, &options.regions).await;
    let mut whole = part;

    let places = std::iter::once(GLOBAL).chain(regions.iter().map(String::as_str));
    let work: Vec<LocalBoxFuture<'_, _>> = places
        .map(|place| Box::pin(read_place(session, place, checkpoint.as_ref())) as LocalBoxFuture<'_, _>)
        .collect();
    let mut parts = futures::stream::iter(work).buffer_unordered(session.concurrency());
    while let Some(part) = parts.next().await {
        whole.absorb(part?);
    }
    drop(parts);

    let mut snapshot = Snapshot {
        taken_at: Some(checkpoint.map_or(options.now, |checkpoint| checkpoint.taken_at)),
        source: Source::Live,
        resources: whole.resources,
        listed: whole.listed.into_iter().collect(),
        gaps: whole.gaps,
        stray: Vec::new(),
    };
    snapshot.sort();
    Ok((snapshot, session.statistics()))
}

/// All that the services tell of a Region, or of what belongs to none.
async fn read_place<'a>(
    session: &'a Session<'a>,
    place: &'a str,
    checkpoint: Option<&Checkpoint>,
) -> Result<Part, CheckpointError> {
    if let Some(checkpoint) = checkpoint
        && let Some(part) = checkpoint.load(place)?
    {
        session.step(&format!("{place}: read before"));
        return Ok(part);
    }
    let whole = match place {
        GLOBAL => gather(SERVICES.iter().filter_map(|service| service.global.map(|read| read(session)))).await,
        region => read_region(session, region).await,
    };
    if let Some(checkpoint) = checkpoint {
        checkpoint.keep(place, &whole)?;
    }
    Ok(whole)
}

/// A Region in two steps, so that one in which nothing lies costs only the lists that say so.
///
/// The rest is read where anything was found, where a list was refused or broke off, so that nobody knows, and where a
/// bucket lies or may lie. Of a Region that is not in use nothing else is claimed to be listed, and it is no resource of
/// the snapshot (`AWS::Region` comes with its settings), so that no rule is asked of it. Nothing else may miss it:
///
/// - Vaults, plans, protected resources, keys, restore-testing plans, restore jobs and report plans are listed in every
///   Region, since plans copy to other Regions, restores elsewhere count as tests, and reports may be about all Regions.
/// - Trails that log what happens in a Region are all told there, those of other home Regions too
///   (`includeShadowTrails`), so those of a Region without buckets matter to no bucket.
/// - EventBridge rules, recorders, frameworks, legal holds, settings, and backup and copy jobs are asked for by
///   what lies in the same Region alone.
async fn read_region(session: &Session<'_>, region: &str) -> Part {
    let mut whole =
        gather(SERVICES.iter().filter_map(|service| service.regional.map(|read| read(session, region)))).await;
    if !whole.is_empty() || s3::may_have_buckets(session, region).await {
        let rest = SERVICES.iter().filter_map(|service| service.in_use.map(|read| read(session, region)));
        whole.absorb(gather(rest).await);
    }
    whole
}

/// What all of them find.
async fn gather<'a>(reads: impl Iterator<Item = LocalBoxFuture<'a, Part>>) -> Part {
    let mut whole = Part::default();
    for part in join_all(reads).await {
        whole.absorb(part);
    }
    whole
}
