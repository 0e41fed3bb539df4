//! Provider configurations: the account, Region and default tags of the resources that use them ("AWS Provider" in the
//! provider's documentation).

use std::sync::Arc;

use super::evaluator::{Evaluator, Scope};
use super::handle::ModuleId;
use super::resource::laid_over;
use super::tree::{Block, ExprKind};
use super::value::{Kind, Value};
use crate::collect::terraform::block::Place;
use crate::model::identity::partition_of;

/// What a provider configuration says of its resources.
#[derive(Debug, Default)]
pub struct Provider {
    account: Option<Arc<str>>,
    region: Option<Arc<str>>,
    partition: Option<Arc<str>>,
    /// The tags that all resources get; none where there are none.
    tags: Option<Value>,
    /// What it is called, if what it leaves unsaid may be something else than what the root's default configuration does.
    apart: Option<Arc<str>>,
}

/// Arguments by which a configuration may be in another account than the one that is scanned for.
const CREDENTIALS: &[&str] = &[
    "profile",
    "access_key",
    "secret_key",
    "token",
    "shared_credentials_files",
    "shared_credentials_file",
    "shared_config_files",
    "allowed_account_ids",
    "forbidden_account_ids",
];

impl Provider {
    /// A configuration that is not among what was read: nothing is known of it.
    fn elsewhere() -> Self {
        let tags = Kind::unknown("the provider configuration, which may give default tags, is not known");
        Self { tags: Some(tags.into()), apart: Some("a provider that is not known".into()), ..Self::default() }
    }

    /// Where its resources belong.
    pub fn place(&self, root: &Arc<str>) -> Place {
        let place = Place {
            root: root.clone(),
            partition: self.partition.clone(),
            account: self.account.clone(),
            region: self.region.clone(),
        };
        match &self.apart {
            Some(name) => place.set_apart(name),
            None => place,
        }
    }

    /// Lays a resource's own tags over those that all get.
    pub fn tag(&self, body: &mut Value) {
        let (Some(tags), Kind::Map(map)) = (&self.tags, &body.kind) else { return };
        let mut map = (**map).clone();
        let merged = laid_over(map.entries.get("tags"), tags);
        map.entries.insert("tags".into(), merged);
        body.kind = Kind::Map(Arc::new(map));
    }
}

