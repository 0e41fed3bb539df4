//! A mistake in a text that the user wrote: what, where (file, line, caret), and what to do about it.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode, SourceSpan};

/// A mistake in one file.
#[derive(Clone, Debug)]
pub struct SourceError {
    message: String,
    help: Option<String>,
    labels: Vec<LabeledSpan>,
    source: NamedSource<Arc<str>>,
}

impl SourceError {
    /// A mistake somewhere in this text.
    pub fn new(file: &str, text: &str, message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, labels: Vec::new(), source: NamedSource::new(file, text.into()) }
    }

    /// With what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// At these bytes.
    #[must_use]
    pub fn at(mut self, span: std::ops::Range<usize>, label: impl Into<String>) -> Self {
        let label = Some(label.into()).filter(|text| !text.is_empty());
        self.labels.push(LabeledSpan::new_with_span(label, SourceSpan::from(span)));
        self
    }

    /// At the first place where `needle` stands, if it stands anywhere.
    #[must_use]
    pub fn at_text(self, needle: &str, label: impl Into<String>) -> Self {
        let start = self.source.inner().find(needle);
        match start {
            Some(start) => self.at(start..start + needle.len(), label),
            None => self,
        }
    }

    /// What another library's diagnostic says, about this text.
    pub fn from_diagnostic(file: &str, text: &str, diagnostic: &dyn Diagnostic) -> Self {
        Self {
            message: diagnostic.to_string(),
            help: diagnostic.help().map(|help| help.to_string()),
            labels: diagnostic.labels().into_iter().flatten().collect(),
            source: NamedSource::new(file, text.into()),
        }
    }

    /// With this to do about it, where nothing better is said yet.
    #[must_use]
    pub fn or_help(mut self, help: impl Into<String>) -> Self {
        self.help.get_or_insert_with(|| help.into());
        self
    }

    /// The byte at which it is shown, if it is shown anywhere.
    pub fn start(&self) -> Option<usize> {
        self.labels.first().map(LabeledSpan::offset)
    }

    /// The file's name as it was given.
    pub fn file(&self) -> &str {
        self.source.name()
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)
    }
}

impl std::error::Error for SourceError {}

impl Diagnostic for SourceError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        // A report names the file only where it has a place in it: what stands nowhere is shown at the file's beginning.
        let nowhere = self.labels.is_empty() && !self.source.inner().is_empty();
        let beginning = nowhere.then(|| LabeledSpan::new_with_span(None, SourceSpan::from(0..0)));
        Some(Box::new(self.labels.iter().cloned().chain(beginning)))
    }
}

/// All mistakes that were found, none hidden behind the first.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{summary}")]
pub struct SourceErrors {
    /// What they are about, with their number.
    pub summary: String,
    /// The mistakes.
    #[related]
    pub errors: Vec<SourceError>,
}

impl SourceErrors {
    /// `Err` with all of them if there are any.
    pub fn check(what: &str, errors: Vec<SourceError>) -> Result<(), Self> {
        if errors.is_empty() {
            return Ok(());
        }
        let count = errors.len();
        let plural = if count == 1 { "" } else { "s" };
        Err(Self { summary: format!("{count} mistake{plural} in {what}"), errors })
    }
}

/// The word of `known` nearest to `word`, if one is near enough to be meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}
