//! Instances of resources, data sources and modules as values.

use std::sync::Arc;

/// An instance of a module in the tree of calls; the root module is the first.
pub type ModuleId = usize;

/// An instance as a whole, of which attributes are read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Handle {
    /// A managed resource or data source.
    Resource(ResourceHandle),
    /// A child module.
    Module(ModuleId, Arc<str>),
}

/// An instance of a managed resource or data source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceHandle {
    /// The module that declares it.
    pub module: ModuleId,
    /// `aws_s3_bucket.b` or `data.aws_region.r`.
    pub name: Arc<str>,
    /// Which instance.
    pub key: Key,
    /// Its address in the root: `module.a["x"].aws_s3_bucket.b[0]`.
    pub address: Arc<str>,
}

/// Which instance of what `count` or `for_each` multiply.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// There is no `count` and no `for_each`.
    Single,
    /// The index under `count`.
    Index(usize),
    /// The key under `for_each`.
    Name(Arc<str>),
    /// All instances, since it cannot be decided which there are.
    All,
}

impl Key {
    /// As it stands behind an address: `[0]`, `["x"]`, or nothing.
    pub fn suffix(&self) -> String {
        match self {
            Self::Single | Self::All => String::new(),
            Self::Index(index) => format!("[{index}]"),
            Self::Name(name) => format!("[{}]", serde_json::Value::from(&**name)),
        }
    }
}

impl Handle {
    /// The address in the root.
    pub fn address(&self) -> Arc<str> {
        match self {
            Self::Resource(handle) => handle.address.clone(),
            Self::Module(_, address) => address.clone(),
        }
    }
}

impl ResourceHandle {
    /// Whether it is a data source.
    pub fn is_data(&self) -> bool {
        self.name.starts_with("data.")
    }

    /// Its type: `aws_s3_bucket`.
    pub fn kind(&self) -> &str {
        let name = self.name.strip_prefix("data.").unwrap_or(&self.name);
        name.split_once('.').map_or(name, |(kind, _)| kind)
    }
}
