//! Event selectors, basic and advanced, as far as they are about objects in S3.
//!
//! "EventSelector", "DataResource" and "AdvancedFieldSelector" in the AWS CloudTrail API Reference. Selectors know no
//! wildcards: they compare the starts of ARNs.

use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::types::{AdvancedEventSelector, EventSelector};

use crate::model::fact::Fact;
use crate::model::trail::{DataEvents, FieldSelector};

const OBJECT: &str = "AWS::S3::Object";

/// The selectors of S3 data events; empty where the trail logs none.
pub fn read(output: &GetEventSelectorsOutput) -> Vec<DataEvents> {
    let basic = output.event_selectors.iter().flatten().flat_map(basic);
    let advanced = output.advanced_event_selectors.iter().flatten().filter_map(advanced);
    basic.chain(advanced).collect()
}

fn basic(selector: &EventSelector) -> impl Iterator<Item = DataEvents> {
    let read_write = selector.read_write_type.as_ref().map_or("All", |kind| kind.as_str()).to_owned();
    let objects =
        selector.data_resources.iter().flatten().filter(|resource| resource.r#type.as_deref() == Some(OBJECT));
    objects.map(move |resource| DataEvents {
        read_write: Fact::known(read_write.clone()),
        arn_starts: Fact::known(resource.values.clone().unwrap_or_default()),
        not_arn_starts: Fact::known(Vec::new()),
        narrowed: Fact::known(false),
    })
}

/// None where it is about something else.
fn advanced(selector: &AdvancedEventSelector) -> Option<DataEvents> {
    let fields = selector.field_selectors.iter().map(|field| FieldSelector {
        field: field.field.clone(),
        equals: field.equals.clone().unwrap_or_default(),
        starts_with: field.starts_with.clone().unwrap_or_default(),
        not_equals: field.not_equals.clone().unwrap_or_default(),
        not_starts_with: field.not_starts_with.clone().unwrap_or_default(),
        by_ends: field.ends_with.is_some() || field.not_ends_with.is_some(),
    });
    DataEvents::from_fields(&fields.collect::<Vec<_>>())
}
