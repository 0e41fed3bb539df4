//! Which resource is meant: by ARN, name, logical id, address or canonical text.

use crate::diagnostic::nearest;
use crate::model::resource::{Origin, Resource};
use crate::model::snapshot::Snapshot;

/// Why it cannot be said which resource is meant.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum LookupError {
    /// None is called so.
    #[error("no resource of {types} is called `{text}`")]
    #[diagnostic(help("{help}"))]
    Nothing {
        /// What was asked for.
        text: String,
        /// The types that the rule judges.
        types: String,
        /// What may be meant.
        help: String,
    },
    /// Several are.
    #[error("`{text}` may be each of {} resources", candidates.len())]
    #[diagnostic(help("name one of them whole:\n{}", candidates.join("\n")))]
    Several {
        /// What was asked for.
        text: String,
        /// Their canonical texts.
        candidates: Vec<String>,
    },
}

/// The resource of one of these types that `text` means. A whole identity (ARN, canonical text) comes before what
/// several resources may share (name, logical id, address).
pub fn lookup<'a>(snapshot: &'a Snapshot, text: &str, types: &[String]) -> Result<&'a Resource, LookupError> {
    let judged = |resource: &&Resource| types.iter().any(|of| **of == *resource.id.kind);
    let all: Vec<&Resource> = snapshot.resources.iter().filter(judged).collect();
    let whole = |resource: &&&Resource| {
        let is_arn = resource.id.id.starts_with("arn:");
        resource.id.canonical() == text || (is_arn && *resource.id.id == *text)
    };
    let shared = |resource: &&&Resource| names(resource).contains(&text);
    let mut found: Vec<&Resource> = all.iter().filter(whole).copied().collect();
    if found.is_empty() {
        found = all.iter().filter(shared).copied().collect();
    }
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let other = snapshot.resources.iter().find(|resource| names(resource).contains(&text));
            let near = nearest(text, all.iter().flat_map(|resource| names(resource)));
            let help = match (other, near, all.as_slice()) {
                (Some(other), ..) => format!("`{text}` is of type {}, which this rule does not judge", other.id.kind),
                (None, Some(near), _) => format!("did you mean `{near}`?"),
                (None, None, []) => "there is no resource that this rule judges".to_owned(),
                (None, None, all) => {
                    let some: Vec<String> = all.iter().take(5).map(|resource| format!("`{}`", resource.name)).collect();
                    let more = if all.len() > some.len() { " …" } else { "" };
                    format!("there are {}{more}", some.join(", "))
                }
            };
            let types = if types.len() > 3 { "a type that this rule judges".to_owned() } else { types.join(" or ") };
            Err(LookupError::Nothing { text: text.to_owned(), types, help })
        }
        several => {
            let candidates = several.iter().map(|resource| resource.id.canonical()).collect();
            Err(LookupError::Several { text: text.to_owned(), candidates })
        }
    }
}

/// What a resource may be called: its id (ARN or logical id), its name, its address.
fn names(resource: &Resource) -> Vec<&str> {
    let mut names = vec![&*resource.id.id, &*resource.name];
    if let Origin::Declared { address, .. } = &resource.origin {
        names.push(address);
    }
    names
}
