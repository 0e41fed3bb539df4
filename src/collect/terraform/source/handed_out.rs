//! Resources that are handed to modules which were not read, and which may set them up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::evaluator::{Evaluator, Scope, rephrased};
use super::handle::ModuleId;
use super::tree::{Body, Expr, ExprKind, Step};
use crate::collect::declared::item::{Item, Kind};
use crate::collect::terraform::block::Block;
use crate::collect::terraform::types;
use crate::model::fact::{Reasons, State};

/// The texts in a value, as far as they are known.
fn texts_in(item: &Item, texts: &mut BTreeSet<String>) {
    match &item.kind {
        Kind::Text(text) => drop(texts.insert(text.to_string())),
        Kind::Reference(reference) => texts.extend(reference.text.value().cloned()),
        Kind::List(elements) => elements.iter().for_each(|element| texts_in(element, texts)),
        Kind::Map(map) => map.entries.iter().for_each(|(_, value)| texts_in(value, texts)),
        Kind::Choice(choice) => {
            texts_in(&choice.yes, texts);
            texts_in(&choice.no, texts);
        }
        Kind::Absent | Kind::Unknown(_) | Kind::Bool(_) | Kind::Number(_) => {}
    }
}

/// Arguments of a call that are Terraform's own.
const META: &[&str] = &["source", "version", "providers", "depends_on", "count"];

/// Names in modules.
type Names = BTreeSet<(ModuleId, Arc<str>)>;

impl Evaluator<'_> {
    /// The addresses of all instances of resources that are handed out, and why that matters.
    pub(super) fn handed_out(&mut self, blocks: &[Block]) -> BTreeMap<Arc<str>, Reasons> {
        let mut all: BTreeMap<Arc<str>, Reasons> = BTreeMap::new();
        for instance in self.modules.clone() {
            let (Err(reasons), Some(caller)) = (&instance.module, &instance.call) else { continue };
            let mut names = Names::new();
            let mut seen = Names::new();
            let inputs = caller.block.body.attributes.iter().filter(|input| !META.contains(&&*input.name));
            let mut texts = BTreeSet::new();
            for input in inputs {
                self.named_by(caller.scope.module, &input.expr, &mut seen, &mut names);
                texts_in(&self.argument(&caller.scope, &input.expr).item(), &mut texts);
            }
            self.names_of_data(&seen, &mut texts);
            for block in blocks {
                let State::Known(name) = types::own_name(&block.kind, &block.body).state else { continue };
                if texts.contains(&name) {
                    let why = rephrased(reasons, |why| {
                        format!("`{}` is given the name `{name}`, and may set it up: {why}", instance.address)
                    });
                    let all_of_it = all.get(&block.address).map_or_else(|| why.clone(), |before| before.and(&why));
                    all.insert(block.address.clone(), all_of_it);
                }
            }
            for (module, name) in names {
                let Some(expansion) = self.expansion(module, &name) else { continue };
                for one in &expansion.instances {
                    let address = format!("{}{}", self.address(module, &name), one.key.suffix());
                    let why = rephrased(reasons, |why| {
                        format!("`{address}` is handed to `{}`, which may set it up: {why}", instance.address)
                    });
                    let all_of_it = all.get(&*address).map_or_else(|| why.clone(), |before| before.and(&why));
                    all.insert(address.into(), all_of_it);
                }
            }
        }
        all
    }

    /// The managed resources that an expression names, also by way of locals, variables, outputs, data sources, and
    /// resources that are parts of others.
    fn named_by(&mut self, module: ModuleId, expr: &Expr, seen: &mut Names, out: &mut Names) {
        let mut found: Vec<(Arc<str>, Vec<Arc<str>>)> = Vec::new();
        expr.visit(&mut |expr| {
            let ExprKind::Traversal(base, steps) = &expr.kind else { return };
            let ExprKind::Variable(name) = &base.kind else { return };
            let words = steps.iter().filter_map(|step| match step {
                Step::Attribute(name) => Some(name.clone()),
                _ => None,
            });
            found.push((name.clone(), words.collect()));
        });
        for (name, words) in found {
            let Some(first) = words.first() else { continue };
            if !seen.insert((module, format!("{name}.{}", words.join(".")).into())) {
                continue;
            }
            match &*name {
                "local" => {
                    let local = self.declared(module).and_then(|declared| declared.locals.get(first).cloned());
                    if let Some(expr) = local {
                        self.named_by(module, &expr, seen, out);
                    }
                }
                "var" => {
                    let caller = self.instance(module).and_then(|instance| instance.call.clone());
                    let input = caller.and_then(|caller| {
                        Some((caller.scope.module, caller.block.body.attribute(first)?.expr.clone()))
                    });
                    if let Some((outer, expr)) = input {
                        self.named_by(outer, &expr, seen, out);
                    }
                    // What `each` means in it stands in the caller's `for_each`.
                    let caller = self.instance(module).and_then(|instance| instance.call.clone());
                    let repeated = caller.and_then(|caller| {
                        Some((caller.scope.module, caller.block.body.attribute("for_each")?.expr.clone()))
                    });
                    if let Some((outer, expr)) = repeated {
                        self.named_by(outer, &expr, seen, out);
                    }
                }
                "module" => self.named_by_outputs(module, first, words.get(1), seen, out),
                "data" => {
                    if let Some(second) = words.get(1)
                        && let Some(block) = self.block(module, &format!("data.{first}.{second}"))
                    {
                        self.named_by_body(module, &block.body, seen, out);
                    }
                }
                // What `each` means is named in `for_each` itself, which is among the inputs.
                "each" | "count" | "path" | "terraform" | "self" => {}
                kind => {
                    let resource: Arc<str> = format!("{kind}.{first}").into();
                    let Some(block) = self.block(module, &resource) else { continue };
                    out.insert((module, resource));
                    for whole in
                        ["bucket", "backup_vault_name", "target_key_id", "key_id", "role", "user", "group", "input"]
                    {
                        if let Some(attribute) = block.body.attribute(whole) {
                            self.named_by(module, &attribute.expr.clone(), seen, out);
                        }
                    }
                }
            }
        }
    }

    /// The texts in the data sources among these names: one may look a resource up that the root declares.
    fn names_of_data(&mut self, seen: &Names, texts: &mut BTreeSet<String>) {
        for (module, name) in seen {
            let mut words = name.split('.');
            let (Some("data"), Some(kind), Some(label)) = (words.next(), words.next(), words.next()) else { continue };
            let Some(block) = self.block(*module, &format!("data.{kind}.{label}")) else { continue };
            let scope = Scope::of(*module);
            for attribute in &block.body.attributes {
                texts_in(&self.argument(&scope, &attribute.expr).item(), texts);
            }
        }
    }

    fn named_by_outputs(
        &mut self,
        module: ModuleId,
        call: &str,
        output: Option<&Arc<str>>,
        seen: &mut Names,
        out: &mut Names,
    ) {
        let Some(expansion) = self.expansion(module, &format!("module.{call}")) else { return };
        for one in &expansion.instances {
            let Some(child) = self.child(module, call, &one.key) else { continue };
            let Some(declared) = self.declared(child) else { continue };
            for (name, expr) in &declared.outputs {
                if output.is_none_or(|wanted| wanted == name) {
                    self.named_by(child, expr, seen, out);
                }
            }
        }
    }

    fn named_by_body(&mut self, module: ModuleId, body: &Body, seen: &mut Names, out: &mut Names) {
        for attribute in &body.attributes {
            self.named_by(module, &attribute.expr, seen, out);
        }
        for block in &body.blocks {
            self.named_by_body(module, &block.body, seen, out);
        }
    }
}
