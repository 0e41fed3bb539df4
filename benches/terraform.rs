//! Prints what a scan of 1,000 generated Terraform files costs beside merely parsing them. Nothing is asserted.
#![expect(clippy::print_stdout, reason = "figures are what it is for")]

#[path = "terraform/generated.rs"]
mod generated;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backstop::collect::files::{self, FileOptions};
use backstop::collect::terraform::source::Sources;
use backstop::derive::derive;
use backstop::evaluate::evaluate;
use backstop::model::settings::Settings;
use backstop::rule::load;
use jiff::Timestamp;

const ROOTS: usize = 100;
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let mut texts: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
    for number in 0..ROOTS {
        for (path, text) in generated::root(number) {
            let whole = folder.path().join(&path);
            if let Some(parent) = whole.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(whole, &text)?;
            texts.insert(path.into(), text.into());
        }
    }
    let bytes: usize = texts.values().map(|text| text.len()).sum();
    let settings = Settings::default();
    let rules = load::load(&[], &BTreeMap::new())?;
    let paths: [PathBuf; 1] = [folder.path().to_path_buf()];
    let options = FileOptions::default();
    let [mut parse, mut scan, mut derived, mut judged] = [const { Vec::new() }; 4];
    let mut seen = String::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let roots = Sources::new(&texts).roots().len();
        parse.push(start.elapsed());

        let start = Instant::now();
        let scanned = files::scan(&paths, &options)?;
        scan.push(start.elapsed());

        let start = Instant::now();
        let subjects = derive(&scanned.snapshot, &settings, None);
        derived.push(start.elapsed());

        let start = Instant::now();
        let report = evaluate(&scanned.snapshot, &subjects, &rules, &settings, Timestamp::UNIX_EPOCH)?;
        judged.push(start.elapsed());
        let totals = report.totals();
        seen = format!(
            "{roots} roots, {} files: {} resources, {} judged; {} Fail, {} Unknown, {} Pass",
            scanned.files,
            scanned.snapshot.resources.len(),
            subjects.len(),
            totals.fail,
            totals.unknown,
            totals.pass
        );
    }
    println!("{} files, {:.1} KB each; {seen}", texts.len(), bytes as f64 / 1000.0 / texts.len() as f64);
    println!("all {} rules, {} threads, median of {ROUNDS} rounds", rules.rules.len(), rayon::current_num_threads());
    let [parse, scan, derived, judged] = [parse, scan, derived, judged].map(median);
    let line = |what: &str, time: Duration| {
        let each = time.as_secs_f64() * 1e6 / texts.len() as f64;
        let times = time.as_secs_f64() / parse.as_secs_f64();
        println!("  {what:<28} {:>8.1} ms {each:>8.0} µs per file {times:>6.2} × parsing", time.as_secs_f64() * 1e3);
    };
    line("parse alone", parse);
    line("scan (read, parse, map)", scan);
    line("derive", derived);
    line("evaluate", judged);
    line("scan, derive, evaluate", scan + derived + judged);
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
