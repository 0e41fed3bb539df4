//! A server that a test starts, and that ends with the test.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long a server may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// An executable of the tests' own Python environment.
pub fn tool(name: &str) -> PathBuf {
    let path = root().join("tests/.venv/bin").join(name);
    assert!(path.exists(), "`{}` is missing; run tests/setup.sh first", path.display());
    path
}

/// A child process that is killed when the test is done with it, however it ends.
pub struct Server {
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts it; what it says goes to a log file, its first line on stdout is handed back.
    pub fn announcing(mut command: Command, name: &str) -> (Self, String) {
        let log = log_file(name);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(File::create(&log).expect("a log file"));
        let mut child = command.spawn().expect("the server starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        let server = Self { child, log };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("stdout is text");
        assert!(!line.is_empty(), "{name} ended at once:\n{}", server.said());
        (server, line.trim_end().to_owned())
    }

    /// Starts one that cannot say which port it took: a free one is picked for it, and it is up when `ready` says so.
    /// Another process may take the port in between, so that is tried a few times.
    pub fn on_free_port(name: &str, command: impl Fn(u16) -> Command, ready: impl Fn(u16) -> bool) -> (Self, u16) {
        for _ in 0..5 {
            let port = free_port();
            let log = log_file(name);
            let out = File::create(&log).expect("a log file");
            let err = out.try_clone().expect("a log file");
            let child = command(port).stdin(Stdio::null()).stdout(out).stderr(err).spawn().expect("the server starts");
            let mut server = Self { child, log };
            let begun = Instant::now();
            while begun.elapsed() < PATIENCE {
                if ready(port) {
                    return (server, port);
                }
                if server.child.try_wait().expect("its state").is_some() {
                    break;
                }
                // Connecting to a closed port fails at once; this only keeps the loop from taking a core for itself.
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        panic!("{name} did not come up; see the log files in {}", env!("CARGO_TARGET_TMPDIR"));
    }

    /// All that it wrote to its log.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn log_file(name: &str) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}-{number}.log", std::process::id()))
}
