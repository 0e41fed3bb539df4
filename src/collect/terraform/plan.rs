//! Plans: what `terraform show -json` and `tofu show -json` say of a plan ("JSON Output Format" in the documentation of
//! Terraform), in the formats from 0.1 (Terraform 0.12) to 1.x.
//!
//! What there is after the plan was applied is what is judged. A value that is only known then is unknown, unless the
//! configuration in the plan says that it is the name, id or ARN of another resource of the plan. A value that is marked
//! as sensitive is unknown, too, so that nothing shows it.

mod address;
mod blocks;
mod configuration;
mod inline;
mod json;
mod provider;
mod references;
mod values;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::configuration::Configuration;
use self::json::Tree as _;
use super::block::Root;
use super::map;
use crate::collect::declared::lines::Lines;
use crate::collect::files::FileOptions;
use crate::model::gap::{Gap, GapKind};
use crate::model::position::{Point, Position};
use crate::model::resource::Resource;

/// The largest plan that should be read, in bytes. Terraform sets no limit, and plans of whole estates reach tens of
/// megabytes; the tree of one takes some ten times its size.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Where the source has an argument, for who has it: the address of the resource instance, and the path to the argument
/// in it, names of arguments and indexes of blocks. An empty path is the block's header.
pub type Locate<'l> = dyn Fn(&str, &[String]) -> Option<Arc<Position>> + 'l;

/// What a file turned out to be.
#[derive(Debug)]
pub enum Outcome {
    /// A plan: the resources that there are after it, and what it hides.
    Plan {
        /// In the order of the plan.
        resources: Vec<Resource>,
        /// Why it may not be all.
        gaps: Vec<Gap>,
    },
    /// Something else.
    Other,
    /// A plan by its looks that cannot be read.
    Broken(Gap),
}

/// Whether a text may be a plan, by the words in it.
pub fn may_be_plan(text: &str) -> bool {
    text.trim_start().starts_with('{')
        && text.contains("\"format_version\"")
        && (text.contains("\"planned_values\"") || text.contains("\"resource_changes\""))
}

/// Whether a file that is too large for any other may be a plan, by its first bytes: Terraform writes the format first.
pub fn begins_like_plan(bytes: &[u8]) -> bool {
    let start = String::from_utf8_lossy(bytes.get(..256).unwrap_or(bytes));
    start.trim_start_matches(|c: char| c.is_whitespace() || c == '{').starts_with("\"format_version\"")
}

/// Reads one file. `file` is the path as it is reported.
pub fn read(file: &Arc<str>, text: &str, options: &FileOptions, locate: &Locate<'_>) -> Outcome {
    match root(file, text, options, locate) {
        Ok(Some(root)) => Outcome::Plan { resources: map::resources(&root), gaps: root.gaps },
        Ok(None) => Outcome::Other,
        Err(gap) => Outcome::Broken(*gap),
    }
}

/// The resource instances of a plan; none where a text is something else. Fails where a plan cannot be read.
pub fn root(file: &Arc<str>, text: &str, options: &FileOptions, locate: &Locate<'_>) -> Result<Option<Root>, Box<Gap>> {
    if !may_be_plan(text) {
        return Ok(None);
    }
    let lines = Lines::new(text);
    let plan = match json::parse(text) {
        Ok(Some(plan)) => plan,
        Ok(None) => return Ok(None),
        Err(error) => return Err(Box::new(broken(file, "BrokenPlan", &error.message, lines.point(error.at)))),
    };
    let version = plan.get("format_version").and_then(json::text);
    let (Some(version), true) = (version, plan.get("planned_values").or(plan.get("resource_changes")).is_some()) else {
        return Ok(None);
    };
    if !matches!(version.split('.').next(), Some("0" | "1")) {
        let message = format!("the plan's format `{version}` is not one of those from 0.1 to 1.x");
        return Err(Box::new(broken(file, "PlanFormat", &message, Point { line: 1, column: 1 })));
    }
    let configuration = Configuration::of(&plan);
    let reader = blocks::Reader { file, lines: &lines, options, locate, configuration: &configuration };
    let (mut root, instances) = reader.read(&plan);
    if let Some(why) = incomplete(&plan, &configuration, &instances) {
        let lost = "what else there is after the plan was applied";
        let at = Point { line: 1, column: 1 };
        root.gaps.push(gap(file, GapKind::Fallback, "read", "IncompletePlan", why, lost, at));
        root.unseen = Some(why.into());
    }
    Ok(Some(root))
}

/// Why a plan is not about all of its configuration; none where it is.
fn incomplete(
    plan: &json::Node<'_>,
    configuration: &Configuration<'_, '_>,
    instances: &blocks::Instances<'_, '_>,
) -> Option<&'static str> {
    let is = |key: &str, value: bool| plan.get(key).and_then(json::boolean) == Some(value);
    if is("errored", true) {
        return Some("the plan broke off with an error");
    }
    if is("complete", false) || plan.get("deferred_changes").is_some_and(|changes| !changes.elements().is_empty()) {
        return Some("the plan is not complete: parts of it are left to a later one");
    }
    // Plans of before Terraform 1.8 do not say it.
    configuration.leaves_out(instances).then_some("the plan leaves out resources of its configuration: it was targeted")
}

fn broken(file: &Arc<str>, code: &str, message: &str, at: Point) -> Gap {
    gap(file, GapKind::BrokenFile, "parse", code, message, "all that the plan makes", at)
}

fn gap(file: &Arc<str>, kind: GapKind, operation: &str, code: &str, message: &str, lost: &str, at: Point) -> Gap {
    Gap {
        kind,
        account: None,
        region: None,
        operation: operation.into(),
        subject: Some(file.clone()),
        code: code.into(),
        message: message.into(),
        leaves_unknown: lost.into(),
        permission: None,
        at: Some(Arc::new(Position { file: file.clone(), start: at, end: at })),
    }
}
