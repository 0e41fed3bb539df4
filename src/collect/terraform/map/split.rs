//! What is declared about a thing beside it: `aws_s3_bucket_versioning` of `aws_s3_bucket`.

use std::collections::{BTreeMap, HashMap};

use crate::collect::declared::item::{Item, Kind};
use crate::collect::declared::join::Join;
use crate::collect::terraform::block::{Block, Place, Places, Root};
use crate::collect::terraform::types;
use crate::model::fact::{Fact, Reasons, State};
use crate::model::gap::GapKind;
use crate::model::identity::ResourceId;

/// Types that belong to another resource, and the argument that says to which.
const SPLIT: [(&str, &str); 28] = [
    ("aws_backup_vault_lock_configuration", "backup_vault_name"),
    ("aws_backup_vault_notifications", "backup_vault_name"),
    ("aws_backup_vault_policy", "backup_vault_name"),
    ("aws_cloudwatch_event_target", "rule"),
    ("aws_iam_group_membership", "users"),
    ("aws_iam_group_policy", "group"),
    ("aws_iam_group_policy_attachment", "group"),
    ("aws_iam_group_policy_attachments_exclusive", "group_name"),
    ("aws_iam_policy_attachment", "groups"),
    ("aws_iam_policy_attachment", "roles"),
    ("aws_iam_policy_attachment", "users"),
    ("aws_iam_role_policy", "role"),
    ("aws_iam_role_policy_attachment", "role"),
    ("aws_iam_role_policy_attachments_exclusive", "role_name"),
    ("aws_iam_user_group_membership", "user"),
    ("aws_iam_user_policy", "user"),
    ("aws_iam_user_policy_attachment", "user"),
    ("aws_iam_user_policy_attachments_exclusive", "user_name"),
    ("aws_kms_alias", "target_key_id"),
    ("aws_kms_key_policy", "key_id"),
    ("aws_s3_bucket_lifecycle_configuration", "bucket"),
    ("aws_s3_bucket_logging", "bucket"),
    ("aws_s3_bucket_object_lock_configuration", "bucket"),
    ("aws_s3_bucket_policy", "bucket"),
    ("aws_s3_bucket_public_access_block", "bucket"),
    ("aws_s3_bucket_replication_configuration", "bucket"),
    ("aws_s3_bucket_server_side_encryption_configuration", "bucket"),
    ("aws_s3_bucket_versioning", "bucket"),
];

/// The split resources of a root, found by what they belong to.
pub(super) struct Splits<'r> {
    root: &'r Root,
    by_kind: BTreeMap<(&'r str, &'static str), Found<'r>>,
    /// How many things of a type have a name.
    namesakes: BTreeMap<(&'r str, String), usize>,
    /// Why there may be declarations that were not seen.
    unseen: Option<Reasons>,
}

#[derive(Default)]
struct Found<'r> {
    by_target: HashMap<ResourceId, Vec<&'r Block>>,
    by_text: BTreeMap<String, Vec<&'r Block>>,
    /// Those of which it must be asked each time.
    others: Vec<&'r Block>,
}

/// A thing that others may belong to.
pub(super) struct Owner<'a> {
    pub splits: &'a Splits<'a>,
    pub block: &'a Block,
    pub id: ResourceId,
    /// The name that it is referred to by; absent where no text is known to name it.
    pub name: Fact<String>,
}

/// How surely one belongs to the other.
enum Means {
    Surely,
    Perhaps(Reasons),
    No,
}

impl Means {
    /// Of a list that means both.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Surely, _) | (_, Self::Surely) => Self::Surely,
            (Self::Perhaps(one), Self::Perhaps(other)) => Self::Perhaps(one.and(&other)),
            (perhaps @ Self::Perhaps(_), Self::No) | (Self::No, perhaps) => perhaps,
        }
    }
}

impl<'r> Splits<'r> {
    pub fn of(root: &'r Root) -> Self {
        let mut by_kind: BTreeMap<(&str, &str), Found<'_>> = BTreeMap::new();
        let mut namesakes = BTreeMap::new();
        for block in root.blocks.iter().filter(|block| super::is_there(block)) {
            if let State::Known(name) = types::own_name(&block.kind, &block.body).state {
                *namesakes.entry((&*block.kind, name)).or_insert(0) += 1;
            }
            for argument in arguments(&block.kind) {
                by_kind.entry((&*block.kind, argument)).or_default().add(&block.body.get(argument), block);
            }
        }
        let broken = root.gaps.iter().filter(|gap| gap.kind == GapKind::BrokenFile);
        let unseen = broken.map(|gap| Reasons::from(gap.reason())).chain(root.unseen.clone());
        let unseen = unseen.reduce(|all, more| all.and(&more));
        Self { root, by_kind, namesakes, unseen }
    }
}

