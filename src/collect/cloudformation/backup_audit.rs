//! `AWS::Backup::Framework`, `AWS::Backup::ReportPlan`: their pages in the CloudFormation Template Reference.

use super::Mapped;
use super::tags::tags;
use crate::collect::declared::item::Item;
use crate::model::backup::audit::{Framework, ReportPlan};
use crate::model::fact::{Fact, State};
use crate::model::resource::Facts;

/// A framework of Backup Audit Manager.
pub(super) fn framework(properties: &Item) -> Mapped {
    let framework_name = named(properties, "FrameworkName");
    let name = framework_name.value().cloned();
    let unsaid = || Fact::unknown("AWS Backup gives the framework its status when the stack is made");
    let facts = Framework {
        framework_name,
        deployment: unsaid(),
        status: unsaid(),
        controls: properties.get("FrameworkControls").list(&|control| control.get("ControlName").text()),
    };
    Mapped { facts: Facts::Framework(Box::new(facts)), tags: tags(&properties.get("FrameworkTags")), name }
}

/// A report plan.
pub(super) fn report_plan(properties: &Item) -> Mapped {
    let plan_name = named(properties, "ReportPlanName");
    let name = plan_name.value().cloned();
    let setting = properties.get("ReportSetting");
    let unsaid = || Fact::unknown("a template does not say when a report was delivered");
    let facts = ReportPlan {
        plan_name,
        template: setting.get("ReportTemplate").text(),
        bucket: properties.dig("ReportDeliveryChannel.S3BucketName").text(),
        regions: setting.get("Regions").texts(),
        accounts: both(setting.get("Accounts").texts(), setting.get("OrganizationUnits").texts()),
        created: Fact::unknown("a template does not say when the report plan was made"),
        last_success: unsaid(),
        last_attempt: unsaid(),
    };
    Mapped { facts: Facts::ReportPlan(Box::new(facts)), tags: tags(&properties.get("ReportPlanTags")), name }
}

/// A name that may be left out: AWS then makes one.
fn named(properties: &Item, key: &str) -> Fact<String> {
    let name = properties.get(key).text();
    if name.is_absent() {
        Fact::unknown("CloudFormation makes the name when the stack is made").at(name.at)
    } else {
        name
    }
}

/// What two lists name together; absent where neither is there.
fn both(one: Fact<Vec<String>>, other: Fact<Vec<String>>) -> Fact<Vec<String>> {
    match (one.state, other.state) {
        (State::Unknown(one), State::Unknown(other)) => Fact::unknown(one.and(&other)),
        (State::Unknown(reasons), _) | (_, State::Unknown(reasons)) => Fact::unknown(reasons),
        (State::Known(mut one), State::Known(other)) => {
            one.extend(other);
            Fact::known(one)
        }
        (State::Known(names), State::Absent) => Fact::known(names),
        (State::Absent, State::Known(names)) => Fact::known(names),
        (State::Absent, State::Absent) => Fact::absent(),
    }
}
