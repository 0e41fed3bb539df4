//! The rule's parameters: `InputParameters` of the AWS Config rule, an object of texts.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diagnostic::nearest;
use crate::finding::severity::Severity;

/// How long the parameters may be, in characters (`InputParameters` of `ConfigRule` in the AWS Config API Reference).
pub const MOST: usize = 1024;

/// Every parameter.
pub const NAMES: [&str; 13] = [
    "AssumeRoleMode",
    "BundleSha256",
    "BundleUri",
    "EventBus",
    "ExecutionRoleName",
    "ExecutionRoleRegion",
    "ExternalId",
    "MinSeverity",
    "Regions",
    "ReportBucket",
    "ReportKmsKey",
    "ReportPrefix",
    "TopicArn",
];

/// What is wrong with the parameters.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ParameterError {
    /// They are longer than AWS Config takes.
    #[error(
        "the rule's parameters have {0} characters, and AWS Config takes {MOST}: put rules and settings into a bundle"
    )]
    Long(usize),
    /// They are no object.
    #[error("the rule's parameters are no JSON object: {0}")]
    Shape(String),
    /// One is not known.
    #[error("there is no parameter `{name}`; {help}")]
    Unknown {
        /// As written.
        name: String,
        /// The one that may be meant, or all.
        help: String,
    },
    /// One has a value that it cannot have.
    #[error("the parameter `{name}` is wrong: `{value}` is {why}")]
    Value {
        /// Which.
        name: &'static str,
        /// As written.
        value: String,
        /// What it is not.
        why: String,
    },
    /// One needs another one.
    #[error("the parameter `{name}` needs `{other}`: {why}")]
    Alone {
        /// Which.
        name: &'static str,
        /// The one that is missing.
        other: &'static str,
        /// Why.
        why: &'static str,
    },
}

/// Which Regions are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Regions {
    /// The one that the rule is in.
    #[default]
    Rule,
    /// All that the account has enabled.
    All,
    /// These, sorted.
    Named(Vec<String>),
}

/// Rules and settings as one object in S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleAt {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// Its SHA-256, in lower-case hexadecimal.
    pub sha256: String,
}

/// Where reports go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reports {
    /// The bucket.
    pub bucket: String,
    /// What keys begin with, without a slash at its end; empty for nothing.
    pub prefix: String,
    /// The KMS key that encrypts them; none for AWS's own key for S3.
    pub key: Option<String>,
}

/// All parameters, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// The mildest severity that makes a resource NON_COMPLIANT.
    pub min_severity: Severity,
    /// The Regions to read.
    pub regions: Regions,
    /// Rules and settings; none for those beside the program.
    pub bundle: Option<BundleAt>,
    /// Where reports go; none writes none.
    pub reports: Option<Reports>,
    /// The name or ARN of the event bus that is told the counts; none tells nobody.
    pub event_bus: Option<String>,
    /// The ARN of the SNS topic that is told the counts; none tells nobody.
    pub topic: Option<String>,
    /// Whether a role is assumed; where nothing is said, if one is named.
    pub assume_role: bool,
    /// The role's name, with its path, in the event's account; none for AWS Config's own.
    pub role_name: Option<String>,
    /// The Region whose STS is asked; none for the function's own.
    pub role_region: Option<String>,
    /// What the role's trust policy may ask for.
    pub external_id: Option<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            min_severity: Severity::High,
            regions: Regions::Rule,
            bundle: None,
            reports: None,
            event_bus: None,
            topic: None,
            assume_role: false,
            role_name: None,
            role_region: None,
            external_id: None,
        }
    }
}

