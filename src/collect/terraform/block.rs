//! What both fronts hand to the mappers: resource instances, their values worked out.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::collect::declared::item::Item;
use crate::model::fact::{Fact, Reasons};
use crate::model::gap::Gap;
use crate::model::position::Position;

/// A root module with all that its child modules declare.
#[derive(Clone, Debug, Default)]
pub struct Root {
    /// Managed resources, one for each instance that `count` and `for_each` make, in order of their addresses.
    pub blocks: Vec<Block>,
    /// What could not be read: broken files, modules that are not there.
    pub gaps: Vec<Gap>,
    /// Resources, by address, that a module which could not be read was given a reference to, and why it could not: there
    /// it may declare more about them.
    pub handed_out: BTreeMap<Arc<str>, Reasons>,
    /// Where the statements of the policies stand that it writes, by the text of the policy.
    pub statements: BTreeMap<Arc<str>, Places>,
    /// Why there may be more blocks than these; none where these are all, but for what `gaps` tell of broken files.
    pub unseen: Option<Reasons>,
}

/// The places of some things in their order, as far as they are known.
pub type Places = Vec<Option<Arc<Position>>>;

/// One instance of a managed resource.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its address: `module.a["x"].aws_s3_bucket.b[0]`. Where `count` or `for_each` cannot be decided there is one block
    /// for all instances, without a key (`aws_s3_bucket.b`), whose existence is unknown.
    pub address: Arc<str>,
    /// Terraform's type: `aws_s3_bucket`.
    pub kind: Arc<str>,
    /// Who it is as far as the source says: root, partition, account, Region by its provider.
    pub place: Place,
    /// The header of the block, from the keyword to the last label; of a plan, the place of the resource in it.
    pub header: Arc<Position>,
    /// The whole block, from its keyword to its closing brace.
    pub extent: Arc<Position>,
    /// Whether there is such an instance: unknown under a `count`, `for_each` or module that cannot be decided.
    pub exists: Fact<bool>,
    /// Its arguments. A nested block is a list of mappings, however often it stands there, `dynamic` ones written out;
    /// what is `null` is absent. References to resources of the same root are [`Kind::Reference`]s. Where a provider has
    /// `default_tags`, `tags_all` has them and the resource's own.
    ///
    /// [`Kind::Reference`]: crate::collect::declared::item::Kind::Reference
    pub body: Item,
    /// `lifecycle { prevent_destroy = … }`; absent without. Terraform takes only a literal there, OpenTofu any expression of
    /// the module. OpenTofu's `destroy = false`, by which a resource is forgotten instead, is the same.
    pub prevent_destroy: Fact<bool>,
    /// What a plan does to it; a source only says what there is to be.
    pub change: Change,
}

/// Where a resource belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The folder of the root module, or the plan file, as it is reported.
    pub root: Arc<str>,
    /// `aws`, `aws-cn` …
    pub partition: Option<Arc<str>>,
    /// The twelve-digit account id.
    pub account: Option<Arc<str>>,
    /// The Region of the provider configuration that it uses.
    pub region: Option<Arc<str>>,
}

impl Place {
    /// The same place where all of it is known; else one that is the same as no other but its like. What one root leaves
    /// unsaid for two of its resources is the same for both only if one provider configuration stands behind both.
    #[must_use]
    pub fn set_apart(mut self, configuration: &str) -> Self {
        if self.region.is_none() || self.account.is_none() {
            self.root = format!("{} ({configuration})", self.root).into();
        }
        self
    }
}

/// What a plan does to a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Change {
    /// It is there afterwards.
    #[default]
    Kept,
    /// It is destroyed, and not made again.
    Destroyed {
        /// Whether it is emptied first: `force_destroy`, as it was applied last; none where the plan does not show it.
        emptied: Option<bool>,
    },
    /// It is destroyed and made again.
    Replaced {
        /// Whether it is emptied first.
        emptied: Option<bool>,
    },
}
