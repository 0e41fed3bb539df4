//! Whether somebody reports on the backup jobs of a Region.

use jiff::SignedDuration;

use crate::derive::index::{Index, add_reasons};
use crate::derive::{place, world};
use crate::model::attribute::Ranged;
use crate::model::backup::audit::ReportPlan;
use crate::model::derived::BackupReports;
use crate::model::fact::{Fact, Reasons, State};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Resource};
use crate::model::workload::FOREVER;

/// The report on backup jobs (`ReportTemplate` of `ReportSetting`).
const TEMPLATE: &str = "BACKUP_JOB_REPORT";

/// Derives the section: worst, what certainly reports; best, what may.
///
/// A report plan of any audited Region of any audited account counts, since it may name other Regions and accounts
/// (`Regions`, `Accounts` and `OrganizationUnits` of `ReportSetting`). One of a Region or account that was not audited is
/// not seen.
pub fn derive(index: &Index<'_>, region: &Resource) -> Ranged<BackupReports> {
    let mut certain = Vec::new();
    let mut possible = Vec::new();
    let mut doubt: Option<Reasons> = None;
    for resource in &index.snapshot.resources {
        let Facts::ReportPlan(facts) = &resource.facts else { continue };
        let covers = covers(index, resource, facts, &region.id);
        let silence = silence(index, facts);
        match (&covers.state, silence.reasons()) {
            (State::Known(true), None) => certain.push(silence.value().copied()),
            (State::Known(true), Some(reasons)) => {
                certain.push(Some(FOREVER));
                possible.push(None);
                add_reasons(&mut doubt, reasons);
            }
            (State::Unknown(reasons), _) => {
                possible.push(silence.value().copied());
                add_reasons(&mut doubt, reasons);
            }
            (State::Known(false) | State::Absent, _) => {}
        }
    }
    for place in index.audited_regions() {
        if let Some(reasons) = index.open(world::REPORT_PLANS, place.account.as_deref(), place.region.as_deref()) {
            possible.push(None);
            add_reasons(&mut doubt, &reasons);
        }
    }
    let worst = section(&certain);
    match doubt {
        None => Ranged::certain(worst),
        Some(reasons) => {
            // Of a plan that nobody saw, the best is that it has just delivered.
            let best = possible.iter().map(|silence| index.now.map(|_| silence.unwrap_or(SignedDuration::ZERO)));
            let all: Vec<_> = certain.iter().copied().chain(best).collect();
            Ranged::between(worst, section(&all), reasons)
        }
    }
}

fn section(silences: &[Option<SignedDuration>]) -> BackupReports {
    BackupReports {
        backup_jobs: Fact::known(!silences.is_empty()),
        silence: Fact::from_option(silences.iter().flatten().min().copied()),
    }
}

/// Whether a report plan covers the backup jobs of a Region.
fn covers(index: &Index<'_>, plan: &Resource, facts: &ReportPlan, region: &ResourceId) -> Fact<bool> {
    let template = facts.template.as_ref().map(|template| template == TEMPLATE).or_default_to(false);
    let regions = listed(
        &facts.regions,
        || place::same_region(&plan.id, region),
        |named| match &region.region {
            Some(own) => Fact::known(named == "*" || named == &**own),
            None => Fact::unknown("the Region is not known"),
        },
    );
    let accounts = listed(
        &facts.accounts,
        || place::same_account(&plan.id, region),
        |named| {
            let own = region.account.as_deref();
            if named == "ROOT" || own == Some(named) {
                return Fact::known(true);
            }
            if !named.starts_with("ou-") {
                return Fact::known(false);
            }
            index.account(own).map_or_else(
                || Fact::unknown("the account's organizational units were not read"),
                |account| account.organizational_units.as_ref().map(|units| units.iter().any(|unit| unit == named)),
            )
        },
    );
    Fact::all([plan.exists.clone(), template, regions, accounts])
}

/// What a list says, and what counts where it names nothing.
fn listed(
    list: &Fact<Vec<String>>,
    unnamed: impl Fn() -> Fact<bool>,
    names: impl Fn(&str) -> Fact<bool>,
) -> Fact<bool> {
    match &list.state {
        State::Known(list) if !list.is_empty() => Fact::any(list.iter().map(|name| names(name))),
        State::Known(_) | State::Absent => unnamed(),
        State::Unknown(reasons) => Fact::unknown(reasons.clone()),
    }
}

/// The time since it last delivered, or was made; absent without a clock.
fn silence(index: &Index<'_>, facts: &ReportPlan) -> Fact<SignedDuration> {
    let Some(now) = index.now else { return Fact::absent() };
    let since = if facts.last_success.is_absent() { &facts.created } else { &facts.last_success };
    let age = since.as_ref().map(|time| now.duration_since(*time).max(SignedDuration::ZERO));
    if age.is_absent() { Fact::unknown("AWS Backup did not say when the report plan was made") } else { age }
}
