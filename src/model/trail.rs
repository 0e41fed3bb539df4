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
    /// Which management events it logs: `All`, `ReadOnly`, `WriteOnly`; absent where it logs none.
    pub management_events: Fact<String>,
    /// The event selectors of S3 data events; empty where it logs none.
    pub s3_data_events: Fact<Vec<DataEvents>>,
}

/// Services whose management events a trail may leave out because of their number ("Logging management events" in the
/// AWS CloudTrail User Guide).
const NOISY: [&str; 2] = ["kms.amazonaws.com", "rdsdata.amazonaws.com"];

/// Which management events the selectors of a trail log together, given what each of them logs.
pub fn management_events(selectors: impl IntoIterator<Item = Fact<String>>) -> Fact<String> {
    let (mut reads, mut writes) = (Vec::new(), Vec::new());
    for selector in selectors {
        let logs = |kind: &str| selector.as_ref().map(|logs| logs == "All" || logs == kind).or_default_to(false);
        reads.push(logs("ReadOnly"));
        writes.push(logs("WriteOnly"));
    }
    let reads = Fact::any(reads);
    Fact::any(writes).and_then(|writes| {
        reads.and_then(|reads| match (reads, writes) {
            (true, true) => Fact::known("All".to_owned()),
            (true, false) => Fact::known("ReadOnly".to_owned()),
            (false, true) => Fact::known("WriteOnly".to_owned()),
            (false, false) => Fact::absent(),
        })
    })
}

/// Which management events an advanced selector logs; absent where it is about others.
pub fn management_of_fields(fields: &[FieldSelector]) -> Fact<String> {
    let is = |name: &str, value: &str| {
        fields.iter().any(|field| field.field == name && field.equals.iter().any(|equal| equal == value))
    };
    if !is("eventCategory", "Management") {
        return Fact::absent();
    }
    let leaves_out_noise = |field: &FieldSelector| {
        let only_not = field.equals.is_empty() && field.starts_with.is_empty() && field.not_starts_with.is_empty();
        let noisy = field.not_equals.iter().all(|source| NOISY.contains(&source.as_str()));
        field.field == "eventSource" && only_not && noisy && !field.by_ends
    };
    let plain = |field: &FieldSelector| ["eventCategory", "readOnly"].contains(&field.field.as_str());
    if !fields.iter().all(|field| plain(field) || leaves_out_noise(field)) {
        return Fact::unknown("a trail leaves some management events out, and whether that matters is not known");
    }
    Fact::known(match (is("readOnly", "true"), is("readOnly", "false")) {
        (true, false) => "ReadOnly".to_owned(),
        (false, true) => "WriteOnly".to_owned(),
        _ => "All".to_owned(),
    })
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
    fn management_events_are_logged_by_selectors_together() {
        let management = |more: Vec<FieldSelector>| {
            let fields = [vec![equals("eventCategory", "Management")], more].concat();
            management_of_fields(&fields)
        };
        assert_eq!(management(Vec::new()).value().unwrap(), "All");
        assert_eq!(management(vec![equals("readOnly", "false")]).value().unwrap(), "WriteOnly");
        assert_eq!(management(vec![equals("readOnly", "true")]).value().unwrap(), "ReadOnly");
        assert!(management_of_fields(&[equals("eventCategory", "Data")]).is_absent());
        let without = |source: &str| FieldSelector {
            field: "eventSource".into(),
            not_equals: vec![source.to_owned()],
            ..FieldSelector::default()
        };
        assert_eq!(management(vec![without("kms.amazonaws.com")]).value().unwrap(), "All");
        assert!(management(vec![without("backup.amazonaws.com")]).is_unknown());
        assert!(management(vec![equals("eventSource", "ec2.amazonaws.com")]).is_unknown());
        assert!(management(vec![equals("eventName", "CreateUser")]).is_unknown());
        let known = |text: &str| Fact::known(text.to_owned());
        assert_eq!(management_events([known("ReadOnly"), known("WriteOnly")]).value().unwrap(), "All");
        assert_eq!(management_events([known("ReadOnly"), Fact::absent()]).value().unwrap(), "ReadOnly");
        assert!(management_events([Fact::absent(), Fact::absent()]).is_absent());
        assert!(management_events([Fact::unknown("x"), known("All")]).value().is_some(), "one is enough");
        assert!(management_events([Fact::unknown("x"), known("ReadOnly")]).is_unknown());
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
