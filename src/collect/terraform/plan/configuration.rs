//! The configuration in a plan: which arguments are written, and what they refer to ("Configuration Representation").

use std::collections::{BTreeMap, BTreeSet};

use super::address::Address;
use super::blocks::Instances;
use super::json::{self, Node, Tree as _};

/// The configuration, found by module and name.
#[derive(Debug, Default)]
pub struct Configuration<'v, 'a> {
    /// By the names of the modules on the way, joined by points.
    modules: BTreeMap<String, Module<'v, 'a>>,
    /// `provider_config`
    pub providers: Option<&'v Node<'a>>,
    /// The values of the root module's variables.
    pub variables: Option<&'v Node<'a>>,
}

/// One module.
#[derive(Debug, Default)]
pub struct Module<'v, 'a> {
    /// By `type.name`.
    resources: BTreeMap<String, Declared<'v, 'a>>,
    /// The module calls in it, by name.
    pub calls: BTreeMap<String, &'v Node<'a>>,
    /// Its outputs.
    pub outputs: Option<&'v Node<'a>>,
    /// Whether it, or a module that it is in, is made by `count` or `for_each`.
    repeated: bool,
}

/// One resource of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'v, 'a> {
    node: &'v Node<'a>,
}

impl<'v, 'a> Declared<'v, 'a> {
    /// Its arguments.
    pub fn expressions(&self) -> Option<&'v Node<'a>> {
        self.node.get("expressions")
    }

    /// The provider configuration that it uses.
    pub fn provider(&self) -> Option<&'v str> {
        self.node.get("provider_config_key").and_then(json::text)
    }

    /// The references of its `for_each`.
    pub fn for_each(&self) -> Option<&'v Node<'a>> {
        self.node.get("for_each_expression")
    }

    fn repeated(&self) -> bool {
        repeated(self.node)
    }
}

/// Whether `count` or `for_each` stands in it.
pub fn repeated(node: &Node<'_>) -> bool {
    node.get("count_expression").or(node.get("for_each_expression")).is_some()
}

impl<'v, 'a> Configuration<'v, 'a> {
    pub fn of(plan: &'v Node<'a>) -> Self {
        let configuration = plan.get("configuration");
        let mut all = Self {
            modules: BTreeMap::new(),
            providers: configuration.and_then(|it| it.get("provider_config")),
            variables: plan.get("variables"),
        };
        if let Some(root) = configuration.and_then(|it| it.get("root_module")) {
            all.add(String::new(), root, false);
        }
        all
    }

    fn add(&mut self, path: String, node: &'v Node<'a>, in_repeated: bool) {
        let mut module = Module { outputs: node.get("outputs"), repeated: in_repeated, ..Module::default() };
        for resource in node.get("resources").map_or(&[][..], |resources| resources.elements()) {
            let text = |key: &str| resource.get(key).and_then(json::text);
            if let (Some("managed"), Some(kind), Some(name)) = (text("mode"), text("type"), text("name")) {
                module.resources.insert(format!("{kind}.{name}"), Declared { node: resource });
            }
        }
        for (name, call) in node.get("module_calls").into_iter().flat_map(|calls| calls.entries()) {
            module.calls.insert(name.to_owned(), call);
            if let Some(child) = call.get("module") {
                let below = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                self.add(below, child, in_repeated || repeated(call));
            }
        }
        self.modules.insert(path, module);
    }

    /// The module at these names, joined by points.
    pub fn module(&self, path: &str) -> Option<&Module<'v, 'a>> {
        self.modules.get(path)
    }

    /// The resource that an instance was made of.
    pub fn resource(&self, address: &Address) -> Option<Declared<'v, 'a>> {
        let names: Vec<&str> = address.modules.iter().map(|step| &*step.name).collect();
        let module = self.module(&names.join("."))?;
        module.resources.get(&format!("{}.{}", address.kind, address.resource.name)).copied()
    }

    /// Whether a resource is declared that must be there, and of which the plan says nothing. A `for_each` that neither
    /// refers to anything nor is a constant (`toset(["a"])`) is not in a plan: it is taken to be not empty.
    pub fn leaves_out(&self, instances: &Instances<'_, '_>) -> bool {
        let planned: BTreeSet<String> =
            instances.values().filter_map(|one| one.parsed.as_ref()).map(declared_at).collect();
        self.modules.iter().filter(|(_, module)| !module.repeated).any(|(path, module)| {
            let mut once = module.resources.iter().filter(|(name, one)| name.starts_with("aws_") && !one.repeated());
            once.any(|(name, _)| !planned.contains(&format!("{path}:{name}")))
        })
    }
}

/// The module and the resource that an instance was made of.
fn declared_at(address: &Address) -> String {
    let names: Vec<&str> = address.modules.iter().map(|step| &*step.name).collect();
    format!("{}:{}.{}", names.join("."), address.kind, address.resource.name)
}

/// The references of an expression, each once, without the parts of longer ones that Terraform lists behind them.
pub fn references<'v>(expression: &'v Node<'_>) -> Vec<&'v str> {
    let mut all: Vec<&str> = Vec::new();
    let listed = expression.get("references").map_or(&[][..], |references| references.elements());
    for reference in listed.iter().filter_map(json::text) {
        let is_part = all.iter().any(|longer| {
            longer.strip_prefix(reference).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        });
        if !is_part {
            all.push(reference);
        }
    }
    all
}
