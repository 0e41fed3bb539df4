//! Prints what the policies of a large account cost: to compile, to ask about every action of interest, and to work out
//! who can destroy the account's backups. Nothing is asserted.
#![expect(clippy::print_stdout, reason = "figures are what it is for")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use backstop::derive::{actions_of_interest, derive};
use backstop::iam::{Attachment, Context, Layers, Library, Principal, Request, Resource as Asked};
use backstop::model::account::Account;
use backstop::model::backup::Vault;
use backstop::model::fact::Fact;
use backstop::model::iam::{ManagedPolicy, NamedPolicy, Principal as Facts};
use backstop::model::identity::ResourceId;
use backstop::model::resource::{Facts as Of, Link, Origin, Resource, Tags};
use backstop::model::settings::Settings;
use backstop::model::snapshot::{Snapshot, Source};
use jiff::Timestamp;

const ROLES: usize = 10_000;
const EACH: usize = 5;
const DOCUMENTS: usize = 9_700;
const ACCOUNT: &str = "111122223333";

fn main() {
    let texts: Vec<String> = (0..DOCUMENTS).map(document).collect();
    let bytes: usize = (0..ROLES * EACH).map(|number| texts[number % DOCUMENTS].len()).sum();
    println!(
        "{ROLES} roles, {} attachments ({:.1} MB of text, {DOCUMENTS} distinct)",
        ROLES * EACH,
        bytes as f64 / 1e6
    );

    let start = Instant::now();
    let mut library = Library::new(actions_of_interest());
    let ids: Vec<_> = texts.iter().map(|text| library.add(text)).collect();
    line("compile", start.elapsed(), DOCUMENTS);

    let name: Arc<str> = "own".into();
    let attached = |role: usize| -> Vec<Attachment> {
        let one = |number: usize| Attachment {
            name: Arc::clone(&name),
            policy: Some(ids[(role * EACH + number) % DOCUMENTS]),
        };
        (0..EACH).map(one).collect()
    };
    let roles: Vec<(Principal, Vec<Attachment>)> = (0..ROLES)
        .filter_map(|role| Some((Principal::of_arn(&format!("arn:aws:iam::{ACCOUNT}:role/r{role}"))?, attached(role))))
        .collect();
    let context = Context::open();
    let start = Instant::now();
    let (mut asked, mut yes) = (0_usize, 0_usize);
    let actions = library.actions().to_vec();
    for (principal, attached) in &roles {
        let layers = Layers::new(attached);
        for number in library.candidates(principal, &layers).iter() {
            let Some(action) = actions.get(number) else { continue };
            let service = action.name().split(':').next().unwrap_or_default();
            let arn = format!("arn:aws:{service}:eu-west-1:{ACCOUNT}:thing/1");
            let request = Request { principal, action, resource: Asked::new(&arn, Some(ACCOUNT)), context: &context };
            asked += 1;
            yes += usize::from(matches!(library.decide(&request, &layers).answer, backstop::iam::Answer::Yes));
        }
    }
    println!(
        "  {} of {} pairs are ruled out by sets; {yes} of {asked} are yes",
        ROLES * actions.len() - asked,
        ROLES * actions.len()
    );
    line("judge all roles × all actions", start.elapsed(), ROLES * actions.len());
    println!("  peak memory {:.0} MB, the texts among it", peak());

    let snapshot = account(&texts);
    let start = Instant::now();
    let subjects = derive(&snapshot, &Settings::default(), Some(Timestamp::UNIX_EPOCH));
    line("who destroys backups, and comes to it", start.elapsed(), ROLES);
    println!("  {} subjects; peak memory {:.0} MB", subjects.len(), peak());

    // The same in a member account, which cannot read the service control policies that bear upon it.
    let mut snapshot = snapshot;
    make_member(&mut snapshot);
    let start = Instant::now();
    let subjects = derive(&snapshot, &Settings::default(), Some(Timestamp::UNIX_EPOCH));
    line("the same in a member account", start.elapsed(), ROLES);
    println!("  {} subjects; peak memory {:.0} MB", subjects.len(), peak());
    drop(snapshot);

    // Accounts made to be hard to search.
    let everybody = |_: usize| r#"{"AWS":"*"}"#.to_owned();
    let one_before =
        |role: usize| format!(r#"{{"AWS":"arn:aws:iam::{ACCOUNT}:role/h{}"}}"#, role.checked_sub(1).unwrap_or(HARD));
    let assume = r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}"#;
    let write = r#"{"Effect":"Allow","Action":["iam:PutRolePolicy","iam:AttachRolePolicy"],"Resource":"arn:aws:iam::*:role/x*"}"#;
    let office = r#"{"Effect":"Allow","Action":["iam:PutRolePolicy","sts:AssumeRole"],"Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}"#;
    let everything = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let both = format!("{assume},{write}");
    hard("a chain, each of whom assumes the next", &one_before, assume, false);
    hard("all of whom assume all", &everybody, assume, false);
    hard("all of whom assume all and write some", &everybody, &both, false);
    hard("all of whom may perhaps write all", &everybody, office, false);
    hard("all of whom write all, in a member account", &everybody, everything, true);
}

