//! What must hold of every policy and request: what is hidden never turns into a wrong answer, and more policies never
//! do the opposite of what they say.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value as Json, json};

use crate::iam::{
    Answer, Attachment, Context, Denial, HOLE, Layers, Library, Principal, Request, Resource, Truth, Value,
};

use super::cases::{self, Case};

/// Whether knowing less may give `open` where knowing all gives `known`.
fn agrees(open: Answer, known: Answer) -> bool {
    open == Answer::Conditional || open == known || matches!((open, known), (Answer::No(_), Answer::No(_)))
}

fn rank(answer: Answer) -> u8 {
    match answer {
        Answer::No(_) => 0,
        Answer::Conditional => 1,
        Answer::Yes => 2,
    }
}

/// The context with the keys hidden whose bits are set.
fn hide(context: &Context, bits: u64) -> Context {
    let mut hidden = context.clone();
    for (at, (key, _)) in context.keys().enumerate() {
        if bits >> (at % 64) & 1 == 1 {
            hidden.replace(key, Value::Unknown);
        }
    }
    hidden
}

/// A small generator of numbers, the same on every run.
fn numbers(mut seed: u64) -> impl FnMut() -> u64 {
    move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    }
}

#[test]
fn hiding_keys_of_the_generated_requests_never_turns_their_answer() {
    let mut library = Library::default();
    let cases: Vec<Case> = cases::read(&cases::generated(), &mut library);
    let mut next = numbers(0x9e37_79b9_7f4a_7c15);
    let (mut tried, mut open) = (0, 0);
    for case in &cases {
        let known = library.answer(&case.request(&case.context), &case.layers());
        for _ in 0..12 {
            let hidden = hide(&case.context, next());
            let answer = library.answer(&case.request(&hidden), &case.layers());
            assert_eq!(library.decide(&case.request(&hidden), &case.layers()).answer, answer, "{}", case.id);
            assert!(agrees(answer, known), "{}: {answer:?} but {known:?} with {hidden:?}", case.id);
            tried += 1;
            open += usize::from(answer == Answer::Conditional);
        }
    }
    assert_eq!(tried, 12_000);
    assert!(open > 600, "the keys that were hidden decided something: {open}");
}

#[test]
fn asking_about_any_resource_or_a_principal_of_some_account_never_turns_an_answer() {
    let mut library = Library::default();
    let cases: Vec<Case> = cases::read(&cases::generated(), &mut library);
    let (mut open, mut tried) = (0, 0);
    for case in &cases {
        let request = case.request(&case.context);
        let known = library.answer(&request, &case.layers());
        let arn = request.resource.arn;
        let id = arn.rfind(['/', ':']).unwrap() + 1;
        let named = id + arn[id..].len() / 2;
        let holed: Vec<String> = [&arn[..id], &arn[..named]].iter().map(|start| format!("{start}{HOLE}")).collect();
        let mut answers: Vec<Answer> = Vec::new();
        for arn in &holed {
            let resource = Resource { arn, ..request.resource };
            answers.push(library.answer(&Request { resource, ..request }, &case.layers()));
        }
        let unowned = Resource { account: None, ..request.resource };
        answers.push(library.answer(&Request { resource: unowned, ..request }, &case.layers()));
        if let Some(text) = case.principal.arn() {
            let somewhere =
                Principal::of_arn(&text.replace(case.principal.account().unwrap(), &HOLE.to_string())).unwrap();
            let principal = somewhere.in_session("unnamed");
            answers.push(library.answer(&Request { principal: &principal, ..request }, &case.layers()));
        }
        for answer in answers {
            assert!(agrees(answer, known), "{}: {answer:?} but {known:?}", case.id);
            tried += 1;
            open += usize::from(answer == Answer::Conditional);
        }
    }
    assert!(tried > 3_000 && open > 200, "{open} of {tried}");
}

const ACTIONS: [&str; 6] = ["s3:GetObject", "s3:*", "*", "s3:Put*", "kms:Decrypt", "S3:getobjec?"];
const KEYS: [&str; 6] = [
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalTag/team",
    "aws:ResourceTag/team",
    "aws:SourceIp",
    "aws:TagKeys",
    "s3:n",
];
const VALUES: [&str; 9] =
    ["true", "false", "a", "A*", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/team, 'a'}", "10", "10.0.0.0/8", "?"];
