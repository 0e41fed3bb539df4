//! Who is calling, one set of clients per Region, and the bound on calls under way.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Builder, Connector, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::region::Region;
use jiff::Timestamp;
use tokio::sync::{OnceCell, Semaphore};

use crate::model::intern::Interner;

use super::failure::Failure;
use super::guard::{CallStatistics, Guard, PlainHost};
use super::operation::{Operation, Service};
use super::{LiveError, LiveOptions, Progress, s3};

/// STS: who is calling.
pub const SERVICE: Service = Service { operations: &[GET_CALLER_IDENTITY], global: None, regional: None, in_use: None };

/// AWS asks for no permission here, and a denial of it has no effect (AWS STS API Reference: GetCallerIdentity).
const GET_CALLER_IDENTITY: Operation =
    Operation { service: "sts", name: "GetCallerIdentity", actions: &[], why: "which account and partition is read" };

/// How often a call is tried before it counts as failed.
const ATTEMPTS: u32 = 5;

/// A signed-in session.
pub struct Session<'a> {
    /// The account.
    pub account: Arc<str>,
    /// Its partition.
    pub partition: Arc<str>,
    /// The Region for calls that belong to none.
    pub home: String,
    /// The snapshot's time.
    pub now: Timestamp,
    /// Whether the caller named the Regions, so that others are left out.
    pub narrowed: Option<Vec<String>>,
    /// The account's buckets, once somebody asked for them.
    pub buckets: OnceCell<s3::Buckets>,
    config: SdkConfig,
    path_style: bool,
    guard: Guard,
    deadline: Option<tokio::time::Instant>,
    slots: Semaphore,
    concurrency: usize,
    progress: &'a dyn Progress,
    interner: Mutex<Interner>,
    clients: Mutex<BTreeMap<String, Arc<Clients>>>,
    claims: Mutex<BTreeSet<String>>,
}

/// The clients of one Region.
pub struct Clients {
    /// The account's Regions.
    pub account: aws_sdk_account::Client,
    /// AWS Backup.
    pub backup: aws_sdk_backup::Client,
    /// CloudTrail.
    pub cloudtrail: aws_sdk_cloudtrail::Client,
    /// AWS Config.
    pub config: aws_sdk_config::Client,
    /// EventBridge.
    pub events: aws_sdk_eventbridge::Client,
    /// IAM.
    pub iam: aws_sdk_iam::Client,
    /// KMS.
    pub kms: aws_sdk_kms::Client,
    /// Organizations.
    pub organizations: aws_sdk_organizations::Client,
    /// S3.
    pub s3: aws_sdk_s3::Client,
    /// S3 Control.
    pub s3control: aws_sdk_s3control::Client,
    /// Tags.
    pub tagging: aws_sdk_resourcegroupstagging::Client,
}

impl<'a> Session<'a> {
    /// Finds credentials, assumes the role if one is named, and asks AWS who that is.
    pub async fn connect(options: &LiveOptions, progress: &'a dyn Progress) -> Result<Self, LiveError> {
        check_regions(&options.regions)?;
        progress.step("credentials");
        Self::sign_in(load(options).await, options, progress).await
    }

    /// Asks AWS who these credentials are.
    pub async fn sign_in(
        config: SdkConfig,
        options: &LiveOptions,
        progress: &'a dyn Progress,
    ) -> Result<Self, LiveError> {
        let home = config.region().map_or_else(|| "us-east-1".to_owned(), ToString::to_string);
        let guard = Guard::default();
        let Caller { account, partition } = who(&config, options, &guard).await?;

        let concurrency = options.concurrency.max(1);
        let path_style = config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        Ok(Self {
            account: account.into(),
            partition: partition.into(),
            home,
            now: options.now,
            narrowed: (!options.regions.is_empty()).then(|| options.regions.clone()),
            buckets: OnceCell::new(),
            config,
            path_style,
            guard,
            deadline: options.deadline.map(tokio::time::Instant::from_std),
            slots: Semaphore::new(concurrency),
            concurrency,
            progress,
            interner: Mutex::default(),
            clients: Mutex::default(),
            claims: Mutex::default(),
        })
    }

