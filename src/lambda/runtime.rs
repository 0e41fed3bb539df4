//! The talk with the Lambda service.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

use super::handler::{self, Invocation};

/// Where Lambda unpacks the function; a folder `bundle` in it may hold rules and settings.
const ROOT: &str = "LAMBDA_TASK_ROOT";
/// The moment at which ages are judged, RFC 3339, for who plays an event again; without it, the clock.
const NOW: &str = "BACKSTOP_NOW";

/// Answers events until Lambda ends the process.
pub fn run() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("BACKSTOP_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("backstop=info,lambda_runtime::layers::panic=off,warn"));
    // Lambda stamps the lines itself, and its console shows no colours.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .init();
    let ended = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(lambda_runtime::Error::from)
        .and_then(|runtime| runtime.block_on(lambda_runtime::run(service_fn(answer))));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("the Lambda service could not be talked with: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn answer(event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let (payload, context) = event.into_parts();
    let time = context.deadline().duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
    let invocation = invocation(payload, time).map_err(|message| said("ConfigurationError", message))?;
    // The audit blocks and brings its own runtimes, which cannot be built within this one.
    let answered = tokio::task::spawn_blocking(move || handler::handle(invocation)).await;
    match answered {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(failure)) => {
            tracing::error!("{failure}");
            Err(said(failure.kind(), failure.to_string()))
        }
        Err(error) => Err(said("Defect", format!("{error}: this is a defect of backstop, please report it"))),
    }
}

fn said(kind: &str, message: impl Into<String>) -> Diagnostic {
    Diagnostic { error_type: kind.to_owned(), error_message: message.into() }
}

fn invocation(event: Value, time: Duration) -> Result<Invocation, String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let region = variable("AWS_REGION").ok_or("`AWS_REGION` is not set, which Lambda sets")?;
    let now = match variable(NOW) {
        None => Timestamp::now(),
        Some(text) => text.parse().map_err(|error| format!("`{NOW}` is no RFC 3339 time: {error}"))?,
    };
    let folder = variable(ROOT).map(|root| PathBuf::from(root).join("bundle"));
    Ok(Invocation { event, time, now, region, folder })
}
