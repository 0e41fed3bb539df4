//! Who asks, and what follows from it for the request's context.

use super::arn::Arn;
use super::context::Seen;
use super::pattern::HOLE;

/// The kind of a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The root user of an account.
    Root,
    /// An IAM user.
    User,
    /// A role, or a session of it.
    Role,
    /// A session of `GetFederationToken`.
    FederatedUser,
    /// A service that acts for itself: `backup.amazonaws.com`.
    Service,
    /// An identity provider, on behalf of somebody who assumes a role.
    Provider,
    /// Nobody that AWS knows.
    Anonymous,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    kind: Kind,
    account: Option<Box<str>>,
    /// The name without its path; of a service or provider, the whole of it.
    name: Box<str>,
    /// What `aws:PrincipalArn` says, where it is known.
    arn: Option<Box<str>>,
    session: Option<Box<str>>,
    unique_id: Option<Box<str>>,
    session_id: Option<Box<str>>,
    service_linked: bool,
}

impl Principal {
    /// Reads an ARN: `arn:aws:iam::111122223333:user/path/alice`, `…:role/path/name`, `…:root`,
    /// `arn:aws:sts::111122223333:assumed-role/name/session`, `…:federated-user/name`. `None` for others.
    ///
    /// A role by its own ARN stands for any session of it. A [`super::HOLE`] within a part stands for what is not known
    /// of it, as in a template that knows no account.
    pub fn of_arn(text: &str) -> Option<Self> {
        let arn = Arn::parse(text)?;
        let (kind, rest) = match (arn.service(), arn.resource.split_once('/')) {
            ("iam", None) if arn.resource == "root" => (Kind::Root, "root"),
            ("iam", Some(("user", rest))) => (Kind::User, rest),
            ("iam", Some(("role", rest))) => (Kind::Role, rest),
            ("sts", Some(("assumed-role", rest))) => {
                let (role, session) = rest.split_once('/')?;
                let principal = Self::new(Kind::Role, Some(arn.account()), role);
                return Some(Self { session: Some(session.into()), ..principal });
            }
            ("sts", Some(("federated-user", rest))) => (Kind::FederatedUser, rest),
            _ => return None,
        };
        let name = rest.rsplit('/').next().unwrap_or(rest);
        let service_linked = kind == Kind::Role && rest.starts_with("aws-service-role/");
        Some(Self { arn: Some(text.into()), service_linked, ..Self::new(kind, Some(arn.account()), name) })
    }

    /// A service that acts for itself: `backup.amazonaws.com`.
    pub fn service(name: &str) -> Self {
        Self::new(Kind::Service, None, name)
    }

    /// Somebody whom an identity provider (its ARN, or `cognito-identity.amazonaws.com`) vouches for.
    pub fn provider(name: &str) -> Self {
        Self::new(Kind::Provider, None, name)
    }

    /// An unsigned request.
    pub fn anonymous() -> Self {
        Self::new(Kind::Anonymous, None, "")
    }

    fn new(kind: Kind, account: Option<&str>, name: &str) -> Self {
        Self {
            kind,
            account: account.filter(|account| !account.contains(HOLE)).map(Into::into),
            name: name.into(),
            arn: None,
            session: None,
            unique_id: None,
            session_id: None,
            service_linked: false,
        }
    }

    /// As a session of this name; without it a role stands for any session.
    #[must_use]
    pub fn in_session(mut self, name: &str) -> Self {
        self.session = Some(name.into());
        self.session_id = self.unique_id.as_ref().map(|id| format!("{id}:{name}").into());
        self
    }

    /// With its unique id (`AIDA…`, `AROA…`).
    #[must_use]
    pub fn with_unique_id(mut self, id: &str) -> Self {
        self.unique_id = Some(id.into());
        self.session_id = self.session.as_ref().map(|name| format!("{id}:{name}").into());
        self
    }

    /// What kind of principal it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its account; `None` if it has none, or it is not known.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// Its name without path; for a service or provider, the whole name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of its session, where one is meant.
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    pub(super) fn arn(&self) -> Option<&str> {
        self.arn.as_deref()
    }

    pub(super) fn unique_id(&self) -> Option<&str> {
        self.unique_id.as_deref()
    }

    /// Whether it is a service-linked role, which service and resource control policies do not bind
    /// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>).
    pub fn is_service_linked(&self) -> bool {
        self.service_linked
    }

    /// Whether it is an identity of an account, to which identity policies are attached.
    pub(super) fn is_identity(&self) -> bool {
        matches!(self.kind, Kind::Root | Kind::User | Kind::Role | Kind::FederatedUser)
    }