    /// Makes a call when there is room for one more.
    pub async fn send<O, E>(
        &self,
        call: impl Future<Output = Result<O, SdkError<E, HttpResponse>>>,
    ) -> Result<O, Failure>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let sent = async {
            // The semaphore is never closed, so there is always a permit to wait for.
            let _permit = self.slots.acquire().await.ok();
            call.await.map_err(|error| Failure::from_sdk(&error))
        };
        match self.deadline {
            None => sent.await,
            // A moment that is over also ends a call that would be answered at once.
            Some(deadline) if deadline <= tokio::time::Instant::now() => Err(too_late()),
            Some(deadline) => tokio::time::timeout_at(deadline, sent).await.unwrap_or_else(|_| Err(too_late())),
        }
    }

    /// The clients of a Region, built once.
    pub fn clients(&self, region: &str) -> Arc<Clients> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.entry(region.to_owned()).or_insert_with(|| Arc::new(self.build(region))).clone()
    }

    /// Whether nobody has claimed this before: what several Regions list (a multi-Region trail) is read once.
    pub fn claim(&self, arn: &str) -> bool {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner).insert(arn.to_owned())
    }

    /// The one copy of a text that very many resources share.
    pub fn shared(&self, text: &str) -> Arc<str> {
        self.sharing(|texts| texts.text(text))
    }

    /// Makes something of which parts are shared by very many.
    pub fn sharing<T>(&self, make: impl FnOnce(&mut Interner) -> T) -> T {
        make(&mut self.interner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says what is being read.
    pub fn step(&self, what: &str) {
        self.progress.step(what);
    }

    /// How many resources are worth reading at once.
    pub const fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// The calls so far.
    pub fn statistics(&self) -> CallStatistics {
        self.guard.statistics()
    }

    fn build(&self, region: &str) -> Clients {
        let config = self.config.to_builder().region(Region::new(region.to_owned())).build();
        macro_rules! client {
            ($service:ident) => {
                $service::Client::from_conf(
                    $service::config::Builder::from(&config).interceptor(self.guard.clone()).build(),
                )
            };
        }
        Clients {
            account: client!(aws_sdk_account),
            backup: client!(aws_sdk_backup),
            cloudtrail: client!(aws_sdk_cloudtrail),
            config: client!(aws_sdk_config),
            events: client!(aws_sdk_eventbridge),
            iam: client!(aws_sdk_iam),
            kms: client!(aws_sdk_kms),
            organizations: client!(aws_sdk_organizations),
            s3: aws_sdk_s3::Client::from_conf(
                aws_sdk_s3::config::Builder::from(&config)
                    .interceptor(self.guard.clone())
                    .force_path_style(self.path_style)
                    .build(),
            ),
            s3control: aws_sdk_s3control::Client::from_conf(
                aws_sdk_s3control::config::Builder::from(&config)
                    .interceptor(self.guard.clone())
                    .interceptor(PlainHost)
                    .build(),
            ),
            tagging: client!(aws_sdk_resourcegroupstagging),
        }
    }
}

/// Whose credentials they are.
struct Caller {
    account: String,
    partition: String,
}

/// Asks AWS who is calling, and refuses another account than the one that is meant.
async fn who(config: &SdkConfig, options: &LiveOptions, guard: &Guard) -> Result<Caller, LiveError> {
    let sts = aws_sdk_sts::config::Builder::from(config).interceptor(guard.clone()).build();
    let caller =
        aws_sdk_sts::Client::from_conf(sts).get_caller_identity().send().await.map_err(|error| {
            LiveError::Identity { message: identity_message(&error), profile: options.profile.clone() }
        })?;
    let account = caller.account.filter(|account| !account.is_empty()).ok_or(LiveError::NoAccount)?;
    if let Some(wanted) = options.account.as_ref().filter(|wanted| **wanted != account) {
        return Err(LiveError::WrongAccount { wanted: wanted.clone(), found: account });
    }
    let partition = caller.arn.as_deref().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
    Ok(Caller { account, partition: partition.to_owned() })
}

/// The SDK's configuration once AWS has said that its credentials belong to the account that is meant: for calls beside
/// those of the collectors.
pub async fn signed_in(options: &LiveOptions) -> Result<SdkConfig, LiveError> {
    check_regions(&options.regions)?;
    let config = load(options).await;
    who(&config, options, &Guard::default()).await?;
    Ok(config)
}

fn check_regions(regions: &[String]) -> Result<(), LiveError> {
    match regions.iter().find(|region| !is_region(region)) {
        Some(region) => Err(LiveError::Region { region: region.clone() }),
        None => Ok(()),
    }
}

fn too_late() -> Failure {
    Failure::ours("DeadlineReached", "there was no time left for this call")
}

/// The SDK's configuration: credentials of the default chain or profile, the role if one is named, retries, timeouts.
pub async fn load(options: &LiveOptions) -> SdkConfig {
    // Adaptive retries slow the client down when AWS throttles; an audit must not disturb the account's own traffic.
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(30))
        .operation_attempt_timeout(Duration::from_secs(60))
        .operation_timeout(Duration::from_secs(300))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .retry_config(RetryConfig::adaptive().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts);
    // Trails of the account show who is looking.
    if let Ok(name) = AppName::new("backstop") {
        loader = loader.app_name(name);
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    let mut config = loader.load().await;
    if config.region().is_none() {
        let region = options.regions.first().map_or("us-east-1", String::as_str);
        config = config.into_builder().region(Region::new(region.to_owned())).build();
    }
    if let Some(role) = &options.role {
        let mut builder = AssumeRoleProvider::builder(role.as_str()).session_name("backstop").configure(&config);
        if let Some(id) = &options.external_id {
            builder = builder.external_id(id.as_str());
        }
        if let Some(region) = &options.role_region {
            builder = builder.region(Region::new(region.clone()));
        }
        let provider = builder.build().await;
        config = config
            .into_builder()
            .credentials_provider(aws_sdk_sts::config::SharedCredentialsProvider::new(provider))
            .build();
    }
    config
}

/// One client for all: the SDK's default would be built anew for each service and Region.
pub fn http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc))
            .proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.build()
    })
}

