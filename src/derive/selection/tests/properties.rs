//! A wider selection loses nothing, and learning an unknown overturns nothing.

use proptest::prelude::*;

use super::{Given, opt_in, selection, tags};
use crate::derive::selection::matches;
use crate::model::backup::{Selection, TagCondition, TagOperator};
use crate::model::fact::{Fact, State};
use crate::model::resource::Link;

fn pattern() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::orders",
        "arn:aws:s3:::or*",
        "arn:aws:s3:::logs",
        "arn:aws:s3:*",
        "arn:aws:ec2:*:*:volume/*",
    ])
}

fn link() -> impl Strategy<Value = Link> {
    prop_oneof![
        4 => pattern().prop_map(|text| Link::text(Fact::known(text.to_owned()))),
        1 => Just(Link::text(Fact::unknown("parameter"))),
    ]
}

fn condition(operators: Vec<TagOperator>) -> impl Strategy<Value = TagCondition> {
    let value = prop_oneof![3 => prop::sample::select(vec!["x", "y", "x*"]).prop_map(Some), 1 => Just(None)];
    (prop::sample::select(operators), prop::sample::select(vec!["a", "b"]), value).prop_map(|(operator, key, value)| {
        let value = value.map_or_else(|| Fact::unknown("parameter"), |value| Fact::known(value.to_owned()));
        TagCondition { operator, key: Fact::known(key.to_owned()), value }
    })
}

fn listed<T: Clone + std::fmt::Debug>(item: impl Strategy<Value = T>) -> impl Strategy<Value = Fact<Vec<T>>> {
    let list = prop::collection::vec(item, 0..3);
    prop_oneof![6 => list.prop_map(Fact::known), 1 => Just(Fact::absent()), 1 => Just(Fact::unknown("parameter"))]
}

fn any_selection() -> impl Strategy<Value = Selection> {
    use TagOperator::{StringEquals, StringLike, StringNotEquals, StringNotLike};
    let all = vec![StringEquals, StringLike, StringNotEquals, StringNotLike];
    (listed(link()), listed(link()), listed(condition(vec![StringEquals])), listed(condition(all))).prop_map(
        |(resources, not_resources, list_of_tags, conditions)| Selection {
            resources,
            not_resources,
            list_of_tags,
            conditions,
            ..selection()
        },
    )
}

/// One way in which the unknowns of a selection may turn out.
fn learn(mut selection: Selection, text: &str, value: &str, empty: bool) -> Selection {
    let list = |links: &mut Fact<Vec<Link>>| {
        if links.is_unknown() {
            *links = if empty { Fact::known(Vec::new()) } else { super::links(&[text]) };
        }
        if let State::Known(links) = &mut links.state {
            for link in links.iter_mut().filter(|link| link.text.is_unknown()) {
                link.text = Fact::known(text.to_owned());
            }
        }
    };
    list(&mut selection.resources);
    list(&mut selection.not_resources);
    for conditions in [&mut selection.list_of_tags, &mut selection.conditions] {
        if conditions.is_unknown() {
            let one = tags(TagOperator::StringEquals, &[("a", value)]);
            *conditions = Fact::known(if empty { Vec::new() } else { one });
        }
        if let State::Known(conditions) = &mut conditions.state {
            for condition in conditions.iter_mut().filter(|condition| condition.value.is_unknown()) {
                condition.value = Fact::known(value.to_owned());
            }
        }
    }
    selection
}

