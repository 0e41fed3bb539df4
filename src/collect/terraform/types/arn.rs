//! ARNs by their patterns: `{p}` partition, `{r}` Region, `{a}` account, `{path}` the path of what IAM has.

use crate::collect::declared::item::Item;
use crate::collect::terraform::block::Place;
use crate::model::iam::HOLE;
use crate::model::identity::partition_of;

/// The ARN before the name; none where a part of it is not known.
pub(super) fn known(pattern: &str, place: &Place, body: &Item) -> Option<String> {
    let mut text = pattern.to_owned();
    for (mark, value) in parts(place, body) {
        if text.contains(mark) {
            text = text.replace(mark, &value?);
        }
    }
    Some(text)
}

/// The same with a hole for each part that is not known.
pub(super) fn with_holes(pattern: &str, place: &Place, body: &Item) -> String {
    let fill = |text: String, (mark, value): (&str, Option<String>)| {
        text.replace(mark, &value.unwrap_or_else(|| HOLE.to_string()))
    };
    parts(place, body).into_iter().fold(pattern.to_owned(), fill)
}

/// What stands in an ARN, by its mark.
fn parts(place: &Place, body: &Item) -> [(&'static str, Option<String>); 4] {
    let partition = place.partition.as_deref().or_else(|| place.region.as_deref().map(partition_of));
    let path = body.get("path").text().or_default_to("/".to_owned());
    [
        ("{p}", partition.map(str::to_owned)),
        ("{r}", place.region.as_deref().map(str::to_owned)),
        ("{a}", place.account.as_deref().map(str::to_owned)),
        ("{path}", path.value().map(|path| if path.is_empty() { "/".to_owned() } else { path.clone() })),
    ]
}
