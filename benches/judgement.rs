//! Prints what judging costs: microseconds per resource with all rules, and peak memory. Nothing is asserted.
//!
//! `cargo bench --no-default-features --bench judgement -- 10000` runs one size alone, `-- evidence` only the estate of
//! many recovery points and jobs.
#![expect(clippy::print_stdout, reason = "figures are what it is for")]

#[path = "judgement/estate.rs"]
mod estate;
#[path = "judgement/evidence.rs"]
mod evidence;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use backstop::derive::{derive, with_derived};
use backstop::evaluate::view::View;
use backstop::evaluate::{evaluate, evaluate_each};
use backstop::finding::report::Report;
use backstop::finding::verdict::Verdict;
use backstop::model::attribute::{Attribute, Seen, Value};
use backstop::model::derived::Subject;
use backstop::model::settings::Settings;
use backstop::rule::{RuleSet, load};
use rayon::prelude::*;

const SIZES: [u64; 2] = [10_000, 1_000_000];
const POINTS: u64 = 50_000;
const JOBS: u64 = 20_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cargo hands `--bench` down.
    let asked: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let settings = Settings::default();
    let rules = load::load(&[], &BTreeMap::new())?;
    println!("all {} rules, {} threads; every recovery point and selection on top", rules.rules.len(), threads());
    if std::env::args().any(|argument| argument == "evidence") {
        return judge_evidence(&rules, &settings);
    }
    for size in if asked.is_empty() { SIZES.to_vec() } else { asked } {
        let start = Instant::now();
        let snapshot = estate::estate(size);
        let made = start.elapsed();
        println!("\n{size} judged resources ({} in the snapshot)", snapshot.resources.len());
        println!("  generate          {:>9.2} s                  peak {}", made.as_secs_f64(), peak());
        let start = Instant::now();
        let report = with_derived(&snapshot, &settings, Some(estate::NOW), |derive| {
            evaluate_each(&snapshot, derive, &rules, &settings, estate::NOW)
        })?;
        line("derive + evaluate", start.elapsed(), size);
        // Apart, everything derived is held at once: of the large estate that is not how the program does it.
        if size <= 10_000 {
            let start = Instant::now();
            let subjects = derive(&snapshot, &settings, Some(estate::NOW));
            line("derive alone", start.elapsed(), size);
            let start = Instant::now();
            evaluate(&snapshot, &subjects, &rules, &settings, estate::NOW)?;
            line("evaluate alone", start.elapsed(), size);
            describe(&subjects);
        } else {
            let start = Instant::now();
            let judged = with_derived(&snapshot, &settings, Some(estate::NOW), |derive| {
                snapshot.resources.par_iter().filter_map(derive).count()
            });
            line("derive alone", start.elapsed(), judged as u64);
        }
        verdicts(&report, size);
    }
    Ok(())
}

/// Judges an estate whose size is in its evidence: as many recovery points and jobs as a large account has.
fn judge_evidence(rules: &RuleSet, settings: &Settings) -> Result<(), Box<dyn std::error::Error>> {
    let base = peak();
    let snapshot = evidence::estate(POINTS, JOBS);
    println!("\n{POINTS} recovery points, {JOBS} jobs ({} in the snapshot)", snapshot.resources.len());
    println!("  rules loaded: peak {base}; with the snapshot: peak {}", peak());
    let size = snapshot.resources.len() as u64;
    let start = Instant::now();
    let report = with_derived(&snapshot, settings, Some(estate::NOW), |derive| {
        evaluate_each(&snapshot, derive, rules, settings, estate::NOW)
    })?;
    line("derive + evaluate", start.elapsed(), size);
    verdicts(&report, size);
    Ok(())
}

fn threads() -> usize {
    rayon::current_num_threads()
}

fn line(what: &str, time: Duration, size: u64) {
    let each = time.as_secs_f64() * 1e6 / size as f64;
    println!("  {what:<17} {:>9.2} s {each:>7.1} µs each  peak {}", time.as_secs_f64(), peak());
}

/// Of the resources: how many fail something, and how many have an Unknown.
fn verdicts(report: &Report, size: u64) {
    let of = |verdict| {
        let found = report.findings.iter().filter(|finding| finding.verdict == verdict);
        found.map(|finding| &finding.resource).collect::<BTreeSet<_>>().len() as f64 * 100.0 / size as f64
    };
    let totals = report.totals();
    println!(
        "  {:.1} % fail something, {:.1} % have an Unknown; {} Fail, {} Unknown, {} Pass, {} errors",
        of(Verdict::Fail),
        of(Verdict::Unknown),
        totals.fail,
        totals.unknown,
        totals.pass,
        report.errors.len()
    );
}

/// How many facts rules see of a resource.
fn describe(subjects: &[Subject<'_>]) {
    let (mut facts, mut durations, mut unknown) = (0, 0, 0);
    for subject in subjects {
        let view = View::of(subject);
        let before = unknown;
        let mut doubt = 0;
        count(&view.attributes, &mut facts, &mut durations, &mut doubt);
        unknown = before + usize::from(doubt > 0 || view.tags.others.is_some());
    }
    let each = |sum: usize| sum as f64 / subjects.len() as f64;
    println!(
        "  rules see {:.1} facts of a resource, {:.1} of them durations; {:.1} % of the resources have an unknown fact",
        each(facts),
        each(durations),
        each(unknown) * 100.0
    );
}

fn count(attributes: &[Attribute], facts: &mut usize, durations: &mut usize, unknown: &mut usize) {
    for attribute in attributes {
        match &attribute.seen {
            Seen::Known(Value::Section(section)) => count(&section.attributes, facts, durations, unknown),
            Seen::OneOf(versions, _) => {
                *unknown += 1;
                if let Some(Value::Section(section)) = versions.first() {
                    count(&section.attributes, facts, durations, unknown);
                }
            }
            Seen::Known(Value::Duration(_)) => {
                *facts += 1;
                *durations += 1;
            }
            Seen::Known(_) => *facts += 1,
            Seen::Absent => {}
            Seen::Unknown(_) => {
                *facts += 1;
                *unknown += 1;
            }
        }
    }
}

/// The most memory that the process has held so far (`VmHWM`), where the system says it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = kilobytes.and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kilobytes.map_or_else(
        || "not known".to_owned(),
        |kilobytes| {
            if kilobytes < 1e6 {
                format!("{:.0} MiB", kilobytes / 1024.0)
            } else {
                format!("{:.2} GiB", kilobytes / 1024.0 / 1024.0)
            }
        },
    )
}
