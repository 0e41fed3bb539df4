//! Runs the Lambda program against a Lambda Runtime API of the test's own, as the Lambda service would.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::emulator::{ACCOUNT, Emulator, NOW};

/// How long the program may take for one event on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// The rule's name; the emulator knows it by the token.
pub const RULE: &str = "backstop";

/// What the program is invoked with.
#[derive(Clone)]
pub struct Call {
    /// The event as it is sent.
    pub event: String,
    /// How long it may take.
    pub time: Duration,
}

impl From<Value> for Call {
    fn from(event: Value) -> Self {
        Self { event: event.to_string(), time: Duration::from_secs(300) }
    }
}

/// What the program answered.
#[derive(Debug)]
pub struct Answer {
    /// Whether it was a response, and no error.
    pub ok: bool,
    /// The response, or the error's type and message.
    pub body: Value,
}

impl Answer {
    /// The response of an invocation that must succeed.
    pub fn response(&self) -> &Value {
        assert!(self.ok, "{:#}", self.body);
        &self.body
    }

    /// Type and message of an invocation that must fail.
    pub fn error(&self) -> (&str, &str) {
        assert!(!self.ok, "it succeeded: {:#}", self.body);
        let text = |member: &str| self.body[member].as_str().unwrap_or_default();
        (text("errorType"), text("errorMessage"))
    }
}

/// A function: one process, that is started at its first event and answers one after the other.
pub struct Function {
    url: String,
    root: Option<PathBuf>,
    service: Service,
    answers: Receiver<Answer>,
    process: RefCell<Option<Process>>,
}

impl Function {
    /// A function in this account.
    pub fn new(emulator: &Emulator) -> Self {
        let (sender, answers) = channel();
        let service = Service::start(sender);
        Self { url: emulator.url(), root: None, service, answers, process: RefCell::new(None) }
    }

    /// The same, unpacked in this folder.
    #[must_use]
    pub fn in_folder(mut self, root: &Path) -> Self {
        self.root = Some(root.to_owned());
        self
    }

    /// Invokes it.
    pub fn invoke(&self, call: impl Into<Call>) -> Answer {
        let mut process = self.process.borrow_mut();
        let process = process.get_or_insert_with(|| {
            let mut command = program(self.service.port, &self.url);
            command.envs(self.root.as_ref().map(|root| ("LAMBDA_TASK_ROOT", root)));
            Process(command.spawn().expect("the program starts"))
        });
        self.service.call(call.into());
        let until = Instant::now() + PATIENCE;
        loop {
            if let Ok(answer) = self.answers.recv_timeout(Duration::from_millis(200)) {
                return answer;
            }
            let ended = process.0.try_wait().expect("its status");
            assert!(ended.is_none() && Instant::now() < until, "no answer; the program's status is {ended:?}");
        }
    }
}

/// The program with the environment that Lambda gives it, less what it does not read.
pub fn program(port: u16, url: &str) -> Command {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_bootstrap"));
    command.env_clear().current_dir(home).env("HOME", home).stdin(Stdio::null()).stdout(Stdio::null());
    command
        .env("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{port}"))
        .env("AWS_LAMBDA_FUNCTION_NAME", "backstop")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/backstop")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
        .env("BACKSTOP_NOW", NOW)
        .env("AWS_CONFIG_FILE", home.join("no-such-file"))
        .env("AWS_SHARED_CREDENTIALS_FILE", home.join("no-such-file"))
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test");
    command
}

/// A process that is killed when the test is done with it, however it ends.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The Runtime API on a free port.
pub struct Service {
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    calls: Mutex<VecDeque<Call>>,
    changed: Condvar,
}

impl Service {
    /// Hands out calls one by one, and sends on each answer.
    pub fn start(answers: Sender<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared { calls: Mutex::default(), changed: Condvar::new() });
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, answers) = (Arc::clone(&served), answers.clone());
                std::thread::spawn(move || serve(stream, &shared, &answers));
            }
        });
        Self { port, shared }
    }

    /// Has a call ready for whoever asks next.
    pub fn call(&self, call: Call) {
        self.shared.calls.lock().expect("no panic").push_back(call);
        self.shared.changed.notify_one();
    }
}

