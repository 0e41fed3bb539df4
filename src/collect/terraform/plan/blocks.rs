//! From the changes in a plan to resource instances.

use std::collections::BTreeMap;
use std::sync::Arc;

use jsonc_parser::common::Ranged;

use super::Locate;
use super::address::Address;
use super::configuration::{Configuration, Declared};
use super::json::{self, Node, Tree as _};
use super::provider::{self, Working};
use super::references::Resolver;
use super::values::Values;
use super::{inline, json::text};
use crate::collect::declared::lines::Lines;
use crate::collect::files::FileOptions;
use crate::collect::terraform::block::{Block, Change, Place, Root};
use crate::collect::terraform::{map, types};
use crate::model::fact::Fact;
use crate::model::identity::partition_of;
use crate::model::position::Position;

/// What reads a plan.
pub struct Reader<'r, 'v, 'a> {
    pub file: &'r Arc<str>,
    pub lines: &'r Lines,
    pub options: &'r FileOptions,
    pub locate: &'r Locate<'r>,
    pub configuration: &'r Configuration<'v, 'a>,
}

/// One managed resource instance of a plan.
#[derive(Debug)]
pub struct Planned<'v, 'a> {
    pub address: &'v str,
    pub parsed: Option<Address>,
    /// Terraform's type.
    pub kind: &'v str,
    /// Where it stands in the plan.
    node: &'v Node<'a>,
    /// Its values: after the plan; of what is destroyed or forgotten, before it.
    pub values: Option<&'v Node<'a>>,
    /// Which of them are known only when the plan is applied.
    pub unknown: Option<&'v Node<'a>>,
    /// Which of them must not be shown.
    pub sensitive: Option<&'v Node<'a>>,
    pub declared: Option<Declared<'v, 'a>>,
    change: Change,
    deferred: bool,
    /// Whether the plan does not say which values are unknown.
    pub open: bool,
    pub place: Place,
    /// Whether its provider surely gives it no tags.
    pub tagless: bool,
}

/// The instances of a plan, by address.
pub type Instances<'v, 'a> = BTreeMap<&'v str, Planned<'v, 'a>>;