impl Evaluator<'_> {
    /// The configuration that a resource or data source uses.
    pub(super) fn provider_of(&mut self, module: ModuleId, block: &Block) -> Arc<Provider> {
        let written = block.body.attribute("provider").map(|attribute| &attribute.expr);
        let Some(written) = written else { return self.provider(module, "") };
        let words: Option<Vec<Arc<str>>> = match &written.kind {
            // Old configurations write it as text.
            ExprKind::Text(text) => Some(text.split('.').map(Arc::from).collect()),
            _ => written.words().map(|words| words.into_iter().cloned().collect()),
        };
        match words.as_deref() {
            Some([name]) if &**name == "aws" => self.provider(module, ""),
            Some([name, alias]) if &**name == "aws" => self.provider(module, alias),
            _ => Arc::new(Provider::elsewhere()),
        }
    }

    /// The configuration with this alias, as a module sees it.
    pub(super) fn provider(&mut self, module: ModuleId, alias: &str) -> Arc<Provider> {
        let key = (module, Arc::from(alias));
        if let Some(provider) = self.providers.get(&key) {
            return provider.clone();
        }
        let name = format!("provider aws.{alias}");
        let provider = self
            .once(module, &name, |evaluator| evaluator.configured(module, alias))
            .unwrap_or_else(|| Arc::new(Provider::elsewhere()));
        self.providers.insert(key, provider.clone());
        provider
    }

    fn configured(&mut self, module: ModuleId, alias: &str) -> Arc<Provider> {
        let declared = self.declared(module);
        let own = declared.as_ref().and_then(|declared| declared.providers.get(alias).cloned());
        let caller = self.instance(module).and_then(|instance| instance.call.clone());
        match (own, caller) {
            (Some(block), _) if !block.body.attributes.is_empty() || !block.body.blocks.is_empty() => {
                Arc::new(self.configuration(module, alias, &block))
            }
            (_, Some(caller)) => match passed(&caller.block, alias) {
                Some(Passed::As(outer)) => self.provider(caller.scope.module, &outer),
                // Without the argument the default configuration is handed down, and no other.
                Some(Passed::Nothing) if alias.is_empty() => self.provider(caller.scope.module, ""),
                _ => Arc::new(Provider::elsewhere()),
            },
            (_, None) if alias.is_empty() => {
                let broken = declared.is_some_and(|declared| !declared.gaps.is_empty());
                Arc::new(Provider {
                    tags: broken.then(|| Kind::unknown("a file that cannot be read may give default tags").into()),
                    ..self.fallback()
                })
            }
            (_, None) => Arc::new(Provider::elsewhere()),
        }
    }

    /// What the user says of the files as a whole.
    fn fallback(&self) -> Provider {
        let text = |value: &Option<String>| value.as_deref().map(Arc::from);
        let region: Option<Arc<str>> = text(&self.options.region);
        let of_region = || region.as_deref().map(|region| partition_of(region).into());
        let partition = text(&self.options.partition).or_else(of_region);
        Provider { account: text(&self.options.account), partition, region, tags: None, apart: None }
    }

    fn configuration(&mut self, module: ModuleId, alias: &str, block: &Block) -> Provider {
        let scope = Scope::of(module);
        let fallback = self.fallback();
        let written = |name: &str| block.body.attribute(name).is_some();
        let region = block.body.attribute("region").and_then(|region| self.eval(&scope, &region.expr).text().ok());
        // The user speaks of the default configuration; of another one only where it says nothing else itself.
        let region =
            region.or_else(|| if alias.is_empty() || !written("region") { fallback.region.clone() } else { None });
        let role = block.body.blocks("assume_role").last().and_then(|role| role.body.attribute("role_arn"));
        let role_arn = role.and_then(|role| self.eval(&scope, &role.expr).text().ok());
        let mut account = None;
        let mut partition = None;
        if let Some(arn) = role_arn {
            let mut parts = arn.split(':').skip(1);
            partition = parts.next().filter(|part| part.starts_with("aws")).map(Arc::from);
            account = parts.nth(2).filter(|part| is_account(part)).map(Arc::from);
        }
        if account.is_none()
            && let Some(allowed) = block.body.attribute("allowed_account_ids")
            && let Ok(all) = self.eval(&scope, &allowed.expr).elements()
            && let [only] = &**all
            && let Ok(id) = only.text()
            && is_account(&id)
        {
            account = Some(id);
        }
        if account.is_none() && (alias.is_empty() || !has_credentials(block)) {
            account = fallback.account;
        }
        let region_partition = region.as_deref().map(|region| partition_of(region).into());
        let tags = block.body.blocks("default_tags").next().map(|tags| match tags.body.attribute("tags") {
            Some(attribute) => self.argument(&scope, &attribute.expr),
            None if tags.body.blocks.is_empty() => Kind::map(std::collections::BTreeMap::new()).into(),
            None => Kind::unknown("the default tags are made by a `dynamic` block").into(),
        });
        let dynamic =
            block.body.blocks("dynamic").any(|block| block.labels.iter().any(|label| &**label == "default_tags"));
        let tags =
            tags.or_else(|| dynamic.then(|| Kind::unknown("the default tags are made by a `dynamic` block").into()));
        let apart = self.is_apart(module, alias, block, &region, &account).then(|| self.name_of(module, alias));
        Provider { account, region, partition: partition.or(region_partition).or(fallback.partition), tags, apart }
    }

    /// Whether a configuration leaves its Region or account unsaid otherwise than the root's default one does.
    fn is_apart(
        &mut self,
        module: ModuleId,
        alias: &str,
        block: &Block,
        region: &Option<Arc<str>>,
        account: &Option<Arc<str>>,
    ) -> bool {
        if module == 0 && alias.is_empty() {
            return false;
        }
        let default = self.declared(0).and_then(|declared| declared.providers.get("").cloned());
        let other_credentials = has_credentials(block) || default.is_some_and(|default| has_credentials(&default));
        region.is_none() || account.is_none() && other_credentials
    }

    fn name_of(&self, module: ModuleId, alias: &str) -> Arc<str> {
        let name = if alias.is_empty() { "aws".to_owned() } else { format!("aws.{alias}") };
        match self.instance(module).map(|instance| instance.address.clone()) {
            Some(address) if !address.is_empty() => format!("{address}.{name}").into(),
            _ => name.into(),
        }
    }
}

/// Whether a configuration says by itself whose credentials it uses.
fn has_credentials(block: &Block) -> bool {
    let role = |name: &str| block.body.blocks(name).next().is_some();
    role("assume_role")
        || role("assume_role_with_web_identity")
        || CREDENTIALS.iter().any(|name| block.body.attribute(name).is_some())
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

enum Passed {
    /// There is no `providers` argument.
    Nothing,
    /// This alias of the caller's.
    As(Arc<str>),
    /// Another provider, or none.
    Other,
}

/// What a call passes for an alias of the module ("The providers Meta-Argument" in the Terraform language
/// documentation).
fn passed(call: &Block, alias: &str) -> Option<Passed> {
    let Some(attribute) = call.body.attribute("providers") else { return Some(Passed::Nothing) };
    let ExprKind::Object(entries) = &attribute.expr.kind else { return Some(Passed::Other) };
    let wanted = if alias.is_empty() { "aws".to_owned() } else { format!("aws.{alias}") };
    let name = |words: Option<Vec<&Arc<str>>>, literal: Option<&Arc<str>>| {
        literal
            .map(ToString::to_string)
            .or_else(|| words.map(|words| words.iter().map(|word| &***word).collect::<Vec<_>>().join(".")))
    };
    let found = entries.iter().find(|(key, _)| name(key.words(), key.literal()).as_deref() == Some(&wanted));
    let Some((_, value)) = found else {
        // The default configuration is handed down unless another is named.
        return Some(if alias.is_empty() { Passed::Nothing } else { Passed::Other });
    };
    let value = name(value.words(), value.literal())?;
    Some(match value.split_once('.') {
        None if value == "aws" => Passed::As("".into()),
        Some(("aws", outer)) => Passed::As(outer.into()),
        _ => Passed::Other,
    })
}
