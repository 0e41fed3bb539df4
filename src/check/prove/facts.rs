//! A counterexample in the vocabulary of rules: paths and values, as `rules schema` names them.

use cedar_policy::{Entities, Entity, EvalResult};
use cedar_policy_symcc::Env;
use jiff::SignedDuration;

use crate::model::attribute::Kind;
use crate::model::workload::FOREVER;
use crate::rule::reads::Reads;
use crate::rule::schema::{COMMON, Contract};

/// One fact of a counterexample.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stated {
    /// Its path from the resource, `tags["key"]`, `principal` or `context.key`.
    pub path: String,
    /// Its value as people read it; `absent` where it is not there.
    pub value: String,
}

/// What `reads` touches of these entities. `cedar` is the condition's text: what it asks of the context is listed, too.
pub(super) fn stated(env: &Env, contract: &Contract, reads: &Reads, cedar: &str) -> Vec<Stated> {
    let mut found = Vec::new();
    let request = &env.request;
    if reads.principal
        && let Some(account) = request.principal()
    {
        found.push(Stated { path: "principal".to_owned(), value: account.to_string() });
    }
    if let Some(uid) = request.resource()
        && let Some(entity) = env.entities.get(uid)
    {
        let kind = uid.type_name().to_string();
        for name in COMMON.into_iter().filter(|name| reads.touch(name)) {
            found.push(Stated { path: name.to_owned(), value: scalar(entity, name) });
        }
        walk(&env.entities, entity, &kind, "", contract, reads, &mut found);
        for key in &reads.tags {
            let value = entity.tag(key).map_or_else(|| "absent".to_owned(), |tag| text(tag.ok()));
            found.push(Stated { path: format!("tags[\"{key}\"]"), value });
        }
    }
    if let Some(context) = request.context() {
        for key in ["now", "recoveryAccounts", "recoveryRegions", "source"] {
            let path = format!("context.{key}");
            if cedar.contains(&path) {
                found.push(Stated { path, value: text(context.get(key)) });
            }
        }
    }
    found
}

fn walk(
    entities: &Entities,
    entity: &Entity,
    kind: &str,
    prefix: &str,
    contract: &Contract,
    reads: &Reads,
    found: &mut Vec<Stated>,
) {
    for attribute in contract.attributes(kind).unwrap_or_default() {
        let path = format!("{prefix}{}", attribute.name);
        if !reads.touch(&path) {
            continue;
        }
        match (attribute.kind, entity.attr(attribute.name)) {
            (Kind::Section(section), Some(Ok(EvalResult::EntityUid(uid)))) => {
                if attribute.optional && reads.paths.contains(&path) {
                    found.push(Stated { path: path.clone(), value: "set".to_owned() });
                }
                if let Some(inner) = entities.get(&uid) {
                    walk(entities, inner, section, &format!("{path}."), contract, reads, found);
                }
            }
            (_, _) => found.push(Stated { path, value: scalar(entity, attribute.name) }),
        }
    }
}

fn scalar(entity: &Entity, name: &str) -> String {
    entity.attr(name).map_or_else(|| "absent".to_owned(), |value| text(value.ok()))
}

fn text(value: Option<EvalResult>) -> String {
    match value {
        Some(EvalResult::ExtensionValue(written)) => extension(&written),
        Some(EvalResult::EntityUid(uid)) => uid.to_string(),
        Some(value) => value.to_string(),
        None => "any".to_owned(),
    }
}

/// `duration("90061000ms")` as `1d 1h 1m 1s`: exact, where reports round. Anything else as Cedar writes it.
fn extension(written: &str) -> String {
    let number = written.rsplit_once("duration(\"").map_or(written, |(_, rest)| rest);
    let number = number.trim_end_matches(['"', ')']).strip_suffix("ms");
    let Some(millis) = number.and_then(|number| number.parse::<i64>().ok()) else { return written.to_owned() };
    if SignedDuration::from_millis(millis) == FOREVER {
        return "forever".to_owned();
    }
    let mut words = Vec::new();
    let mut rest = millis.unsigned_abs();
    for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)] {
        if rest >= length {
            words.push(format!("{}{unit}", rest / length));
        }
        rest %= length;
    }
    let sign = if millis < 0 { "-" } else { "" };
    if words.is_empty() { "0s".to_owned() } else { format!("{sign}{}", words.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_exact() {
        assert_eq!(extension("duration(\"90061000ms\")"), "1d 1h 1m 1s");
        assert_eq!(extension("duration(\"-1ms\")"), "-1ms");
        assert_eq!(extension("0ms"), "0s");
        assert_eq!(extension("duration(\"3153600000000ms\")"), "forever");
        assert_eq!(
            extension("(datetime(\"1970-01-01\")).offset(duration(\"x\"))"),
            "(datetime(\"1970-01-01\")).offset(duration(\"x\"))"
        );
    }
}
