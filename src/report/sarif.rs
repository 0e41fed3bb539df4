//! SARIF 2.1.0, in full or as GitHub code scanning takes it.
//!
//! Rests on the OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0" and on GitHub Docs,
//! "SARIF support for code scanning". Decisions that neither of them makes:
//!
//! - An Unknown verdict is a result of kind `open` ("the tool could not decide", §3.27.9), so its level is `none`.
//!   GitHub ignores `kind` and would show it as an alert, so the GitHub profile leaves it out.
//! - A waived finding is a result with an accepted suppression: an external one by a waiver, one in source by a comment. GitHub ignores suppressions and would show
//!   it as an open alert, so the GitHub profile leaves it out.
//! - With a baseline, each result says whether it is new. Results that are gone stand in the full profile alone, since
//!   viewers that do not know `baselineState` would show them as present.
//! - A live resource has no file. Its location is the stable relative path
//!   `aws/<account>/<Region>/<service>/<type>/<name>`, which GitHub shows without a preview.
//! - GitHub refuses a file for a single bad result, so the GitHub profile keeps within its limits by leaving out the
//!   mildest results, and says so in a notification.

mod invocation;
mod limits;
mod location;
mod results;
mod rules;
mod taxonomies;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, Message, MultiformatMessageString, PropertyBag, Run, RunAutomationDetails, Sarif, Tool,
    ToolComponent,
};

use super::{Input, ReportError, baseline};

/// Whom the file is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Everything that SARIF can say.
    #[default]
    Full,
    /// What GitHub code scanning takes: nothing waived or open, and every limit kept.
    Github,
}

/// How to write the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'a> {
    /// Whom it is for.
    pub profile: Profile,
    /// GitHub's category: runs with the same one replace each other. It wins over the upload action's own input, so
    /// it is written only where it is given.
    pub category: Option<&'a str>,
    /// The exit code that the run is about to end with.
    pub exit_code: u8,
}

/// The schema's address in the published standard.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The report as one SARIF log with one run.
pub fn render(input: &Input<'_>, options: &Options<'_>) -> Result<String, ReportError> {
    let run = run(input, options);
    if options.profile == Profile::Github {
        return limits::fit(run, &limits::GITHUB, log);
    }
    log(&run)
}

fn log(run: &Run) -> Result<String, ReportError> {
    let log = Sarif::builder().schema(SCHEMA).version("2.1.0").runs(vec![run.clone()]).build();
    let mut text = serde_json::to_string_pretty(&log)?;
    text.push('\n');
    Ok(text)
}

fn run(input: &Input<'_>, options: &Options<'_>) -> Run {
    let github = options.profile == Profile::Github;
    let catalog = rules::Catalog::new(input, github);
    let mut driver = ToolComponent::builder()
        .name("Backstop")
        .full_name(format!("Backstop {}", input.version))
        .semantic_version(input.version)
        .version(input.version)
        .short_description(text("Could this AWS estate be restored now, and what must be fixed first?"))
        .rules(catalog.descriptors)
        .notifications(invocation::descriptors())
        .build();
    // SARIF wants an absolute address of the project; Cargo.toml has it or has none.
    driver.information_uri = Some(env!("CARGO_PKG_REPOSITORY")).filter(|uri| !uri.is_empty()).map(str::to_owned);
    let taxonomies = taxonomies::components(input.frameworks);
    if !taxonomies.is_empty() {
        driver.supported_taxonomies = Some(taxonomies::references(input.frameworks));
    }
    let base = ArtifactLocation::builder().description(message("The folder that was scanned.")).build();
    let mut run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .results(results::results(input, &catalog.index, github))
        .invocations(vec![invocation::invocation(input, options.exit_code)])
        .column_kind(json!("utf16CodeUnits"))
        .original_uri_base_ids(BTreeMap::from([(location::BASE.to_owned(), base)]))
        .build();
    if !taxonomies.is_empty() {
        run.taxonomies = Some(taxonomies);
    }
    if github {
        // What is left out here would look new in a comparison.
        let profile = properties([(baseline::PROFILE, json!(baseline::GITHUB))]);
        run.properties = Some(PropertyBag::builder().additional_properties(profile).build());
    }
    // Only with a category: an id of its own would change the one that the upload action derives from the workflow.
    run.automation_details = options.category.map(str::trim).filter(|category| !category.is_empty()).map(|category| {
        let id = format!("{}/", category.trim_end_matches('/'));
        RunAutomationDetails::builder().id(id).build()
    });
    run
}

fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

fn message(text: impl Into<String>) -> Message {
    Message::builder().text(text.into()).build()
}

/// A property bag's own keys.
fn properties<const N: usize>(pairs: [(&str, Value); N]) -> BTreeMap<String, Value> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

#[cfg(test)]
mod github;
#[cfg(test)]
mod tests;
