//! `backstop.toml` as it is written, and what it makes of the defaults.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::diagnostic::SourceError;
use crate::model::duration;
use crate::model::settings::{self, ExternalPath, Holder, RuleSetting, Settings, Tier, TierMap, WaiverFolder};

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Written {
    recovery_regions: Option<Vec<String>>,
    recovery_accounts: Option<Vec<Spanned<String>>>,
    allowed_regions: Option<Vec<String>>,
    grace: Option<Span>,
    job_success_threshold: Option<Spanned<u8>>,
    complete: Option<bool>,
    tier_tag: Option<String>,
    default_tier: Option<Spanned<String>>,
    tiers: BTreeMap<String, WrittenTier>,
    tier_map: Vec<WrittenTierMap>,
    backup_buckets: Option<Vec<String>>,
    backup_administrators: Option<Vec<Spanned<String>>>,
    restore_operators: Option<Vec<Spanned<String>>>,
    ignore_scps: bool,
    external_paths: Vec<WrittenPath>,
    rules: BTreeMap<Spanned<String>, WrittenRule>,
    ignore: Vec<WrittenIgnore>,
    waivers: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct WrittenTier {
    rpo: Option<Span>,
    rto: Option<Span>,
    retention: Option<Span>,
    long_retention: Option<MaybeSpan>,
    cross_region: Option<bool>,
    cross_account: Option<bool>,
    immutable: Option<bool>,
    continuous: Option<bool>,
    customer_key: Option<bool>,
    multi_az: Option<bool>,
    restore_test: Option<MaybeSpan>,
    drill: Option<MaybeSpan>,
    air_gapped: Option<bool>,
    export: Option<MaybeSpan>,
    malware_scan: Option<bool>,
    image: Option<bool>,
    exempt: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenTierMap {
    tier: Spanned<String>,
    account: Option<String>,
    organizational_unit: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenPath {
    name: String,
    resources: Vec<String>,
    schedule: String,
    retention: Span,
    region: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct WrittenRule {
    disable: bool,
    severity: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenIgnore {
    path: Spanned<String>,
}

/// The tier that new ones start from.
const STANDARD: &str = "standard";

/// A duration: `15m`, `4h`, `35d`, `1d 12h`.
#[derive(Clone, Copy)]
struct Span(SignedDuration);

/// A duration, or `none`.
#[derive(Clone, Copy)]
struct MaybeSpan(Option<SignedDuration>);

const EXPECTED: &str = "a duration such as \"15m\", \"4h\", \"35d\" or \"1d 12h\"";

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        duration::parse(&text).map(Self).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &EXPECTED))
    }
}

impl<'de> Deserialize<'de> for MaybeSpan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "none" {
            return Ok(Self(None));
        }
        let expected = format!("{EXPECTED}, or \"none\"");
        match duration::parse(&text) {
            Some(duration) => Ok(Self(Some(duration))),
            None => Err(D::Error::invalid_value(Unexpected::Str(&text), &expected.as_str())),
        }
    }
}