const OPERATORS: [&str; 24] = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "Bool",
    "Null",
    "NumericLessThan",
    "NumericNotEquals",
    "IpAddress",
    "NotIpAddress",
    "StringEqualsIfExists",
    "StringNotEqualsIfExists",
    "BoolIfExists",
    "ArnLike",
    "ArnNotEquals",
    "ForAllValues:StringEquals",
    "ForAllValues:StringNotLike",
    "ForAnyValue:StringEquals",
    "ForAnyValue:StringNotLike",
    "DateLessThan",
    "BinaryEquals",
    "ForAllValues:StringLikeIfExists",
];
const RESOURCES: [&str; 6] = [
    "*",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/a",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team}",
    "arn:aws:s3:::b*",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'a'}",
];
const ROLE: &str = "arn:aws:iam::111122223333:role/r";
const PRINCIPALS: [&str; 5] =
    ["*", ROLE, "111122223333", "arn:aws:sts::111122223333:assumed-role/r/s", "arn:aws:iam::444455556666:root"];

fn condition() -> impl Strategy<Value = Json> {
    let one = (select(&OPERATORS[..]), select(&KEYS[..]), subsequence(&VALUES[..], 1..3));
    // Most statements have few conditions, so that many of them apply.
    prop_oneof![3 => Just(Vec::new()), 3 => one.clone().prop_map(|one| vec![one]), 1 => proptest::collection::vec(one, 2)].prop_map(|all| {
        let mut conditions = serde_json::Map::new();
        for (operator, key, values) in all {
            conditions.insert(operator.to_owned(), json!({ key: values }));
        }
        Json::Object(conditions)
    })
}

fn statement(effect: &'static str, of_resource: bool) -> impl Strategy<Value = Json> {
    let action = (proptest::bool::weighted(0.15), subsequence(&ACTIONS[..], 1..3));
    let resource = (proptest::bool::weighted(0.15), subsequence(&RESOURCES[..], 1..3));
    let principal = (proptest::bool::weighted(0.1), subsequence(&PRINCIPALS[..], 1..3));
    (action, resource, principal, condition()).prop_map(move |(action, resource, principal, condition)| {
        let name =
            |(not, values), plain: &str, negated: &str| (if not { negated } else { plain }.to_owned(), json!(values));
        let mut statement = serde_json::Map::from_iter([
            ("Effect".to_owned(), json!(effect)),
            name(action, "Action", "NotAction"),
            name(resource, "Resource", "NotResource"),
            ("Condition".to_owned(), condition),
        ]);
        if of_resource {
            let (not, who): (bool, Vec<&str>) = principal;
            statement.insert(if not { "NotPrincipal" } else { "Principal" }.to_owned(), json!({ "AWS": who }));
        }
        Json::Object(statement)
    })
}

fn statements(of_resource: bool) -> impl Strategy<Value = Vec<Json>> {
    let allow = proptest::collection::vec(statement("Allow", of_resource), 0..5);
    let deny = proptest::option::weighted(0.3, statement("Deny", of_resource)).prop_map(Vec::from_iter);
    (allow, deny).prop_map(|(allow, deny)| [allow, deny].concat())
}

/// Policies of all layers, as statements.
#[derive(Clone, Debug)]
struct World {
    identity: Vec<Json>,
    boundary: Option<Vec<Json>>,
    session: Option<Vec<Json>>,
    scp: Option<Vec<Json>>,
    rcp: Option<Vec<Json>>,
    resource: Option<Vec<Json>>,
    context: Vec<(&'static str, Option<Vec<&'static str>>)>,
    cross: bool,
}

fn world() -> impl Strategy<Value = World> {
    let some = |of_resource| proptest::option::weighted(0.3, statements(of_resource));
    let values = ["true", "false", "a", "A", "10", "10.1.1.1", "*", "?", ""];
    let value = proptest::option::weighted(0.7, subsequence(values.to_vec(), 1..3));
    let context = proptest::collection::vec(value, KEYS.len());
    (
        statements(false),
        some(false),
        some(false),
        some(false),
        some(true),
        some(true),
        context,
        proptest::bool::weighted(0.3),
    )
        .prop_map(|(identity, boundary, session, scp, rcp, resource, values, cross)| World {
            identity,
            boundary,
            session,
            scp,
            rcp,
            resource,
            context: KEYS.into_iter().zip(values).collect(),
            cross,
        })
}

/// A world with its policies compiled.
struct Built {
    library: Library,
    identity: Vec<Attachment>,
    boundary: Option<Attachment>,
    session: Option<Vec<Attachment>>,
    scps: Vec<Vec<Attachment>>,
    rcps: Vec<Vec<Attachment>>,
    resource: Option<Attachment>,
    context: Context,
    owner: &'static str,
}

