//! A runner of GitHub Actions, as far as `action/run.sh` sees one: its folders, its variables, and the inputs of
//! action.yml with their defaults.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file of the repository.
pub fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A section of action.yml (`inputs`, `outputs`): each name with its `default`, or its `value`. The file is written in
/// one way, with two blanks a level.
pub fn section(name: &str, key: &str) -> BTreeMap<String, String> {
    let action = text("action.yml");
    let (_, rest) = action.split_once(&format!("\n{name}:\n")).expect("the section");
    let mut found = BTreeMap::new();
    let mut last = String::new();
    for line in rest.lines().take_while(|line| line.is_empty() || line.starts_with(' ')) {
        if let Some(name) = line.strip_prefix("  ").and_then(|line| line.strip_suffix(':')).filter(|n| !n.contains(' '))
        {
            last = name.to_owned();
            found.insert(last.clone(), String::new());
        } else if let Some(value) = line.strip_prefix(&format!("    {key}: ")) {
            found.insert(last.clone(), value.trim_matches('"').to_owned());
        }
    }
    found
}

/// The variables that the step of this name hands to run.sh, each with its expression.
pub fn environment(step: &str) -> BTreeMap<String, String> {
    let action = text("action.yml");
    let (_, rest) = action.split_once(&format!("    - name: {step}\n")).expect("the step");
    let (_, rest) = rest.split_once("      env:\n").expect("its environment");
    let pairs = rest.lines().map_while(|line| line.strip_prefix("        "));
    pairs.map(|line| line.split_once(": ").expect("a pair")).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

/// What run.sh and the stand-ins of the tests call.
const TOOLS: [&str; 13] =
    ["cat", "chmod", "cp", "dirname", "env", "mkdir", "mktemp", "mv", "od", "sha256sum", "touch", "tr", "wc"];

/// A runner with an empty checkout.
pub struct Runner {
    pub folder: PathBuf,
    variables: BTreeMap<String, String>,
    script: PathBuf,
}

/// What came out of a step.
pub struct Step {
    pub code: i32,
    pub log: String,
    pub outputs: BTreeMap<String, String>,
    pub summary: String,
}

impl Runner {
    /// A push, on Linux, with every input at its default.
    pub fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("action-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        for part in ["work", "temp", "tools", "bin"] {
            std::fs::create_dir_all(folder.join(part)).expect("a folder");
        }
        std::fs::write(folder.join("work/backstop.toml"), "").expect("it is written");
        let mut runner = Self { folder, variables: BTreeMap::new(), script: root().join("action/run.sh") };
        let inputs = section("inputs", "default");
        for (variable, expression) in environment("Judge") {
            let input = expression.strip_prefix("${{ inputs.").and_then(|rest| rest.strip_suffix(" }}"));
            let value = input.map_or("", |input| inputs.get(input).unwrap_or_else(|| panic!("no input {input}")));
            runner.variables.insert(variable, value.to_owned());
        }
        let path = |name: &str| runner.folder.join(name).display().to_string();
        let bin = path("bin");
        let set = [
            ("GITHUB_OUTPUT", path("outputs")),
            ("GITHUB_STEP_SUMMARY", path("summary.md")),
            ("RUNNER_TEMP", path("temp")),
            ("RUNNER_TOOL_CACHE", path("tools")),
            ("RUNNER_OS", "Linux".to_owned()),
            ("RUNNER_ARCH", "X64".to_owned()),
            ("GITHUB_EVENT_NAME", "push".to_owned()),
            ("GITHUB_REPOSITORY", "somebody/estate".to_owned()),
            ("GH_TOKEN", "secret-of-the-job".to_owned()),
            ("BACKSTOP_ACTION_REPOSITORY", "somebody/backstop".to_owned()),
            ("PATH", bin),
        ];
        runner.variables.extend(set.map(|(name, value)| (name.to_owned(), value)));
        // What every runner has; not the machine's own `gh` and `curl`, which would reach out.
        for tool in TOOLS {
            let mut places = ["/usr/bin", "/bin"].into_iter().map(|folder| Path::new(folder).join(tool));
            let place = places.find(|place| place.exists()).unwrap_or_else(|| panic!("{tool} is not installed"));
            std::os::unix::fs::symlink(place, runner.folder.join("bin").join(tool)).expect("it is linked");
        }
        runner
    }

    pub fn set(&mut self, variable: &str, value: impl Into<String>) -> &mut Self {
        assert!(self.variables.insert(variable.to_owned(), value.into()).is_some(), "action.yml has no {variable}");
        self
    }

    pub fn unset(&mut self, variable: &str) -> &mut Self {
        assert!(self.variables.remove(variable).is_some(), "there is no {variable}");
        self
    }

    /// Puts a program here.
    pub fn program(&self, path: &str, script: &str) -> String {
        let path = self.folder.join(path);
        std::fs::write(&path, script).expect("it is written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it is made a program");
        path.display().to_string()
    }

    /// A Backstop that writes its arguments (each ended by NUL) and its environment, then all files that it was told to,
    /// and ends with this code.
    pub fn fake(&mut self, code: u8) -> &mut Self {
        let path = self.program("backstop", &fake(code));
        self.set("BACKSTOP_BINARY_PATH", path)
    }

    /// The Backstop of this build.
    pub fn real(&mut self) -> &mut Self {
        self.set("BACKSTOP_BINARY_PATH", env!("CARGO_BIN_EXE_backstop"))
    }

    /// The arguments that the fake program was given.
    pub fn arguments(&self) -> Vec<String> {
        let bytes = std::fs::read(self.folder.join("work/arguments")).expect("it was run");
        let text = String::from_utf8(bytes).expect("UTF-8");
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    /// Gives the action these checksums in place of its own.
    pub fn checksums(&mut self, lines: &str) -> &mut Self {
        let folder = self.folder.join("action");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("checksums.txt"), lines).expect("it is written");
        std::fs::copy(root().join("action/run.sh"), folder.join("run.sh")).expect("it is copied");
        self.script = folder.join("run.sh");
        self
    }

    pub fn judge(&self) -> Step {
        let outputs = self.folder.join("outputs");
        let _ = std::fs::remove_file(&outputs);
        let output = self.run("judge", &self.variables);
        let read = |path: &str| std::fs::read_to_string(self.folder.join(path)).unwrap_or_default();
        let pairs = read("outputs");
        let pairs = pairs.lines().map(|line| line.split_once('=').expect("name=value"));
        Step {
            outputs: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            summary: read("summary.md"),
            ..Step::of(&output)
        }
    }

    /// The last step, behind this exit code.
    pub fn verdict(&self, code: &str, fail_on_incomplete: &str) -> Step {
        let mut variables = self.variables.clone();
        variables.insert("BACKSTOP_EXIT_CODE".to_owned(), code.to_owned());
        variables.insert("BACKSTOP_FAIL_ON_INCOMPLETE".to_owned(), fail_on_incomplete.to_owned());
        Step::of(&self.run("verdict", &variables))
    }

    fn run(&self, what: &str, variables: &BTreeMap<String, String>) -> Output {
        let mut command = Command::new("/bin/bash");
        command.arg(&self.script).arg(what).env_clear().envs(variables).current_dir(self.folder.join("work"));
        command.output().expect("bash runs")
    }
}

