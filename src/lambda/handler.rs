//! One invocation: from the event to the evaluations, the reports and the answer.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::aws;
use super::bundle::{self, BundleError, Judging};
use super::change::{self, Asked};
use super::event::{Event, EventError, Item, Notification};
use super::parameters::{ParameterError, Parameters, Regions};
use super::place::{Key, key_of_item};
use super::plan::{Evaluation, Unseen, plan};
use super::publish::{self, Subject};
use super::role::{RoleError, role};
use super::send::{Sender, Sent};
use super::verdicts::{Judgement, Scope, judge, outcomes};
use crate::collect::live::{self, LiveError, LiveOptions, Progress};
use crate::finding::report::Threshold;
use crate::model::identity::{ResourceId, partition_of};
use crate::report::Input;
use crate::rule::framework::Framework;

/// The shares of the time after which nothing more is read, what stands is looked up no longer, only the account's
/// evaluation is sent, no evaluation is sent, and nothing is written or told. Judging has what reading leaves.
const READ: f64 = 0.6;
const LOOK_UP: f64 = 0.8;
const SEND: f64 = 0.9;
const SEND_AT_LAST: f64 = 0.97;
const PUBLISH: f64 = 0.99;

/// How many calls of the collectors may be under way at once.
const CONCURRENCY: usize = 16;

