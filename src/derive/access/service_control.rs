//! Whether the organization's service control policies keep the backups of an account from everybody but those whom
//! they spare.
//!
//! They bind the members of an organization, each level on the way from the root to the account, and not its management
//! account ("SCP evaluation" in the AWS Organizations User Guide). It is asked about somebody whom nobody names, who may
//! do everything else, and has given the second factor: what the policies take from this one, they take from all that
//! they do not spare.

use std::collections::BTreeMap;

use crate::derive::index::Index;
use crate::iam::{Answer, Attachment, Context, HOLE, Layers, Library, Request, Resource, Truth, Value};
use crate::model::account::{Account, Organization, ServiceControl};
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};

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
    let of_service = [
        format!("ec2:{HOLE}::snapshot/{HOLE}"),
        format!("ec2:{HOLE}::image/{HOLE}"),
        format!("rds:{HOLE}:{account}:snapshot:awsbackup:{HOLE}"),
        format!("rds:{HOLE}:{account}:cluster-snapshot:awsbackup:{HOLE}"),
        format!("fsx:{HOLE}:{account}:backup/{HOLE}"),
        format!("redshift:{HOLE}:{account}:snapshot:{HOLE}/{HOLE}"),
    ];
    let denied =
        |arn: &str| Fact::all(DESTROY.map(|action| is_denied(policies, partition, account, levels, action, arn)));
    let of_service = Fact::all(of_service.map(|rest| denied(&format!("arn:{partition}:{rest}"))));
    let backup = denied(&backup);
    match (&backup.state, &of_service.state) {
        (State::Known(true), State::Known(false)) => Fact::unknown(
            "they do not deny it for recovery points of every service, and those of EC2, RDS and others bear the ARN of theirs",
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

/// What is known of the service control policies that bind an account.
pub struct Control {
    pub scps: Vec<Vec<Attachment>>,
    pub in_management_account: Truth,
    /// Why they are not known.
    pub reasons: Option<Reasons>,
}

/// Service control policies bind the members of an organization that has all features, its management account not
/// ("Service control policies (SCPs)" in the AWS Organizations User Guide). A member cannot read them, unless policies are
/// delegated to it.
pub fn control(index: &Index<'_>, account: Option<&str>, controlled: &BTreeMap<String, Levels>) -> Control {
    let none = |truth| Control { scps: Vec::new(), in_management_account: truth, reasons: None };
    // Of files, what they grant is judged: what an organization takes away again is in no file.
    if index.settings.ignore_scps || !index.live() {
        return none(Truth::No);
    }
    let unread = |in_management_account, why: Reasons| Control {
        scps: vec![vec![Attachment::unread("the organization's service control policies")]],
        in_management_account,
        reasons: Some(why),
    };
    let cured = |why: &str| -> Reasons { Reason::new(why).cured_by(Cure::Setting("ignore-scps".to_owned())).into() };
    let Some(Account { organization, .. }) = index.account(account) else {
        return unread(Truth::Maybe, cured("whether service control policies restrict the account is not known"));
    };
    let Organization { management_account, all_features, .. } = match &organization.state {
        State::Known(organization) => organization,
        State::Absent => return none(Truth::No),
        State::Unknown(reasons) => return unread(Truth::Maybe, reasons.clone()),
    };
    if all_features.value() == Some(&false) {
        return none(Truth::No);
    }
    match (management_account.value(), account) {
        (Some(management), Some(account)) if management == account => none(Truth::Yes),
        // A delegated administrator may read them.
        (Some(_), Some(account)) if controlled.contains_key(account) => Control {
            scps: controlled.get(account).cloned().unwrap_or_default(),
            in_management_account: Truth::No,
            reasons: None,
        },
        (Some(_), Some(_)) => {
            unread(Truth::No, cured("a member account cannot read the service control policies that restrict it"))
        }
        _ => unread(Truth::Maybe, cured("whether service control policies restrict the account is not known")),
    }
}