/// One connection, on which many requests come.
fn serve(mut stream: TcpStream, shared: &Shared, answers: &Sender<Answer>) {
    let mut reader = BufReader::new(stream.try_clone().expect("the same socket"));
    while let Some((path, body)) = request(&mut reader) {
        if path.ends_with("/invocation/next") {
            let mut calls = shared.calls.lock().expect("no panic");
            let call = loop {
                // Lambda, too, lets the process wait.
                match calls.pop_front() {
                    Some(call) => break call,
                    None => calls = shared.changed.wait(calls).expect("no panic"),
                }
            };
            drop(calls);
            let deadline = SystemTime::now() + call.time;
            let deadline = deadline.duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                 Lambda-Runtime-Aws-Request-Id: 00000000-0000-4000-8000-000000000000\r\n\
                 Lambda-Runtime-Deadline-Ms: {deadline}\r\n\
                 Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:{ACCOUNT}:function:backstop\r\n\r\n",
                call.event.len()
            );
            if stream.write_all((head + &call.event).as_bytes()).is_err() {
                return;
            }
        } else {
            let ok = path.ends_with("/response");
            let body = serde_json::from_slice(&body).unwrap_or_else(|error| {
                json!({"errorType": "NotJson", "errorMessage": format!("{error}: {}", String::from_utf8_lossy(&body))})
            });
            if answers.send(Answer { ok, body }).is_err() {
                return;
            }
            let accepted = b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
            if stream.write_all(accepted).is_err() {
                return;
            }
        }
    }
}

/// Path and body of the next request; none when the connection ends.
fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let path = line.split_whitespace().nth(1)?.to_owned();
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "transfer-encoding" => chunked = value.contains("chunked"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    while chunked {
        let mut size = String::new();
        reader.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk).ok()?;
        chunk.truncate(size);
        body.extend(chunk);
        chunked = size > 0;
    }
    Some((path, body))
}

/// The event of a schedule.
pub fn scheduled(parameters: &Value) -> Value {
    event(
        parameters,
        &json!({
            "awsAccountId": ACCOUNT, "notificationCreationTime": NOW, "messageType": "ScheduledNotification",
            "recordVersion": "1.0",
        }),
    )
}

/// The event of a change.
pub fn changed(parameters: &Value, kind: &str, id: &str, arn: &str, status: &str) -> Value {
    let region = arn.split(':').nth(3).filter(|region| !region.is_empty()).unwrap_or("eu-west-1");
    event(
        parameters,
        &json!({
            "configurationItem": {
                "configurationItemCaptureTime": "2026-11-01T11:59:00.000Z", "awsAccountId": ACCOUNT,
                "configurationItemStatus": status, "resourceId": id, "ARN": arn, "awsRegion": region,
                "availabilityZone": "Regional", "resourceType": kind, "tags": {}, "relationships": [], "configuration": {},
            },
            "messageType": "ConfigurationItemChangeNotification",
        }),
    )
}

/// An event with this notification.
pub fn event(parameters: &Value, notification: &Value) -> Value {
    json!({
        "version": "1.0", "invokingEvent": notification.to_string(), "ruleParameters": parameters.to_string(),
        "resultToken": format!("token-{RULE}"), "eventLeftScope": false,
        "executionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"),
        "configRuleArn": format!("arn:aws:config:eu-west-1:{ACCOUNT}:config-rule/config-rule-1"),
        "configRuleName": RULE, "configRuleId": "config-rule-1", "accountId": ACCOUNT,
    })
}

/// An evaluation that went out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evaluation {
    pub kind: String,
    pub id: String,
    pub compliance: String,
    pub annotation: Option<String>,
}

impl Evaluation {
    /// Type and id.
    pub fn key(&self) -> (String, String) {
        (self.kind.clone(), self.id.clone())
    }
}

impl Emulator {
    /// The requests that write or assume, as they came in: those of one operation.
    pub fn requests(&self, operation: &str) -> Vec<Value> {
        let all = self.ask("GET", "requests", &Value::Null);
        all.as_array().into_iter().flatten().filter(|request| request["operation"] == operation).cloned().collect()
    }

