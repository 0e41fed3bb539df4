//! The text beside a rule: why it matters, how to fix it, how to verify, what it costs.

/// A rule's `.md`, cut at its fixed headings. Texts are Markdown; code is the content of its fenced block, with
/// `{{ }}` places that are filled from a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guide {
    /// The whole text.
    pub text: String,
    /// `## Why it matters`.
    pub why: String,
    /// What stands under `## How to fix it` before the first of its blocks.
    pub fix: String,
    /// The `sh` block of `### AWS CLI`; none where no command can do it.
    pub cli: Option<String>,
    /// The `yaml` block of `### CloudFormation`: a whole template that passes the rule.
    pub cloudformation: Option<String>,
    /// The `hcl` block of `### Terraform`.
    pub terraform: Option<String>,
    /// `## How to verify`.
    pub verify: String,
    /// `## What it costs or risks`.
    pub cost: String,
    /// `## References`: the AWS pages that the rule rests on.
    pub references: Vec<String>,
}

use crate::diagnostic::SourceError;

/// The headings of a guide, in their order.
pub const HEADINGS: [&str; 5] =
    ["Why it matters", "How to fix it", "How to verify", "What it costs or risks", "References"];

impl Guide {
    /// Cuts a `.md` at its headings. Every heading must be there, in order, with text below it.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<SourceError>> {
        let sections = sections(text, "## ");
        let mut errors = Vec::new();
        for (heading, _) in &sections {
            if !HEADINGS.contains(&heading.as_str()) {
                let fault = SourceError::new(file, text, format!("unknown heading `## {heading}`"));
                errors.push(fault.help(format!("the headings are {}", HEADINGS.join(", "))).at_text(heading, "here"));
            }
        }
        let found: Vec<&str> = sections.iter().map(|(heading, _)| heading.as_str()).collect();
        if errors.is_empty() && found != HEADINGS {
            let fault = SourceError::new(file, text, format!("the headings are {}", found.join(", ")));
            errors.push(fault.help(format!("a guide has these, in this order: {}", HEADINGS.join(", "))));
        }
        let body = |name: &str| {
            let section = sections.iter().find(|(heading, _)| heading == name);
            section.map(|(_, body)| body.trim().to_owned()).unwrap_or_default()
        };
        for name in HEADINGS {
            if errors.is_empty() && body(name).is_empty() {
                errors.push(
                    SourceError::new(file, text, format!("nothing stands under `## {name}`")).at_text(name, "here"),
                );
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let how = body("How to fix it");
        let blocks = self::sections(&how, "### ");
        let block = |name: &str, language: &str| {
            let (_, text) = blocks.iter().find(|(heading, _)| heading == name)?;
            fenced(text, language)
        };
        let references = body("References");
        Ok(Self {
            text: text.to_owned(),
            why: body("Why it matters"),
            fix: how.split("### ").next().unwrap_or_default().trim().to_owned(),
            cli: block("AWS CLI", "sh"),
            cloudformation: block("CloudFormation", "yaml"),
            terraform: block("Terraform", "hcl"),
            verify: body("How to verify"),
            cost: body("What it costs or risks"),
            references: references
                .lines()
                .filter_map(|line| line.trim().strip_prefix("- "))
                .map(|line| line.trim().to_owned())
                .collect(),
        })
    }
}

/// The texts below each heading of one level; headings inside fenced code do not count.
fn sections(text: &str, mark: &str) -> Vec<(String, String)> {
    let mut sections: Vec<(String, String)> = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        match line.strip_prefix(mark) {
            Some(heading) if !in_code => sections.push((heading.trim().to_owned(), String::new())),
            _ => {
                if let Some((_, body)) = sections.last_mut() {
                    body.push_str(line);
                    body.push('\n');
                }
            }
        }
    }
    sections
}

/// The content of the first fenced block in this language.
fn fenced(text: &str, language: &str) -> Option<String> {
    let mut lines = text.lines().skip_while(|line| line.trim() != format!("```{language}"));
    lines.next()?;
    let code: Vec<&str> = lines.take_while(|line| line.trim() != "```").collect();
    Some(code.join("\n") + "\n")
}
