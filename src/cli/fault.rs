//! Why a command could not do its work at all: wrong usage, or nothing readable.

use std::io::Write as _;

use miette::Report;

/// What is printed before the program ends with [`Fault::CODE`].
pub(crate) struct Fault(Report);

impl Fault {
    /// The exit code of all faults.
    pub(crate) const CODE: u8 = 2;

    /// A fault with what to do about it.
    pub(crate) fn new(message: impl std::fmt::Display, help: impl std::fmt::Display) -> Self {
        Self(miette::miette!(help = help.to_string(), "{message}"))
    }

    /// Prints it to stderr: cause, place and help.
    pub(crate) fn print(&self) {
        let text = format!("{:?}", self.0);
        // Nothing is left to be done if stderr is closed.
        let _ = anstream::stderr().write_all(text.as_bytes());
        let _ = anstream::stderr().write_all(b"\n");
    }
}

impl<E: miette::Diagnostic + Send + Sync + 'static> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(Report::new(error))
    }
}
