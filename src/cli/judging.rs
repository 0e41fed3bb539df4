//! What `scan` and `audit` share: settings, rules, judgement, outputs, exit code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::changed::Changed;
use super::fault::Fault;
use super::output::{self, Format, Output};
use crate::config;
use crate::derive::with_derived;
use crate::evaluate::evaluate_each;
use crate::finding::Finding;
use crate::finding::baseline::Baseline;
use crate::finding::report::{Report, Threshold};
use crate::finding::severity::Severity;
use crate::model::identity::ResourceId;
use crate::model::resource::Origin;
use crate::model::settings::Settings;
use crate::model::snapshot::{Snapshot, Source};
use crate::report::{self, Input, sarif};
use crate::rule::framework::Framework;
use crate::rule::{RuleSet, load, waiver};

/// The values of `--fail-on`.
const FAIL_ON: [&str; 9] =
    ["critical", "high", "medium", "low", "none", "new:critical", "new:high", "new:medium", "new:low"];

/// Options of every command that judges.
#[derive(clap::Args)]
#[group(id = "judging")]
pub(crate) struct Args {
    /// Settings; by default the nearest `backstop.toml` in the working folder or its parents
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A folder of rules of your own, beside the built-in ones; may be repeated
    #[arg(long, value_name = "DIR")]
    policies: Vec<PathBuf>,
    /// What to write, and where to: terminal, json, sarif, checklist, summary, github, counts, asff, each with `=FILE`;
    /// may be repeated
    #[arg(long, value_name = "FORMAT[=FILE]", default_value = "terminal")]
    output: Vec<Output>,
    /// The mildest severity that makes the exit code 1; with `new:`, of findings that `--baseline` does not have
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = FAIL_ON)]
    fail_on: String,
    /// An earlier report, as JSON or SARIF: findings are marked as new or unchanged, and those that are gone are counted
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Whether Unknown verdicts count as failures for the exit code
    #[arg(long, value_name = "WHAT", default_value = "list", value_parser = ["list", "fail"])]
    unknown: String,
    /// What the SARIF file is for: `github` leaves out what GitHub code scanning would refuse or misread
    #[arg(long, value_name = "PROFILE", default_value = "full", value_parser = ["full", "github"])]
    sarif_profile: String,
    /// The category of the SARIF run (`automationDetails.id`); uploads of one category replace each other
    #[arg(long, value_name = "NAME")]
    sarif_category: Option<String>,
}

/// Settings and rules, checked before anything is read.
pub(crate) struct Prepared {
    pub(crate) settings: Settings,
    pub(crate) rules: RuleSet,
    baseline: Option<Baseline>,
}

/// What was looked at, besides the snapshot.
#[derive(Default)]
pub(crate) struct Looked {
    pub(crate) files: u64,
    pub(crate) passed_over: u64,
    pub(crate) texts: BTreeMap<Arc<str>, Arc<str>>,
    /// The files to which the report is narrowed.
    pub(crate) changed: Option<Changed>,
}

impl Args {
    /// Reads settings and rules.
    pub(crate) fn prepare(&self) -> Result<Prepared, Fault> {
        if self.output.iter().filter(|output| output.file.is_none()).count() > 1 {
            let help = "give all but one of them a file: `--output sarif=report.sarif --output terminal`";
            return Err(Fault::new("two outputs cannot share stdout", help));
        }
        let mut files = BTreeSet::new();
        for file in self.output.iter().filter_map(|output| output.file.as_deref()) {
            if !files.insert(file) {
                let fault = format!("two outputs cannot share `{}`", file.display());
                return Err(Fault::new(fault, "the second would take the place of the first; give each a file"));
            }
        }
        files.into_iter().try_for_each(output::check)?;
        if self.threshold().only_new && self.baseline.is_none() {
            let fault = format!("`--fail-on {}` needs a baseline: without one everything is new", self.fail_on);
            return Err(Fault::new(fault, "name an earlier report with `--baseline FILE`, or leave `new:` out"));
        }
        let baseline = self.baseline.as_deref().map(load_baseline).transpose()?;
        let settings = load_settings(self.config.as_deref())?;
        for key in inert(&settings) {
            tracing::warn!("the setting `{key}` does nothing yet");
        }
        let mut rules = load_rules(&self.policies, &settings)?;
        load_waivers(&settings, &mut rules)?;
        Ok(Prepared { settings, rules, baseline })
    }