    /// The bodies of all `PutEvaluations`.
    pub fn puts(&self) -> Vec<Value> {
        let bodies = self.requests("PutEvaluations");
        bodies.iter().map(|one| serde_json::from_str(one["body"].as_str().expect("a text")).expect("JSON")).collect()
    }

    /// All evaluations that went out, in their order.
    pub fn evaluations(&self) -> Vec<Evaluation> {
        let puts = self.puts();
        let all = puts.iter().flat_map(|put| put["Evaluations"].as_array().expect("a list"));
        all.map(|one| {
            let text = |member: &str| one[member].as_str().map(str::to_owned);
            Evaluation {
                kind: text("ComplianceResourceType").expect("a type"),
                id: text("ComplianceResourceId").expect("an id"),
                compliance: text("ComplianceType").expect("a compliance"),
                annotation: text("Annotation"),
            }
        })
        .collect()
    }

    /// Lets an evaluation stand.
    pub fn stand(&self, kind: &str, id: &str, compliance: &str, annotation: &str) {
        let body = json!({
            "account_id": ACCOUNT, "region": "eu-west-1", "rule": RULE, "type": kind, "id": id,
            "compliance": compliance, "annotation": annotation,
        });
        self.ask("POST", "config/standing", &body);
    }

    /// What stands, by type and id.
    pub fn standing(&self) -> std::collections::BTreeMap<(String, String), String> {
        let rows = self.ask("GET", "config/standing", &Value::Null);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        rows.as_array()
            .into_iter()
            .flatten()
            .map(|row| ((text(&row["type"]), text(&row["id"])), text(&row["compliance"])))
            .collect()
    }

    /// Writes an object into a bucket, which is made if it is not there; no object where the key is empty.
    pub fn put_object(&self, bucket: &str, key: &str, bytes: &[u8]) {
        let script = "try: s.create_bucket(Bucket=bucket,CreateBucketConfiguration={'LocationConstraint':'eu-west-1'})\n\
            except s.exceptions.BucketAlreadyOwnedByYou: pass\n\
            if key: s.put_object(Bucket=bucket,Key=key,Body=sys.stdin.buffer.read())\n";
        self.with_s3(script, bucket, key, bytes);
        self.forget_calls();
    }

    /// Makes an SNS topic, and gives its ARN.
    pub fn topic(&self, region: &str, name: &str) -> String {
        let script = "import boto3,sys\nurl,account,region,name=sys.argv[1:]\ns=boto3.client('sns',region_name=region,\
            endpoint_url=url,aws_access_key_id=account,aws_secret_access_key='test')\n\
            print(s.create_topic(Name=name)['TopicArn'])\n";
        let mut command = Command::new(super::server::tool("python"));
        let out = command.args(["-c", script, &self.url(), ACCOUNT, region, name]).output().expect("Python");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        self.forget_calls();
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    }

    /// Reads an object.
    pub fn object(&self, bucket: &str, key: &str) -> String {
        self.with_s3("sys.stdout.buffer.write(s.get_object(Bucket=bucket,Key=key)['Body'].read())\n", bucket, key, b"")
    }

    fn with_s3(&self, script: &str, bucket: &str, key: &str, bytes: &[u8]) -> String {
        let client = "import boto3,sys\nfrom botocore.config import Config\nurl,account,bucket,key=sys.argv[1:]\n\
            s=boto3.client('s3',region_name='eu-west-1',endpoint_url=url,aws_access_key_id=account,\
            aws_secret_access_key='test',config=Config(s3={'addressing_style':'path'}))\n";
        let mut child = Command::new(super::server::tool("python"))
            .args(["-c", &format!("{client}{script}"), &self.url(), ACCOUNT, bucket, key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python");
        child.stdin.take().expect("a pipe").write_all(bytes).expect("it reads");
        let out = child.wait_with_output().expect("it ends");
        assert!(out.status.success(), "s3://{bucket}/{key}");
        String::from_utf8(out.stdout).expect("a text")
    }
}
