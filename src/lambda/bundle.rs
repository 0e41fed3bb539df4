//! Rules, settings and waivers: from a bundle in S3, or from the folder beside the program.
//!
//! A bundle is a tar archive, plain or packed with gzip or zstd, that holds `backstop.toml`, `policies/` and whatever
//! folder of waivers the settings name. All three may be missing.

use std::io::Read;
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::parameters::BundleAt;
use crate::config::{self, FILE_NAME};
use crate::model::settings::Settings;
use crate::rule::{RuleSet, load, waiver};

/// How large a bundle may be, unpacked, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;
/// How many entries it may have.
const MOST: usize = 4096;

/// Why rules and settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// It is not the one that was approved.
    #[error("the bundle is not the one that `BundleSha256` names: its SHA-256 is {found}, and {wanted} is asked for")]
    Digest {
        /// As asked for.
        wanted: String,
        /// As it is.
        found: String,
    },
    /// It is no archive.
    #[error("the bundle that `BundleUri` names cannot be unpacked: {0}")]
    Archive(String),
    /// What is in it is wrong, or what lies beside the program.
    #[error("{0}")]
    Content(String),
}

/// What a run is judged by.
pub struct Judging {
    /// The settings.
    pub settings: Settings,
    /// The rules, with their waivers.
    pub rules: RuleSet,
}

/// What the last event was judged by, with the digest of its bundle, or nothing in its place: what lies beside the
/// program does not change, and a digest names one bundle. To check all rules takes longer than to judge one resource.
static LAST: Mutex<Option<(String, Arc<Judging>)>> = Mutex::new(None);

/// Rules and settings: those of the last event, if it asked for the same, or else read anew.
pub fn judging<E: From<BundleError> + From<std::io::Error>>(
    at: Option<&BundleAt>,
    beside: Option<&Path>,
    fetch: impl FnOnce(&BundleAt) -> Result<Vec<u8>, E>,
) -> Result<Arc<Judging>, E> {
    let digest = at.map(|at| at.sha256.clone()).unwrap_or_default();
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((_, judging)) = last.filter(|(of, _)| *of == digest) {
        return Ok(judging);
    }
    let judging = match at {
        None => read(beside)?,
        Some(at) => {
            let folder = tempfile::tempdir()?;
            open(&fetch(at)?, &at.sha256, folder.path())?
        }
    };
    let judging = Arc::new(judging);
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some((digest, Arc::clone(&judging)));
    Ok(judging)
}

/// Checks a bundle's digest, unpacks it into the folder, and reads it.
pub fn open(bytes: &[u8], sha256: &str, folder: &Path) -> Result<Judging, BundleError> {
    let found = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    if found != sha256 {
        return Err(BundleError::Digest { wanted: sha256.to_owned(), found });
    }
    unpack(bytes, folder)?;
    read(Some(folder))
}

/// Reads settings and rules from a folder; without it, the defaults and the built-in rules.
pub fn read(folder: Option<&Path>) -> Result<Judging, BundleError> {
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        let settings = Settings::default();
        let rules = load::load(&[], &settings.rules).map_err(|error| content(&error))?;
        return Ok(Judging { settings, rules });
    };
    let file = folder.join(FILE_NAME);
    let settings = if file.is_file() {
        config::load(Some(&file), folder).map_err(|error| content(&error))?.0
    } else {
        Settings::default()
    };
    let policies = folder.join("policies");
    let folders: Vec<&Path> = policies.is_dir().then_some(policies.as_path()).into_iter().collect();
    let mut rules = load::load(&folders, &settings.rules).map_err(|error| content(&error))?;
    if let Some(folder) = &settings.waivers {
        rules.waivers = waiver::load(folder, &rules).map_err(|error| content(&error))?;
    }
    Ok(Judging { settings, rules })
}

/// Every mistake with its place, as text without colours.
fn content(error: &dyn miette::Diagnostic) -> BundleError {
    let mut text = String::new();
    let handler = miette::NarratableReportHandler::new();
    // Writing to a String cannot fail; should it all the same, the error's own words are there.
    if handler.render_report(&mut text, error).is_err() || text.is_empty() {
        text = error.to_string();
    }
    BundleError::Content(text.trim().to_owned())
}

