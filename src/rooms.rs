//! Holds the rooms to the one way of the data: which may import which.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What each room may import of the others (`docs/design.md`). `cli` and `lambda` may import everything, and nobody imports them.
/// `diagnostic` is how mistakes in a user's text are said, by the rooms that read such texts.
const MAY_IMPORT: [(&str, &[&str]); 11] = [
    ("model", &[]),
    ("diagnostic", &[]),
    ("config", &["model", "diagnostic"]),
    ("collect", &["model"]),
    // The semantics of AWS policies stand by themselves.
    ("iam", &[]),
    ("derive", &["model", "iam"]),
    ("finding", &["model"]),
    ("rule", &["model", "finding", "diagnostic"]),
    ("evaluate", &["model", "finding", "rule"]),
    // The cases of rules are written as facts of the model and judged by their verdicts.
    ("check", &["model", "finding", "rule", "evaluate", "diagnostic"]),
    ("report", &["model", "finding", "rule"]),
];

const FREE: [&str; 5] = ["bootstrap", "cli", "lambda", "lib", "main"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The files of modules that stand below a `#[cfg(test)]`, or below such a module.
fn is_test_module(path: &Path, src: &Path) -> bool {
    path.ancestors().take_while(|path| *path != src).any(|module| {
        let (Some(folder), Some(name)) = (module.parent(), module.file_stem().and_then(|stem| stem.to_str())) else {
            return false;
        };
        let above = if folder == src { src.join("lib.rs") } else { folder.with_extension("rs") };
        let text = std::fs::read_to_string(above).unwrap_or_default();
        ["", "pub ", "pub(crate) "].iter().any(|seen| text.contains(&format!("#[cfg(test)]\n{seen}mod {name};")))
    })
}

/// The text before its `#[cfg(test)] mod … {`, which stands last in a file.
fn without_tests(text: &str) -> &str {
    let tests = text.match_indices("\n#[cfg(test)]\n").find(|(at, mark)| {
        let next = text[at + mark.len()..].lines().next().unwrap_or_default();
        next.contains("mod ") && next.ends_with('{')
    });
    tests.map_or(text, |(at, _)| &text[..at])
}

/// The rooms that paths from the crate's root lead to, also within braces: `use crate::{model, rule::Rule}`.
fn imported(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let mut rooms = BTreeSet::new();
    for (at, path) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + path.len()..];
        let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        if !rest.starts_with('{') {
            rooms.insert(word(rest));
            continue;
        }
        let mut depth = 0;
        let mut first = false;
        for (at, c) in rest.char_indices() {
            if first && (c.is_alphabetic() || c == '_') {
                rooms.insert(word(&rest[at..]));
                first = false;
            }
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            first |= depth == 1 && (c == '{' || c == ',');
            if depth == 0 {
                break;
            }
        }
    }
    rooms
}

/// The room that a file is in, and the rooms that it must not import but does.
fn wrong(room: &str, text: &str) -> Vec<String> {
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{room} is no room")];
    };
    let imports = imported(text).into_iter();
    imports.filter(|other| other != room && !allowed.contains(&other.as_str())).collect()
}

#[test]
fn no_arrow_between_rooms_points_the_wrong_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    files.sort();
    let mut faults = Vec::new();
    let mut rooms = BTreeSet::new();
    for file in files.iter().filter(|file| !is_test_module(file, &src)) {
        let below = file.strip_prefix(&src).unwrap();
        let room = below.iter().next().and_then(|first| Path::new(first).file_stem()).unwrap().to_str().unwrap();
        if FREE.contains(&room) {
            continue;
        }
        rooms.insert(room.to_owned());
        let text = std::fs::read_to_string(file).unwrap();
        faults.extend(wrong(room, without_tests(&text)).iter().map(|to| format!("{}: {to}", below.display())));
    }
    assert!(faults.is_empty(), "{faults:#?}");
    let named: BTreeSet<String> = MAY_IMPORT.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(rooms, named, "a room is named that is not there");
}

#[test]
fn a_wrong_arrow_is_seen_however_it_is_written() {
    assert!(wrong("model", "use crate::model::fact::Fact;").is_empty());
    assert_eq!(wrong("model", "use crate::rule::Rule;"), ["rule"]);
    assert_eq!(wrong("derive", "fn f() -> crate::finding::Finding {}"), ["finding"]);
    assert_eq!(wrong("collect", "pub(crate) use crate::{\n    model::{gap::Gap, rule},\n    derive,\n};"), ["derive"]);
    assert!(wrong("report", "// like crate::derive::derive\nuse crate::rule::RuleSet;").is_empty());
    assert_eq!(wrong("attic", ""), ["attic is no room"]);
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests {\n}"), "a");
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests;\nb"), "a\n#[cfg(test)]\nmod tests;\nb");
}