impl Written {
    /// The settings, and what is wrong between keys.
    pub(super) fn settle(self, file: &str, text: &str) -> (Settings, Vec<SourceError>) {
        let mut settings = Settings::default();
        let mut errors = Vec::new();
        // `standard` first: new tiers start from what the user makes of it, wherever their names stand in the alphabet.
        let (standard, others): (Vec<_>, Vec<_>) = self.tiers.into_iter().partition(|(name, _)| name == STANDARD);
        for (name, tier) in standard.into_iter().chain(others) {
            let base = settings.tiers.get(&name).or_else(|| settings.tiers.get(STANDARD)).cloned();
            if let Some(base) = base {
                settings.tiers.insert(name, tier.over(base));
            }
        }
        let tiers: Vec<String> = settings.tiers.keys().cloned().collect();
        let mut known_tier = |name: &Spanned<String>| {
            if !tiers.contains(name.get_ref()) {
                let fault = SourceError::new(file, text, format!("no tier is named `{}`", name.get_ref()));
                let help =
                    format!("the tiers are `{}`; add `[tiers.{}]` for a new one", tiers.join("`, `"), name.get_ref());
                errors.push(fault.help(help).at(name.span(), "here"));
            }
            name.get_ref().clone()
        };
        if let Some(name) = &self.default_tier {
            settings.default_tier = known_tier(name);
        }
        settings.tier_map = self
            .tier_map
            .into_iter()
            .map(|entry| TierMap {
                tier: known_tier(&entry.tier),
                account: entry.account,
                organizational_unit: entry.organizational_unit,
                kind: entry.kind,
                arn: entry.arn,
            })
            .collect();
        for account in self.recovery_accounts.into_iter().flatten() {
            let id = account.get_ref();
            if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
                let fault = SourceError::new(file, text, format!("`{id}` is no account id"));
                errors.push(fault.help("account ids have twelve digits").at(account.span(), "here"));
            }
            settings.recovery_accounts.push(account.into_inner());
        }
        let (name, whole): (Arc<str>, Arc<str>) = (file.into(), text.into());
        let place = |span: Range<usize>| settings::Written { file: Arc::clone(&name), text: Arc::clone(&whole), span };
        for (id, rule) in self.rules {
            if let Some(severity) = &rule.severity
                && !["critical", "high", "medium", "low"].contains(&severity.get_ref().as_str())
            {
                let fault = SourceError::new(file, text, format!("`{}` is no severity", severity.get_ref()));
                errors.push(fault.help("write critical, high, medium or low").at(severity.span(), "here"));
            }
            let at = Some(place(id.span()));
            let severity = rule.severity.map(Spanned::into_inner);
            settings.rules.insert(id.into_inner(), RuleSetting { disabled: rule.disable, severity, at });
        }
        for entry in self.ignore {
            if let Err(error) = globset::Glob::new(entry.path.get_ref()) {
                let fault = SourceError::new(
                    file,
                    text,
                    format!("`{}` is no path pattern: {}", entry.path.get_ref(), error.kind()),
                );
                errors.push(fault.help("patterns are written as in .gitignore").at(entry.path.span(), "here"));
            }
            settings.ignore.push(entry.path.into_inner());
        }
        settings.external_paths = self
            .external_paths
            .into_iter()
            .map(|path| ExternalPath {
                name: path.name,
                resources: path.resources,
                schedule: path.schedule,
                retention: path.retention.0,
                region: path.region,
            })
            .collect();
        settings.recovery_regions = self.recovery_regions.unwrap_or_default();
        settings.allowed_regions = self.allowed_regions.unwrap_or_default();
        settings.grace = self.grace.map(|span| span.0);
        if let Some(percent) = self.job_success_threshold {
            if *percent.get_ref() > 100 {
                let fault = SourceError::new(file, text, format!("`{}` is no share", percent.get_ref()));
                errors.push(fault.help("write a whole number of percent, 0 to 100").at(percent.span(), "here"));
            }
            settings.job_success_threshold = percent.into_inner();
        }
        settings.complete = self.complete.unwrap_or_default();
        settings.waivers = self.waivers.map(|folder| {
            // Whatever the working folder is, the same folder is meant.
            let beside = Path::new(file).parent().unwrap_or(Path::new(""));
            WaiverFolder { path: beside.join(folder.get_ref()), at: Some(place(folder.span())) }
        });
        let mut holders = |written: Option<Vec<Spanned<String>>>| {
            written.map(|list| {
                let mut known = Vec::new();
                for one in list {
                    match Holder::parse(one.get_ref()) {
                        Some(holder) => known.push(holder),
                        None => {
                            let fault = SourceError::new(file, text, format!("`{}` names nobody", one.get_ref()));
                            let help = "write an ARN, in which * matches anything, a path such as \"/backup/\", or \"tag:KEY=VALUE\"";
                            errors.push(fault.help(help).at(one.span(), "here"));
                        }
                    }
                }
                known
            })
        };
        settings.backup_administrators = holders(self.backup_administrators);
        settings.restore_operators = holders(self.restore_operators);
        settings.ignore_scps = self.ignore_scps;
        if let Some(tag) = self.tier_tag {
            settings.tier_tag = tag;
        }
        if let Some(patterns) = self.backup_buckets {
            settings.backup_buckets = patterns;
        }
        (settings, errors)
    }
}

impl WrittenTier {
    fn over(self, base: Tier) -> Tier {
        let maybe = |written: Option<MaybeSpan>, base| written.map_or(base, |span| span.0);
        Tier {
            rpo: self.rpo.map_or(base.rpo, |span| span.0),
            rto: self.rto.map_or(base.rto, |span| span.0),
            retention: self.retention.map_or(base.retention, |span| span.0),
            long_retention: maybe(self.long_retention, base.long_retention),
            cross_region: self.cross_region.unwrap_or(base.cross_region),
            cross_account: self.cross_account.unwrap_or(base.cross_account),
            immutable: self.immutable.unwrap_or(base.immutable),
            continuous: self.continuous.unwrap_or(base.continuous),
            customer_key: self.customer_key.unwrap_or(base.customer_key),
            multi_az: self.multi_az.unwrap_or(base.multi_az),
            restore_test: maybe(self.restore_test, base.restore_test),
            drill: maybe(self.drill, base.drill),
            air_gapped: self.air_gapped.unwrap_or(base.air_gapped),
            export: maybe(self.export, base.export),
            malware_scan: self.malware_scan.unwrap_or(base.malware_scan),
            image: self.image.unwrap_or(base.image),
            exempt: self.exempt.unwrap_or(base.exempt),
        }
    }
}