/// What an invocation is given.
pub struct Invocation {
    /// The event as it came.
    pub event: Value,
    /// How long it may take.
    pub time: Duration,
    /// The moment at which ages are judged.
    pub now: Timestamp,
    /// The function's own Region.
    pub region: String,
    /// Where rules and settings may lie beside the program.
    pub folder: Option<PathBuf>,
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The event cannot be read.
    #[error(transparent)]
    Event(#[from] EventError),
    /// A parameter is wrong.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// There is no role to assume.
    #[error(transparent)]
    Role(#[from] RoleError),
    /// Rules or settings cannot be used.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A call failed without which nothing can be done.
    #[error(transparent)]
    Call(#[from] aws::CallError),
    /// The account cannot be read at all.
    #[error("{0}; {help}", help = .0.help())]
    Live(#[from] LiveError),
    /// A defect of Backstop.
    #[error("{0}: this is a defect of backstop, please report it")]
    Defect(String),
    /// The runtime or a folder could not be had.
    #[error("{0}")]
    Machine(#[from] std::io::Error),
    /// Judged and sent as far as could be, and something went wrong.
    #[error("{}", .0.join("; "))]
    Partly(Vec<String>),
}

impl Failure {
    /// Its kind, for metrics and logs.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Event(_) => "EventError",
            Self::Parameter(_) => "ParameterError",
            Self::Role(_) => "RoleError",
            Self::Bundle(_) => "BundleError",
            Self::Call(_) => "CallError",
            Self::Live(_) => "AccountError",
            Self::Defect(_) => "Defect",
            Self::Machine(_) => "MachineError",
            Self::Partly(_) => "PartialError",
        }
    }
}

/// The log, where a terminal would have a progress line.
struct Log;

impl Progress for Log {
    fn step(&self, what: &str) {
        tracing::info!("{what}");
    }
}

/// When a share of the time is over.
fn moment(begun: Instant, time: Duration, share: f64) -> tokio::time::Instant {
    tokio::time::Instant::from_std(begun.checked_add(time.mul_f64(share)).unwrap_or(begun))
}

/// All that is settled before the account is read.
struct Run {
    event: Event,
    parameters: Parameters,
    /// The Region that the rule is in.
    region: String,
    options: LiveOptions,
    judging: Arc<Judging>,
    now: Timestamp,
    begun: Instant,
    time: Duration,
    /// The function's own credentials, in its own Region.
    own: SdkConfig,
    runtime: tokio::runtime::Runtime,
}

/// Answers an event. It builds its own runtime, so it must not be called from within one.
///
/// # Errors
///
/// Whenever anything went wrong, also where evaluations were sent: Lambda's metric of errors and the dead-letter queue
/// are where somebody looks.
pub fn handle(invocation: Invocation) -> Result<Value, Failure> {
    let begun = Instant::now();
    let event = Event::parse(invocation.event)?;
    let parameters = Parameters::parse(event.parameters.as_deref())?;
    let region = event.rule_region().unwrap_or(&invocation.region).to_owned();
    let role = role(&event, &parameters, partition_of(&region))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let options = LiveOptions {
        role,
        external_id: parameters.external_id.clone(),
        role_region: parameters.role_region.clone(),
        account: Some(event.account.clone()),
        deadline: begun.checked_add(invocation.time.mul_f64(READ)),
        now: invocation.now,
        concurrency: CONCURRENCY,
        ..LiveOptions::default()
    };
    let own = runtime.block_on(live::sdk_config(&LiveOptions::default()));
    let judging = bundle::judging(parameters.bundle.as_ref(), invocation.folder.as_deref(), |at| {
        let until = moment(begun, invocation.time, READ);
        runtime.block_on(aws::in_time("s3:GetObject", until, aws::bundle(&aws::s3(&own), at))).map_err(Failure::from)
    })?;
    let run = Run {
        event,
        parameters,
        region,
        options,
        judging,
        now: invocation.now,
        begun,
        time: invocation.time,
        own,
        runtime,
    };
    match &run.event.notification {
        Notification::Scheduled { at } => run.scheduled(at.unwrap_or(run.now)),
        Notification::Changed(item) => run.changed(item),
    }
}

impl Run {
    /// AWS Config in the rule's Region, with the credentials of the rule's account.
    fn config(&self) -> aws_sdk_config::Client {
        let config = self.runtime.block_on(live::sdk_config(&self.options));
        aws::config(&config, &self.region)
    }

    /// What a call answers, if that comes within a share of the time.
    fn within<T>(
        &self,
        share: f64,
        call: &'static str,
        answer: impl Future<Output = Result<T, aws::CallError>>,
    ) -> Result<T, aws::CallError> {
        self.runtime.block_on(aws::in_time(call, moment(self.begun, self.time, share), answer))
    }

    fn send(&self, config: &aws_sdk_config::Client, ordering: Timestamp, evaluations: Vec<Evaluation>) -> Sent {
        let sender = Sender {
            config,
            account: &self.event.account,
            token: &self.event.token,
            test: self.event.is_test(),
            ordering: DateTime::from_millis(ordering.as_millisecond()),
            until: moment(self.begun, self.time, SEND),
            at_last: moment(self.begun, self.time, SEND_AT_LAST),
        };
        self.runtime.block_on(sender.send(evaluations))
    }

    /// The account, in the rule's Region or all of them.
    fn scheduled(&self, at: Timestamp) -> Result<Value, Failure> {
        let regions = match &self.parameters.regions {
            Regions::Rule => vec![self.region.clone()],
            Regions::All => Vec::new(),
            Regions::Named(names) => names.clone(),
        };
        let options = LiveOptions { regions, ..self.options.clone() };
        let (snapshot, _) = live::collect(&options, &Log)?;
        let Judging { settings, rules } = &*self.judging;
        let judgement = judge(&snapshot, rules, settings, self.now).map_err(Failure::Defect)?;
        let threshold = self.parameters.min_severity;
        let scope = Scope { account: &self.event.account, region: &self.region, threshold };
        let outcomes = outcomes(&judgement, rules, scope);

        let config = self.config();
        let mut faults = Vec::new();
        // A trial is no evaluation of a rule that stands.
        let standing = match self.event.is_test() {
            true => None,
            false => match self.within(LOOK_UP, aws::STANDING, aws::standing(&config, &self.event.rule_name)) {
                Ok(standing) => Some(standing),
                Err(error) => {
                    faults.push(format!("what stands is not known, and nothing of it was taken back: {error}"));
                    None
                }
            },
        };
        let evaluations = plan(outcomes, standing.as_ref(), &Unseen::of(&judgement.report));
        let sent = self.send(&config, at, evaluations);
        let mut answer = summary(&sent);
        faults.extend(sent.faults);
        let reports = if self.event.is_test() { Vec::new() } else { self.publish(&judgement, &mut faults)? };
        if let Value::Object(answer) = &mut answer {
            answer.insert("complete".to_owned(), json!(judgement.report.is_complete()));
            answer.insert("reports".to_owned(), json!(reports));
        }
        if !judgement.report.is_complete() {
            tracing::warn!("not all was read or decided: what is not known was not called compliant");
        }
        finish(answer, faults)
    }

    /// Reports, the event and the message. What goes wrong is told at the end.
    fn publish(&self, judgement: &Judgement<'_>, faults: &mut Vec<String>) -> Result<Vec<String>, Failure> {
        let defect = |error: &dyn std::fmt::Display| Failure::Defect(error.to_string());
        let subject =
            Subject { account: &self.event.account, region: &self.region, rule: &self.event.rule_name, now: self.now };
        let mut written = Vec::new();
        if let Some(reports) = &self.parameters.reports {
            let frameworks = Framework::shipped().map_err(|error| defect(&error))?;
            let metas = self.judging.rules.metas();
            let waivers = self.judging.rules.waivers.iter();
            let texts = waivers.map(|waiver| (waiver.at.file.clone(), waiver.text.clone())).collect();
            let input = Input {
                report: &judgement.report,
                rules: &metas,
                frameworks: &frameworks,
                texts: &texts,
                version: env!("CARGO_PKG_VERSION"),
            };
            let threshold =
                Threshold { severity: Some(self.parameters.min_severity), unknown_fails: false, only_new: false };
            let code = judgement.report.outcome(threshold).code();
            let objects = publish::objects(&input, &reports.prefix, subject, code).map_err(|error| defect(&error))?;
            let s3 = aws::s3(&self.own);
            for object in objects {
                let kind = object.kind;
                match self.within(PUBLISH, "s3:PutObject", aws::put(&s3, reports, object)) {
                    Ok(uri) => written.push((kind, uri)),
                    Err(error) => faults.push(error.to_string()),
                }
            }
        }
        if let Some(bus) = &self.parameters.event_bus {
            let events = aws_sdk_eventbridge::Client::new(&self.own);
            let detail = publish::detail(&judgement.report, subject, &written);
            let told = aws::tell(&events, bus, self.event.rule_arn.as_deref(), &detail);
            let told = self.within(PUBLISH, "events:PutEvents", told);
            faults.extend(told.err().map(|error| error.to_string()));
        }
        if let Some(topic) = &self.parameters.topic {
            let message = publish::message(&judgement.report, subject, &written);
            let told = self.within(PUBLISH, "sns:Publish", aws::publish(&self.own, topic, message));
            faults.extend(told.err().map(|error| error.to_string()));
        }
        Ok(written.into_iter().map(|(_, uri)| uri).collect())
    }

    /// One resource, of which only its own settings are judged.
    fn changed(&self, item: &Item) -> Result<Value, Failure> {
        let key = key_of_item(&item.kind, &item.id, item.arn.as_deref(), item.region.as_deref(), &self.region);
        let gone = if self.event.left_scope {
            Some("it is no longer among the resources that the rule is about")
        } else if item.gone {
            Some("it is gone, or no longer recorded")
        } else {
            None
        };
        let config = self.config();
        let (evaluation, complete) = match gone {
            Some(why) => (Some(change::not_applicable(&key, why)), true),
            None => self.judged(&config, item, &key)?,
        };
        let sent = self.send(&config, item.captured, evaluation.into_iter().collect());
        let mut answer = summary(&sent);
        if let Value::Object(answer) = &mut answer {
            answer.insert("complete".to_owned(), json!(complete));
        }
        finish(answer, sent.faults)
    }

    /// The evaluation of a resource that is there, and whether all of it could be read.
    fn judged(
        &self,
        config: &aws_sdk_config::Client,
        item: &Item,
        key: &Key,
    ) -> Result<(Option<Evaluation>, bool), Failure> {
        let Judging { settings, rules } = &*self.judging;
        let threshold = self.parameters.min_severity;
        let asked = Asked::of(rules, &item.kind, threshold);
        if asked.configure.is_empty() && asked.others == 0 {
            return Ok((Some(change::not_applicable(key, "no rule at or over the threshold asks about it")), true));
        }
        let region = item.region.as_deref().unwrap_or(&self.region);
        let named = item.arn.as_deref().unwrap_or(&item.id);
        let options = LiveOptions { regions: vec![region.to_owned()], ..self.options.clone() };
        let snapshot = live::collect_one(&options, &item.kind, region, named, &Log)?;
        let mut found = snapshot.resources.iter();
        let Some(resource) = found.find(|resource| is_meant(&resource.id, item)) else { return Ok((None, false)) };
        let judgement = judge(&snapshot, rules, settings, self.now).map_err(Failure::Defect)?;
        if !judgement.judged.contains(&resource.id) {
            return Ok((None, false));
        }
        let standing = match self.event.is_test() {
            true => None,
            false => self.within(LOOK_UP, aws::STANDING_OF, aws::standing_of(config, &self.event.rule_name, key))?,
        };
        let evaluation = change::evaluation(key, &resource.id, &judgement.report, &asked, threshold, standing.as_ref());
        Ok((evaluation, judgement.report.errors.is_empty()))
    }
}

/// Whether what was read is what was changed: by its ARN, or by the id at the end of its ARN.
fn is_meant(resource: &ResourceId, item: &Item) -> bool {
    let by_id = || resource.id.rsplit([':', '/']).next() == Some(item.id.as_str());
    *resource.kind == *item.kind && (item.arn.as_deref() == Some(&*resource.id) || by_id())
}

fn summary(sent: &Sent) -> Value {
    json!({ "evaluations": {
        "nonCompliant": sent.non_compliant, "notApplicable": sent.not_applicable, "compliant": sent.compliant,
    }})
}

fn finish(answer: Value, faults: Vec<String>) -> Result<Value, Failure> {
    if faults.is_empty() { Ok(answer) } else { Err(Failure::Partly(faults)) }
}
