//! Sends evaluations: a hundred at once, again what AWS Config could not keep, and what it refuses for the account.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_config::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_config::types::{self, ComplianceType};
use aws_smithy_types::DateTime;
use tokio::time::{Instant, sleep, timeout_at};

use super::annotation;
use super::aws::CallError;
use super::place::Key;
use super::plan::{BATCH, Compliance, Evaluation};

const CALL: &str = "config:PutEvaluations";
/// How often evaluations that AWS Config says it failed to keep are sent.
const ATTEMPTS: u32 = 4;
/// How long before they are sent again, the first time; twice as long each time after.
const PAUSE: Duration = Duration::from_millis(200);

/// Where evaluations go.
pub struct Sender<'a> {
    /// AWS Config in the rule's Region, with the credentials of the rule's account.
    pub config: &'a aws_sdk_config::Client,
    /// The account.
    pub account: &'a str,
    /// The event's token.
    pub token: &'a str,
    /// Whether they are to be checked only.
    pub test: bool,
    /// When what is judged was so.
    pub ordering: DateTime,
    /// After this moment only the account's evaluation is sent.
    pub until: Instant,
    /// After this one nothing is.
    pub at_last: Instant,
}

/// What became of them.
#[derive(Debug, Default)]
pub struct Sent {
    /// How many were kept.
    pub non_compliant: usize,
    /// How many were kept.
    pub not_applicable: usize,
    /// How many were kept.
    pub compliant: usize,
    /// What went wrong.
    pub faults: Vec<String>,
}

/// What to do after a call.
enum After {
    Go,
    Stop,
}

