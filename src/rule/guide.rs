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
