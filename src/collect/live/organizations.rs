//! The organization that the account is in, its organizational units, and who administers AWS Backup.
//!
//! Any member may describe its organization; the rest is answered to the management account and to delegated
//! administrators alone ("DescribeOrganization", "ListParents", "ListDelegatedAdministrators" in the AWS Organizations
//! API Reference). The service is global; the SDK finds its endpoint in each partition from the home Region.

mod policies;

use aws_sdk_organizations::types::{OrganizationFeatureSet, ParentType};

use crate::model::account::{Organization, ServiceControl};
use crate::model::fact::{Fact, Reason, State};
use crate::model::gap::GapKind;

use super::failure::Failure;
use super::look::{Look, read_pages};
use super::operation::{Operation, Service};

/// Organizations.
pub const SERVICE: Service = Service {
    operations: &[
        DESCRIBE_ORGANIZATION,
        LIST_PARENTS,
        LIST_DELEGATED_ADMINISTRATORS,
        policies::LIST_ROOTS,
        policies::LIST_POLICIES,
        policies::DESCRIBE_POLICY,
        policies::LIST_TARGETS,
        policies::LIST_UNITS,
        policies::LIST_ACCOUNTS,
    ],
    global: None,
    regional: None,
    in_use: None,
};

const DESCRIBE_ORGANIZATION: Operation = Operation {
    service: "organizations",
    name: "DescribeOrganization",
    actions: &["organizations:DescribeOrganization"],
    why: "whether the account is in an organization",
};
const LIST_PARENTS: Operation = Operation {
    service: "organizations",
    name: "ListParents",
    actions: &["organizations:ListParents"],
    why: "the organizational units that the account is in",
};
const LIST_DELEGATED_ADMINISTRATORS: Operation = Operation {
    service: "organizations",
    name: "ListDelegatedAdministrators",
    actions: &["organizations:ListDelegatedAdministrators"],
    why: "the accounts that AWS Backup is delegated to",
};

/// The account is in no organization.
const NOT_IN_USE: &str = "AWSOrganizationsNotInUseException";
const BACKUP: &str = "backup.amazonaws.com";
/// Units nest five deep ("Quotas and service limits for AWS Organizations"); more would be a circle.
const DEEPEST: usize = 10;
const ADMINISTRATORS: &str = "to the management account and to delegated administrators";

/// What Organizations tells of an account.
pub struct Membership {
    /// The organization; absent outside one.
    pub organization: Fact<Organization>,
    /// The units from the nearest to the root; absent outside an organization.
    pub units: Fact<Vec<String>>,
    /// The service control policies of the organization; absent outside one, and where it has not all features.
    pub service_control: Fact<ServiceControl>,
}

/// Asks what may be asked.
pub async fn membership(look: &mut Look<'_>) -> Membership {
    let session = look.session;
    let clients = session.clients(&session.home);
    let account = session.account.clone();
    let answer = session.send(clients.organizations.describe_organization().send()).await;
    let described = look.fact(&DESCRIBE_ORGANIZATION, &account, &[NOT_IN_USE], answer, |output| {
        output.organization.map_or_else(|| Fact::unknown(unsaid("the organization")), Fact::known)
    });
    if described.is_absent() {
        return Membership { organization: Fact::absent(), units: Fact::absent(), service_control: Fact::absent() };
    }
    let manager = described.value().and_then(|organization| organization.master_account_id.clone());
    // Where the account is known to be a member, a denial may be no fault of the permissions.
    let member = manager.as_deref().is_some_and(|manager| *manager != *account);
    let units = units(look, member).await;
    let backup_administrators = backup_administrators(look, member).await;
    let set = described.value().and_then(|organization| organization.feature_set.as_ref());
    let service_control = match (&units.state, set) {
        (_, Some(OrganizationFeatureSet::ConsolidatedBilling)) | (State::Absent, _) => Fact::absent(),
        // Whom the tree is withheld from, the policies are withheld from too.
        (State::Unknown(reasons), _) if member => Fact::unknown(reasons.clone()),
        _ => policies::service_control(look, member).await,
    };
    let organization = described.map(|organization| Organization {
        id: said(organization.id, "the organization's id"),
        management_account: said(organization.master_account_id, "the management account"),
        all_features: said(organization.feature_set, "the organization's features")
            .map(|set| set == OrganizationFeatureSet::All),
        backup_administrators,
    });
    Membership { organization, units, service_control }
}

async fn units(look: &mut Look<'_>, member: bool) -> Fact<Vec<String>> {
    let account = look.session.account.to_string();
    let mut units = Vec::new();
    let mut child = account.clone();
    while units.len() < DEEPEST {
        match parent(look, &child).await {
            Ok(Some((id, is_root))) => {
                units.push(id.clone());
                if is_root {
                    return Fact::known(units);
                }
                child = id;
            }
            Ok(None) => return Fact::unknown(unsaid("the parent of an account or unit")),
            Err(failure) if failure.code == NOT_IN_USE => return Fact::absent(),
            Err(failure) => return Fact::unknown(refused(look, &LIST_PARENTS, &account, member, &failure)),
        }
    }
    let failure = Failure::ours("TooDeep", "the organizational units lead in a circle");
    Fact::unknown(look.fail(&LIST_PARENTS, Some(&account), &failure))
}

/// The one parent of an account or unit, and whether it is the root.
async fn parent(look: &Look<'_>, child: &str) -> Result<Option<(String, bool)>, Failure> {
    let session = look.session;
    let clients = session.clients(&session.home);
    let (parents, failure) = read_pages(|token| {
        let call = clients.organizations.list_parents().child_id(child).set_next_token(token).send();
        async { session.send(call).await.map(|page| (page.parents.unwrap_or_default(), page.next_token)) }
    })
    .await;
    match failure {
        Some(failure) => Err(failure),
        None => Ok(parents.into_iter().find_map(|parent| Some((parent.id?, parent.r#type == Some(ParentType::Root))))),
    }
}

async fn backup_administrators(look: &mut Look<'_>, member: bool) -> Fact<Vec<String>> {
    let session = look.session;
    let clients = session.clients(&session.home);
    let (administrators, failure) = read_pages(|token| {
        let call = clients
            .organizations
            .list_delegated_administrators()
            .service_principal(BACKUP)
            .set_next_token(token)
            .send();
        async {
            session.send(call).await.map(|page| (page.delegated_administrators.unwrap_or_default(), page.next_token))
        }
    })
    .await;
    match failure {
        None => {
            let mut ids: Vec<String> =
                administrators.into_iter().filter_map(|administrator| administrator.id).collect();
            ids.sort();
            Fact::known(ids)
        }
        Some(failure) => {
            let account = session.account.to_string();
            Fact::unknown(refused(look, &LIST_DELEGATED_ADMINISTRATORS, &account, member, &failure))
        }
    }
}

fn refused(look: &mut Look<'_>, operation: &Operation, subject: &str, member: bool, failure: &Failure) -> Reason {
    if member && failure.kind() == GapKind::Denied {
        look.withheld(operation, subject, failure, ADMINISTRATORS)
    } else {
        look.fail(operation, Some(subject), failure)
    }
}

fn said<T>(value: Option<T>, what: &str) -> Fact<T> {
    value.map_or_else(|| Fact::unknown(unsaid(what)), Fact::known)
}

fn unsaid(what: &str) -> String {
    format!("Organizations did not say {what}")
}
