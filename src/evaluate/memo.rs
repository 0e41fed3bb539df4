//! Verdicts that were given before: a rule that reads the same facts says the same.
//!
//! A verdict hangs on the rule, on what is the same for the whole run, and on the facts that the rule reads. Most
//! resources of an estate are alike in those, so most verdicts need no evaluation at all.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::view::View;
use crate::finding::verdict::Verdict;
use crate::model::attribute::{Attribute, Seen, Value};
use crate::model::fact::State;
use crate::rule::reads::Reads;

/// What is kept at most for each thread; then it begins anew. Keys are about a hundred bytes.
const LIMIT: usize = 100_000;

/// What rules said, by what they read. Each thread keeps its own, so that none waits for another.
pub struct Memo {
    threads: Vec<Mutex<HashMap<Key, Verdict>>>,
}

/// A rule's number and the facts that it reads, encoded without ambiguity.
pub type Key = Box<[u8]>;

impl Default for Memo {
    fn default() -> Self {
        Self { threads: (0..rayon::current_num_threads().max(1)).map(|_| Mutex::default()).collect() }
    }
}

impl Memo {
    fn mine(&self) -> Option<&Mutex<HashMap<Key, Verdict>>> {
        let number = rayon::current_thread_index().unwrap_or_default();
        self.threads.get(number % self.threads.len().max(1))
    }

    /// What the rule said of these facts before.
    pub fn get(&self, key: &[u8]) -> Option<Verdict> {
        self.mine()?.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    /// Remembers a verdict.
    pub fn keep(&self, key: Key, verdict: Verdict) {
        let Some(mine) = self.mine() else { return };
        let mut mine = mine.lock().unwrap_or_else(PoisonError::into_inner);
        if mine.len() >= LIMIT {
            mine.clear();
        }
        mine.insert(key, verdict);
    }
}

/// A rule's reads, cut for looking up.
pub struct Wanted {
    rule: usize,
    paths: Vec<(Vec<String>, bool)>,
    tags: Vec<String>,
}

impl Wanted {
    /// What identifies a verdict of this rule; none where more than facts decides it: who the resource or the account
    /// is, or something that cannot be looked into.
    pub fn of(rule: usize, reads: &Reads) -> Option<Self> {
        if reads.opaque || reads.any_tag || reads.principal || reads.identity {
            return None;
        }
        let cut = |path: &String| (path.split('.').map(str::to_owned).collect(), reads.whole.contains(path));
        Some(Self { rule, paths: reads.paths.iter().map(cut).collect(), tags: reads.tags.iter().cloned().collect() })
    }

    /// The key of this rule's verdict on a resource; none where an entity of the resource's own is read as a value.
    pub fn key(&self, view: &View) -> Option<Key> {
        let mut key = Vec::with_capacity(96);
        key.extend(self.rule.to_le_bytes());
        text(&mut key, &view.kind);
        for (path, whole) in &self.paths {
            encode(&mut key, &view.attributes, path, *whole)?;
        }
        for tag in &self.tags {
            match view.tags.get(tag).state {
                State::Known(value) => {
                    key.push(b'=');
                    text(&mut key, &value);
                }
                State::Absent => key.push(b'-'),
                // A tag that is there with an unknown value is another thing than one that may not be there.
                State::Unknown(_) if view.tags.entries.contains_key(tag.as_str()) => key.push(b'~'),
                State::Unknown(_) => key.push(b'?'),
            }
        }
        Some(key.into_boxed_slice())
    }
}

fn encode(key: &mut Vec<u8>, attributes: &[Attribute], path: &[String], whole: bool) -> Option<()> {
    let (name, rest) = path.split_first()?;
    match attributes.iter().find(|attribute| attribute.name == name).map(|attribute| &attribute.seen) {
        // What a type has not is as absent as what a resource has not.
        None | Some(Seen::Absent) => key.push(b'-'),
        Some(Seen::Unknown(_)) => key.push(b'?'),
        Some(Seen::Known(known)) => {
            key.push(b'=');
            value(key, known, rest, whole)?;
        }
        Some(Seen::OneOf(versions, _)) => {
            key.push(b'|');
            key.extend(versions.len().to_le_bytes());
            for version in versions {
                value(key, version, rest, whole)?;
            }
        }
    }
    Some(())
}

fn value(key: &mut Vec<u8>, value: &Value, rest: &[String], whole: bool) -> Option<()> {
    match value {
        Value::Section(section) if !rest.is_empty() => encode(key, &section.attributes, rest, whole)?,
        // Only whether it is there is read, unless the section itself is compared with another.
        Value::Section(_) if whole => return None,
        Value::Section(_) => key.push(b's'),
        Value::Bool(value) => key.push(u8::from(*value)),
        Value::Long(value) => key.extend(value.to_le_bytes()),
        Value::Text(value) => text(key, value),
        Value::Duration(value) => key.extend(value.as_nanos().to_le_bytes()),
        Value::Time(value) => key.extend(value.as_nanosecond().to_le_bytes()),
        Value::Texts(values) => {
            key.extend(values.len().to_le_bytes());
            for value in values {
                text(key, value);
            }
        }
    }
    Some(())
}

fn text(key: &mut Vec<u8>, text: &str) {
    key.extend(text.len().to_le_bytes());
    key.extend(text.as_bytes());
}
