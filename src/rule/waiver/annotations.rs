//! The closed set of annotations that a waiver carries.

use jiff::civil::Date;

use super::Written;
use crate::diagnostic::{SourceError, nearest};

/// The keys that a waiver may carry.
const KEYS: [&str; 4] = ["id", "reason", "owner", "expires"];

/// What a waiver says of itself.
pub(super) struct Annotations {
    pub(super) id: String,
    pub(super) reason: String,
    pub(super) owner: String,
    pub(super) expires: Date,
}

/// Reads a waiver's annotations. `alone` says whether its file holds no other, and so may give it its name.
pub(super) fn read(written: &Written<'_>, alone: bool) -> Result<Annotations, Vec<SourceError>> {
    let policy = written.policy;
    let mut errors = Vec::new();
    for (key, _) in policy.annotations() {
        if !KEYS.contains(&key) {
            let all = "a waiver carries `@reason`, `@owner`, `@expires` and, in a file of several, `@id`";
            let help =
                nearest(key, KEYS).map_or_else(|| all.to_owned(), |near| format!("did you mean `@{near}`? {all}"));
            let fault = written.fault(format!("unknown annotation `@{key}`"), help);
            errors.push(fault.at(written.find(&[&format!("@{key}")]), "here"));
        }
    }
    let said = |key: &str| policy.annotation(key).map(str::trim).filter(|value| !value.is_empty());
    let mut required = |key: &str, example: &str| {
        let value = said(key);
        if value.is_none() {
            let fault = written
                .fault(format!("a waiver needs `@{key}`"), format!("write `@{key}(\"{example}\")` above `permit`"));
            errors.push(fault.at(written.find(&[&format!("@{key}"), "permit"]), "of this waiver"));
        }
        value.unwrap_or_default().to_owned()
    };
    let reason = required("reason", "deleted with the old shop in March");
    let owner = required("owner", "storage-team");
    let expires_text = required("expires", "2027-03-31");
    let expires = day(&expires_text);
    if expires.is_none() && !expires_text.is_empty() {
        let help = "write the last day that counts, in UTC, as `2027-03-31`";
        let fault = written.fault(format!("`{expires_text}` is no day"), help);
        errors.push(fault.at(written.find(&[&expires_text, "@expires"]), "here"));
    }
    let stem = written.file.rsplit('/').next().and_then(|name| name.strip_suffix(".cedar")).unwrap_or_default();
    let id = match said("id") {
        Some(id) => id.to_owned(),
        None if alone => stem.to_owned(),
        None => {
            let fault = written.fault("a waiver needs `@id` in a file of several", "write `@id(\"legacy-logs\")`");
            errors.push(fault.at(written.find(&["permit"]), "of this waiver"));
            String::new()
        }
    };
    match expires {
        Some(expires) if errors.is_empty() => Ok(Annotations { id, reason, owner, expires }),
        _ => Err(errors),
    }
}

/// `2027-03-31`, and nothing that merely resembles it.
fn day(text: &str) -> Option<Date> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    shape.then(|| text.parse().ok()).flatten()
}
