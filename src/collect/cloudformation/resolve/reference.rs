//! What a name in a template stands for: a parameter, a pseudo parameter, a resource or an attribute of one.

use std::sync::Arc;

use super::function::unknown;
use super::parameter::kind_of_text;
use super::{Resolver, rephrased};
use crate::collect::cloudformation::nested;
use crate::collect::cloudformation::template::Declared;
use crate::collect::cloudformation::tree::{Node, Value};
use crate::collect::declared::item::{Kind, Reference};
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::iam::HOLE;
use crate::model::identity::partition_of;

/// How many names may lead to each other.
const MAX_CHAIN: usize = 32;

impl<'t> Resolver<'t> {
    /// What `Ref` gives.
    pub(in crate::collect::cloudformation) fn reference(&mut self, name: &str) -> Kind {
        if name == "AWS::NoValue" {
            return Kind::Absent;
        }
        if name.starts_with("AWS::") {
            return kind_of_text(self.pseudo(name));
        }
        if let Some(parameter) = self.template.parameters.get(name).copied() {
            return self.parameter(name, parameter);
        }
        let Some(declared) = self.template.resources.get(name).copied() else {
            return unknown(&format!("`{name}` is neither a parameter nor a resource of the template"));
        };
        if self.condition_excludes(name) {
            return unknown(&format!("resource `{name}` is left out by its condition"));
        }
        let text = match &**declared.kind {
            // "Return values" of "AWS::IAM::ManagedPolicy": its ARN.
            "AWS::IAM::ManagedPolicy" => self.iam_arn(&declared),
            _ => self.physical_name(name),
        };
        let mut target = self.identity(name, declared.kind);
        if &**declared.kind == "AWS::KMS::Alias"
            && let Some(key) = self.alias_target(name)
        {
            target = key;
        }
        Kind::Reference(Arc::new(Reference { text, target, shape: None }))
    }

    /// "Pseudo parameters reference": what the stack's place says.
    pub(super) fn pseudo(&self, name: &str) -> Fact<String> {
        let place = &self.stack.place;
        let option = |value: &Option<Arc<str>>, what: &str, cure: &str| match value {
            Some(value) => Fact::known(value.to_string()),
            None if place.of_stack_set => {
                Fact::unknown(format!("the stack set does not say of one {what} which it is for"))
            }
            None => Fact::unknown(
                Reason::new(format!("the template does not say which {what} it is for"))
                    .cured_by(Cure::Setting(cure.to_owned())),
            ),
        };
        let by_region = || place.region.as_deref().map(|region| Arc::from(partition_of(region)));
        let partition = place.partition.clone().or_else(by_region);
        match name {
            "AWS::AccountId" => option(&place.account, "account", "--account"),
            "AWS::Region" => option(&place.region, "Region", "--region"),
            "AWS::Partition" => option(&partition, "partition", "--partition"),
            "AWS::URLSuffix" => option(&partition, "partition", "--partition").map(|partition| {
                if partition == "aws-cn" { "amazonaws.com.cn".to_owned() } else { "amazonaws.com".to_owned() }
            }),
            other => Fact::unknown(format!("`{other}` is known when the stack is made")),
        }
    }

    fn condition_excludes(&mut self, logical_id: &str) -> bool {
        let Some(declared) = self.template.resources.get(logical_id).copied() else { return false };
        self.exists(&declared).is_false()
    }

    /// What `Ref` puts in place of a resource, where its template says it.
    pub(super) fn physical_name(&mut self, logical_id: &str) -> Fact<String> {
        let Some(declared) = self.template.resources.get(logical_id).copied() else {
            return Fact::unknown(format!("`{logical_id}` is not a resource of the template"));
        };
        let Some(property) = name_property(declared.kind) else {
            return Fact::unknown(format!("the id of `{logical_id}` is given when the stack is made"));
        };
        let Some(node) = declared.properties.and_then(|properties| properties.get(property)) else {
            return Fact::unknown(format!("`{logical_id}` gets its name when the stack is made"));
        };
        if self.visiting.len() >= MAX_CHAIN || self.visiting.iter().any(|visited| visited == logical_id) {
            return Fact::unknown(format!("the name of `{logical_id}` refers to itself"));
        }
        self.visiting.push(logical_id.to_owned());
        let fact = self.argument_text(node);
        self.visiting.pop();
        match fact.state {
            State::Known(name) => Fact::known(name),
            State::Absent => Fact::unknown(format!("`{logical_id}` gets its name when the stack is made")),
            State::Unknown(reasons) => {
                Fact::unknown(rephrased(&reasons, |why| format!("the name of `{logical_id}` is not known: {why}")))
            }
        }
    }

    /// The key that an alias certainly stands for.
    fn alias_target(&mut self, logical_id: &str) -> Option<crate::model::identity::ResourceId> {
        let node = self.template.resources.get(logical_id)?.properties?.get("TargetKeyId")?;
        if self.visiting.iter().any(|visited| visited == logical_id) {
            return None;
        }
        self.visiting.push(logical_id.to_owned());
        let item = self.argument(node);
        self.visiting.pop();
        match item.kind {
            Kind::Reference(reference) => Some(reference.target.clone()),
            _ => None,
        }
    }