impl<'r> Found<'r> {
    fn add(&mut self, item: &Item, block: &'r Block) {
        let all = match &item.kind {
            Kind::Reference(reference) => self.by_target.entry(reference.target.clone()).or_default(),
            Kind::Text(text) => self.by_text.entry(text.to_string()).or_default(),
            Kind::List(elements) => return elements.iter().for_each(|element| self.add(element, block)),
            _ => &mut self.others,
        };
        // One list may name several.
        if all.last().is_none_or(|last| !std::ptr::eq(*last, block)) {
            all.push(block);
        }
    }
}

/// What a split resource surely belongs to, by a reference; none where it only names it.
pub(super) fn part_of(block: &Block) -> Option<ResourceId> {
    match block.body.get(argument(&block.kind)?).kind {
        Kind::Reference(reference) => Some(reference.target.clone()),
        _ => None,
    }
}

/// What a split resource belongs to by its name alone: the type of that, and the name.
pub(super) fn named_owner(block: &Block) -> Option<(&'static str, String)> {
    let owner = if block.kind.starts_with("aws_s3_bucket_") {
        "AWS::S3::Bucket"
    } else if block.kind.starts_with("aws_backup_vault_") {
        "AWS::Backup::BackupVault"
    } else if block.kind.starts_with("aws_iam_role_") {
        "AWS::IAM::Role"
    } else if block.kind.starts_with("aws_iam_user_") {
        "AWS::IAM::User"
    } else if block.kind.starts_with("aws_iam_group_policy") {
        "AWS::IAM::Group"
    } else {
        return None;
    };
    match block.body.get(argument(&block.kind)?).kind {
        Kind::Text(text) => Some((owner, text.to_string())),
        _ => None,
    }
}

/// Whether a type belongs to another resource.
pub(super) fn is_split(kind: &str) -> bool {
    argument(kind).is_some()
}

/// The argument that says to what a type belongs; the first of several.
pub(super) fn argument(kind: &str) -> Option<&'static str> {
    arguments(kind).next()
}

fn arguments(kind: &str) -> impl Iterator<Item = &'static str> {
    SPLIT.iter().filter(move |(split, _)| *split == kind).map(|(_, argument)| *argument)
}

