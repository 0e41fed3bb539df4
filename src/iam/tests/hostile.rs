//! Documents that nobody wrote in good faith, or at all.

use proptest::prelude::*;

use crate::iam::{Answer, Attachment, Context, Denial, Layers, Library, Principal, Request, Resource};

/// Reads a text and asks about it; what matters is that it ends, and what it says of itself.
fn ask(text: &str) -> (Answer, bool) {
    let mut library = Library::new(["backup:DeleteRecoveryPoint"]);
    let id = library.add(text);
    let policies = [Attachment::new("policy", id)];
    let principal = Principal::of_arn("arn:aws:iam::111122223333:user/alice").unwrap();
    let action = library.action("backup:DeleteRecoveryPoint");
    let context = Context::open();
    let resource = Resource::new("arn:aws:ec2:eu-west-1::snapshot/snap-1", Some("111122223333"));
    let request = Request { principal: &principal, action: &action, resource, context: &context };
    let layers = Layers { resource: policies.first(), ..Layers::new(&policies) };
    let decision = library.decide(&request, &layers);
    assert_eq!(library.can(&request, &layers).decision.answer, decision.answer);
    (decision.answer, library.document(id).unwrap().is_readable())
}

/// JSON of any shape, in which the names of the policy language are frequent.
fn json() -> impl Strategy<Value = String> {
    const NAMES: [&str; 9] =
        ["Statement", "Effect", "Action", "Resource", "Principal", "NotAction", "Condition", "StringLike", "AWS"];
    const TEXTS: [&str; 10] =
        ["Allow", "Deny", "*", "backup:*", "${aws:username}", "${", "arn:aws:ec2:*", "::::::", "\u{fffc}", ""];
    let leaf = prop_oneof![
        proptest::sample::select(&TEXTS[..]).prop_map(|text| format!("{text:?}").replace("\\u{fffc}", "\u{fffc}")),
        any::<f64>()
            .prop_filter("JSON has no such number", |number| number.is_finite())
            .prop_map(|number| number.to_string()),
        Just("null".to_owned()),
        Just("true".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let entry =
            (proptest::sample::select(&NAMES[..]), inner.clone()).prop_map(|(name, value)| format!("{name:?}:{value}"));
        prop_oneof![
            proptest::collection::vec(inner, 0..5).prop_map(|list| format!("[{}]", list.join(","))),
            proptest::collection::vec(entry, 0..7).prop_map(|entries| format!("{{{}}}", entries.join(","))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn no_json_makes_it_panic_and_none_that_aws_refuses_decides_anything(text in json()) {
        let (answer, readable) = ask(&text);
        prop_assert!(readable || answer == Answer::Conditional, "{answer:?}");
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}") {
        let (answer, readable) = ask(&text);
        prop_assert!(readable || answer == Answer::Conditional, "{answer:?}");
    }
}

#[test]
fn nesting_and_size_have_bounds() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(ask(&deep), (Answer::Conditional, false));
    let long = format!(r#"{{"Version":"2012-10-17","Statement":[],"Id":"{}"}}"#, "x".repeat(1_000_000));
    assert_eq!(ask(&long), (Answer::Conditional, false));
}

/// Naively, each of these takes exponential time, or billions of steps.
#[test]
fn patterns_made_to_be_slow_come_to_an_end() {
    let document = |action: &str, resource: &str| {
        let statement = format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#);
        ask(&format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#))
    };
    let stars = "*a".repeat(50_000);
    // As the resource's policy it lacks a principal, so a resource that may be meant would leave it open.
    assert_eq!(document("*", &format!("arn:aws:ec2:{stars}:{stars}b")), (Answer::No(Denial::Implicit), true));
    assert_eq!(document("*", &format!("arn:aws:ec2:*:*:{stars}b")), (Answer::No(Denial::Implicit), true));
    let holes = "\u{fffc}a*".repeat(20_000);
    assert_eq!(document(&format!("backup:{holes}"), "*"), (Answer::No(Denial::Implicit), true));
    assert_eq!(document(&format!("backup:*{}", "\u{fffc}*".repeat(20_000)), "*"), (Answer::Conditional, true));
}
