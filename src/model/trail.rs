//! Facts of AWS CloudTrail.

use serde::{Deserialize, Serialize};

use super::fact::Fact;

/// A trail, as it works for the account that sees it: an organization's trail is seen by each member. Its Region is its
/// home Region. Source: `DescribeTrails`, `GetTrailStatus`, `GetEventSelectors`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trail {
    /// Whether it logs now.
    pub logging: Fact<bool>,
    /// The error of the last delivery to its bucket (`AccessDenied`, `NoSuchBucket`); absent where it went well.
    pub delivery_error: Fact<String>,
    /// Whether it covers all Regions.
    pub multi_region: Fact<bool>,
    /// Whether it is the organization's.
    pub organization: Fact<bool>,
    /// Whether log files are validated.
    pub validated: Fact<bool>,
    /// The bucket that it delivers to.
    pub bucket: Fact<String>,
    /// The event selectors of S3 data events; empty where it logs none.
    pub s3_data_events: Fact<Vec<DataEvents>>,
}

/// One event selector of S3 objects, basic or advanced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataEvents {
    /// `All`, `ReadOnly`, `WriteOnly`.
    pub read_write: Fact<String>,
    /// Starts of object ARNs that it covers; `arn:aws:s3` is all, and so is `arn:`.
    pub arn_starts: Fact<Vec<String>>,
    /// Starts of object ARNs that it leaves out.
    pub not_arn_starts: Fact<Vec<String>>,
    /// Whether it asks for anything else (an event name, a user), so that it covers only some events.
    pub narrowed: Fact<bool>,
}

/// One condition of an advanced event selector; conditions are ANDed, the values of one are ORed ("AdvancedFieldSelector"
/// in the AWS CloudTrail API Reference).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    /// `eventCategory`, `resources.type`, `resources.ARN`, `readOnly`, `eventName` …
    pub field: String,
    /// `Equals`
    pub equals: Vec<String>,
    /// `StartsWith`
    pub starts_with: Vec<String>,
    /// `NotEquals`
    pub not_equals: Vec<String>,
    /// `NotStartsWith`
    pub not_starts_with: Vec<String>,
    /// Whether it compares ends (`EndsWith`, `NotEndsWith`).
    pub by_ends: bool,
}

impl DataEvents {
    /// What an advanced selector covers; none where it is not about objects in general purpose buckets.
    pub fn from_fields(fields: &[FieldSelector]) -> Option<Self> {
        let is = |name: &str, value: &str| {
            fields.iter().any(|field| field.field == name && field.equals.iter().any(|equal| equal == value))
        };
        if !is("resources.type", "AWS::S3::Object") || !is("eventCategory", "Data") {
            return None;
        }
        let read_write = match (is("readOnly", "true"), is("readOnly", "false")) {
            (true, false) => "ReadOnly",
            (false, true) => "WriteOnly",
            _ => "All",
        };
        let mut covered = Self {
            read_write: Fact::known(read_write.to_owned()),
            arn_starts: Fact::known(vec!["arn:".to_owned()]),
            not_arn_starts: Fact::known(Vec::new()),
            narrowed: Fact::known(false),
        };
        let mut by_arn = fields.iter().filter(|field| field.field == "resources.ARN");
        if let Some(arn) = by_arn.next() {
            if !arn.starts_with.is_empty() {
                covered.arn_starts = Fact::known(arn.starts_with.clone());
            }
            let exact =
                arn.not_equals.iter().map(|arn| if arn.contains('/') { arn.clone() } else { format!("{arn}/") });
            covered.not_arn_starts = Fact::known(arn.not_starts_with.iter().cloned().chain(exact).collect());
            covered.narrowed = Fact::known(!arn.equals.is_empty() || arn.by_ends);
        }
        let known = ["eventCategory", "resources.type", "readOnly", "resources.ARN"];
        if by_arn.next().is_some() || fields.iter().any(|field| !known.contains(&field.field.as_str())) {
            covered.narrowed = Fact::known(true);
        }
        Some(covered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equals(field: &str, value: &str) -> FieldSelector {
        FieldSelector { field: field.to_owned(), equals: vec![value.to_owned()], ..FieldSelector::default() }
    }

    fn covered(more: Vec<FieldSelector>) -> DataEvents {
        let fields =
            [vec![equals("eventCategory", "Data"), equals("resources.type", "AWS::S3::Object")], more].concat();
        DataEvents::from_fields(&fields).unwrap()
    }

    #[test]
    fn a_selector_without_an_arn_covers_every_object() {
        let all = covered(Vec::new());
        assert_eq!(all.arn_starts.value().unwrap(), &["arn:"]);
        assert_eq!(all.read_write.value().unwrap(), "All");
        assert!(all.narrowed.is_false());
        assert_eq!(covered(vec![equals("readOnly", "false")]).read_write.value().unwrap(), "WriteOnly");
    }

    #[test]
    fn a_selector_of_other_resources_or_of_management_events_is_none() {
        let tables = [equals("eventCategory", "Data"), equals("resources.type", "AWS::DynamoDB::Table")];
        assert_eq!(DataEvents::from_fields(&tables), None);
        assert_eq!(DataEvents::from_fields(&[equals("eventCategory", "Management")]), None);
    }

    #[test]
    fn names_of_events_and_whole_arns_and_ends_narrow_it() {
        let ends = FieldSelector { field: "resources.ARN".into(), by_ends: true, ..FieldSelector::default() };
        for more in [equals("eventName", "PutObject"), equals("resources.ARN", "arn:aws:s3:::b/k"), ends] {
            assert!(covered(vec![more.clone()]).narrowed.is_true(), "{more:?}");
        }
    }

    #[test]
    fn what_it_leaves_out_are_starts_too() {
        let arn = FieldSelector {
            field: "resources.ARN".into(),
            not_starts_with: vec!["arn:aws:s3:::logs/".into()],
            not_equals: vec!["arn:aws:s3:::a".into()],
            ..FieldSelector::default()
        };
        let covered = covered(vec![arn]);
        assert_eq!(covered.not_arn_starts.value().unwrap(), &["arn:aws:s3:::logs/", "arn:aws:s3:::a/"]);
        assert!(covered.narrowed.is_false());
    }
}