impl Owner<'_> {
    /// The split resources of a type that surely belong to it, and those that may, with why.
    pub fn belonging(&self, kind: &str) -> (Vec<&Block>, Vec<(&Block, Reasons)>) {
        self.belonging_by(kind, argument(kind).unwrap_or_default())
    }

    /// The same by one of several arguments.
    pub fn belonging_by(&self, kind: &str, argument: &str) -> (Vec<&Block>, Vec<(&Block, Reasons)>) {
        let (mut sure, mut unsure) = (Vec::new(), Vec::new());
        let Some(found) = self.splits.by_kind.get(&(kind, argument)) else { return (sure, unsure) };
        let named: Vec<&Block> = match &self.name.state {
            State::Known(name) => found.by_text.get(name).into_iter().flatten().copied().collect(),
            // Any of them could be meant.
            State::Unknown(_) => found.by_text.values().flatten().copied().collect(),
            State::Absent => Vec::new(),
        };
        let targeted = found.by_target.get(&self.id).into_iter().flatten().copied();
        let mut all: Vec<&Block> = Vec::new();
        for block in targeted.chain(named).chain(found.others.iter().copied()) {
            // A list may name it by reference, by name, and by what is not known.
            if !all.iter().any(|other| std::ptr::eq(*other, block)) {
                all.push(block);
            }
        }
        for block in all {
            let means = self.meant(&block.body.get(argument), block);
            match (means, &block.exists.state) {
                (Means::Surely, State::Unknown(reasons)) => unsure.push((block, reasons.clone())),
                (Means::Surely, State::Known(_) | State::Absent) => sure.push(block),
                (Means::Perhaps(reasons), State::Unknown(more)) => unsure.push((block, reasons.and(more))),
                (Means::Perhaps(reasons), State::Known(_) | State::Absent) => unsure.push((block, reasons)),
                (Means::No, _) => {}
            }
        }
        (sure, unsure)
    }

    /// Whether an argument of a split resource means this.
    fn meant(&self, item: &Item, block: &Block) -> Means {
        match &item.kind {
            Kind::Reference(reference) if reference.target == self.id => Means::Surely,
            Kind::Reference(_) => Means::No,
            Kind::Unknown(reasons) => Means::Perhaps(reasons.clone()),
            Kind::Choice(choice) => match (self.meant(&choice.yes, block), self.meant(&choice.no, block)) {
                (Means::Surely, Means::Surely) => Means::Surely,
                (Means::No, Means::No) => Means::No,
                (Means::Perhaps(reasons), _) | (_, Means::Perhaps(reasons)) => Means::Perhaps(reasons.and(&choice.why)),
                _ => Means::Perhaps(choice.why.clone()),
            },
            Kind::List(elements) => {
                elements.iter().fold(Means::No, |means, element| means.or(self.meant(element, block)))
            }
            // Of several kinds of principals, an attachment need not name all.
            Kind::Absent if &*block.kind == "aws_iam_policy_attachment" => Means::No,
            Kind::Absent => Means::Perhaps(format!("`{}` does not say what it belongs to", block.address).into()),
            Kind::Text(text) => match &self.name.state {
                State::Known(name) if **name != **text => Means::No,
                State::Known(_) => self.here(&block.place),
                State::Unknown(reasons) => Means::Perhaps(reasons.clone()),
                State::Absent => Means::No,
            },
            Kind::Bool(_) | Kind::Number(_) | Kind::Map(_) => Means::No,
        }
    }

    /// Names are unique in a Region of an account, those of buckets everywhere.
    fn here(&self, place: &Place) -> Means {
        let own = &self.block.place;
        let differ = |a: &Option<_>, b: &Option<_>| a.is_some() && b.is_some() && a != b;
        let name = self.name.value().cloned().unwrap_or_default();
        let namesakes = self.splits.namesakes.get(&(&*self.block.kind, name)).copied().unwrap_or(0);
        // IAM has no Regions.
        let of_iam = self.block.kind.starts_with("aws_iam_");
        if &*self.block.kind == "aws_s3_bucket" {
            Means::Surely
        } else if !of_iam && differ(&own.region, &place.region) || differ(&own.account, &place.account) {
            Means::No
        } else if own.root != place.root {
            Means::Perhaps("it has this name, and whether both are in one account and Region is not known".into())
        } else if namesakes > 1 && of_iam && (own.account.is_none() || place.account.is_none()) {
            Means::Perhaps("several have this name, and the account of one of them is not known".into())
        } else if namesakes > 1 && !of_iam && (own.region.is_none() || place.region.is_none()) {
            Means::Perhaps("several have this name, and the Region of one of them is not known".into())
        } else {
            Means::Surely
        }
    }

    /// Where the statements of a policy with this text stand.
    pub fn statements(&self, text: &Fact<String>) -> Places {
        text.value().and_then(|text| self.splits.root.statements.get(text.as_str())).cloned().unwrap_or_default()
    }

    /// Why more may be declared about it than was seen.
    pub fn unseen(&self) -> Option<Reasons> {
        let handed = self.splits.root.handed_out.get(&self.block.address);
        match (&self.splits.unseen, handed) {
            (Some(unseen), Some(handed)) => Some(unseen.and(handed)),
            (unseen, handed) => unseen.as_ref().or(handed).cloned(),
        }
    }

    /// What split resources of a type, or the thing itself, say. Absent where nothing does; unknown where something may
    /// that was not seen.
    pub fn said<T: Join>(&self, kind: &str, inline: Fact<T>, read: &dyn Fn(&Item) -> Fact<T>) -> Fact<T> {
        let read = |block: &Block| read(&super::body(block)).or_at(&Some(block.header.clone()));
        let (sure, unsure) = self.belonging(kind);
        let mut value: Option<Fact<T>> = (!inline.is_absent()).then_some(inline);
        for block in &sure {
            let more = read(block);
            value = Some(match value {
                None => more,
                Some(value) => {
                    let why = format!(
                        "`{}` sets what is set elsewhere, too, and Terraform applies them in no certain order",
                        block.address
                    );
                    join(value, more, &why.into())
                }
            });
        }
        let mut value = match (value, self.unseen()) {
            (Some(value), _) => value,
            (None, Some(reasons)) => Fact::unknown(reasons),
            (None, None) => Fact::absent(),
        };
        for (block, why) in &unsure {
            value = join(value, read(block), why);
        }
        value.or_at(&Some(self.block.header.clone()))
    }
}

fn join<T: Join>(one: Fact<T>, other: Fact<T>, why: &Reasons) -> Fact<T> {
    one.join(other, why).unwrap_or_else(|| Fact::unknown(why.clone()))
}
