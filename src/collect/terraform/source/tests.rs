mod complaints;
mod expressions;
mod functions;
mod hostile;
mod instances;
mod modules;
mod policies;
mod policy_documents;
mod providers;
mod reading;
mod soundness;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Nothing, Outside, SourceOptions, SourceRoot, read_all};
use crate::collect::declared::item::{Item, Kind};
use crate::collect::terraform::block::Block;
use crate::model::fact::{Fact, State};
use crate::model::position::Position;

/// Files that lie beside the scanned ones.
#[derive(Default)]
struct Beside(BTreeMap<&'static str, &'static str>);

impl Outside for Beside {
    fn read(&self, path: &str) -> Result<Option<Arc<str>>, Arc<str>> {
        Ok(self.0.get(path).map(|text| Arc::from(*text)))
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<Arc<str>>>, Arc<str>> {
        let names: Vec<Arc<str>> = self
            .0
            .keys()
            .filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'))
            .filter(|name| !name.contains('/'))
            .map(Arc::from)
            .collect();
        Ok((!names.is_empty()).then_some(names))
    }
}

fn files(files: &[(&str, &str)]) -> BTreeMap<Arc<str>, Arc<str>> {
    files.iter().map(|(path, text)| (Arc::from(*path), Arc::from(*text))).collect()
}

fn roots_with(all: &[(&str, &str)], options: &SourceOptions, outside: &dyn Outside) -> Vec<SourceRoot> {
    read_all(&files(all), options, outside)
}

/// The only root among these files.
fn root(all: &[(&str, &str)]) -> SourceRoot {
    root_with(all, &SourceOptions::default(), &Nothing)
}

fn root_with(all: &[(&str, &str)], options: &SourceOptions, outside: &dyn Outside) -> SourceRoot {
    let mut roots = roots_with(all, options, outside);
    assert_eq!(roots.len(), 1, "{:?}", roots.iter().map(|root| &root.folder).collect::<Vec<_>>());
    roots.pop().unwrap()
}

/// The only root of one file.
fn single(text: &str) -> SourceRoot {
    root(&[("main.tf", text)])
}

fn block<'a>(root: &'a SourceRoot, address: &str) -> &'a Block {
    let found = root.root.blocks.iter().find(|block| &*block.address == address);
    found.unwrap_or_else(|| panic!("no `{address}` among {:?}", addresses(root)))
}

fn addresses(root: &SourceRoot) -> Vec<&str> {
    root.root.blocks.iter().map(|block| &*block.address).collect()
}

/// An argument of a resource, written by [`shown`].
fn argument(root: &SourceRoot, address: &str, path: &str) -> String {
    shown(&block(root, address).body.dig(path))
}

/// The value of an expression in a module that declares this besides.
fn value(declared: &str, expr: &str) -> String {
    let root = single(&format!("{declared}\nresource \"t\" \"t\" {{\n  x = {expr}\n}}\n"));
    assert!(root.root.gaps.is_empty(), "{expr}: {:?}", root.root.gaps);
    argument(&root, "t.t", "x")
}

/// A value on one line: `?` for what is not known, `(a|b)` for a choice, `->` before the address of a reference.
fn shown(item: &Item) -> String {
    match &item.kind {
        Kind::Absent => "null".to_owned(),
        Kind::Unknown(_) => "?".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(number) => number.to_string(),
        Kind::Text(text) => format!("{text:?}"),
        Kind::List(all) => format!("[{}]", all.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Kind::Map(map) => {
            let open = map.open.as_ref().map(|_| "...".to_owned());
            let entries = map.entries.iter().map(|(name, item)| format!("{name}={}", shown(item)));
            format!("{{{}}}", entries.chain(open).collect::<Vec<_>>().join(", "))
        }
        Kind::Reference(reference) => match &reference.text.state {
            State::Known(text) => format!("->{}:{text}", reference.target.id),
            _ => format!("->{}", reference.target.id),
        },
        Kind::Choice(choice) => format!("({}|{})", shown(&choice.yes), shown(&choice.no)),
    }
}

/// Why a value is not known.
fn why(item: &Item) -> Vec<String> {
    match &item.kind {
        Kind::Unknown(reasons) => reasons.iter().map(|reason| reason.why.clone()).collect(),
        Kind::Choice(choice) => choice.why.iter().map(|reason| reason.why.clone()).collect(),
        other => panic!("known: {other:?}"),
    }
}

fn exists(fact: &Fact<bool>) -> &'static str {
    match fact.state {
        State::Known(true) => "yes",
        State::Known(false) | State::Absent => "no",
        State::Unknown(_) => "perhaps",
    }
}

/// `file:line:column-line:column`, or `-`.
fn place(at: Option<&Arc<Position>>) -> String {
    at.map_or_else(
        || "-".to_owned(),
        |at| {
            let (start, end) = (at.start, at.end);
            format!("{}:{}:{}-{}:{}", at.file, start.line, start.column, end.line, end.column)
        },
    )
}

/// Each expression gives this, in a module that declares this besides.
fn all_give(declared: &str, cases: &[(&str, &str)]) {
    for (expr, wanted) in cases {
        assert_eq!(value(declared, expr), *wanted, "{expr}");
    }
}