    /// Judges a snapshot, writes every output, and gives the exit code.
    pub(crate) fn finish(
        &self,
        prepared: &Prepared,
        snapshot: &Snapshot,
        looked: Looked,
        now: Timestamp,
    ) -> Result<u8, Fault> {
        let mut report = judge(snapshot, &prepared.rules, &prepared.settings, now)?;
        report.statistics.files = looked.files;
        report.statistics.passed_over = looked.passed_over;
        // All was judged: only now is anything left out.
        if let Some(baseline) = &prepared.baseline {
            report.compare(baseline);
        }
        if let Some(changed) = &looked.changed {
            narrow(&mut report, snapshot, changed);
        }
        let code = report.outcome(self.threshold()).code();
        let frameworks = Framework::shipped()
            .map_err(|error| Fault::new(error, "this is a defect of backstop: please report it"))?;
        let metas = prepared.rules.metas();
        let mut texts = looked.texts;
        // The notices of waivers that have expired point into their files.
        for waiver in prepared.rules.waivers.iter().filter(|waiver| waiver.has_expired(now)) {
            texts.entry(Arc::clone(&waiver.at.file)).or_insert_with(|| Arc::clone(&waiver.text));
        }
        let input = Input {
            report: &report,
            rules: &metas,
            frameworks: &frameworks,
            texts: &texts,
            version: env!("CARGO_PKG_VERSION"),
        };
        for output in &self.output {
            let text = self.render(output.format, &input, code)?;
            match &output.file {
                Some(path) => output::write(path, &text)?,
                None => output::print(&text)?,
            }
        }
        Ok(code)
    }

    fn threshold(&self) -> Threshold {
        let (only_new, severity) =
            self.fail_on.strip_prefix("new:").map_or((false, &*self.fail_on), |severity| (true, severity));
        Threshold { severity: severity.parse::<Severity>().ok(), unknown_fails: self.unknown == "fail", only_new }
    }

    fn render(&self, format: Format, input: &Input<'_>, exit_code: u8) -> Result<String, Fault> {
        let rendered = match format {
            Format::Terminal => report::terminal::render(input),
            Format::Json => report::json::render(input),
            Format::Checklist => report::checklist::render(input),
            Format::Summary => report::summary::render(input),
            Format::Github => report::github::render(input),
            Format::Counts => report::counts::render(input),
            Format::Asff if input.report.source == Source::Files => {
                let help = "audit the account, or scan a snapshot of one; for files, write `sarif`";
                return Err(Fault::new("Security Hub takes findings about live accounts alone", help));
            }
            Format::Asff => report::asff::render(input),
            Format::Sarif => {
                let profile =
                    if self.sarif_profile == "github" { sarif::Profile::Github } else { sarif::Profile::Full };
                let category = self.sarif_category.as_deref();
                sarif::render(input, &sarif::Options { profile, category, exit_code })
            }
        };
        rendered.map_err(|error| Fault::new(error, "this is a defect of backstop: please report it"))
    }
}

/// The findings of an earlier report.
fn load_baseline(path: &Path) -> Result<Baseline, Fault> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let fault = format!("cannot read the baseline `{}`: {error}", path.display());
        Fault::new(fault, "write one with `--output json=FILE`, and name it")
    })?;
    report::baseline::read(&text).map_err(|error| {
        let fault = format!("`{}` is no baseline: {error}", path.display());
        Fault::new(fault, error.help())
    })
}