fn any_bucket() -> impl Strategy<Value = Given> {
    let known = || any::<bool>();
    let tag = || prop::option::of(prop::sample::select(vec!["x", "y"]));
    (known(), known(), known(), known(), tag(), tag()).prop_map(|(named, read, told, opted, a, b)| {
        let mut bucket = Given::bucket();
        if !opted {
            bucket = bucket.opted_out();
        }
        for (key, value) in [("a", a), ("b", b)] {
            if let Some(value) = value {
                bucket = bucket.tagged(key, value);
            }
        }
        if !named {
            bucket = bucket.unnamed();
        }
        if !read {
            bucket.tags.others = Some("denied".into());
        }
        if !told {
            bucket.opt_in = Fact::unknown("denied");
        }
        bucket
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn learning_an_unknown_never_overturns_a_known_answer(
        selection in any_selection(),
        bucket in any_bucket(),
        text in pattern(),
        value in prop::sample::select(vec!["x", "y"]),
        name in prop::sample::select(vec!["orders", "logs"]),
        (empty, opted) in any::<(bool, bool)>(),
    ) {
        let before = bucket.answer(&selection);
        let mut learnt = bucket;
        if learnt.arn.is_unknown() {
            learnt.arn = Fact::known(format!("arn:aws:s3:::{name}"));
        }
        if learnt.opt_in.is_unknown() {
            learnt.opt_in = opt_in("S3", opted);
        }
        if learnt.tags.others.take().is_some() && !empty && !learnt.tags.entries.contains_key("b") {
            learnt.tags.entries.insert("b".into(), Fact::known(value.to_owned()));
        }
        let after = learnt.answer(&learn(selection, text, value, empty));
        if let Some(before) = before {
            prop_assert_eq!(after, Some(before));
        }
    }

    #[test]
    fn a_wider_selection_never_loses_a_workload(
        selection in any_selection(),
        bucket in any_bucket(),
        more in link(),
    ) {
        let before = bucket.answer(&selection);
        let mut wider = selection.clone();
        if let State::Known(resources) = &mut wider.resources.state {
            // A first entry narrows a selection that meant everything.
            prop_assume!(!resources.is_empty());
            resources.push(more);
        }
        let mut shorter = selection;
        if let State::Known(excluded) = &mut shorter.not_resources.state {
            excluded.pop();
        }
        if before == Some(true) {
            prop_assert_eq!(bucket.answer(&wider), Some(true));
            prop_assert_eq!(bucket.answer(&shorter), Some(true));
        }
    }

    #[test]
    fn a_condition_less_never_loses_a_workload(selection in any_selection(), bucket in any_bucket()) {
        let mut wider = selection.clone();
        if let State::Known(conditions) = &mut wider.conditions.state {
            conditions.pop();
        }
        if bucket.answer(&selection) == Some(true) {
            prop_assert_eq!(bucket.answer(&wider), Some(true));
        }
    }

    #[test]
    fn one_more_tag_to_choose_from_never_loses_a_workload(
        selection in any_selection(),
        bucket in any_bucket(),
        more in condition(vec![TagOperator::StringEquals]),
    ) {
        let mut wider = selection.clone();
        if let State::Known(choices) = &mut wider.list_of_tags.state {
            // A first tag narrows a selection that meant everything.
            prop_assume!(!choices.is_empty());
            choices.push(more);
        }
        if bucket.answer(&selection) == Some(true) {
            prop_assert_eq!(bucket.answer(&wider), Some(true));
        }
    }

    /// Of what is opted in: a pattern that names a service where it named a type needs the opt-in.
    #[test]
    fn a_wider_pattern_never_loses_a_workload_that_is_opted_in(
        selection in any_selection(),
        bucket in any_bucket(),
        keep in 0..20_usize,
    ) {
        let bucket = Given { opt_in: opt_in("S3", true), ..bucket };
        let mut wider = selection.clone();
        if let State::Known(resources) = &mut wider.resources.state {
            for link in resources.iter_mut() {
                link.text = link.text.clone().map(|text| format!("{}*", text.get(..keep).unwrap_or(&text)));
            }
        }
        if bucket.answer(&selection) == Some(true) {
            prop_assert_eq!(bucket.answer(&wider), Some(true));
        }
    }

    #[test]
    fn a_pattern_without_wildcards_matches_itself_alone(text in "[a-z:/é]{0,12}", other in "[a-z:/é]{0,12}") {
        prop_assert!(matches(&text, &text));
        prop_assert_eq!(matches(&text, &other), text == other);
        prop_assert!(matches("*", &text));
    }
}
