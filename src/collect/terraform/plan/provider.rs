//! Where a provider configuration works: its Region and account, as far as they are written.

use super::configuration::{Configuration, references};
use super::json::{self, Node, Tree as _};

/// Where a provider configuration works.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Working {
    pub region: Option<String>,
    pub account: Option<String>,
    /// Whether it surely gives no tags to its resources.
    pub tagless: bool,
    /// Whether it says a Region by itself, known or not.
    pub says_region: bool,
    /// Whether it says by itself whose credentials it uses.
    pub says_credentials: bool,
}

/// Arguments that say whose credentials a configuration uses ("Authentication and Configuration" in the provider's
/// documentation).
const CREDENTIALS: [&str; 11] = [
    "access_key",
    "allowed_account_ids",
    "assume_role",
    "assume_role_with_web_identity",
    "forbidden_account_ids",
    "profile",
    "secret_key",
    "shared_config_files",
    "shared_credentials_file",
    "shared_credentials_files",
    "token",
];

/// Whether a key names a configuration with an alias: `aws.dr`, `module.a:aws.dr`.
pub fn has_alias(key: &str) -> bool {
    key.rsplit(':').next().is_some_and(|name| name.contains('.'))
}

/// What the configuration of this key says. Where the key is that of a module that got its provider from outside, which
/// older versions of Terraform do not resolve, the only configuration of `aws` is meant, if there is only one.
pub fn working(configuration: &Configuration<'_, '_>, key: &str) -> Working {
    let Some(providers) = configuration.providers else { return Working::default() };
    let is_aws = |provider: &Node<'_>| provider.get("name").and_then(json::text) == Some("aws");
    let mut of_aws = providers.entries().filter(|(_, provider)| is_aws(provider));
    let only = of_aws.next().filter(|_| of_aws.next().is_none()).map(|(_, provider)| provider);
    let Some(provider) = providers.get(key).or(only) else { return Working::default() };
    let Some(expressions) = provider.get("expressions") else { return Working { tagless: true, ..Working::default() } };
    // Variables are those of the module that it stands in.
    let variables = configuration.variables.filter(|_| provider.get("module_address").is_none());
    let written = |expression: Option<&Node<'_>>| expression.and_then(|it| value(variables, it)).map(str::to_owned);
    let role = expressions.get("assume_role").and_then(|roles| roles.elements().first());
    let assumed = written(role.and_then(|role| role.get("role_arn"))).and_then(|arn| account(&arn).map(str::to_owned));
    let allowed = expressions.get("allowed_account_ids").and_then(|it| it.get("constant_value"));
    let allowed = match allowed.map(|ids| ids.elements()) {
        Some([only]) => json::text(only).map(str::to_owned),
        _ => None,
    };
    let region = written(expressions.get("region")).filter(|region| is_region(region));
    Working {
        region,
        account: assumed.or(allowed),
        tagless: expressions.get("default_tags").is_none(),
        says_region: expressions.get("region").is_some(),
        says_credentials: CREDENTIALS.iter().any(|name| expressions.get(name).is_some()),
    }
}

/// A variable may only be a part of it: `"${var.area}-west-1"` refers to `var.area`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() >= 3 && parts.last().is_some_and(|last| !last.is_empty() && last.chars().all(|c| c.is_ascii_digit()))
}

/// A constant, or the value of a variable of the root module.
fn value<'v>(variables: Option<&'v Node<'_>>, expression: &'v Node<'_>) -> Option<&'v str> {
    if let Some(constant) = expression.get("constant_value") {
        return json::text(constant);
    }
    match references(expression).as_slice() {
        [only] => {
            let name = only.strip_prefix("var.")?;
            json::text(variables?.get(name)?.get("value")?)
        }
        _ => None,
    }
}

/// The account in an ARN.
pub fn account(arn: &str) -> Option<&str> {
    let account = arn.split(':').nth(4)?;
    (arn.starts_with("arn:") && account.len() == 12).then_some(account)
}
