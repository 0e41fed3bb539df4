//! What is derived for restore testing: its plans, their selections, the Regions, and the restores of a workload.

use jiff::SignedDuration;

use crate::model::attribute::{Ranged, attributes};
use crate::model::fact::Fact;
use crate::model::workload::Objective;

/// Derived facts of a restore-testing plan.
#[derive(Clone, Debug, PartialEq)]
pub struct RestoreTestingPlanDerived {
    /// The strictest objective of the workloads whose test is due to this plan: those that it covers and that no other
    /// plan tests as often as their tier asks; the default tier where there is none.
    pub objective: Ranged<Objective>,
    /// Whether a workload's test is due to it.
    pub needed: Fact<bool>,
    /// The longest time between two runs; [`FOREVER`](crate::model::workload::FOREVER) where it does not run twice.
    pub longest_gap: Fact<SignedDuration>,
    /// `longest_gap` with months of up to 31 days counted as 30, to be held against the tier's cadence.
    pub longest_gap_less_slack: Fact<SignedDuration>,
}

attributes!(RestoreTestingPlanDerived: "AWS::Backup::RestoreTestingPlan" {
    "objective" => objective,
    "needed" => needed,
    "longestGap" => longest_gap,
    "longestGapLessSlack" => longest_gap_less_slack,
});

/// Derived facts of a selection of a restore-testing plan. What its runs tell is evidence: only of a live source.
#[derive(Clone, Debug, PartialEq)]
pub struct RestoreTestingSelectionDerived {
    /// Whether its plan has ever run.
    pub ran: Fact<bool>,
    /// Whether the last run restored something for it, all that it tried, and no validation found the restored data bad.
    pub last_run_succeeded: Fact<bool>,
    /// What went wrong in the last run, for people; empty where nothing did.
    pub last_run_faults: Fact<Vec<String>>,
    /// Whether every restore of the last run that completed was validated: somebody reported a result.
    pub last_run_validated: Fact<bool>,
    /// The age of the last run; absent where there was none.
    pub last_run_age: Fact<SignedDuration>,
    /// Hours that restored resources are kept for validation; 0 where they are deleted at once.
    pub validation_window_hours: Fact<i64>,
    /// Whether AWS Backup may assume its role, and the role allows restores of its type.
    pub role_sufficient: Fact<bool>,
    /// What the role lacks, for people.
    pub role_faults: Fact<Vec<String>>,
}

attributes!(RestoreTestingSelectionDerived: "AWS::Backup::RestoreTestingSelection" {
    "ran" => ran,
    "lastRunSucceeded" => last_run_succeeded,
    "lastRunFaults" => last_run_faults,
    "lastRunValidated" => last_run_validated,
    "lastRunAge?" => last_run_age,
    "validationWindowHours" => validation_window_hours,
    "roleSufficient" => role_sufficient,
    "roleFaults" => role_faults,
});

/// Restore testing in a Region.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionRestoreTesting {
    /// Whether a workload in the Region is protected by a backup plan, is of a type that restore testing knows, asks for
    /// tests, and is not tested from a copy elsewhere.
    pub needed: Fact<bool>,
    /// Whether a restore-testing plan with a selection exists in the Region.
    pub exists: Fact<bool>,
    /// Whether one of those restores a recovery point at random.
    pub random: Fact<bool>,
}

attributes!(RegionRestoreTesting: "Backstop::RestoreTesting" {
    "needed" => needed,
    "exists" => exists,
    "random" => random,
});

/// How a workload's restore is tested: as declared (selections that cover it) and as found (restore jobs).
///
/// Ages are worked out for what is certain and for what is possible ([`Ranged`]). They are counted from the start of a
/// restore, because restores are listed by it.
#[derive(Clone, Debug, PartialEq)]
pub struct Restores {
    /// Whether AWS Backup restore testing knows its type.
    pub testable: Fact<bool>,
    /// Whether a selection of a restore-testing plan covers it.
    pub covered: Fact<bool>,
    /// The age of the newest successful restore of it, or restore test of its type by a selection that covers it;
    /// absent where none was found. Evidence.
    pub tested_age: Fact<SignedDuration>,
    /// `tested_age` less what a healthy plan may add to its cadence: the start window, and the days by which a month is
    /// longer than 30. Only what a plan covers that waits for its next run is given any.
    pub tested_age_less_slack: Fact<SignedDuration>,
    /// The age of the newest successful restore of a recovery point of it that outlives the loss of its Region or
    /// account; absent where none was found. Evidence.
    pub copy_tested_age: Fact<SignedDuration>,
    /// `copy_tested_age`, as above.
    pub copy_tested_age_less_slack: Fact<SignedDuration>,
    /// How long the slowest successful restore of it took, of those that are still listed; absent where there was none.
    /// Evidence.
    pub restore_time: Fact<SignedDuration>,
}

attributes!(Restores: "Backstop::Restores" {
    "testable" => testable,
    "covered" => covered,
    "testedAge?" => tested_age,
    "testedAgeLessSlack?" => tested_age_less_slack,
    "copyTestedAge?" => copy_tested_age,
    "copyTestedAgeLessSlack?" => copy_tested_age_less_slack,
    "restoreTime?" => restore_time,
});