impl Parameters {
    /// Reads the parameters; none are the defaults.
    ///
    /// # Errors
    ///
    /// At the first that is wrong, by name.
    pub fn parse(text: Option<&str>) -> Result<Self, ParameterError> {
        let given = Given::read(text.unwrap_or("{}"))?;
        let reports = given.reports()?;
        let role_name = given.checked("ExecutionRoleName", is_role_name, "no name of a role")?;
        let assume_role = match given.get("AssumeRoleMode").map(str::to_ascii_lowercase).as_deref() {
            None => role_name.is_some(),
            Some("true") => true,
            Some("false") => false,
            Some(_) => return Err(given.wrong("AssumeRoleMode", "neither `true` nor `false`")),
        };
        let external_id =
            given.checked("ExternalId", is_external_id, "no external id (2 to 1,224 of A-Z a-z 0-9 +=,.@:/-_)")?;
        if external_id.is_some() && !assume_role {
            let why = "without a role to assume nobody asks for it";
            return Err(ParameterError::Alone { name: "ExternalId", other: "ExecutionRoleName", why });
        }
        if role_name.is_some() && !assume_role {
            return Err(given.wrong("AssumeRoleMode", "at odds with `ExecutionRoleName`"));
        }
        Ok(Self {
            min_severity: given
                .get("MinSeverity")
                .map(|text| {
                    text.parse().map_err(|_| given.wrong("MinSeverity", "no severity (critical, high, medium, low)"))
                })
                .transpose()?
                .unwrap_or(Severity::High),
            regions: given.regions()?,
            bundle: given.bundle()?,
            reports,
            event_bus: given.checked("EventBus", is_bus, "no name or ARN of an event bus")?,
            topic: given.checked("TopicArn", is_topic, "no ARN of a standard SNS topic")?,
            assume_role,
            role_name,
            role_region: given.checked("ExecutionRoleRegion", is_region, "no name of a Region")?,
            external_id,
        })
    }
}

