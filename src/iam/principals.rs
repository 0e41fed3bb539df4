//! The `Principal` and `NotPrincipal` of a statement.
//!
//! - The forms, and that wildcards match no part of a name:
//!   <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.
//! - `NotPrincipal`: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>.

use super::arn::Arn;
use super::glob::matches;
use super::pattern::{HOLE, Pattern, Reading};
use super::principal::{Kind, Principal};
use super::truth::Truth;

/// One principal that a statement names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// `*`: everybody, signed or not.
    Everyone,
    /// An account, by its number or its `root`.
    Account(Box<str>),
    User {
        account: Box<str>,
        arn: Box<str>,
    },
    Role {
        account: Box<str>,
        name: Box<str>,
    },
    Session {
        account: Box<str>,
        role: Box<str>,
        session: Box<str>,
    },
    FederatedUser {
        account: Box<str>,
        name: Box<str>,
    },
    Service(Box<str>),
    Provider(Box<str>),
    /// The id of a user or role, which stands where its ARN has been deleted.
    UniqueId(Box<str>),
    /// A canonical user of S3, or what cannot be read.
    Unsure,
}

/// The `Principal` of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Principals {
    /// There is none: the statement speaks of the one that it is attached to.
    Absent,
    /// These.
    Named(Box<[Who]>),
    /// All but these.
    AllBut(Box<[Who]>),
    /// Not known.
    Unknown,
}

/// By which name a statement means a principal; it decides which other policies still limit what is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Meant {
    /// The user, the session, the service, or everybody: nothing but an explicit deny limits the grant.
    pub(super) itself: Truth,
    /// The role of a session, or the user of a federated session: boundary and session policy limit the grant.
    pub(super) role: Truth,
    /// The account, which may delegate by its own policies.
    pub(super) account: Truth,
}

impl Meant {
    pub(super) const NOBODY: Self = Self { itself: Truth::No, role: Truth::No, account: Truth::No };
    pub(super) const MAYBE: Self = Self { itself: Truth::Maybe, role: Truth::Maybe, account: Truth::Maybe };
    /// The one that the policy is attached to.
    pub(super) const MYSELF: Self = Self { itself: Truth::Yes, role: Truth::No, account: Truth::No };

    pub(super) fn any(self) -> Truth {
        self.itself.or(self.role).or(self.account)
    }

    pub(super) fn and(self, truth: Truth) -> Self {
        Self { itself: self.itself.and(truth), role: self.role.and(truth), account: self.account.and(truth) }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            itself: self.itself.or(other.itself),
            role: self.role.or(other.role),
            account: self.account.or(other.account),
        }
    }

    fn itself(truth: Truth) -> Self {
        Self { itself: truth, ..Self::NOBODY }
    }

    fn role(truth: Truth) -> Self {
        Self { role: truth, ..Self::NOBODY }
    }

    fn account(truth: Truth) -> Self {
        Self { account: truth, ..Self::NOBODY }
    }
}

