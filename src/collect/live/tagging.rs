//! Tags of resources whose own service has no collector yet.

use std::collections::BTreeMap;

use crate::model::resource::Tags;

use super::look::{Look, tags};
use super::operation::{Operation, Service};

/// Resource Groups Tagging API. Other collectors ask it.
pub const SERVICE: Service = Service { operations: &[GET_RESOURCES], global: None, regional: None, in_use: None };

const GET_RESOURCES: Operation = Operation {
    service: "tag",
    name: "GetResources",
    actions: &["tag:GetResources"],
    why: "the tags of protected resources, and so their tiers",
};

/// `ResourceARNList` takes no more (Resource Groups Tagging API Reference: GetResources).
const CHUNK: usize = 100;

/// The tags of these resources of one Region. One that the API does not answer has never been tagged, or is gone.
pub struct Tagged {
    answered: BTreeMap<String, Tags>,
}

impl Tagged {
    /// The tags of a resource, and whether the API knows it.
    pub fn of(&self, arn: &str) -> (Tags, bool) {
        self.answered.get(arn).map_or_else(|| (Tags::default(), false), |tags| (tags.clone(), true))
    }
}

/// Asks for the tags of these resources.
pub async fn read(look: &mut Look<'_>, arns: &[String]) -> Tagged {
    let session = look.session;
    let clients = session.clients(look.region);
    let mut answered = BTreeMap::new();
    for chunk in arns.chunks(CHUNK) {
        // Paging does not go with a list of ARNs: everything comes in one answer.
        let call = clients.tagging.get_resources().set_resource_arn_list(Some(chunk.to_vec())).send();
        match session.send(call).await {
            Ok(output) => {
                for mapping in output.resource_tag_mapping_list.unwrap_or_default() {
                    let Some(arn) = mapping.resource_arn else { continue };
                    let pairs = mapping.tags.unwrap_or_default();
                    answered.insert(arn, tags(pairs.into_iter().map(|tag| (tag.key, tag.value))));
                }
            }
            Err(failure) => {
                let reason = look.fail(&GET_RESOURCES, None, &failure);
                answered.extend(chunk.iter().map(|arn| (arn.clone(), Tags::unread(reason.clone()))));
            }
        }
    }
    Tagged { answered }
}
