//! `aws_backup_framework`, `aws_backup_report_plan`.

use super::nested::some;
use super::{Mapped, tags, unsaid, when_applied};
use crate::collect::declared::item::Item;
use crate::model::backup::audit::{Framework, ReportPlan};
use crate::model::fact::{Fact, State};
use crate::model::resource::Facts;

/// A framework of Backup Audit Manager.
pub(super) fn framework(body: &Item) -> Mapped {
    let framework_name = body.get("name").text();
    let name = framework_name.value().cloned();
    let facts = Framework {
        framework_name,
        deployment: when_applied("AWS Backup gives the framework its status"),
        status: when_applied("AWS Backup gives the framework its status"),
        controls: body.get("control").list(&|control| control.get("name").text()),
    };
    Mapped { facts: Facts::Framework(Box::new(facts)), tags: tags::of(body), name }
}

/// A report plan.
pub(super) fn report_plan(body: &Item) -> Mapped {
    let plan_name = body.get("name").text();
    let name = plan_name.value().cloned();
    let setting = body.nested("report_setting");
    let facts = ReportPlan {
        plan_name,
        template: setting.get("report_template").text(),
        bucket: body.nested("report_delivery_channel").get("s3_bucket_name").text(),
        regions: some(setting.get("regions").texts()),
        accounts: both(some(setting.get("accounts").texts()), some(setting.get("organization_units").texts())),
        created: unsaid("when the report plan was made"),
        last_success: unsaid("when a report was delivered"),
        last_attempt: unsaid("when a report was delivered"),
    };
    Mapped { facts: Facts::ReportPlan(Box::new(facts)), tags: tags::of(body), name }
}

/// What two lists name together; absent where neither is there.
fn both(one: Fact<Vec<String>>, other: Fact<Vec<String>>) -> Fact<Vec<String>> {
    match (&one.state, other.state) {
        (State::Unknown(reasons), State::Unknown(more)) => Fact::unknown(reasons.and(&more)),
        (State::Known(names), State::Known(more)) => Fact::known([names.clone(), more].concat()),
        (_, State::Absent) => one,
        (State::Absent | State::Known(_), State::Unknown(reasons)) => Fact::unknown(reasons),
        (State::Absent, State::Known(names)) => Fact::known(names),
        (State::Unknown(_), State::Known(_)) => one,
    }
}