    /// What `Fn::GetAtt` gives.
    pub(super) fn attribute(&mut self, argument: &'t Node) -> Kind {
        let parts = match &argument.value {
            Value::List(parts) => match parts.as_slice() {
                [name, attribute] => {
                    let attribute = self.name(attribute);
                    self.name(name).and_then(|name| attribute.map(|attribute| (name, attribute)))
                }
                _ => Fact::absent(),
            },
            _ => Fact::from_option(argument.text().and_then(|text| {
                text.split_once('.').map(|(name, attribute)| (name.to_owned(), attribute.to_owned()))
            })),
        };
        match parts.state {
            State::Known((name, attribute)) => self.attribute_of(&name, &attribute),
            State::Unknown(reasons) => Kind::Unknown(reasons),
            State::Absent => unknown("`Fn::GetAtt` is not given a resource and an attribute"),
        }
    }

    /// An attribute of a resource: "Return values" on its type's page in the CloudFormation Template Reference.
    pub(super) fn attribute_of(&mut self, name: &str, attribute: &str) -> Kind {
        let Some(declared) = self.template.resources.get(name).copied() else {
            return unknown(&format!("`{name}` is not a resource of the template"));
        };
        if self.condition_excludes(name) {
            return unknown(&format!("resource `{name}` is left out by its condition"));
        }
        if let (true, Some(output)) = (nested::is_nested(declared.kind), attribute.strip_prefix("Outputs.")) {
            return self.output_of(&declared, output);
        }
        let target = self.identity(name, declared.kind);
        let later = || Fact::unknown(format!("`{name}.{attribute}` is known when the stack is made"));
        let text = match (&*target.kind, attribute) {
            ("AWS::S3::Bucket", "Arn") => {
                let parts =
                    [Fact::known("arn:".to_owned()), self.pseudo("AWS::Partition"), Fact::known(":s3:::".to_owned())];
                let name = self.physical_name(name);
                self.joined(parts.into_iter().chain([name]))
            }
            ("AWS::Backup::BackupVault", "BackupVaultArn") => {
                let colon = || Fact::known(":".to_owned());
                let parts = [
                    Fact::known("arn:".to_owned()),
                    self.pseudo("AWS::Partition"),
                    Fact::known(":backup:".to_owned()),
                    self.pseudo("AWS::Region"),
                    colon(),
                    self.pseudo("AWS::AccountId"),
                    Fact::known(":backup-vault:".to_owned()),
                    self.physical_name(name),
                ];
                self.joined(parts)
            }
            ("AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group", "Arn")
            | ("AWS::IAM::ManagedPolicy", "PolicyArn") => self.iam_arn(&declared),
            ("AWS::Backup::BackupVault", "BackupVaultName")
            | ("AWS::Backup::RestoreTestingPlan", "RestoreTestingPlanName") => self.physical_name(name),
            // Only what names the resource itself means it; a bucket's domain name is a text like any other.
            (_, other) if other == "Id" || other.ends_with("Arn") || other.ends_with("Id") => later(),
            _ => return unknown(&format!("`{name}.{attribute}` is known when the stack is made")),
        };
        Kind::Reference(Arc::new(Reference { text, target, shape: None }))
    }

    /// The ARN of a principal or managed policy of IAM ("IAM identifiers" in the IAM User Guide): its path, `/` unless it
    /// says another, stands before its name.
    fn iam_arn(&mut self, declared: &Declared<'t>) -> Fact<String> {
        let part = match &**declared.kind {
            "AWS::IAM::Role" => ":role",
            "AWS::IAM::User" => ":user",
            "AWS::IAM::Group" => ":group",
            _ => ":policy",
        };
        let path = match declared.properties.and_then(|properties| properties.get("Path")) {
            Some(node) => self.argument_text(node).or_default_to("/".to_owned()),
            None => Fact::known("/".to_owned()),
        };
        let parts = [
            Fact::known("arn:".to_owned()),
            self.pseudo("AWS::Partition"),
            Fact::known(":iam::".to_owned()),
            self.pseudo("AWS::AccountId"),
            Fact::known(part.to_owned()),
            path,
            self.physical_name(declared.logical_id),
        ];
        self.joined(parts)
    }

    /// All texts in a row, with a hole for each that is not known where holes are wanted; else unknown if one is.
    pub(super) fn joined(&self, texts: impl IntoIterator<Item = Fact<String>>) -> Fact<String> {
        let hole = |text: Fact<String>| if text.is_unknown() { Fact::known(HOLE.to_string()) } else { text };
        joined(texts.into_iter().map(|text| if self.with_holes { hole(text) } else { text }))
    }
}

/// The property that gives the name that `Ref` returns, or that ends the ARN.
fn name_property(kind: &str) -> Option<&'static str> {
    match kind {
        "AWS::S3::Bucket" => Some("BucketName"),
        "AWS::Backup::BackupVault" | "AWS::Backup::LogicallyAirGappedBackupVault" => Some("BackupVaultName"),
        "AWS::Backup::RestoreTestingPlan" => Some("RestoreTestingPlanName"),
        "AWS::KMS::Alias" => Some("AliasName"),
        "AWS::IAM::Role" => Some("RoleName"),
        "AWS::IAM::User" => Some("UserName"),
        "AWS::IAM::Group" => Some("GroupName"),
        "AWS::IAM::ManagedPolicy" => Some("ManagedPolicyName"),
        _ => None,
    }
}

/// All texts in a row; unknown if one is.
fn joined(texts: impl IntoIterator<Item = Fact<String>>) -> Fact<String> {
    let mut all = String::new();
    let mut doubt: Option<Reasons> = None;
    for text in texts {
        match text.state {
            State::Known(text) => all.push_str(&text),
            State::Absent => {}
            State::Unknown(more) => doubt = Some(doubt.map_or_else(|| more.clone(), |sum| sum.and(&more))),
        }
    }
    doubt.map_or_else(|| Fact::known(all), Fact::unknown)
}
