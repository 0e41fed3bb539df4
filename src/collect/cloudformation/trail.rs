//! `AWS::CloudTrail::Trail`: its page in the CloudFormation Template Reference.

use super::Mapped;
use super::tags::tags;
use crate::collect::declared::item::Item;
use crate::model::fact::Fact;
use crate::model::resource::Facts;
use crate::model::trail::{DataEvents, FieldSelector, Trail};

/// A trail. Left out, it is of one Region and one account, and does not validate its files.
pub(super) fn trail(properties: &Item) -> Mapped {
    let flag = |key: &str| properties.get(key).boolean().or_default_to(false);
    let facts = Trail {
        logging: flag("IsLogging"),
        // CloudFormation refuses a trail whose bucket does not take its logs.
        delivery_error: Fact::absent(),
        multi_region: flag("IsMultiRegionTrail"),
        organization: flag("IsOrganizationTrail"),
        validated: flag("EnableLogFileValidation"),
        bucket: properties.get("S3BucketName").text(),
        // No rule asks it of files: they know no accounts.
        management_events: Fact::unknown("which management events a trail logs is not read from files"),
        s3_data_events: data_events(properties),
    };
    let name = properties.get("TrailName").text();
    Mapped { facts: Facts::Trail(Box::new(facts)), tags: tags(&properties.get("Tags")), name: name.value().cloned() }
}

/// A trail has basic selectors or advanced ones.
fn data_events(properties: &Item) -> Fact<Vec<DataEvents>> {
    let basic = properties.get("EventSelectors").list(&basic).or_default_to(Vec::new());
    let advanced = properties.get("AdvancedEventSelectors").list(&advanced).or_default_to(Vec::new());
    basic.and_then(|basic| advanced.map(|advanced| basic.into_iter().flatten().chain(advanced).collect()))
}

fn basic(selector: &Item) -> Fact<Vec<DataEvents>> {
    let read_write = selector.get("ReadWriteType").text().or_default_to("All".to_owned());
    let of_objects = |resource: &Item| {
        resource.get("Type").is("AWS::S3::Object").and_then(|objects| {
            if !objects {
                return Fact::absent();
            }
            Fact::known(DataEvents {
                read_write: read_write.clone(),
                arn_starts: resource.get("Values").texts().or_default_to(Vec::new()),
                not_arn_starts: Fact::known(Vec::new()),
                narrowed: Fact::known(false),
            })
        })
    };
    selector.get("DataResources").list(&of_objects).or_default_to(Vec::new())
}

fn advanced(selector: &Item) -> Fact<DataEvents> {
    let fields = selector.get("FieldSelectors").list(&field);
    fields.and_then(|fields| Fact::from_option(DataEvents::from_fields(&fields)))
}

fn field(item: &Item) -> Fact<FieldSelector> {
    let texts = |key: &str| item.get(key).texts().or_default_to(Vec::new());
    let by_ends = Fact::any([item.get("EndsWith").present(), item.get("NotEndsWith").present()]);
    item.get("Field").text().and_then(|field| {
        let empty = FieldSelector { field, ..FieldSelector::default() };
        let with = texts("Equals").map(|equals| FieldSelector { equals, ..empty });
        let with = with.and_then(|it| texts("StartsWith").map(|starts_with| FieldSelector { starts_with, ..it }));
        let with = with.and_then(|it| texts("NotEquals").map(|not_equals| FieldSelector { not_equals, ..it }));
        let with =
            with.and_then(|it| texts("NotStartsWith").map(|not_starts_with| FieldSelector { not_starts_with, ..it }));
        with.and_then(|it| by_ends.map(|by_ends| FieldSelector { by_ends, ..it }))
    })
}
