//! Verdicts of others: 80 that AWS's documentation states, each with its page, and 1,000 generated requests that
//! another evaluator has judged.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::iam::{
    Action, Answer, Attachment, Context, Denial, Kind, Layers, Library, Principal, Request, Resource, Truth, Value,
};

/// Generated requests about which the other evaluator is wrong, with our answer and the page that it rests on.
const DISPUTED: [(&str, Answer, &str); 4] = [
    ("fuzz/1/461", Answer::No(Denial::Implicit), BACKUP_CROSS_ACCOUNT),
    ("fuzz/1/664", Answer::No(Denial::Implicit), BACKUP_CROSS_ACCOUNT),
    ("fuzz/1/947", Answer::No(Denial::Implicit), BACKUP_CROSS_ACCOUNT),
    ("fuzz/1/957", Answer::No(Denial::Implicit), BACKUP_CROSS_ACCOUNT),
];

/// Of another account's requests, AWS Backup takes copies into a vault only. The other evaluator does not know AWS Backup.
const BACKUP_CROSS_ACCOUNT: &str =
    "https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html";

/// A row of a file, read.
pub(super) struct Case {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) principal: Principal,
    pub(super) action: Action,
    pub(super) resource: String,
    account: String,
    pub(super) context: Context,
    identity: Vec<Attachment>,
    boundary: Option<Attachment>,
    session: Option<Vec<Attachment>>,
    scps: Vec<Vec<Attachment>>,
    rcps: Vec<Vec<Attachment>>,
    policy: Option<Attachment>,
    in_management_account: Truth,
    pub(super) expected: Answer,
}

impl Case {
    fn read(row: &Json, library: &mut Library) -> Self {
        let policies = &row["policies"];
        let mut count = 0;
        let mut attach = |json: &Json| {
            count += 1;
            let id = library.add(&json.to_string());
            let faults = library.document(id).unwrap().faults();
            assert!(faults.iter().all(|fault| !fault.refused), "{}: {faults:?}", row["id"]);
            Attachment::new(&format!("policy-{count}"), id)
        };
        let mut list = |json: &Json| json.as_array().into_iter().flatten().map(&mut attach).collect::<Vec<_>>();
        let identity = list(&policies["identity"]);
        let boundary = list(&policies["boundary"]).pop();
        let mut levels = |json: &Json| json.as_array().into_iter().flatten().map(&mut list).collect::<Vec<_>>();
        let scps = levels(&policies["scps"]);
        let rcps = levels(&policies["rcps"]);
        let mut one = |json: &Json| (!json.is_null()).then(|| attach(json));
        let policy = one(&policies["resource"]);
        let session = one(&policies["session"]).map(|policy| vec![policy]);
        let request = &row["request"];
        let text = |json: &Json| json.as_str().unwrap().to_owned();
        let mut context = Context::whole();
        for (key, value) in row["context"].as_object().unwrap() {
            let values = match value {
                Json::Array(values) => values.iter().map(text).collect(),
                one => vec![text(one)],
            };
            context.set(key, Value::Known(values));
        }
        Self {
            id: text(&row["id"]),
            name: row["name"].as_str().unwrap_or_default().to_owned(),
            principal: principal(&request["principal"]),
            action: library.action(request["action"].as_str().unwrap()),
            resource: text(&request["resource"]),
            account: text(&request["resource_account"]),
            context,
            identity,
            boundary,
            session,
            scps,
            rcps,
            policy,
            in_management_account: Truth::from(row["principal_is_management_account"] == true),
            expected: match row["expected"].as_str().unwrap() {
                "Allowed" => Answer::Yes,
                "ExplicitlyDenied" => Answer::No(Denial::Explicit),
                "ImplicitlyDenied" => Answer::No(Denial::Implicit),
                other => panic!("{other}"),
            },
        }
    }

