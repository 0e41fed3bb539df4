//! Runs that end before they are done: an interrupt, credentials that expire. What is written is whole or not there,
//! and `collect --resume` goes on.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use crate::harness::emulator::{Emulator, NOW};
use crate::harness::program::{Audit, audit_command, backstop};

/// What a call was signed for.
struct Call {
    service: String,
    region: String,
}

/// Who is calling is answered, everything else is denied; a call that `hold` chooses is never answered.
fn denying(hold: impl Fn(&Call) -> bool + Send + Sync + 'static, held: Sender<()>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let hold = Arc::new(hold);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (hold, held) = (Arc::clone(&hold), held.clone());
            std::thread::spawn(move || {
                let Some(call) = read(&stream) else { return };
                if hold(&call) {
                    held.send(()).ok();
                    // The other side ends the connection when it is killed.
                    (&stream).read_exact(&mut [0]).ok();
                    return;
                }
                answer(&stream, &call);
            });
        }
    });
    url
}

fn read(stream: &TcpStream) -> Option<Call> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut call) = (0, None);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => {
                let mut scope = value.split('/').skip(2).map(str::to_owned);
                call = Some(Call { region: scope.next()?, service: scope.next()? });
            }
            _ => {}
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    call
}

fn answer(mut stream: &TcpStream, call: &Call) {
    let (status, body) = match call.service.as_str() {
        "sts" => (
            200,
            concat!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult>",
                "<Arn>arn:aws:sts::111122223333:assumed-role/audit/x</Arn><Account>111122223333</Account>",
                "</GetCallerIdentityResult></GetCallerIdentityResponse>"
            ),
        ),
        "s3" => (403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"),
        "iam" => (403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"),
        _ => (400, r#"{"__type":"AccessDeniedException","message":"no"}"#),
    };
    let head = format!(
        "HTTP/1.1 {status} Test\r\nx-amzn-errortype: AccessDeniedException\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).ok();
}

fn collect(url: &str, out: &Path) -> Command {
    let mut command = backstop(url);
    command.args(["collect", "--regions", "eu-west-1,eu-west-2", "--concurrency", "1", "--now", NOW, "-o"]).arg(out);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Starts the program, and interrupts it once a call of eu-west-2 is under way.
fn interrupt(mut command: Command, held: &std::sync::mpsc::Receiver<()>) {
    let mut child = command.spawn().expect("the program starts");
    held.recv().expect("a call of eu-west-2");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("`kill` runs");
    assert!(sent.success());
    let status = child.wait().expect("the program ends");
    assert_ne!(status.code(), Some(0), "an interrupted run is no success");
}

#[test]
fn an_interrupted_collect_leaves_no_snapshot_and_is_resumed_where_it_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("snapshot.json");
    let (sender, held) = channel();
    let url = denying(|call| call.region == "eu-west-2", sender);
    interrupt(collect(&url, &out), &held);
    assert_eq!(names(folder.path()), ["snapshot.json.parts"]);
    assert!(names(&folder.path().join("snapshot.json.parts")).contains(&"eu-west-1.ndjson.zst".to_owned()));

    let (sender, held) = channel();
    let resumed = denying(|call| call.region == "eu-west-1" && call.service != "sts", sender);
    let status = collect(&resumed, &out).arg("--resume").status().expect("the program runs");
    assert!(held.try_recv().is_err(), "eu-west-1 was read again");
    assert_eq!(status.code(), Some(3), "denials leave the picture incomplete");
    assert_eq!(names(folder.path()), ["snapshot.json"]);

    let whole = folder.path().join("whole.json");
    let (sender, _held) = channel();
    let status = collect(&denying(|_| false, sender), &whole).status().expect("the program runs");
    assert_eq!(status.code(), Some(3));
    let read = |path| std::fs::read_to_string(path).expect("a snapshot");
    assert_eq!(read(&out), read(&whole), "a resumed run reads what an unbroken one reads");
}

#[test]
fn an_interrupted_audit_leaves_no_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sender, held) = channel();
    let url = denying(|call| call.region == "eu-west-2", sender);
    let mut command = backstop(&url);
    command.args(["audit", "--regions", "eu-west-1,eu-west-2", "--concurrency", "1", "--output"]);
    command.arg(format!("sarif={}", folder.path().join("report.sarif").display()));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    interrupt(command, &held);
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn credentials_that_expire_half_way_leave_gaps_and_exit_code_3() {
    let emulator = Emulator::seeded("small");
    for (service, operation) in [("backup", "GetBackupPlan"), ("s3", "GetBucketVersioning"), ("kms", "DescribeKey")] {
        let code = if service == "s3" { "ExpiredToken" } else { "ExpiredTokenException" };
        emulator.plant(&serde_json::json!({"service": service, "operation": operation, "code": code}));
        let audit = Audit::of(audit_command(&emulator.url(), "json").output().expect("the program runs"));
        assert!(emulator.dig_up() > 0);
        assert!(audit.fails.is_empty(), "{}", audit.text);
        assert_eq!(audit.exit_code, 3, "{}", audit.text);
        assert!(audit.gaps.iter().any(|gap| gap.code == code && gap.kind == "failed"), "{}", audit.text);
    }
}

#[test]
fn statistics_name_every_service_and_go_to_stderr() {
    let (sender, _held) = channel();
    let url = denying(|_| false, sender);
    let said = |stats: bool| {
        let mut command = backstop(&url);
        command.args(["audit", "--regions", "eu-west-1", "--now", NOW, "--output", "json"]);
        if stats {
            command.arg("--stats");
        }
        command.output().expect("the program runs")
    };
    let (plain, counted) = (said(false), said(true));
    assert_eq!(plain.stdout, counted.stdout);
    let text = String::from_utf8_lossy(&counted.stderr).into_owned();
    for service in ["  backup\n", "  kms\n", "  s3\n", "  sts\n", "all, read in ", "peak memory "] {
        assert!(text.contains(service), "{service:?} is not in:\n{text}");
    }
    assert!(!String::from_utf8_lossy(&plain.stderr).contains("read in"));
}