/// Leaves out what neither stands in a changed file, nor is about a resource of one, nor has a related place in one.
fn narrow(report: &mut Report, snapshot: &Snapshot, changed: &Changed) {
    let mut known: BTreeMap<Arc<str>, bool> = BTreeMap::new();
    let headers: BTreeMap<&ResourceId, &Arc<str>> = snapshot
        .resources
        .iter()
        .filter_map(|resource| match &resource.origin {
            Origin::Declared { header, .. } => Some((&resource.id, &header.file)),
            Origin::Live => None,
        })
        .collect();
    let files = |finding: &Finding| -> Vec<Arc<str>> {
        let own = finding.at.iter().map(|at| &at.file);
        let related = finding.related.iter().map(|(at, _)| &at.file);
        own.chain(related).chain(headers.get(&finding.resource).copied()).cloned().collect()
    };
    for file in report.findings.iter().flat_map(&files) {
        known.entry(Arc::clone(&file)).or_insert_with(|| changed.touches(&file));
    }
    let has_changed = |file: &Arc<str>| known.get(file).copied().unwrap_or(true);
    report.narrow(&changed.since, &|finding| files(finding).iter().any(has_changed));
}

/// The settings of this file, or of the nearest `backstop.toml`.
pub(crate) fn load_settings(explicit: Option<&Path>) -> Result<Settings, Fault> {
    let working = std::env::current_dir().map_err(|error| {
        Fault::new(format!("the working folder cannot be read: {error}"), "change to one that exists")
    })?;
    Ok(config::load(explicit, &working)?.0)
}

/// The keys that ask for something which nothing judges yet. Whoever wrote them must not believe that it is checked.
fn inert(settings: &Settings) -> Vec<String> {
    let mut keys = Vec::new();
    if !settings.allowed_regions.is_empty() {
        keys.push("allowed-regions".to_owned());
    }
    let built_in = Settings::default().tiers;
    for (name, tier) in &settings.tiers {
        // A new tier says only what it does not take from `standard`.
        let Some(base) = built_in.get(name).or_else(|| settings.tiers.get("standard")) else { continue };
        let changed = [
            ("drill", tier.drill != base.drill),
            ("export", tier.export != base.export),
            ("image", tier.image != base.image),
            ("malware-scan", tier.malware_scan != base.malware_scan),
            ("multi-az", tier.multi_az != base.multi_az),
        ];
        keys.extend(changed.iter().filter(|(_, changed)| *changed).map(|(key, _)| format!("tiers.{name}.{key}")));
    }
    keys
}

/// The built-in rules and those of these folders, with the changes of the settings.
pub(crate) fn load_rules(folders: &[PathBuf], settings: &Settings) -> Result<RuleSet, Fault> {
    let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    Ok(load::load(&folders, &settings.rules)?)
}

/// Loads the waivers of the settings' folder into the rules that they speak of.
pub(crate) fn load_waivers(settings: &Settings, rules: &mut RuleSet) -> Result<(), Fault> {
    if let Some(folder) = &settings.waivers {
        rules.waivers = waiver::load(folder, rules)?;
    }
    Ok(())
}

/// Judges a snapshot.
pub(crate) fn judge(
    snapshot: &Snapshot,
    rules: &RuleSet,
    settings: &Settings,
    now: Timestamp,
) -> Result<Report, Fault> {
    let moment = (snapshot.source == Source::Live).then_some(now);
    let judged =
        with_derived(snapshot, settings, moment, |derive| evaluate_each(snapshot, derive, rules, settings, now));
    judged.map_err(|error| {
        Fault::new(format!("the rules cannot be run: {error}"), "this is a defect of backstop: please report it")
    })
}

/// Reads the clock: once, at the edge.
pub(crate) fn clock(now: Option<Timestamp>) -> Timestamp {
    now.unwrap_or_else(Timestamp::now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_do_nothing_yet_are_named() {
        assert_eq!(inert(&Settings::default()), Vec::<String>::new());
        let text = "allowed-regions = [\"eu-west-1\"]\ncomplete = true\n\
            [tiers.standard]\ndrill = \"26w\"\nrpo = \"2h\"\n[tiers.gold]\nimage = true\n[tiers.critical]\nrestore-test = \"30d\"\n";
        let settings = config::parse("backstop.toml", text).unwrap();
        let expected = ["allowed-regions", "tiers.gold.image", "tiers.standard.drill"];
        assert_eq!(inert(&settings), expected, "`gold` has its drill from `standard`, where it is named");
    }
}
