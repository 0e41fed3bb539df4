//! Backup paths that AWS does not show, as the settings declare them.

use jiff::SignedDuration;

use crate::model::fact::Fact;
use crate::model::identity::ResourceId;

use super::index::Index;
use super::path::{Copy, Landing, Path, Runs};
use super::place::Spot;
use super::protection::Drafts;
use super::resting;
use super::schedules::{Group, Schedules};
use super::selection;

/// Declared paths: their numbers in the settings, and how often they run.
pub type External = Vec<(usize, Runs)>;

/// Reads the schedule of every declared path.
pub fn external_paths(index: &Index<'_>, schedules: &mut Schedules) -> External {
    let paths = index.settings.external_paths.iter().enumerate();
    paths.map(|(number, path)| (number, external_runs(number, &path.schedule, schedules))).collect()
}

/// `cron(…)`, `rate(…)` or a duration such as `1d`, `12h`, `30m`.
fn external_runs(path: usize, text: &str, schedules: &mut Schedules) -> Runs {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let minutes = match unit.trim() {
        "w" => Some(7 * 24 * 60),
        "d" => Some(24 * 60),
        "h" => Some(60),
        "m" => Some(1),
        _ => None,
    };
    if let (Ok(number), Some(minutes)) = (number.parse::<i64>(), minutes) {
        return Runs::Every(SignedDuration::from_secs(number.saturating_mul(minutes).saturating_mul(60)));
    }
    Runs::Scheduled(schedules.add(Group::External(path), text, None, (1, None)), Fact::absent())
}

/// Adds the declared paths that cover the resource with this ARN.
pub fn draw(index: &Index<'_>, external: &External, id: &ResourceId, arn: &Fact<String>, drafts: &mut Drafts) {
    for (number, runs) in external {
        let Some(path) = index.settings.external_paths.get(*number) else { continue };
        let holds = arn.as_ref().map(|arn| path.resources.iter().any(|pattern| selection::matches(pattern, arn)));
        drafts.path(&Path {
            holds: holds.clone(),
            label: path.name.clone(),
            by_plan: false,
            runs: runs.clone(),
            retention: Fact::known(path.retention),
            window: Fact::absent(),
            at: None,
        });
        drafts.land(&Landing {
            holds: holds.clone(),
            runs: runs.clone(),
            retention: Fact::known(path.retention),
            resting: resting::unread(
                &path.name,
                &"the settings do not say whether a declared path is immutable".into(),
            ),
            at: None,
        });
        if let Some(region) = &path.region {
            let spot = spot(region);
            let recovers = spot.recovers(id, &index.settings.recovery_regions);
            let outlives_account = spot.outlives_account(id, &index.settings.recovery_accounts);
            let Spot { region, account, .. } = spot;
            drafts.copy(&Copy { holds, region, recovers, account, outlives_account, at: None });
        }
    }
}

/// Whether one of the declared paths takes the resource with this ARN to a recovery Region.
pub fn copies(index: &Index<'_>, id: &ResourceId, arn: &Fact<String>) -> Fact<bool> {
    leads(index, arn, &|spot| spot.recovers(id, &index.settings.recovery_regions))
}

/// Whether one of the declared paths takes the resource with this ARN out of its account.
pub fn reaches_account(index: &Index<'_>, id: &ResourceId, arn: &Fact<String>) -> Fact<bool> {
    leads(index, arn, &|spot| spot.outlives_account(id, &index.settings.recovery_accounts))
}

fn leads(index: &Index<'_>, arn: &Fact<String>, there: &dyn Fn(&Spot<'_>) -> Fact<bool>) -> Fact<bool> {
    let leads = index.settings.external_paths.iter().filter_map(|path| {
        let holds = arn.as_ref().map(|arn| path.resources.iter().any(|pattern| selection::matches(pattern, arn)));
        Some(Fact::all([holds, there(&spot(path.region.as_ref()?))]))
    });
    Fact::any(leads)
}

fn spot(region: &str) -> Spot<'static> {
    let account = Fact::unknown("the settings do not say to which account a declared path leads");
    Spot { id: None, region: Fact::known(region.to_owned()), account }
}