impl Sender<'_> {
    /// Sends them in their order.
    pub async fn send(&self, evaluations: Vec<Evaluation>) -> Sent {
        let mut sent = Sent::default();
        let (mut account, mut rest): (Vec<_>, Vec<_>) =
            evaluations.into_iter().partition(|evaluation| evaluation.key.is_account());
        let mut refused_types: BTreeSet<String> = BTreeSet::new();
        let mut refused: Vec<Evaluation> = Vec::new();
        rest.reverse();
        while !rest.is_empty() {
            if Instant::now() >= self.until {
                sent.faults.push(format!("{} evaluations were not sent: there was no time left", rest.len()));
                break;
            }
            let mut batch = Vec::new();
            while batch.len() < BATCH
                && let Some(next) = rest.pop()
            {
                if refused_types.contains(&next.key.kind) { refused.push(next) } else { batch.push(next) }
            }
            if batch.is_empty() {
                continue;
            }
            if let After::Stop = self.batch(batch, &mut sent, &mut refused_types, &mut refused).await {
                sent.faults.extend((!rest.is_empty()).then(|| format!("{} evaluations were not sent", rest.len())));
                return sent;
            }
        }
        self.take_up(&mut account, &refused);
        if !account.is_empty() {
            self.batch(account, &mut sent, &mut BTreeSet::new(), &mut Vec::new()).await;
        }
        sent
    }

    /// What fails and has a type that AWS Config refused counts for the account.
    fn take_up(&self, account: &mut Vec<Evaluation>, refused: &[Evaluation]) {
        let failing: Vec<String> = refused
            .iter()
            .filter(|evaluation| evaluation.compliance == Compliance::NonCompliant)
            .map(|evaluation| format!("{} {}", evaluation.key.kind, evaluation.key.id))
            .collect();
        if failing.is_empty() {
            return;
        }
        let annotation = Some(annotation::refused(&failing));
        match account.first_mut() {
            // Its own failures are named already, and it can say no more than NON_COMPLIANT.
            Some(own) if own.compliance == Compliance::NonCompliant => {}
            Some(own) => (own.compliance, own.annotation) = (Compliance::NonCompliant, annotation),
            None => account.push(Evaluation {
                key: Key::account(self.account),
                compliance: Compliance::NonCompliant,
                annotation,
            }),
        }
    }

    /// Sends up to a hundred, and again those that were not kept.
    async fn batch(
        &self,
        mut batch: Vec<Evaluation>,
        sent: &mut Sent,
        refused_types: &mut BTreeSet<String>,
        refused: &mut Vec<Evaluation>,
    ) -> After {
        let mut tries = 0;
        while !batch.is_empty() {
            let written: Result<Vec<_>, BuildError> = batch.iter().map(|evaluation| self.written(evaluation)).collect();
            let written = match written {
                Ok(written) => written,
                Err(error) => {
                    sent.faults.push(format!("{} evaluations were not sent: {error}", batch.len()));
                    return After::Go;
                }
            };
            let call = self
                .config
                .put_evaluations()
                .result_token(self.token)
                .test_mode(self.test)
                .set_evaluations(Some(written))
                .send();
            let Ok(answer) = timeout_at(self.at_last, call).await else {
                sent.faults.push(format!("{} evaluations were not sent: there was no time left", batch.len()));
                return After::Stop;
            };
            let failed = match answer {
                Ok(output) => output.failed_evaluations.unwrap_or_default(),
                Err(error) => {
                    let types = refused_by(&error, &batch);
                    if types.is_empty() {
                        sent.faults.push(format!("{} ({} evaluations)", CallError::new(CALL, &error), batch.len()));
                        return if is_hopeless(&error) { After::Stop } else { After::Go };
                    }
                    tracing::warn!(
                        "AWS Config takes no evaluation of {types:?}: what fails of it counts for the account"
                    );
                    let (out, kept) = batch.into_iter().partition(|evaluation| types.contains(&evaluation.key.kind));
                    refused.extend::<Vec<Evaluation>>(out);
                    refused_types.extend(types);
                    batch = kept;
                    continue;
                }
            };
            let failed: BTreeSet<Key> = failed
                .into_iter()
                .map(|one| Key { kind: one.compliance_resource_type, id: one.compliance_resource_id })
                .collect();
            // Which evaluation is meant cannot be told then, and it must not count as kept in silence.
            let strange = failed.iter().filter(|key| !batch.iter().any(|evaluation| evaluation.key == **key));
            sent.faults.extend(strange.map(|key| {
                format!("AWS Config failed to keep an evaluation of {} {}, which was not sent", key.kind, key.id)
            }));
            let (again, kept): (Vec<_>, Vec<_>) =
                batch.into_iter().partition(|evaluation| failed.contains(&evaluation.key));
            for evaluation in kept {
                match evaluation.compliance {
                    Compliance::NonCompliant => sent.non_compliant += 1,
                    Compliance::NotApplicable => sent.not_applicable += 1,
                    Compliance::Compliant => sent.compliant += 1,
                }
            }
            batch = again;
            tries += 1;
            if !batch.is_empty() && tries >= ATTEMPTS {
                let first = batch.first().map(|evaluation| format!("{} {}", evaluation.key.kind, evaluation.key.id));
                sent.faults.push(format!(
                    "AWS Config failed to keep {} evaluations after {tries} tries, among them that of {}",
                    batch.len(),
                    first.unwrap_or_default()
                ));
                return After::Go;
            }
            if !batch.is_empty() {
                sleep(PAUSE * 2_u32.pow(tries - 1)).await;
            }
        }
        After::Go
    }

    fn written(&self, evaluation: &Evaluation) -> Result<types::Evaluation, BuildError> {
        let compliance = match evaluation.compliance {
            Compliance::NonCompliant => ComplianceType::NonCompliant,
            Compliance::NotApplicable => ComplianceType::NotApplicable,
            Compliance::Compliant => ComplianceType::Compliant,
        };
        types::Evaluation::builder()
            .compliance_resource_type(&evaluation.key.kind)
            .compliance_resource_id(&evaluation.key.id)
            .compliance_type(compliance)
            .set_annotation(evaluation.annotation.clone())
            .ordering_timestamp(self.ordering)
            .build()
    }
}

/// Whether the next call would end no better: nobody answers, or AWS throttles for longer than the SDK tries, or knows
/// neither the token nor the rule.
fn is_hopeless<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    let code = error.code().unwrap_or_default();
    let throttled = ["Throttl", "TooManyRequests", "LimitExceeded"].iter().any(|part| code.contains(part));
    let unknown = matches!(code, "InvalidResultTokenException" | "NoSuchConfigRuleException");
    throttled || unknown || !matches!(error, SdkError::ServiceError(_))
}

/// The types of this batch that AWS Config refuses: its message names the type and those that it takes. The account's
/// own is never among them, since nothing could stand for it.
fn refused_by<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, batch: &[Evaluation]) -> BTreeSet<String> {
    if error.code() != Some("InvalidParameterValueException") {
        return BTreeSet::new();
    }
    let message = error.message().unwrap_or_default();
    // Behind it stands the list of all types that are taken.
    let before = message.split(" is invalid").next().unwrap_or_default();
    let named = |kind: &str| before.split(|c: char| !c.is_alphanumeric() && c != ':').any(|word| word == kind);
    let kinds = batch.iter().filter(|evaluation| !evaluation.key.is_account()).map(|evaluation| &evaluation.key.kind);
    kinds.filter(|kind| named(kind)).cloned().collect()
}
