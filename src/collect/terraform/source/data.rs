//! Data sources that can be worked out without asking anybody.

use std::sync::Arc;

use super::evaluator::Evaluator;
use super::handle::{Key, ResourceHandle};
use super::value::{Kind, Unknown, Value};
use crate::model::identity::partition_of;

impl Evaluator<'_> {
    /// `data.aws_region.r.name`.
    pub(super) fn data_attribute(&mut self, handle: &ResourceHandle, name: &str) -> Value {
        let address = &handle.address;
        let kind = handle.kind();
        if kind == "aws_iam_policy_document" && matches!(name, "json" | "minified_json") {
            let full = format!("{}{}.{name}", handle.name, handle.key.suffix());
            return self.named(handle.module, &full, |evaluator| evaluator.policy_document(handle));
        }
        let block = self.block(handle.module, &handle.name);
        let provider = block.map(|block| self.provider_of(handle.module, &block));
        let place = provider.map(|provider| provider.place(&"".into())).unwrap_or_default();
        let partition = || place.partition.clone().or_else(|| place.region.as_deref().map(|r| partition_of(r).into()));
        let known: Option<Arc<str>> = match (kind, name) {
            ("aws_caller_identity", "account_id" | "id") => place.account.clone(),
            // `id` and `name` are the same; version 6 of the provider calls it `region`.
            ("aws_region", "name" | "id" | "region") => place.region.clone(),
            ("aws_partition", "partition" | "id") => partition(),
            ("aws_partition", "dns_suffix") => partition().and_then(|partition| match &*partition {
                "aws" | "aws-us-gov" => Some("amazonaws.com".into()),
                "aws-cn" => Some("amazonaws.com.cn".into()),
                _ => None,
            }),
            _ => None,
        };
        if let Some(known) = known
            && !self.chooses_region(handle)
        {
            return Kind::Text(known).into();
        }
        let symbol = (handle.key != Key::All).then(|| format!("{address}.{name}"));
        Kind::Unknown(Unknown::sure(format!("`{address}.{name}` is read when it is applied"), symbol)).into()
    }

    /// Whether a data source names the Region that it is about, rather than its provider's.
    fn chooses_region(&self, handle: &ResourceHandle) -> bool {
        let block = self.block(handle.module, &handle.name);
        block.is_some_and(|block| {
            ["name", "endpoint", "region"].iter().any(|argument| block.body.attribute(argument).is_some())
        })
    }
}
