//! Frameworks as SARIF taxonomies.

use serde_sarif::sarif::{
    ReportingDescriptor, ReportingDescriptorReference, ReportingDescriptorRelationship, ToolComponent,
    ToolComponentReference,
};
use uuid::Uuid;

use super::text;
use crate::rule::framework::Framework;

/// A GUID that stays the same over runs and machines: version 5, from the framework's id and the control's.
fn guid(framework: &str, control: &str) -> String {
    let name = format!("backstop:framework:{framework}:{control}");
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).to_string()
}

/// One taxonomy for each framework. Only the controls that rules speak to are listed, so none is comprehensive.
pub fn components(frameworks: &[Framework]) -> Vec<ToolComponent> {
    frameworks
        .iter()
        .map(|framework| {
            let taxa: Vec<_> = framework
                .controls
                .iter()
                .map(|control| {
                    ReportingDescriptor::builder()
                        .id(&control.id)
                        .guid(guid(&framework.id, &control.id))
                        .name(&control.title)
                        .short_description(text(&control.title))
                        .build()
                })
                .collect();
            ToolComponent::builder()
                .name(&framework.name)
                .full_name(&framework.full_name)
                .guid(guid(&framework.id, ""))
                .version(&framework.version)
                .organization(&framework.organization)
                .short_description(text(&format!("{}.", framework.full_name)))
                .is_comprehensive(false)
                .taxa(taxa)
                .build()
        })
        .collect()
}

/// The references to them, in the same order.
pub fn references(frameworks: &[Framework]) -> Vec<ToolComponentReference> {
    frameworks.iter().enumerate().map(|(index, framework)| component(framework, index)).collect()
}

fn component(framework: &Framework, index: usize) -> ToolComponentReference {
    ToolComponentReference::builder()
        .name(&framework.name)
        .guid(guid(&framework.id, ""))
        .index(i64::try_from(index).unwrap_or(-1))
        .build()
}

/// The controls that this rule gives evidence for. `relevant`: a rule supports a control, it does not equal it.
pub fn relationships(frameworks: &[Framework], rule: &str) -> Vec<ReportingDescriptorRelationship> {
    let mut all = Vec::new();
    for (place, framework) in frameworks.iter().enumerate() {
        for (index, control) in framework.controls_of(rule) {
            let target = ReportingDescriptorReference::builder()
                .id(&control.id)
                .guid(guid(&framework.id, &control.id))
                .index(i64::try_from(index).unwrap_or(-1))
                .tool_component(component(framework, place))
                .build();
            let relationship = ReportingDescriptorRelationship::builder().target(target);
            all.push(relationship.kinds(vec!["relevant".to_owned()]).build());
        }
    }
    all
}
