//! Whether S3 takes a bucket policy for public.
//!
//! It does unless each grant is to fixed principals, or to fixed values of one of a list of keys: "The meaning of
//! public" on <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>.

use std::net::IpAddr;

use super::condition::Condition;
use super::document::{Effect, Statement};
use super::library::Library;
use super::operator::{Quantity, Test};
use super::pattern::HOLE;
use super::principals::{Principals, Who};
use super::request::Attachment;
use super::truth::Truth;

/// Keys whose fixed values make a grant non-public.
const FIXING: [&str; 16] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalservicename",
    "aws:sourceip",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "aws:userid",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
];

/// Whether the policy of a bucket is public; no where there is none.
pub(super) fn is_public(policy: Option<&Attachment>, library: &Library) -> Truth {
    let Some(attachment) = policy else { return Truth::No };
    let document = attachment.policy.and_then(|id| library.document(id));
    match document {
        Some(document) if document.is_readable() => Truth::any(document.statements.iter().map(grants_publicly)),
        _ => Truth::Maybe,
    }
}

fn grants_publicly(statement: &Statement) -> Truth {
    let allows = match statement.effect {
        Some(Effect::Allow) => Truth::Yes,
        Some(Effect::Deny) => Truth::No,
        None => Truth::Maybe,
    };
    let open = match &statement.principals {
        Principals::Named(named) => Truth::any(named.iter().map(|who| match who {
            // Anybody whom a public provider vouches for is the public; a SAML provider of an account is not said.
            Who::Everyone => Truth::Yes,
            Who::Provider(_) | Who::Unsure => Truth::Maybe,
            _ => Truth::No,
        })),
        Principals::AllBut(_) => Truth::Yes,
        Principals::Absent | Principals::Unknown => Truth::Maybe,
    };
    let fixed = Truth::any(statement.conditions.all.iter().map(is_fixed));
    let fixed = if statement.conditions.open { fixed.or(Truth::Maybe) } else { fixed };
    allows.and(open).and(!fixed)
}

/// Whether a condition lets only fixed values of a fixing key through.
fn is_fixed(condition: &Condition) -> Truth {
    if !FIXING.contains(&&*condition.lower) {
        return Truth::No;
    }
    let operator = condition.operator;
    if operator.negated || operator.test == Test::Null {
        return Truth::No;
    }
    // Whether these still fix a value, the page does not say.
    let loose = operator.if_exists || operator.quantity == Quantity::ForAllValues;
    let wild = |text: &str| text.contains(['*', '?']) || text.contains("${");
    let values = Truth::all(condition.texts.iter().map(|text| {
        if text.contains(HOLE) {
            Truth::Maybe
        } else if &*condition.lower == "aws:sourceip" {
            is_narrow(text)
        } else if wild(text) {
            // An access point's name, a session of a role, and paths of an organization may be wild within bounds.
            let bounded = ["s3:dataaccesspointarn", "aws:userid", "aws:principalorgpaths"];
            if bounded.contains(&&*condition.lower) { Truth::Maybe } else { Truth::No }
        } else {
            Truth::Yes
        }
    }));
    if loose { values.and(Truth::Maybe) } else { values }
}

/// A range broader than /8 of IPv4, or /32 of IPv6, is public. Private ranges are not, however broad.
fn is_narrow(text: &str) -> Truth {
    let (network, length) = text.split_once('/').map_or((text, None), |(network, length)| (network, Some(length)));
    let Ok(network) = network.parse::<IpAddr>() else { return Truth::Maybe };
    let Some(length) = length else { return Truth::Yes };
    let Ok(length) = length.parse::<u32>() else { return Truth::Maybe };
    Truth::from(length >= if network.is_ipv4() { 8 } else { 32 })
}
