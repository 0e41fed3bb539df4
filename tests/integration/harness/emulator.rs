//! The emulated account: `tests/emulator/backstop_moto.py`, filled by `tests/emulator/seed.py`.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Value, json};

use super::http;
use super::server::{Server, root, tool};

/// The moment at which everything is judged.
pub const NOW: &str = "2026-11-01T12:00:00Z";
/// The account.
pub const ACCOUNT: &str = "123456789012";
/// Where the workloads run, where copies go, and where nothing is.
pub const REGIONS: &str = "eu-west-1,eu-central-1,us-east-1";

/// An account in an emulator of its own, so that tests do not see one another.
pub struct Emulator {
    _server: Server,
    port: u16,
    /// ARNs by type, then by `Region/name`.
    pub arns: BTreeMap<String, BTreeMap<String, String>>,
}

impl Emulator {
    /// An account with nothing in it.
    pub fn empty() -> Self {
        let mut command = Command::new(tool("python"));
        command.arg(root().join("tests/emulator/backstop_moto.py")).args(["--now", NOW, "--until-stdin-closes"]);
        let (server, line) = Server::announcing(command, "emulator");
        let port = line.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        Self { _server: server, port: port.expect("a line that ends with the port"), arns: BTreeMap::new() }
    }

    /// An account of `tests/emulator/account.py`: `whole`, `sound` or `small`; of `bare.py`: `bare` or `joined`;
    /// or of `people.py`: `people`.
    pub fn seeded(account: &str) -> Self {
        let mut emulator = Self::empty();
        let script = root().join("tests/emulator/seed.py");
        let out = Command::new(tool("python")).arg(script).args([&emulator.url(), account]).output().expect("it runs");
        assert!(out.status.success(), "seeding failed:\n{}", String::from_utf8_lossy(&out.stderr));
        emulator.arns = serde_json::from_slice(&out.stdout).expect("ARNs as JSON");
        emulator.forget_calls();
        emulator
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Plants a failure (`tests/emulator/overlay/plants.py`).
    pub fn plant(&self, failure: &Value) {
        self.control("POST", "fail", failure);
    }

    /// Digs all failures up, and says how many calls they answered.
    pub fn dig_up(&self) -> u64 {
        let planted = self.control("GET", "fail", &Value::Null);
        self.control("DELETE", "fail", &Value::Null);
        planted.as_array().into_iter().flatten().filter_map(|plant| plant["hits"].as_u64()).sum()
    }

    /// Bounds the pages of all lists.
    pub fn page_size(&self, size: u32) {
        self.control("POST", "page-size", &json!({ "size": size }));
    }

    /// The operations that were called since the account was filled, as `service:Operation`, with how often.
    pub fn calls(&self) -> BTreeMap<(String, String), u64> {
        let rows = self.control("GET", "calls", &Value::Null);
        let mut calls = BTreeMap::new();
        for row in rows.as_array().into_iter().flatten() {
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            *calls.entry((text("service"), text("operation"))).or_default() +=
                row["count"].as_u64().unwrap_or_default();
        }
        calls
    }

    /// The Regions in which an operation was called.
    #[cfg(feature = "lambda")]
    pub fn regions_of(&self, service: &str, operation: &str) -> std::collections::BTreeSet<String> {
        let rows = self.control("GET", "calls", &Value::Null);
        let rows = rows.as_array().into_iter().flatten();
        let rows = rows.filter(|row| row["service"] == service && row["operation"] == operation);
        rows.filter_map(|row| row["region"].as_str().map(str::to_owned)).collect()
    }

    /// Asks the emulator itself (`tests/emulator/overlay/control.py`).
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.control(method, path, body)
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.control("DELETE", "calls", &Value::Null);
    }

    fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("/moto-api/static/{path}");
        let answer = http::send(self.port, method, &path, &[("Content-Type", "application/json")], &body);
        let answer = answer.expect("the emulator answers");
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }
}