impl World {
    fn build(&self) -> Built {
        let mut library = Library::new(["s3:GetObject"]);
        let mut attach = |statements: &Vec<Json>| {
            // An empty list is no policy; a statement about something else is.
            let elsewhere = vec![json!({"Effect": "Allow", "Action": "a4b:Get", "Resource": "*", "Condition": {}})];
            let statements = if statements.is_empty() { &elsewhere } else { statements };
            let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
            let id = library.add(&text);
            assert!(library.document(id).unwrap().is_readable(), "{text}");
            Attachment::new("policy", id)
        };
        let identity = vec![attach(&self.identity)];
        let boundary = self.boundary.as_ref().map(&mut attach);
        let session = self.session.as_ref().map(|session| vec![attach(session)]);
        let scps = self.scp.iter().map(|scp| vec![attach(scp)]).collect();
        let rcps = self.rcp.iter().map(|rcp| vec![attach(rcp)]).collect();
        let resource = self.resource.as_ref().map(&mut attach);
        let mut context = Context::whole();
        for (key, values) in &self.context {
            context.set(
                key,
                match values {
                    Some(values) => Value::Known(values.iter().map(|value| (*value).to_owned()).collect()),
                    None => Value::Absent,
                },
            );
        }
        let owner = if self.cross { "444455556666" } else { "111122223333" };
        Built { library, identity, boundary, session, scps, rcps, resource, context, owner }
    }
}

impl Built {
    fn answer(&self, context: &Context) -> Answer {
        let principal = Principal::of_arn(ROLE).unwrap().in_session("s");
        let action = self.library.action("s3:GetObject");
        let resource = Resource::new("arn:aws:s3:::bucket/a", Some(self.owner));
        let request = Request { principal: &principal, action: &action, resource, context };
        let layers = Layers {
            identity: &self.identity,
            boundary: self.boundary.as_ref(),
            session: self.session.as_deref(),
            scps: &self.scps,
            rcps: &self.rcps,
            resource: self.resource.as_ref(),
            in_management_account: Truth::No,
        };
        self.library.answer(&request, &layers)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn hiding_any_keys_never_turns_an_answer(world in world()) {
        let built = world.build();
        let known = built.answer(&built.context);
        for bits in 1..1 << KEYS.len() {
            let hidden = hide(&built.context, bits);
            let open = built.answer(&hidden);
            prop_assert!(agrees(open, known), "{open:?} but {known:?} when {bits:b} is hidden");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_deny_never_grants_and_an_allow_never_revokes(
        world in world(),
        deny in statement("Deny", false),
        denied in statement("Deny", true),
        allow in statement("Allow", false),
        allowed in statement("Allow", true),
        guard in statements(false),
        bits in 0_u64..64,
    ) {
        let built = world.build();
        let context = hide(&built.context, bits);
        let before = rank(built.answer(&context));
        let changed = |change: &dyn Fn(&mut World)| {
            let mut other = world.clone();
            change(&mut other);
            rank(other.build().answer(&context))
        };
        let add = |to: &mut Option<Vec<Json>>, statement: &Json| {
            if let Some(statements) = to {
                statements.push(statement.clone());
            }
        };
        let denials: [&dyn Fn(&mut World); 6] = [
            &|world| world.identity.push(deny.clone()),
            &|world| add(&mut world.boundary, &deny),
            &|world| add(&mut world.session, &deny),
            &|world| add(&mut world.scp, &deny),
            &|world| add(&mut world.rcp, &denied),
            &|world| world.resource.get_or_insert_default().push(denied.clone()),
        ];
        for (at, change) in denials.into_iter().enumerate() {
            prop_assert!(changed(change) <= before, "denial {at}");
        }
        let permissions: [&dyn Fn(&mut World); 5] = [
            &|world| world.identity.push(allow.clone()),
            &|world| add(&mut world.boundary, &allow),
            &|world| add(&mut world.session, &allow),
            &|world| add(&mut world.scp, &allow),
            &|world| world.resource.get_or_insert_default().push(allowed.clone()),
        ];
        for (at, change) in permissions.into_iter().enumerate() {
            prop_assert!(changed(change) >= before, "permission {at}");
        }
        // A further level of service control policies.
        let mut guarded = world.build();
        let text = json!({"Version": "2012-10-17", "Statement": guard}).to_string();
        let id = guarded.library.add(&text);
        guarded.scps.push(vec![Attachment::new("guard", id)]);
        prop_assert!(rank(guarded.answer(&context)) <= before);
    }
}

#[test]
fn an_unread_policy_leaves_open_what_it_could_decide() {
    let built = World {
        identity: vec![json!({"Effect": "Allow", "Action": "*", "Resource": "*"})],
        boundary: None,
        session: None,
        scp: None,
        rcp: None,
        resource: None,
        context: Vec::new(),
        cross: false,
    };
    let mut built = built.build();
    let whole = Context::whole();
    assert_eq!(built.answer(&whole), Answer::Yes);
    built.identity.push(Attachment::unread("attached policies"));
    assert_eq!(built.answer(&whole), Answer::Conditional, "it may deny");
    built.identity.remove(0);
    assert_eq!(built.answer(&whole), Answer::Conditional, "it may allow");
    built.scps.push(Vec::new());
    assert_eq!(built.answer(&whole), Answer::No(Denial::Implicit), "whatever it says, nothing passes the level");
}