/// The texts that were given; an empty one is none, since a template's parameter cannot be left out.
struct Given(BTreeMap<&'static str, String>);

impl Given {
    fn read(text: &str) -> Result<Self, ParameterError> {
        let length = text.chars().count();
        if length > MOST {
            return Err(ParameterError::Long(length));
        }
        let members: BTreeMap<String, Value> =
            serde_json::from_str(text).map_err(|error| ParameterError::Shape(error.to_string()))?;
        let mut given = BTreeMap::new();
        for (name, value) in members {
            let Some(known) = NAMES.into_iter().find(|known| *known == name) else {
                let near = nearest(&name, NAMES);
                let help = near.map_or_else(
                    || format!("the parameters are `{}`", NAMES.join("`, `")),
                    |near| format!("did you mean `{near}`?"),
                );
                return Err(ParameterError::Unknown { name, help });
            };
            let text = match value {
                Value::String(text) => text.trim().to_owned(),
                Value::Bool(flag) => flag.to_string(),
                other => {
                    return Err(ParameterError::Value {
                        name: known,
                        value: other.to_string(),
                        why: "no text".to_owned(),
                    });
                }
            };
            if !text.is_empty() {
                given.insert(known, text);
            }
        }
        Ok(Self(given))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn wrong(&self, name: &'static str, why: impl Into<String>) -> ParameterError {
        ParameterError::Value { name, value: self.get(name).unwrap_or_default().to_owned(), why: why.into() }
    }

    fn checked(&self, name: &'static str, is: fn(&str) -> bool, why: &str) -> Result<Option<String>, ParameterError> {
        match self.get(name) {
            Some(text) if !is(text) => Err(self.wrong(name, why)),
            text => Ok(text.map(str::to_owned)),
        }
    }

    fn needs(&self, name: &'static str, other: &'static str, why: &'static str) -> Result<(), ParameterError> {
        match (self.get(name), self.get(other)) {
            (Some(_), None) => Err(ParameterError::Alone { name, other, why }),
            _ => Ok(()),
        }
    }

    fn regions(&self) -> Result<Regions, ParameterError> {
        match self.get("Regions") {
            None | Some("rule") => Ok(Regions::Rule),
            Some("all") => Ok(Regions::All),
            Some(list) => {
                let mut names: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
                if !names.iter().all(|name| is_region(name)) {
                    return Err(self.wrong(
                        "Regions",
                        "neither `rule` nor `all` nor a list of Regions (`eu-west-1,eu-central-1`)",
                    ));
                }
                names.sort();
                names.dedup();
                Ok(Regions::Named(names))
            }
        }
    }

    fn bundle(&self) -> Result<Option<BundleAt>, ParameterError> {
        self.needs("BundleUri", "BundleSha256", "what decides verdicts must be what was approved")?;
        self.needs("BundleSha256", "BundleUri", "there is nothing to compare it with")?;
        let (Some(uri), Some(sha256)) = (self.get("BundleUri"), self.get("BundleSha256")) else { return Ok(None) };
        let place = uri.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
        let (bucket, key) = place
            .filter(|(bucket, key)| is_bucket(bucket) && !key.is_empty())
            .ok_or_else(|| self.wrong("BundleUri", "no address of an object (`s3://bucket/key`)"))?;
        let sha256 = sha256.to_ascii_lowercase();
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(self.wrong("BundleSha256", "no SHA-256 (64 hexadecimal digits)"));
        }
        Ok(Some(BundleAt { bucket: bucket.to_owned(), key: key.to_owned(), sha256 }))
    }

    fn reports(&self) -> Result<Option<Reports>, ParameterError> {
        let why = "it says where reports go";
        self.needs("ReportPrefix", "ReportBucket", why)?;
        self.needs("ReportKmsKey", "ReportBucket", why)?;
        let Some(bucket) = self.checked("ReportBucket", is_bucket, "no name of a bucket")? else { return Ok(None) };
        let prefix = self.get("ReportPrefix").unwrap_or_default().trim_matches('/').to_owned();
        if prefix.chars().any(char::is_control) || prefix.len() > 256 {
            return Err(
                self.wrong("ReportPrefix", "no beginning of keys (256 characters, none of them a control character)")
            );
        }
        let key = self.checked("ReportKmsKey", is_key, "no id, alias or ARN of a KMS key")?;
        Ok(Some(Reports { bucket, prefix, key }))
    }
}

fn all_of(text: &str, marks: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
}

/// A name, or a path and a name, as in `role/path/name` ("IAM and AWS STS quotas": 64 characters of `\w+=,.@-`, and a path of 512).
fn is_role_name(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or(text);
    !text.starts_with('/')
        && !text.contains("//")
        && all_of(text, "_+=,.@-/")
        && !name.is_empty()
        && name.len() <= 64
        && text.len() <= 512
}

/// `ExternalId` of AssumeRole in the AWS STS API Reference.
fn is_external_id(text: &str) -> bool {
    (2..=1224).contains(&text.len()) && all_of(text, "_+=,.@:/-")
}

/// "General purpose bucket naming rules" in the Amazon S3 User Guide, as far as they keep a path out.
fn is_bucket(text: &str) -> bool {
    (3..=63).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte))
}

fn is_key(text: &str) -> bool {
    text.len() <= 2048 && all_of(text, ":/_-")
}

/// `EventBusName` of PutEvents in the Amazon EventBridge API Reference.
fn is_bus(text: &str) -> bool {
    text.len() <= 1600 && all_of(text, "/.-_:")
}

/// `arn:aws:sns:eu-west-1:111122223333:name` ("Name" of CreateTopic in the Amazon SNS API Reference). A FIFO topic, whose
/// name ends in `.fifo`, is for queues that ask for an order, which one message a run has not.
fn is_topic(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let [arn, partition, service, region, account, name] = parts.as_slice() else { return false };
    *arn == "arn"
        && partition.starts_with("aws")
        && *service == "sns"
        && is_region(region)
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && (1..=256).contains(&name.len())
        && all_of(name, "_-")
}

/// `eu-west-1`, `us-gov-east-1`: words of lower-case letters, and a number.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    words.len() >= 2
        && words.iter().all(|word| word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}