impl Step {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        Self {
            code: output.status.code().expect("no signal ended it"),
            log: text(&output.stdout) + &text(&output.stderr),
            outputs: BTreeMap::new(),
            summary: String::new(),
        }
    }

    /// Fails the test unless the step ended so, and said all of this.
    pub fn expect(&self, code: i32, wanted: &[&str]) -> &Self {
        assert_eq!(self.code, code, "{}", self.log);
        for wanted in wanted {
            assert!(self.log.contains(wanted), "{wanted}\n{}", self.log);
        }
        self
    }

    pub fn output(&self, name: &str) -> &str {
        self.outputs.get(name).unwrap_or_else(|| panic!("no output {name}\n{}", self.log))
    }

    /// The lines that a runner would take for commands: not those between `stop-commands` and its word.
    pub fn commands(&self) -> Vec<&str> {
        let mut stopped: Option<String> = None;
        let mut commands = Vec::new();
        for line in self.log.lines().map(str::trim_start) {
            match &stopped {
                Some(word) if line == format!("::{word}::") => stopped = None,
                Some(_) => {}
                None if line.starts_with("::stop-commands::") => {
                    stopped = Some(line.trim_start_matches("::stop-commands::").to_owned());
                }
                None if line.starts_with("::") || line.contains("##[") => commands.push(line),
                None => {}
            }
        }
        assert!(stopped.is_none(), "the runner was never told to listen again");
        commands
    }
}

/// The script of a fake Backstop.
pub fn fake(code: u8) -> String {
    format!(
        r#"#!/bin/sh
printf '%s\0' "$@" >arguments
env >environment
printf '%s\n' '::add-path::/evil' '  ::error::not ours' '##[add-matcher]x' 'fake report'
for argument; do
    case $argument in
        --output=terminal) ;;
        --output=counts=*) printf '%s\n' fail=12 critical=3 high=4 medium=5 low=0 unknown=6 waived=1 pass=9 new=2 \
            'exit-code=0' 'sarif-file=/etc/passwd' 'high=4;x' 'low=$(id)' 'nonsense' >"${{argument#--output=counts=}}" ;;
        --output=github=*) printf '::error file=a.yaml,line=3::annotated\n' >"${{argument#--output=github=}}" ;;
        --output=summary=*) printf '# Summary\n' >"${{argument#--output=summary=}}" ;;
        --output=*) file=${{argument#--output=}}; printf '{{}}\n' >"${{file#*=}}" ;;
    esac
done
exit {code}
"#
    )
}
