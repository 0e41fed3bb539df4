//! Event selectors, basic and advanced, as far as they are about management events and about objects in S3.
//!
//! "EventSelector", "DataResource" and "AdvancedFieldSelector" in the AWS CloudTrail API Reference. Selectors know no
//! wildcards: they compare the starts of ARNs.

use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::types::{AdvancedEventSelector, EventSelector};

use crate::model::fact::Fact;
use crate::model::trail::{DataEvents, FieldSelector, management_events, management_of_fields};

const OBJECT: &str = "AWS::S3::Object";

/// The selectors of S3 data events; empty where the trail logs none.
pub fn read(output: &GetEventSelectorsOutput) -> Vec<DataEvents> {
    let basic = output.event_selectors.iter().flatten().flat_map(basic);
    let advanced = output.advanced_event_selectors.iter().flatten().filter_map(advanced);
    basic.chain(advanced).collect()
}

/// Which management events the trail logs. A trail that nobody gave selectors logs all of them ("GetEventSelectors").
pub fn management(output: &GetEventSelectorsOutput) -> Fact<String> {
    let basic = output.event_selectors.iter().flatten();
    let advanced = output.advanced_event_selectors.iter().flatten();
    if basic.clone().next().is_none() && advanced.clone().next().is_none() {
        return Fact::known("All".to_owned());
    }
    let basic = basic.map(|selector| match selector.include_management_events {
        Some(false) => Fact::absent(),
        _ => Fact::known(selector.read_write_type.as_ref().map_or("All", |kind| kind.as_str()).to_owned()),
    });
    let advanced = advanced.map(|selector| management_of_fields(&fields(selector)));
    management_events(basic.chain(advanced))
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
    DataEvents::from_fields(&fields(selector))
}

fn fields(selector: &AdvancedEventSelector) -> Vec<FieldSelector> {
    let fields = selector.field_selectors.iter().map(|field| FieldSelector {
        field: field.field.clone(),
        equals: field.equals.clone().unwrap_or_default(),
        starts_with: field.starts_with.clone().unwrap_or_default(),
        not_equals: field.not_equals.clone().unwrap_or_default(),
        not_starts_with: field.not_starts_with.clone().unwrap_or_default(),
        by_ends: field.ends_with.is_some() || field.not_ends_with.is_some(),
    });
    fields.collect()
}
