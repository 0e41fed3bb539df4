//! The least-privilege policy that the collectors need, made from the table of operations.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::operation::OPERATIONS;

/// An IAM identity policy that allows the collectors' operations and nothing else: one statement per service, sorted.
///
/// All of them are reading actions on whatever the account holds, so the resource is `*`; most of the list actions
/// know no narrower one (Service Authorization Reference). With `--role`, the credentials that assume the role need
/// `sts:AssumeRole` on it besides; that is theirs, not the role's.
pub fn iam_policy() -> Value {
    let mut by_prefix: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for action in OPERATIONS.iter().flat_map(|operation| operation.actions) {
        let prefix = action.split(':').next().unwrap_or(action);
        by_prefix.entry(prefix).or_default().insert(action);
    }
    let statements: Vec<Value> = by_prefix
        .into_iter()
        .map(|(prefix, actions)| json!({ "Sid": sid(prefix), "Effect": "Allow", "Action": actions, "Resource": "*" }))
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Every operation with its IAM actions and what it tells, as Markdown.
#[cfg(test)]
fn operations_page() -> String {
    let mut sorted: Vec<_> = OPERATIONS.iter().collect();
    sorted.sort();
    let mut page = String::from(
        "# Operations\n\n<!-- Generated from the collectors. Rewrite with BACKSTOP_REWRITE=1 cargo test. -->\n\n\
         Every operation that `backstop audit` and `backstop collect` may call, the IAM actions that it needs, and what \
         stays unknown without it. [iam-policy.json](iam-policy.json) allows all of them; [live.md](live.md) tells the rest.\n\n\
         | operation | IAM action | what it tells |\n|---|---|---|\n",
    );
    for operation in sorted {
        let actions: Vec<String> = operation.actions.iter().map(|action| format!("`{action}`")).collect();
        let actions = if actions.is_empty() { "none asked for".to_owned() } else { actions.join(", ") };
        page.push_str(&format!("| `{}` | {actions} | {} |\n", operation.label(), operation.why));
    }
    page
}

/// A Sid may hold letters and digits only (IAM JSON policy elements: Sid).
fn sid(prefix: &str) -> String {
    let mut name = String::from("BackstopReads");
    let mut upper = true;
    for c in prefix.chars() {
        if !c.is_ascii_alphanumeric() {
            upper = true;
        } else if upper {
            name.push(c.to_ascii_uppercase());
            upper = false;
        } else {
            name.push(c);
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_generated;

    #[test]
    fn the_policy_in_the_documents_is_current() {
        let policy = serde_json::to_string_pretty(&iam_policy()).unwrap() + "\n";
        assert_generated("docs/iam-policy.json", &policy);
    }

    #[test]
    fn the_page_of_operations_is_current() {
        assert_generated("docs/operations.md", &operations_page());
    }

    #[test]
    fn every_action_of_the_table_is_allowed_once_and_nothing_else() {
        let policy = iam_policy();
        let listed: Vec<&str> = policy["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|statement| statement["Action"].as_array().unwrap())
            .map(|action| action.as_str().unwrap())
            .collect();
        let wanted: BTreeSet<&str> = OPERATIONS.iter().flat_map(|o| o.actions.iter().copied()).collect();
        assert_eq!(listed, wanted.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn sids_are_unique_and_hold_letters_and_digits_only() {
        let policy = iam_policy();
        let sids: Vec<&str> =
            policy["Statement"].as_array().unwrap().iter().map(|s| s["Sid"].as_str().unwrap()).collect();
        assert_eq!(sids.iter().collect::<BTreeSet<_>>().len(), sids.len());
        assert!(sids.iter().all(|sid| sid.chars().all(|c| c.is_ascii_alphanumeric())));
    }

    #[test]
    fn no_statement_passes_the_size_limit_of_a_managed_policy() {
        // 6,144 characters without white space (IAM and AWS STS quotas).
        assert!(iam_policy().to_string().len() < 6144);
    }
}
