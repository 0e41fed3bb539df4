//! Which role is assumed, if any: always one of the account that the event is about.
//!
//! The parameters bear the names that the AWS Config Rule Development Kit gave them. The role that AWS Config names
//! in the event is often its service-linked one, which nobody else can assume; `ExecutionRoleName` takes its place.

use super::event::Event;
use super::parameters::Parameters;

/// Why no role can be named.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RoleError {
    /// A role is to be assumed, and the event names none.
    #[error(
        "a role is to be assumed and the event names none: `executionRoleArn` is missing; name one with `ExecutionRoleName`"
    )]
    Missing,
    /// The event's role is no role.
    #[error("`{0}`, the event's `executionRoleArn`, is no ARN of a role")]
    Shape(String),
    /// The event's role belongs to another account.
    #[error("the event is about account {account}, and its role `{role}` belongs to another one")]
    Foreign {
        /// The account.
        account: String,
        /// The role.
        role: String,
    },
}

/// The ARN of the role to assume; none where the function's own role does the work.
///
/// # Errors
///
/// Where one is wanted and cannot be named.
pub fn role(event: &Event, parameters: &Parameters, partition: &str) -> Result<Option<String>, RoleError> {
    if !parameters.assume_role {
        return Ok(None);
    }
    let given = match &event.execution_role {
        None => None,
        Some(role) => {
            let parts: Vec<&str> = role.splitn(6, ':').collect();
            let [arn, partition, service, _, account, resource] = parts.as_slice() else {
                return Err(RoleError::Shape(role.clone()));
            };
            if *arn != "arn" || *service != "iam" || !resource.starts_with("role/") {
                return Err(RoleError::Shape(role.clone()));
            }
            if *account != event.account {
                return Err(RoleError::Foreign { account: event.account.clone(), role: role.clone() });
            }
            Some((*partition, role))
        }
    };
    match (&parameters.role_name, given) {
        (Some(name), given) => {
            let partition = given.map_or(partition, |(partition, _)| partition);
            Ok(Some(format!("arn:{partition}:iam::{}:role/{name}", event.account)))
        }
        (None, Some((_, role))) => Ok(Some(role.clone())),
        (None, None) => Err(RoleError::Missing),
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::Notification;
    use super::*;

    fn event(role: Option<&str>) -> Event {
        Event {
            account: "111122223333".to_owned(),
            rule_arn: None,
            rule_name: "backstop".to_owned(),
            parameters: None,
            token: "t".to_owned(),
            left_scope: false,
            execution_role: role.map(str::to_owned),
            notification: Notification::Scheduled { at: None },
        }
    }

    fn named(name: Option<&str>) -> Parameters {
        Parameters { assume_role: true, role_name: name.map(str::to_owned), ..Parameters::default() }
    }

    const CONFIGS_OWN: &str =
        "arn:aws-cn:iam::111122223333:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig";

    #[test]
    fn no_role_is_assumed_unless_that_is_asked_for() {
        assert_eq!(role(&event(Some(CONFIGS_OWN)), &Parameters::default(), "aws"), Ok(None));
    }

    #[test]
    fn a_name_takes_the_place_of_the_events_role_in_its_account_and_partition() {
        let expected = "arn:aws-cn:iam::111122223333:role/audit/backstop".to_owned();
        assert_eq!(role(&event(Some(CONFIGS_OWN)), &named(Some("audit/backstop")), "aws"), Ok(Some(expected)));
        let expected = "arn:aws-us-gov:iam::111122223333:role/backstop".to_owned();
        assert_eq!(role(&event(None), &named(Some("backstop")), "aws-us-gov"), Ok(Some(expected)));
    }

    #[test]
    fn without_a_name_it_is_the_events_own() {
        assert_eq!(role(&event(Some(CONFIGS_OWN)), &named(None), "aws"), Ok(Some(CONFIGS_OWN.to_owned())));
        assert_eq!(role(&event(None), &named(None), "aws"), Err(RoleError::Missing));
    }

    #[test]
    fn a_role_of_another_account_is_never_assumed() {
        let foreign = "arn:aws:iam::444455556666:role/config";
        for name in [None, Some("backstop")] {
            let refused = role(&event(Some(foreign)), &named(name), "aws");
            assert!(matches!(refused, Err(RoleError::Foreign { .. })), "{refused:?}");
        }
        for text in ["config", "arn:aws:iam::111122223333:user/x", "arn:aws:sts::111122223333:role/x"] {
            assert!(matches!(role(&event(Some(text)), &named(None), "aws"), Err(RoleError::Shape(_))), "{text}");
        }
    }
}