    pub(super) fn layers(&self) -> Layers<'_> {
        Layers {
            identity: &self.identity,
            boundary: self.boundary.as_ref(),
            session: self.session.as_deref(),
            scps: &self.scps,
            rcps: &self.rcps,
            resource: self.policy.as_ref(),
            in_management_account: self.in_management_account,
        }
    }

    pub(super) fn request<'a>(&'a self, context: &'a Context) -> Request<'a> {
        Request {
            principal: &self.principal,
            action: &self.action,
            resource: Resource::new(&self.resource, Some(&self.account)),
            context,
        }
    }
}

/// A role by its own ARN is in a session whose name no policy of the cases mentions.
fn principal(json: &Json) -> Principal {
    let Some(text) = json.as_str() else { return Principal::anonymous() };
    match Principal::of_arn(text) {
        Some(role) if role.kind() == Kind::Role && role.session().is_none() => role.in_session("unnamed"),
        Some(principal) => principal,
        None => Principal::service(text),
    }
}

pub(super) fn read(text: &str, library: &mut Library) -> Vec<Case> {
    text.lines().map(|line| Case::read(&serde_json::from_str(line).unwrap(), library)).collect()
}

pub(super) const DOCUMENTED: &str = include_str!("docs-cases.jsonl");

pub(super) fn generated() -> String {
    let bytes = zstd::decode_all(&include_bytes!("fuzz-1k.jsonl.zst")[..]).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn whatever_is_not_among_the_candidates_is_denied() {
    let text = format!("{}{}", generated(), DOCUMENTED);
    let actions = actions(&text);
    let mut library = Library::new(actions.iter().map(String::as_str));
    let mut ruled_out = 0;
    for case in read(&text, &mut library) {
        let candidates = library.candidates(&case.principal, &case.layers());
        let number = library.actions().iter().position(|action| *action == case.action).unwrap();
        if !candidates.contains(number) {
            assert!(
                matches!(library.answer(&case.request(&case.context), &case.layers()), Answer::No(_)),
                "{}",
                case.id
            );
            ruled_out += 1;
        }
    }
    assert!(ruled_out > 100, "{ruled_out}");
}

/// The actions that are asked about.
fn actions(text: &str) -> Vec<String> {
    let rows = text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    rows.map(|row| row["request"]["action"].as_str().unwrap().to_owned()).collect()
}

fn differences(text: &str, ready: &[&str]) -> BTreeMap<String, (String, Answer, Answer)> {
    let mut library = Library::new(ready.iter().copied());
    let cases = read(text, &mut library);
    let judged = cases.iter().map(|case| {
        let decision = library.decide(&case.request(&case.context), &case.layers());
        assert_eq!(decision.answer, library.answer(&case.request(&case.context), &case.layers()), "{}", case.id);
        (case, decision.answer)
    });
    let wrong = judged.filter(|(case, answer)| *answer != case.expected);
    wrong.map(|(case, answer)| (case.id.clone(), (case.name.clone(), case.expected, answer))).collect()
}

#[test]
fn every_verdict_that_awss_documentation_states_holds() {
    let wrong = differences(DOCUMENTED, &[]);
    assert!(wrong.is_empty(), "{wrong:#?}");
    let ready = ["backup:DeleteBackupVault", "s3:GetObject", "kms:ScheduleKeyDeletion", "BACKUP:copyintobackupvault"];
    assert!(differences(DOCUMENTED, &ready).is_empty());
}

#[test]
fn the_generated_requests_are_judged_as_by_another_evaluator() {
    let actions = actions(&generated());
    let ready: Vec<&str> = actions.iter().map(String::as_str).collect();
    let mut wrong = differences(&generated(), &ready);
    assert_eq!(wrong, differences(&generated(), &[]), "whether an action is held ready changes nothing");
    for (id, ours, page) in DISPUTED {
        let (_, theirs, found) = wrong.remove(id).unwrap_or_else(|| panic!("{id} is no longer disputed ({page})"));
        assert_eq!((theirs, found), (Answer::Yes, ours), "{id}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