/// How many roles an account has that is hard to search.
const HARD: usize = 1_000;

fn hard(what: &str, trust: &dyn Fn(usize) -> String, statements: &str, member: bool) {
    let delete = r#"{"Effect":"Allow","Action":"backup:DeleteRecoveryPoint","Resource":"*"}"#;
    let mut snapshot = account(&[]);
    snapshot.resources.retain(|resource| !matches!(resource.facts, Of::Role(_)));
    for role in 0..HARD {
        let own = if role + 1 == HARD { delete } else { statements };
        let document = format!(r#"{{"Version":"2012-10-17","Statement":[{own}]}}"#);
        let trust =
            format!(r#"{{"Statement":{{"Effect":"Allow","Principal":{},"Action":"sts:AssumeRole"}}}}"#, trust(role));
        let facts = Facts {
            name: Fact::known(format!("h{role}")),
            path: Fact::known("/".to_owned()),
            inline: Fact::known(vec![NamedPolicy {
                name: "own".to_owned(),
                document: Fact::known(document),
                statements: Vec::new(),
            }]),
            attached: Fact::known(Vec::new()),
            groups: Fact::absent(),
            boundary: Fact::absent(),
            trust: Fact::known(trust),
        };
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/h{role}");
        snapshot.resources.push(resource(
            "global",
            "AWS::IAM::Role",
            arn,
            format!("h{role}"),
            Of::Role(Box::new(facts)),
        ));
    }
    if member {
        make_member(&mut snapshot);
    }
    let start = Instant::now();
    let subjects = derive(&snapshot, &Settings::default(), Some(Timestamp::UNIX_EPOCH));
    line(&format!("{HARD} roles, {what}"), start.elapsed(), HARD);
    println!("  {} subjects; peak memory {:.0} MB", subjects.len(), peak());
}

/// Makes the account one that cannot read the service control policies that bear upon it.
fn make_member(snapshot: &mut Snapshot) {
    for resource in &mut snapshot.resources {
        if let Of::Account(facts) = &mut resource.facts {
            facts.organization = Fact::unknown("not read");
            facts.service_control = Fact::unknown("not read");
        }
    }
}

fn resource(region: &str, kind: &str, id: String, name: String, facts: Of) -> Resource {
    Resource {
        id: ResourceId {
            root: None,
            partition: Some("aws".into()),
            account: Some(ACCOUNT.into()),
            region: Some(region.into()),
            kind: kind.into(),
            id: id.into(),
        },
        name: name.into(),
        origin: Origin::Live,
        exists: Fact::known(true),
        tags: Tags::default(),
        suppressions: Vec::new(),
        removal: None,
        facts,
    }
}

fn line(what: &str, time: Duration, count: usize) {
    let (whole, each) = (time.as_secs_f64() * 1e3, time.as_secs_f64() * 1e6 / count as f64);
    println!("  {what:<40} {whole:>8.0} ms {each:>8.2} µs each");
}

/// Of every ten documents: wide and narrow ones, conditions, denials, `NotAction`.
fn document(number: usize) -> String {
    let bucket = format!("arn:aws:s3:::bucket-{number}");
    let statement = match number % 10 {
        0 => r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#.to_owned(),
        1 => r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}"#.to_owned(),
        2 => r#"{"Effect":"Allow","Action":["ec2:Describe*","ec2:CreateTags","ec2:DeleteSnapshot"],"Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"a"}}}"#.to_owned(),
        3 => r#"{"Effect":"Allow","Action":["backup:Start*","backup:List*","backup:Describe*"],"Resource":"*"},{"Effect":"Deny","Action":"backup:Delete*","Resource":"*"}"#.to_owned(),
        4 => r#"{"Effect":"Allow","Action":"backup:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#.to_owned(),
        5 => format!(r#"{{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"arn:aws:kms:*:{ACCOUNT}:key/{number}"}}"#),
        6 => format!(r#"{{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::{ACCOUNT}:role/r{}"}}"#, number % ROLES),
        _ => format!(r#"{{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":["{bucket}","{bucket}/*"]}}"#),
    };
    let more: Vec<String> = (0..6)
        .map(|one| format!(r#"{{"Sid":"S{one}","Effect":"Allow","Action":["logs:Create*","logs:PutLogEvents","dynamodb:GetItem","dynamodb:Query"],"Resource":"arn:aws:dynamodb:*:{ACCOUNT}:table/t-{number}-{one}"}}"#))
        .collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{statement},{}]}}"#, more.join(","))
}

fn account(texts: &[String]) -> Snapshot {
    let mut snapshot = Snapshot { source: Source::Live, ..Snapshot::default() };
    let mut add = |region: &str, kind: &str, id: String, name: String, facts: Of| {
        snapshot.resources.push(resource(region, kind, id, name, facts));
    };
    for (number, text) in texts.iter().enumerate() {
        let facts = ManagedPolicy {
            name: Fact::known(format!("p{number}")),
            path: Fact::known("/".to_owned()),
            document: Fact::known(text.clone()),
            statements: Vec::new(),
            attachments: Fact::known(1),
        };
        let arn = format!("arn:aws:iam::{ACCOUNT}:policy/p{number}");
        add("global", "AWS::IAM::ManagedPolicy", arn, format!("p{number}"), Of::ManagedPolicy(Box::new(facts)));
    }
    for role in 0..ROLES {
        let who = if role % 3 == 0 {
            format!(r#"{{"AWS":"{ACCOUNT}"}}"#)
        } else {
            r#"{"Service":"lambda.amazonaws.com"}"#.to_owned()
        };
        let trust = format!(r#"{{"Statement":{{"Effect":"Allow","Principal":{who},"Action":"sts:AssumeRole"}}}}"#);
        let attached = (0..EACH).map(|number| {
            let arn = format!("arn:aws:iam::{ACCOUNT}:policy/p{}", (role * EACH + number) % DOCUMENTS);
            Link::text(Fact::known(arn))
        });
        let facts = Facts {
            name: Fact::known(format!("r{role}")),
            path: Fact::known("/".to_owned()),
            inline: Fact::known(Vec::new()),
            attached: Fact::known(attached.collect()),
            groups: Fact::absent(),
            boundary: Fact::absent(),
            trust: Fact::known(trust),
        };
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/r{role}");
        add("global", "AWS::IAM::Role", arn, format!("r{role}"), Of::Role(Box::new(facts)));
    }
    for vault in 0..20 {
        let facts = Vault {
            vault_name: Fact::known(format!("v{vault}")),
            vault_type: Fact::known("BACKUP_VAULT".to_owned()),
            key: Fact::absent(),
            lock: Fact::absent(),
            notifications: Fact::absent(),
            policy: Fact::absent(),
            approval_team: Fact::absent(),
            recovery_points: Fact::known(0),
        };
        let arn = format!("arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:v{vault}");
        add("eu-west-1", "AWS::Backup::BackupVault", arn, format!("v{vault}"), Of::Vault(Box::new(facts)));
    }
    let facts = Account {
        public_access_block: Fact::absent(),
        organizational_units: Fact::absent(),
        service_control: Fact::absent(),
        organization: Fact::absent(),
        root: Fact::unknown("not read"),
        backup_global: Fact::unknown("not read"),
    };
    add("global", "AWS::Account", ACCOUNT.to_owned(), ACCOUNT.to_owned(), Of::Account(Box::new(facts)));
    snapshot
}

/// The most memory that the process has had, in MB, as Linux tells it.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() / 1e3
}
