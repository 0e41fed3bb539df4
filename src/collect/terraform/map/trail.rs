//! `aws_cloudtrail`.

use super::{Mapped, tags};
use crate::collect::declared::item::Item;
use crate::model::fact::Fact;
use crate::model::resource::Facts;
use crate::model::trail::{DataEvents, FieldSelector, Trail};

/// A trail. Left out, it logs, is of one Region and one account, and does not validate its files.
pub(super) fn trail(body: &Item) -> Mapped {
    let flag = |key: &str, default: bool| body.get(key).boolean().or_default_to(default);
    let facts = Trail {
        logging: flag("enable_logging", true),
        // CloudTrail refuses a trail whose bucket does not take its logs.
        delivery_error: Fact::absent(),
        multi_region: flag("is_multi_region_trail", false),
        organization: flag("is_organization_trail", false),
        validated: flag("enable_log_file_validation", false),
        bucket: body.get("s3_bucket_name").text(),
        // No rule asks it of files: they know no accounts.
        management_events: Fact::unknown("which management events a trail logs is not read from files"),
        s3_data_events: data_events(body),
    };
    let name = body.get("name").text().value().cloned();
    Mapped { facts: Facts::Trail(Box::new(facts)), tags: tags::of(body), name }
}

/// A trail has basic selectors or advanced ones.
fn data_events(body: &Item) -> Fact<Vec<DataEvents>> {
    let basic = body.get("event_selector").list(&basic).or_default_to(Vec::new());
    let advanced = body.get("advanced_event_selector").list(&advanced).or_default_to(Vec::new());
    basic.and_then(|basic| advanced.map(|advanced| basic.into_iter().flatten().chain(advanced).collect()))
}

fn basic(selector: &Item) -> Fact<Vec<DataEvents>> {
    let read_write = selector.get("read_write_type").filled().or_default_to("All".to_owned());
    let of_objects = |resource: &Item| {
        resource.get("type").is("AWS::S3::Object").and_then(|objects| {
            if !objects {
                return Fact::absent();
            }
            Fact::known(DataEvents {
                read_write: read_write.clone(),
                arn_starts: resource.get("values").texts().or_default_to(Vec::new()),
                not_arn_starts: Fact::known(Vec::new()),
                narrowed: Fact::known(false),
            })
        })
    };
    selector.get("data_resource").list(&of_objects).or_default_to(Vec::new())
}

fn advanced(selector: &Item) -> Fact<DataEvents> {
    let fields = selector.get("field_selector").list(&field);
    fields.and_then(|fields| Fact::from_option(DataEvents::from_fields(&fields)))
}

fn field(item: &Item) -> Fact<FieldSelector> {
    let texts = |key: &str| item.get(key).texts().or_default_to(Vec::new());
    let by_ends = Fact::any([item.get("ends_with").is_set(), item.get("not_ends_with").is_set()]);
    item.get("field").text().and_then(|field| {
        let empty = FieldSelector { field, ..FieldSelector::default() };
        let with = texts("equals").map(|equals| FieldSelector { equals, ..empty });
        let with = with.and_then(|it| texts("starts_with").map(|starts_with| FieldSelector { starts_with, ..it }));
        let with = with.and_then(|it| texts("not_equals").map(|not_equals| FieldSelector { not_equals, ..it }));
        let with =
            with.and_then(|it| texts("not_starts_with").map(|not_starts_with| FieldSelector { not_starts_with, ..it }));
        with.and_then(|it| by_ends.map(|by_ends| FieldSelector { by_ends, ..it }))
    })
}
