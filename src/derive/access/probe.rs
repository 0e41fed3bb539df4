//! Requests of somebody who may not exist: what a resource's policy does to whoever it does not name.

use crate::iam::{Context, Decision, HOLE, Principal, Residual, Value};

/// An account that nobody has: AWS account ids do not begin with so many zeros.
const NO_ACCOUNTS: [&str; 3] = ["000000000000", "000000000001", "000000000002"];

/// The accounts in which a resource may be: its own, or where files do not say it, one that its policy does not name and
/// each that it does. What a policy does in all of these, it does in any.
pub fn accounts(own: Option<&str>, text: &str) -> Vec<String> {
    if let Some(own) = own {
        return vec![own.to_owned()];
    }
    let mut all = named_accounts(text);
    all.push(foreign(text).to_owned());
    all.sort();
    all
}

/// The accounts that a text names, in order.
pub fn named_accounts(text: &str) -> Vec<String> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    let accounts = words.filter(|word| word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_digit()));
    let mut all: Vec<String> = accounts.map(str::to_owned).collect();
    all.sort();
    all.dedup();
    all
}

/// An account that the text does not name.
pub fn foreign(text: &str) -> &'static str {
    NO_ACCOUNTS.into_iter().find(|account| !text.contains(account)).unwrap_or("000000000000")
}

/// An account that is neither this one nor named by the text.
pub fn elsewhere(own: &str, text: &str) -> &'static str {
    let mut others = NO_ACCOUNTS.into_iter().filter(|account| *account != own);
    others.find(|account| !text.contains(account)).unwrap_or("000000000003")
}

/// The kinds of principals that are asked about.
pub const KINDS: [&str; 2] = ["role", "user"];

/// A role's session or a user of this account that no policy can mean by name.
pub fn stranger(partition: &str, account: &str, kind: &str) -> Option<Principal> {
    let principal = Principal::of_arn(&format!("arn:{partition}:iam::{account}:{kind}/somebody-whom-nobody-names"))?;
    let id = if kind == "role" { "AROANOBODYNAMESTHIS00" } else { "AIDANOBODYNAMESTHIS00" };
    let principal = principal.with_unique_id(id);
    Some(if kind == "role" { principal.in_session("nobody-names-this-session") } else { principal })
}

/// Any role or user of this account.
pub fn anybody(partition: &str, account: &str, kind: &str) -> Option<Principal> {
    Principal::of_arn(&format!("arn:{partition}:iam::{account}:{kind}/{HOLE}"))
}

/// An identity whose account files do not say, as one of this account; none where it is known.
pub fn in_account(known: Option<&str>, arn: &str, account: &str) -> Option<Principal> {
    if known.is_some() { None } else { Principal::of_arn(&arn.replacen(HOLE, account, 1)) }
}

/// Values that whoever asks may come to have for keys that decide, one context for each way to try: none of the keys,
/// the values that the policy names, and others.
pub fn trials(context: &Context, decision: &Decision, may_be_set: impl Fn(&Residual) -> bool) -> Vec<Context> {
    let residuals: Vec<&Residual> = decision.residuals().into_iter().filter(|one| may_be_set(one)).collect();
    if residuals.is_empty() {
        return Vec::new();
    }
    let tries: [fn(&Residual) -> Value; 3] = [|_| Value::Absent, named, other];
    let with = |value: fn(&Residual) -> Value| {
        let mut context = context.clone();
        for residual in &residuals {
            context.replace(&residual.key, value(residual));
        }
        context
    };
    tries.into_iter().map(with).collect()
}

/// The value that the policy names first.
pub fn named(residual: &Residual) -> Value {
    if residual.operator.eq_ignore_ascii_case("Null") {
        let absent = residual.values.first().is_some_and(|value| value.eq_ignore_ascii_case("true"));
        return if absent { Value::Absent } else { Value::Known(vec!["x".to_owned()]) };
    }
    match residual.values.iter().find(|value| !value.contains("${") && !value.contains(HOLE)) {
        // The first address of a range is in it.
        Some(value) if is_of_addresses(residual) => {
            Value::Known(vec![value.split('/').next().unwrap_or(value).to_owned()])
        }
        Some(value) => Value::Known(vec![value.replace(['*', '?'], "x")]),
        None => Value::Unknown,
    }
}

/// A value that the policy does not name.
pub fn other(residual: &Residual) -> Value {
    if residual.operator.eq_ignore_ascii_case("Null") {
        let absent = residual.values.first().is_some_and(|value| value.eq_ignore_ascii_case("true"));
        return if absent { Value::Known(vec!["x".to_owned()]) } else { Value::Absent };
    }
    let other = match residual.values.first().map(|value| value.to_ascii_lowercase()) {
        // Of a range that is reserved, so that no policy means it.
        _ if is_of_addresses(residual) => "240.0.0.1",
        Some(value) if value == "true" => "false",
        Some(value) if value == "false" => "true",
        _ => "somethingelse",
    };
    Value::Known(vec![other.to_owned()])
}

fn is_of_addresses(residual: &Residual) -> bool {
    residual.operator.to_ascii_lowercase().contains("ipaddress")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_in_its_own_account_or_in_any_that_its_policy_names_or_does_not() {
        assert_eq!(accounts(Some("111122223333"), "444455556666"), ["111122223333"]);
        let text = r#""arn:aws:iam::444455556666:root", "123456789012", "1234567890123""#;
        assert_eq!(accounts(None, text), ["000000000000", "123456789012", "444455556666"]);
        assert_eq!(foreign("000000000000"), "000000000001");
    }
}