    /// What the principal says of a context key, by its name in lower case; `None` where it says nothing.
    ///
    /// The table "Principal key values" on
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>, and
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>.
    pub(super) fn key(&self, key: &str) -> Option<Seen<'_>> {
        let identity = self.is_identity();
        match key {
            "aws:principalisawsservice" => Some(Seen::One(if self.kind == Kind::Service { "true" } else { "false" })),
            "aws:principalservicename" => {
                Some(if self.kind == Kind::Service { Seen::One(&self.name) } else { Seen::Absent })
            }
            "aws:principalarn" if identity => Some(known(self.arn.as_deref())),
            "aws:principalaccount" if identity => Some(known(self.account.as_deref())),
            "aws:principalarn" | "aws:principalaccount" | "aws:username" if self.kind == Kind::Anonymous => {
                Some(Seen::Absent)
            }
            "aws:username" if self.kind == Kind::User => Some(known(Some(&self.name))),
            "aws:username" if identity => Some(Seen::Absent),
            "aws:principaltype" => match self.kind {
                Kind::Root => Some(Seen::One("Account")),
                Kind::User => Some(Seen::One("User")),
                Kind::Role => Some(Seen::One("AssumedRole")),
                Kind::FederatedUser => Some(Seen::One("FederatedUser")),
                Kind::Anonymous => Some(Seen::One("Anonymous")),
                Kind::Service | Kind::Provider => None,
            },
            "aws:userid" => match self.kind {
                Kind::Root => Some(known(self.account.as_deref())),
                Kind::User => Some(known(self.unique_id.as_deref())),
                Kind::Role => Some(known(self.session_id.as_deref())),
                Kind::FederatedUser => Some(Seen::Some),
                Kind::Service | Kind::Provider | Kind::Anonymous => None,
            },
            _ => None,
        }
    }
}

/// A key that is there, with its value if it is known.
fn known(value: Option<&str>) -> Seen<'_> {
    value.filter(|value| !value.contains(HOLE)).map_or(Seen::Some, Seen::One)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(principal: &Principal) -> Vec<Option<Seen<'_>>> {
        ["aws:principalarn", "aws:username", "aws:userid", "aws:principaltype"]
            .iter()
            .map(|key| principal.key(key))
            .collect()
    }

    #[test]
    fn keys_of_the_context_follow_from_the_principal() {
        let alice =
            Principal::of_arn("arn:aws:iam::111122223333:user/ops/alice").unwrap().with_unique_id("AIDAEXAMPLE");
        let arn = Some(Seen::One("arn:aws:iam::111122223333:user/ops/alice"));
        assert_eq!(
            keys(&alice),
            [arn, Some(Seen::One("alice")), Some(Seen::One("AIDAEXAMPLE")), Some(Seen::One("User"))]
        );
        let role = Principal::of_arn("arn:aws:iam::111122223333:role/x/admin").unwrap().with_unique_id("AROAEXAMPLE");
        let arn = Some(Seen::One("arn:aws:iam::111122223333:role/x/admin"));
        assert_eq!(keys(&role), [arn, Some(Seen::Absent), Some(Seen::Some), Some(Seen::One("AssumedRole"))]);
        assert_eq!(role.in_session("s").key("aws:userid"), Some(Seen::One("AROAEXAMPLE:s")));
        let session = Principal::of_arn("arn:aws:sts::111122223333:assumed-role/admin/s").unwrap();
        assert_eq!(session.key("aws:principalarn"), Some(Seen::Some), "its role may have a path");
        assert_eq!((session.name(), session.session(), session.account()), ("admin", Some("s"), Some("111122223333")));
        let root = Principal::of_arn("arn:aws:iam::111122223333:root").unwrap();
        assert_eq!(root.key("aws:userid"), Some(Seen::One("111122223333")));
        assert_eq!(root.key("aws:username"), Some(Seen::Absent));
        let service = Principal::service("backup.amazonaws.com");
        assert_eq!(service.key("aws:principalisawsservice"), Some(Seen::One("true")));
        assert_eq!(service.key("aws:principalservicename"), Some(Seen::One("backup.amazonaws.com")));
        assert_eq!(alice.key("aws:principalisawsservice"), Some(Seen::One("false")));
        assert_eq!(Principal::anonymous().key("aws:principalarn"), Some(Seen::Absent));
        assert_eq!(alice.key("aws:sourceip"), None);
        let declared = Principal::of_arn(&format!("arn:aws:iam::{HOLE}:user/alice")).unwrap();
        assert_eq!((declared.account(), declared.key("aws:principalarn")), (None, Some(Seen::Some)));
        assert_eq!(declared.key("aws:username"), Some(Seen::One("alice")));
    }

    #[test]
    fn other_arns_are_no_principals() {
        for text in
            ["arn:aws:iam::111122223333:group/g", "arn:aws:s3:::b", "alice", "arn:aws:sts::111122223333:assumed-role/x"]
        {
            assert_eq!(Principal::of_arn(text), None, "{text}");
        }
    }
}
