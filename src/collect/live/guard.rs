//! Interceptors on every client: they count calls and refuse operations that no collector declared.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut, BeforeTransmitInterceptorContextRef,
    FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use super::operation::{is_declared, service_name};

/// How often each operation was called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallStatistics {
    /// By service and operation, as in the table of operations.
    pub calls: BTreeMap<(String, String), Calls>,
}

/// The calls of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// How often it was called.
    pub calls: u64,
    /// How often a call was sent again.
    pub retries: u64,
    /// How often it was refused before it was sent, because no collector declared it.
    pub refused: u64,
    /// How long all its calls took together, waits between retries included.
    pub time: Duration,
}

impl Calls {
    fn plus(self, other: &Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            retries: self.retries + other.retries,
            refused: self.refused + other.refused,
            time: self.time + other.time,
        }
    }
}

impl CallStatistics {
    /// All operations together.
    pub fn total(&self) -> Calls {
        self.calls.values().fold(Calls::default(), Calls::plus)
    }

    /// The calls of each service.
    pub fn by_service(&self) -> BTreeMap<&str, Calls> {
        let mut services: BTreeMap<&str, Calls> = BTreeMap::new();
        for ((service, _), calls) in &self.calls {
            let sum = services.entry(service).or_default();
            *sum = sum.plus(calls);
        }
        services
    }
}

/// Counts calls and retries, and refuses undeclared operations.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    counts: Arc<Mutex<CallStatistics>>,
}

/// An operation that is not in the table.
#[derive(Debug, thiserror::Error)]
#[error("`{service}:{name}` is not among the operations that the collectors declare")]
pub struct Undeclared {
    service: String,
    name: String,
}

impl Guard {
    /// What was counted so far.
    pub fn statistics(&self) -> CallStatistics {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, service: &str, name: &str, change: impl FnOnce(&mut Calls)) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        change(counts.calls.entry((service.to_owned(), name.to_owned())).or_default());
    }
}

/// Marks in a call's configuration that it was sent once.
#[derive(Debug)]
struct Sent;

impl aws_smithy_types::config_bag::Storable for Sent {
    type Storer = aws_smithy_types::config_bag::StoreReplace<Self>;
}

/// When a call began.
#[derive(Debug)]
struct Begun(Instant);

impl aws_smithy_types::config_bag::Storable for Begun {
    type Storer = aws_smithy_types::config_bag::StoreReplace<Self>;
}

fn called(cfg: &ConfigBag) -> (String, String) {
    cfg.load::<Metadata>()
        .map(|metadata| (service_name(metadata.service()), metadata.name().to_owned()))
        .unwrap_or_default()
}

#[dyn_dispatch_hint]
impl Intercept for Guard {
    fn name(&self) -> &'static str {
        "BackstopGuard"
    }

    // Not `read_before_execution`: there the SDK has not yet said which operation it is.
    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (service, name) = called(cfg);
        if is_declared(&service, &name) {
            self.count(&service, &name, |calls| calls.calls += 1);
            cfg.interceptor_state().store_put(Begun(Instant::now()));
            return Ok(());
        }
        self.count(&service, &name, |calls| calls.refused += 1);
        Err(Undeclared { service, name }.into())
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if cfg.load::<Sent>().is_some() {
            let (service, name) = called(cfg);
            self.count(&service, &name, |calls| calls.retries += 1);
        }
        cfg.interceptor_state().store_put(Sent);
        Ok(())
    }

    fn read_after_execution(
        &self,
        _context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Begun(begun)) = cfg.load::<Begun>() {
            let took = begun.elapsed();
            let (service, name) = called(cfg);
            self.count(&service, &name, |calls| calls.time += took);
        }
        Ok(())
    }
}

/// Takes the account id off the front of a custom endpoint's host.
///
/// S3 Control puts it there (`123456789012.127.0.0.1`), which no emulator's host name resolves to. AWS's own hosts
/// (`123456789012.s3-control.eu-west-1.amazonaws.com`) stay as they are.
#[derive(Clone, Debug)]
pub struct PlainHost;

#[dyn_dispatch_hint]
impl Intercept for PlainHost {
    fn name(&self) -> &'static str {
        "BackstopPlainHost"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(plain) = without_account(context.request().uri()) {
            context.request_mut().set_uri(plain)?;
        }
        Ok(())
    }
}

/// The same URI without the account id in front of its host, where the host is not AWS's own.
fn without_account(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let (account, rest) = rest.split_once('.')?;
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    (is_account && !rest.starts_with("s3-control")).then(|| format!("{scheme}://{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emulators_host_loses_the_account_id() {
        let uri = "http://123456789012.127.0.0.1:5555/v20180820/configuration/publicAccessBlock";
        assert_eq!(
            without_account(uri).as_deref(),
            Some("http://127.0.0.1:5555/v20180820/configuration/publicAccessBlock")
        );
        assert_eq!(without_account("http://123456789012.localhost:1/").as_deref(), Some("http://localhost:1/"));
    }

    #[test]
    fn awss_own_hosts_keep_it() {
        assert_eq!(without_account("https://123456789012.s3-control.eu-west-1.amazonaws.com/v20180820/"), None);
        assert_eq!(without_account("https://123456789012.s3-control-fips.us-gov-west-1.amazonaws.com/"), None);
        assert_eq!(without_account("http://127.0.0.1:5555/"), None);
    }

    #[test]
    fn an_undeclared_operation_is_refused_before_it_is_sent() {
        let guard = Guard::default();
        let config = aws_sdk_s3::Config::builder()
            .behavior_version_latest()
            .region(aws_sdk_s3::config::Region::new("eu-west-1"))
            .endpoint_url("http://127.0.0.1:9")
            .interceptor(guard.clone())
            .build();
        let client = aws_sdk_s3::Client::from_conf(config);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(client.delete_bucket().bucket("b").send()).unwrap_err();
        let failure = super::super::failure::Failure::from_sdk(&error);
        assert_eq!(failure.code, "UndeclaredOperation");
        assert!(failure.message.contains("`s3:DeleteBucket`"), "{}", failure.message);
        assert_eq!(guard.statistics().total(), Calls { refused: 1, ..Calls::default() });
    }
}
