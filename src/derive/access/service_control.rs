//! Whether the organization's service control policies keep the backups of an account from everybody but those whom
//! they spare.
//!
//! They bind the members of an organization, each level on the way from the root to the account, and not its management
//! account ("SCP evaluation" in the AWS Organizations User Guide). It is asked about somebody whom nobody names, who may
//! do everything else, and has given the second factor: what the policies take from this one, they take from all that
//! they do not spare.

use std::collections::BTreeMap;

use crate::iam::{Answer, Attachment, Context, HOLE, Layers, Library, Request, Resource, Truth, Value};
use crate::model::account::ServiceControl;
use crate::model::fact::{Fact, Reasons, State};

use super::policies::Policies;
use super::probe;
use super::ways::with_mfa;

/// What destroys recovery points: deleting them, and letting them expire.
const DESTROY: [&str; 2] = ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"];

/// The policies of an account, level by level from the root; no level where nothing is restricted.
pub type Levels = Vec<Vec<Attachment>>;

/// The levels of every account of an organization.
pub fn levels(library: &mut Library, control: &ServiceControl) -> BTreeMap<String, Levels> {
    let policies: BTreeMap<&str, Attachment> = control
        .policies
        .iter()
        .map(|policy| {
            let attachment = match &policy.document.state {
                State::Known(text) => Attachment::new(&policy.name, library.add(text)),
                State::Absent | State::Unknown(_) => Attachment::unread(&policy.name),
            };
            (policy.id.as_str(), attachment)
        })
        .collect();
    let attachment = |id: &String| policies.get(id.as_str()).cloned().unwrap_or_else(|| Attachment::unread(id));
    let of_level = |ids: &Vec<String>| ids.iter().map(attachment).collect();
    let of_account = |levels: &Vec<Vec<String>>| match control.enabled {
        true => levels.iter().map(of_level).collect(),
        false => Levels::new(),
    };
    control.accounts.iter().map(|account| (account.id.clone(), of_account(&account.levels))).collect()
}

/// Whether the policies of these levels deny destroying recovery points in an account.
pub fn denies_destroying(policies: &Policies<'_>, partition: &str, account: &str, levels: &Levels) -> Fact<bool> {
    let backup = format!("arn:{partition}:backup:{HOLE}:{account}:recovery-point:{HOLE}");
    // Recovery points without full management bear the ARN of their service ("Access control" in the AWS Backup
    // Developer Guide).
    let of_service = format!("arn:{partition}:ec2:{HOLE}::snapshot/{HOLE}");
    let denied =
        |arn: &str| Fact::all(DESTROY.map(|action| is_denied(policies, partition, account, levels, action, arn)));
    let (backup, of_service) = (denied(&backup), denied(&of_service));
    match (&backup.state, &of_service.state) {
        (State::Known(true), State::Known(false)) => Fact::unknown(
            "they deny it for recovery points with an ARN of AWS Backup alone, and those of EC2, RDS and others bear that of their service",
        ),
        _ => Fact::all([backup, of_service]),
    }
}

fn is_denied(
    policies: &Policies<'_>,
    partition: &str,
    account: &str,
    levels: &Levels,
    action: &str,
    arn: &str,
) -> Fact<bool> {
    let action = policies.library.action(action);
    let layers = Layers { scps: levels, in_management_account: Truth::No, ..Layers::new(&policies.everything) };
    let mut all = Vec::new();
    for kind in probe::KINDS {
        let Some(principal) = probe::stranger(partition, account, kind) else { continue };
        let resource = Resource::new(arn, Some(account));
        let context = with_mfa(&Context::open());
        let answer = |context: &Context| {
            policies
                .library
                .can(&Request { principal: &principal, action: &action, resource, context }, &layers)
                .decision
        };
        let decision = answer(&context);
        all.push(match decision.answer {
            Answer::No(_) => Fact::known(true),
            Answer::Yes => Fact::known(false),
            Answer::Conditional => {
                // Whom they spare by a tag is named, too: somebody without it is not.
                let mut untagged = context;
                for residual in decision.residuals() {
                    if residual.key.to_ascii_lowercase().starts_with("aws:principaltag/") {
                        untagged.replace(&residual.key, Value::Absent);
                    }
                }
                match answer(&untagged).answer {
                    Answer::No(_) => Fact::known(true),
                    Answer::Yes => Fact::known(false),
                    Answer::Conditional => Fact::unknown(why(&decision)),
                }
            }
        });
    }
    Fact::all(all)
}

fn why(decision: &crate::iam::Decision) -> Reasons {
    let open = decision.grounds.iter().find(|ground| !ground.open.is_empty());
    let policy = open.map_or("a service control policy", |ground| &ground.policy);
    format!("whether service control policy `{policy}` denies it to everybody hangs on what is not known").into()
}