impl<'v, 'a> Reader<'_, 'v, 'a> {
    /// The blocks of a plan.
    pub fn read(&self, plan: &'v Node<'a>) -> (Root, Instances<'v, 'a>) {
        let mut planned = self.planned(plan);
        self.place(&mut planned);
        let resolver = Resolver { configuration: self.configuration, instances: &planned };
        let mut computed = inline::Computed::default();
        let read = planned.values().filter(|one| map::reads(one.kind));
        let blocks = read.map(|one| self.block(one, &resolver, &mut computed)).collect();
        let mut root = Root { blocks, ..Root::default() };
        inline::leave_to_split_resources(&mut root.blocks, &computed);
        (root, planned)
    }

    fn planned(&self, plan: &'v Node<'a>) -> Instances<'v, 'a> {
        let mut all = Instances::new();
        let elements = |key: &str| plan.get(key).map_or(&[][..], |list| list.elements());
        let changes = elements("resource_changes").iter().map(|change| (change, false));
        let deferred = elements("deferred_changes").iter().filter_map(|one| Some((one.get("resource_change")?, true)));
        for one in changes.chain(deferred).filter_map(|(change, deferred)| self.change(change, deferred)) {
            all.entry(one.address).or_insert(one);
        }
        if let Some(root) = plan.get("planned_values").and_then(|values| values.get("root_module")) {
            self.add_module(root, &mut all);
        }
        all
    }

    /// A change of a current object. One of a deposed object, which the current one has taken the place of, says nothing
    /// of what there is.
    fn change(&self, node: &'v Node<'a>, deferred: bool) -> Option<Planned<'v, 'a>> {
        if node.get("deposed").is_some() {
            return None;
        }
        let base = self.instance(node)?;
        let change = node.get("change")?;
        let actions = change.get("actions").map_or(&[][..], |actions| actions.elements());
        let does = |action: &str| actions.iter().any(|one| text(one) == Some(action));
        let after = change.get("after").filter(|after| !json::is_null(after));
        let unknown = change.get("after_unknown");
        if after.is_none() && !json::is_true(unknown) && (does("delete") || does("forget")) {
            let kept = if does("delete") { Change::Destroyed { emptied: emptied(change) } } else { Change::Kept };
            return Some(Planned {
                values: change.get("before"),
                sensitive: change.get("before_sensitive"),
                change: kept,
                deferred,
                ..base
            });
        }
        Some(Planned {
            values: after,
            unknown,
            sensitive: change.get("after_sensitive"),
            change: if does("delete") { Change::Replaced { emptied: emptied(change) } } else { Change::Kept },
            deferred,
            ..base
        })
    }

    fn instance(&self, node: &'v Node<'a>) -> Option<Planned<'v, 'a>> {
        if node.get("mode").and_then(text) != Some("managed") {
            return None;
        }
        let address = node.get("address").and_then(text)?;
        let parsed = Address::parse(address);
        Some(Planned {
            address,
            kind: node.get("type").and_then(text)?,
            node,
            values: None,
            unknown: None,
            sensitive: None,
            declared: parsed.as_ref().and_then(|parsed| self.configuration.resource(parsed)),
            parsed,
            change: Change::Kept,
            deferred: false,
            open: false,
            place: Place::default(),
            tagless: false,
        })
    }

    /// What the planned values have beyond the changes: there it is not told which values are unknown.
    fn add_module(&self, module: &'v Node<'a>, all: &mut Instances<'v, 'a>) {
        for node in module.get("resources").map_or(&[][..], |resources| resources.elements()) {
            let Some(one) = self.instance(node) else { continue };
            let (values, sensitive) = (node.get("values"), node.get("sensitive_values"));
            all.entry(one.address).or_insert(Planned { values, sensitive, open: true, ..one });
        }
        for child in module.get("child_modules").map_or(&[][..], |children| children.elements()) {
            self.add_module(child, all);
        }
    }

    /// Gives each its Region, account and partition: what its own values say, else its provider, else the user. The
    /// account in one ARN is that of all resources of the same provider.
    fn place(&self, planned: &mut Instances<'v, 'a>) {
        let mut providers: BTreeMap<String, Working> = BTreeMap::new();
        for one in planned.values() {
            let key = provider_key(one);
            let working = providers.entry(key.clone()).or_insert_with(|| provider::working(self.configuration, &key));
            if working.account.is_none() {
                working.account = own_arn(one).and_then(provider::account).map(str::to_owned);
            }
        }
        let default_says_credentials = provider::working(self.configuration, "aws").says_credentials;
        for one in planned.values_mut() {
            let key = provider_key(one);
            let working = providers.get(&key).cloned().unwrap_or_default();
            // The user speaks of the default configuration, and of others only where they say nothing themselves.
            let is_default = !provider::has_alias(&key);
            let user_region = self.options.region.clone().filter(|_| is_default || !working.says_region);
            let user_account = self.options.account.clone().filter(|_| is_default || !working.says_credentials);
            let says_credentials = working.says_credentials;
            one.tagless = working.tagless;
            let arn = own_arn(one);
            let part = |index: usize| arn.and_then(|arn| arn.split(':').nth(index)).filter(|part| !part.is_empty());
            let own_region = one.known("region").or(part(3));
            let unsure = json::is_true(one.unknown.and_then(|unknown| unknown.get("region")))
                && one.declared.and_then(|it| it.expressions()).is_some_and(|it| it.get("region").is_some());
            let given = working.region.or(user_region);
            let region = own_region.map(str::to_owned).or(given).filter(|_| !unsure);
            let account = part(4).map(str::to_owned).or(working.account).or(user_account);
            let partition = part(1).map(str::to_owned).or_else(|| self.options.partition.clone());
            let place = Place {
                root: self.file.clone(),
                partition: partition.or_else(|| Some(partition_of(region.as_deref()?).to_owned())).map(Into::into),
                account: account.map(Into::into),
                region: region.map(Into::into),
            };
            let apart = place.region.is_none() || says_credentials || default_says_credentials;
            one.place = match (unsure, key == "aws") {
                (true, _) => place.set_apart(&format!("the Region of {}", one.address)),
                (false, false) if apart => place.set_apart(&key),
                _ => place,
            };
        }
    }

    fn block(&self, one: &Planned<'v, 'a>, resolver: &Resolver<'_, 'v, 'a>, computed: &mut inline::Computed) -> Block {
        let located = (self.locate)(one.address, &[]);
        let at = one.node.get("address").unwrap_or(one.node);
        let header = located.clone().unwrap_or_else(|| self.position(at));
        let extent = located.clone().unwrap_or_else(|| self.position(one.node));
        let values = Values { reader: self, one, resolver, header: header.clone(), in_source: located.is_some() };
        let exists = if one.deferred {
            Fact::unknown(format!("`{}` is left to a later plan", one.address))
        } else {
            Fact::known(true)
        };
        Block {
            address: one.address.into(),
            kind: one.kind.into(),
            place: one.place.clone(),
            header,
            extent,
            exists,
            body: values.body(computed),
            prevent_destroy: Fact::unknown("a plan does not say whether a resource is kept from being destroyed"),
            change: one.change,
        }
    }

    /// The place of a value in the plan.
    pub fn position(&self, node: &Node<'_>) -> Arc<Position> {
        let range = node.range();
        self.span(range.start, range.end)
    }

    /// A range of bytes in the plan.
    pub fn span(&self, start: usize, end: usize) -> Arc<Position> {
        let span = self.lines.span(start, end);
        Arc::new(Position { file: self.file.clone(), start: span.start, end: span.end })
    }
}

/// Whether what is destroyed is emptied first, by the argument as it was applied last; left out, it is not.
fn emptied(change: &Node<'_>) -> Option<bool> {
    let before = change.get("before").filter(|before| before.as_object().is_some())?;
    if marked(change.get("before_sensitive"), "force_destroy") {
        return None;
    }
    before.get("force_destroy").filter(|value| !json::is_null(value)).map_or(Some(false), json::boolean)
}

/// Its own ARN; other types have arguments of this name.
fn own_arn<'v>(one: &Planned<'v, '_>) -> Option<&'v str> {
    types::kind(one.kind)?;
    one.known("arn").filter(|arn| arn.starts_with("arn:"))
}

fn provider_key(one: &Planned<'_, '_>) -> String {
    one.declared.and_then(|declared| declared.provider()).unwrap_or("aws").to_owned()
}

impl<'v> Planned<'v, '_> {
    /// The text of an argument that is known and may be shown.
    pub fn known(&self, argument: &str) -> Option<&'v str> {
        let hidden = self.is_unknown(argument) || marked(self.sensitive, argument);
        self.values?.get(argument).filter(|_| !hidden).and_then(text)
    }

    /// Whether an argument is known only when the plan is applied.
    pub fn is_unknown(&self, argument: &str) -> bool {
        marked(self.unknown, argument)
    }
}

/// Whether a value, or all of them, are marked.
fn marked(marks: Option<&Node<'_>>, argument: &str) -> bool {
    json::is_true(marks) || json::is_true(marks.and_then(|marks| marks.get(argument)))
}