fn unpack(bytes: &[u8], folder: &Path) -> Result<(), BundleError> {
    let reader: Box<dyn Read + '_> = match bytes {
        [0x1f, 0x8b, ..] => Box::new(flate2::read::GzDecoder::new(bytes)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            Box::new(zstd::Decoder::new(bytes).map_err(|error| BundleError::Archive(error.to_string()))?)
        }
        _ => Box::new(bytes),
    };
    // One byte more than is allowed shows that there is more.
    let mut archive = tar::Archive::new(reader.take(LARGEST + 1));
    let wrong = |error: std::io::Error| BundleError::Archive(error.to_string().to_lowercase());
    let mut entries = 0_usize;
    let mut size = 0_u64;
    for entry in archive.entries().map_err(wrong)? {
        let mut entry = entry.map_err(wrong)?;
        let path = entry.path().map_err(wrong)?.into_owned();
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !kind.is_file() || !inside {
            return Err(BundleError::Archive(format!("`{}` is no file within the bundle", path.display())));
        }
        entries += 1;
        size = size.saturating_add(entry.size());
        if entries > MOST || size > LARGEST {
            return Err(BundleError::Archive(format!("it holds more than {MOST} files or {LARGEST} bytes")));
        }
        let target = folder.join(&path);
        if let Some(above) = target.parent() {
            std::fs::create_dir_all(above).map_err(wrong)?;
        }
        let mut file = std::fs::File::create_new(&target).map_err(wrong)?;
        std::io::copy(&mut entry, &mut file).map_err(wrong)?;
    }
    if entries == 0 {
        return Err(BundleError::Archive("there is no file in it".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(files: &[(&str, &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            // `set_path` would refuse what an attacker writes.
            let name = header.as_old_mut();
            name.name.get_mut(..path.len()).unwrap().copy_from_slice(path.as_bytes());
            header.set_cksum();
            builder.append(&header, text.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn opened(bytes: &[u8]) -> Result<Judging, BundleError> {
        let folder = tempfile::tempdir().unwrap();
        let digest = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        open(bytes, &digest, folder.path())
    }

    const RULE: &str = "@id(\"house-rule\")\n@title(\"Buckets are versioned\")\n@severity(\"low\")\n@practice(\"4\")\n\
        @message(\"`{{ resource.name }}` is not\")\nforbid (principal, action == Action::\"configure\", resource is \
        AWS::S3::Bucket)\nwhen { resource has versioning && resource.versioning != \"Enabled\" };\n";

    #[test]
    fn settings_rules_and_waivers_come_from_the_bundle_however_it_is_packed() {
        let plain = archive(&[
            ("./backstop.toml", "tier-tag = \"dr\"\nwaivers = \"accepted\"\n"),
            ("policies/house-rule.cedar", RULE),
            (
                "accepted/logs.cedar",
                "@id(\"logs\")\n@reason(\"logs\")\n@owner(\"ops\")\n@expires(\"2030-01-01\")\npermit (principal, action == \
                 Action::\"waive\", resource is AWS::S3::Bucket) when { context.rule == \"house-rule\" };\n",
            ),
        ]);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, &plain).unwrap();
        for packed in [plain.clone(), gzip.finish().unwrap(), zstd::encode_all(plain.as_slice(), 1).unwrap()] {
            let judging = opened(&packed).unwrap();
            assert_eq!(judging.settings.tier_tag, "dr");
            assert!(judging.rules.get("house-rule").is_some_and(|rule| rule.meta.from_user));
            assert!(judging.rules.get("s3-versioning-enabled").is_some(), "the built-in rules stay");
            assert_eq!(judging.rules.waivers.len(), 1);
        }
    }

    #[test]
    fn another_bundle_than_the_approved_one_is_never_opened() {
        let folder = tempfile::tempdir().unwrap();
        let error = open(&archive(&[("backstop.toml", "")]), &"0".repeat(64), folder.path()).err().unwrap();
        assert!(error.to_string().starts_with("the bundle is not the one that `BundleSha256` names"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_no_archive_says_so() {
        let whole = archive(&[("backstop.toml", "tier-tag = \"dr\"\n")]);
        for bytes in [b"no archive at all".as_slice(), b"", b"\x1f\x8bx", whole.get(..520).unwrap()] {
            let error = opened(bytes).err().unwrap().to_string();
            assert!(error.starts_with("the bundle that `BundleUri` names cannot be unpacked: "), "{error}");
        }
    }

    #[test]
    fn an_entry_cannot_leave_the_folder() {
        for path in ["../outside", "/etc/outside", "policies/../../outside"] {
            let error = opened(&archive(&[(path, "x")])).err().unwrap().to_string();
            assert!(error.contains("is no file within the bundle"), "{error}");
        }
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, "backstop.toml", "/etc/passwd").unwrap();
        let error = opened(&builder.into_inner().unwrap()).err().unwrap().to_string();
        assert!(error.contains("`backstop.toml` is no file within the bundle"), "{error}");
    }

    #[test]
    fn a_mistake_in_a_bundle_is_shown_with_its_place() {
        let error = opened(&archive(&[("backstop.toml", "tier-tug = \"dr\"\n")])).err().unwrap().to_string();
        assert!(error.contains("tier-tug") && error.contains("tier-tag"), "{error}");
        let error = opened(&archive(&[("policies/house-rule.cedar", "permit (principal, action, resource);")])).err();
        assert!(error.unwrap().to_string().contains("house-rule"), "the rule is named");
    }

    #[test]
    fn a_folder_that_is_not_there_leaves_the_defaults() {
        let judging = read(Some(Path::new("/no/such/folder"))).unwrap();
        assert_eq!(judging.settings, Settings::default());
        assert!(judging.rules.rules.len() > 40);
    }
}