impl Who {
    /// Reads what stands under `AWS`.
    pub(super) fn aws(text: &str) -> Self {
        if text == "*" {
            return Self::Everyone;
        }
        if is_account(text) {
            return Self::Account(text.into());
        }
        if text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            return Self::UniqueId(text.into());
        }
        if text.contains(['*', '?']) {
            return Self::Unsure;
        }
        let Some(arn) = Arn::parse(text) else { return Self::Unsure };
        let account: Box<str> = arn.account().into();
        let last = |rest: &str| rest.rsplit('/').next().unwrap_or(rest).into();
        match (arn.service(), arn.resource.split_once('/')) {
            ("iam", None) if arn.resource == "root" => Self::Account(account),
            ("iam", Some(("user", _))) => Self::User { account, arn: text.into() },
            ("iam", Some(("role", rest))) => Self::Role { account, name: last(rest) },
            ("sts", Some(("assumed-role", rest))) => match rest.split_once('/') {
                Some((role, session)) => Self::Session { account, role: role.into(), session: session.into() },
                None => Self::Unsure,
            },
            ("sts", Some(("federated-user", name))) => Self::FederatedUser { account, name: name.into() },
            _ => Self::Unsure,
        }
    }

    fn meant(&self, principal: &Principal) -> Meant {
        // Whether it is of this account; an identity whose account is not known may be of any.
        let of = |account: &str| match principal.account() {
            Some(own) => alike(account, own),
            None => Truth::Maybe,
        };
        let named = |name: &str| alike(name, principal.name());
        match (self, principal.kind()) {
            (Self::Everyone, _) => Meant::itself(Truth::Yes),
            (Self::Unsure, _) => Meant::itself(Truth::Maybe),
            (Self::Account(account), _) if principal.is_identity() => Meant::account(of(account)),
            (Self::User { account, arn }, Kind::User) => {
                Meant::itself(of(account).and(principal.arn().map_or(Truth::Maybe, |own| alike(arn, own))))
            }
            // A federated session speaks for the user who asked for its token, and its name does not tell which.
            (Self::User { account, .. }, Kind::FederatedUser) => Meant::role(of(account).and(Truth::Maybe)),
            (Self::Role { account, name }, Kind::Role) => Meant::role(of(account).and(named(name))),
            (Self::Session { account, role, session }, Kind::Role) => {
                let session = principal.session().map_or(Truth::Maybe, |own| alike(session, own));
                Meant::itself(of(account).and(named(role)).and(session))
            }
            (Self::FederatedUser { account, name }, Kind::FederatedUser) => Meant::itself(of(account).and(named(name))),
            (Self::Service(name), Kind::Service) => Meant::itself(same_service(name, principal.name())),
            (Self::Provider(name), Kind::Provider) => Meant::itself(named(name)),
            (Self::UniqueId(id), Kind::User | Kind::Role) => {
                let named = principal.unique_id().map_or(Truth::Maybe, |own| Truth::from(own == &**id));
                if principal.kind() == Kind::Role { Meant::role(named) } else { Meant::itself(named) }
            }
            _ => Meant::NOBODY,
        }
    }
}

/// Whether two texts are the same; holes in either may be anything.
fn alike(wanted: &str, found: &str) -> Truth {
    if !wanted.contains(HOLE) && !found.contains(HOLE) {
        return Truth::from(wanted == found);
    }
    matches(Pattern::new(wanted, Reading { wildcards: false, variables: false }).parts(), found)
}

/// `backup.amazonaws.com` and `backup.eu-west-1.amazonaws.com` are one service by two names; whether a policy that
/// names one means the other hangs on the service.
fn same_service(wanted: &str, found: &str) -> Truth {
    if wanted == found {
        return Truth::Yes;
    }
    let ends = |name: &str| Some((name.split('.').next()?.to_owned(), name.contains(".amazonaws.com")));
    if wanted.contains(['*', '?', HOLE]) || ends(wanted) == ends(found) { Truth::Maybe } else { Truth::No }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Principals {
    /// Who is meant; `bounded` is whether the principal has a permissions boundary.
    pub(super) fn mean(&self, principal: &Principal, bounded: Truth) -> Meant {
        let all = |named: &[Who]| named.iter().fold(Meant::NOBODY, |meant, who| meant.or(who.meant(principal)));
        match self {
            Self::Absent | Self::Unknown => Meant::itself(Truth::Maybe),
            Self::Named(named) => all(named),
            Self::AllBut(named) => Meant::itself(!spared(all(named), principal).and(!bounded)),
        }
    }
}

/// Whether `NotPrincipal` spares the principal: for sure only if the account and each of its own names are listed, since
/// AWS may check them one after another. One with a permissions boundary is never spared.
fn spared(listed: Meant, principal: &Principal) -> Truth {
    if listed.any() == Truth::No {
        return Truth::No;
    }
    let whole = match principal.kind() {
        Kind::Role | Kind::FederatedUser => listed.itself.and(listed.role).and(listed.account),
        Kind::User => listed.itself.and(listed.account),
        Kind::Root => listed.account,
        Kind::Service | Kind::Provider | Kind::Anonymous => listed.itself,
    };
    whole.or(Truth::Maybe)
}