fn identity_message<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(_) => {
            let failure = Failure::from_sdk(error);
            format!("{} ({})", failure.message, failure.code)
        }
        // The innermost cause is the list of credential providers that were tried, one a line.
        _ => Failure::from_sdk(error).message.lines().map(str::trim).collect::<Vec<_>>().join("; ").replace(":;", ":"),
    }
}

/// `eu-west-1`, `us-gov-east-1`, `eusc-de-east-1`: lower-case words and a number.
fn is_region(text: &str) -> bool {
    let mut parts: Vec<&str> = text.split('-').collect();
    let number = parts.pop().unwrap_or_default();
    parts.len() >= 2
        && parts.iter().all(|part| part.len() >= 2 && part.bytes().all(|b| b.is_ascii_lowercase()))
        && matches!(number.len(), 1 | 2)
        && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_every_partition_are_names_and_typing_errors_are_not() {
        for region in ["eu-west-1", "us-gov-east-1", "cn-northwest-1", "eusc-de-east-1", "us-isob-east-1"] {
            assert!(is_region(region), "{region}");
        }
        for text in ["eu-west", "eu_west_1", "EU-WEST-1", "eu-west-1a", "global", "", "evil.example/-1"] {
            assert!(!is_region(text), "{text}");
        }
    }
}
