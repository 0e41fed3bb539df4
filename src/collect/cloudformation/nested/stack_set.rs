//! Where the stacks of a stack set are made, and with which parameters.
//!
//! "AWS::CloudFormation::StackSet", `StackInstances` and `DeploymentTargets` in the CloudFormation Template Reference.
//! One stack stands for all of a set. Its account and its Region are known if there is only one; what differs between
//! the stacks is not.

use std::sync::Arc;

use crate::collect::cloudformation::stack::{Given, Place, Stack};
use crate::collect::declared::item::{Item, Kind, Map};
use crate::model::fact::{Fact, State};

/// Gives the stack that stands for a stack set its place, its existence and its parameters.
pub(super) fn settle(stack: &mut Stack<'_>, properties: &Item) {
    let groups = properties.get("StackInstancesGroup");
    let accounts = groups.list(&|group| accounts(&group.get("DeploymentTargets")));
    let regions = groups.list(&|group| group.get("Regions").texts().or_default_to(Vec::new()));
    let one = |lists: &Fact<Vec<Vec<String>>>| match lists.value().map(Vec::as_slice) {
        Some([list]) if list.len() == 1 => list.first().map(|only| Arc::from(only.as_str())),
        _ => None,
    };
    // A group with an account and a Region makes a stack.
    let sure = match (accounts.value(), regions.value()) {
        (Some(accounts), Some(regions)) if accounts.len() == regions.len() => {
            accounts.iter().zip(regions).any(|(accounts, regions)| !accounts.is_empty() && !regions.is_empty())
        }
        _ => false,
    };
    if !sure {
        let why = "the template does not say where the stack set is deployed";
        stack.exists = Fact::all([stack.exists.clone(), Fact::unknown(why)]);
    }
    stack.place = Place {
        partition: stack.place.partition.clone(),
        account: one(&accounts),
        region: one(&regions),
        of_stack_set: true,
    };
    stack.given = Given::Stack(parameters(&groups, by_name(&properties.get("Parameters"))));
}

/// The accounts that are named. Units, and files in S3, leave open which there are: then it is none.
fn accounts(targets: &Item) -> Fact<Vec<String>> {
    let named = Fact::all([
        targets.get("OrganizationalUnitIds").present().negate(),
        targets.get("AccountsUrl").present().negate(),
    ]);
    let all = targets.get("Accounts").texts();
    named.and_then(|named| if named { all } else { Fact::absent() }).or_default_to(Vec::new())
}

/// A group may give parameters other values (`ParameterOverrides`).
fn parameters(groups: &Item, of_all: Item) -> Item {
    let same = groups.list(&|group| group.get("ParameterOverrides").present().negate());
    match same.state {
        State::Absent => of_all,
        State::Known(same) if same.iter().all(|same| *same) => of_all,
        State::Known(_) => {
            Item { kind: Kind::Unknown("the stack set overrides parameters in some places".into()), ..of_all }
        }
        State::Unknown(reasons) => Item { kind: Kind::Unknown(reasons), ..of_all },
    }
}

/// A stack set's parameters, `[{ParameterKey, ParameterValue}]`, as a mapping.
fn by_name(list: &Item) -> Item {
    let kind = match &list.kind {
        Kind::Absent => Kind::Absent,
        Kind::List(items) => {
            let mut map = Map { entries: Vec::new(), open: None };
            for item in items.iter() {
                match (&item.kind, item.get("ParameterKey").text().state) {
                    (Kind::Absent, _) => {}
                    (Kind::Map(_), State::Known(key)) => map.entries.push((key.into(), item.get("ParameterValue"))),
                    _ => map.open = Some("one of the parameters of the stack set is not known".into()),
                }
            }
            Kind::Map(map.into())
        }
        Kind::Unknown(reasons) => Kind::Unknown(reasons.clone()),
        _ => Kind::Unknown("the parameters of the stack set are not known".into()),
    };
    Item { kind, ..list.clone() }
}
