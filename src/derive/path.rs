//! What a workload's protection is drawn up from: paths that keep history, copies, and where both come to lie.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::model::fact::{Fact, Reasons};
use crate::model::position::Position;

use super::resting::Resting;

/// A place in a file, if there is one.
pub type Place = Option<Arc<Position>>;

/// One path that keeps history.
#[derive(Clone, Debug)]
pub struct Path {
    /// Whether it covers the workload: false for one that does not, unknown for one that may.
    pub holds: Fact<bool>,
    /// What people call it.
    pub label: String,
    /// Whether AWS Backup selects the workload.
    pub by_plan: bool,
    /// How often it runs.
    pub runs: Runs,
    /// How long it keeps what it writes.
    pub retention: Fact<SignedDuration>,
    /// What a healthy run may add before a recovery point shows; absent for what does not start within a window.
    pub window: Fact<SignedDuration>,
    /// Where its schedule, or else the path itself, is written.
    pub at: Place,
}

/// How often a path runs.
#[derive(Clone, Debug)]
pub enum Runs {
    /// By the schedule of this number; `lag` is that of continuous backup, absent where it makes none.
    Scheduled(Result<usize, Reasons>, Fact<SignedDuration>),
    /// At least this often.
    Every(SignedDuration),
}

/// The longest time between two backups of a path that counts as continuous: the longest lag of continuous backup.
const CONTINUOUS: SignedDuration = super::evidence::S3_LAG;

impl Runs {
    /// Why it is not known how often it runs.
    pub fn reasons(&self) -> Option<Reasons> {
        let Self::Scheduled(number, lag) = self else { return None };
        [number.as_ref().err(), lag.reasons()].into_iter().flatten().cloned().reduce(|a, b| a.and(&b))
    }

    /// Whether it restores to any point in time, but for a lag of minutes.
    pub fn continuous(&self) -> Fact<bool> {
        match self {
            Self::Every(time) => Fact::known(*time <= CONTINUOUS),
            Self::Scheduled(_, lag) => lag.as_ref().map(|_| true).or_default_to(false),
        }
    }
}

/// A copy, replica or native copy.
#[derive(Clone, Debug)]
pub struct Copy {
    /// Whether it is made.
    pub holds: Fact<bool>,
    /// The Region where it leads.
    pub region: Fact<String>,
    /// Whether that outlives the loss of the workload's Region.
    pub recovers: Fact<bool>,
    /// The account where it leads.
    pub account: Fact<String>,
    /// Whether that outlives the loss of the workload's account.
    pub outlives_account: Fact<bool>,
    /// Where its destination is written.
    pub at: Place,
}

/// Backups that come to lie in one place: those of a path, or of one of its copies.
#[derive(Clone, Debug)]
pub struct Landing {
    /// Whether they are made.
    pub holds: Fact<bool>,
    /// How often. Copies of continuous backups are periodic.
    pub runs: Runs,
    /// How long they are kept there.
    pub retention: Fact<SignedDuration>,
    /// The place.
    pub resting: Resting,
    /// Where the place is named.
    pub at: Place,
}
