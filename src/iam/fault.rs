//! What is wrong with a policy document.

/// A mistake in a policy document, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at `{path}`")]
pub struct Fault {
    /// The way to it from the document: `Statement[1].Condition.Bool`; `document` for the document itself.
    pub path: String,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub help: String,
    /// Whether AWS would refuse the document for it. If not, it is only odd.
    pub refused: bool,
}
