//! Who settles the value of a condition key; it decides what an unknown value means.
//!
//! Global keys: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>; those of IAM
//! and STS: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>; those of the
//! services: their pages of the Service Authorization Reference.

/// Who settles the value of a condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provenance {
    /// The principal: its ARN, account, organization, tags. Known from the account's IAM data.
    Identity,
    /// The resource: its tags, account, organization, retention. Known from the snapshot.
    Resource,
    /// Whoever asks, by a parameter of the call: the best value can be picked.
    Requester,
    /// The circumstances: multi-factor authentication, network, time, the service in between. A real gate.
    Environment,
    /// Nothing is known of the key.
    Unknown,
}

/// Keys that are no prefix of others, in lower case.
const KEYS: [(&str, Provenance); 66] = [
    ("aws:principalarn", Provenance::Identity),
    ("aws:principalaccount", Provenance::Identity),
    ("aws:principalorgid", Provenance::Identity),
    ("aws:principalorgpaths", Provenance::Identity),
    ("aws:principaltype", Provenance::Identity),
    ("aws:principalisawsservice", Provenance::Identity),
    ("aws:principalservicename", Provenance::Identity),
    ("aws:principalservicenameslist", Provenance::Identity),
    ("aws:userid", Provenance::Identity),
    ("aws:username", Provenance::Identity),
    ("aws:assumedroot", Provenance::Identity),
    ("aws:resourceaccount", Provenance::Resource),
    ("aws:resourceorgid", Provenance::Resource),
    ("aws:resourceorgpaths", Provenance::Resource),
    ("kms:keyorigin", Provenance::Resource),
    ("kms:keyspec", Provenance::Resource),
    ("kms:keyusage", Provenance::Resource),
    ("kms:multiregion", Provenance::Resource),
    ("kms:multiregionkeytype", Provenance::Resource),
    ("kms:calleraccount", Provenance::Identity),
    ("kms:resourcealiases", Provenance::Resource),
    ("kms:trailingdayswithoutkeyusage", Provenance::Resource),
    ("s3:object-lock-remaining-retention-days", Provenance::Requester),
    ("s3:object-lock-mode", Provenance::Requester),
    ("s3:object-lock-retain-until-date", Provenance::Requester),
    ("s3:object-lock-legal-hold", Provenance::Requester),
    ("ec2:encrypted", Provenance::Resource),
    ("ec2:owner", Provenance::Resource),
    ("ec2:snapshottime", Provenance::Resource),
    ("ec2:volumesize", Provenance::Resource),
    ("aws:tagkeys", Provenance::Requester),
    ("aws:requestedregion", Provenance::Environment),
    ("iam:passedtoservice", Provenance::Requester),
    ("iam:associatedresourcearn", Provenance::Requester),
    ("iam:policyarn", Provenance::Requester),
    ("iam:permissionsboundary", Provenance::Requester),
    ("sts:rolesessionname", Provenance::Requester),
    ("sts:sourceidentity", Provenance::Requester),
    ("sts:transitivetagkeys", Provenance::Requester),
    ("kms:schedulekeydeletionpendingwindowindays", Provenance::Requester),
    ("kms:granteeprincipal", Provenance::Requester),
    ("kms:grantoperations", Provenance::Requester),
    ("kms:grantconstrainttype", Provenance::Requester),
    ("kms:retiringprincipal", Provenance::Requester),
    ("kms:bypasspolicylockoutsafetycheck", Provenance::Requester),
    ("backup:copytargets", Provenance::Requester),
    ("backup:copytargetorgpaths", Provenance::Requester),
    ("backup:minretentiondays", Provenance::Requester),
    ("backup:maxretentiondays", Provenance::Requester),
    ("backup:changeablefordays", Provenance::Requester),
    ("backup:mpaapprovalteamarn", Provenance::Requester),
    ("aws:currenttime", Provenance::Environment),
    ("aws:epochtime", Provenance::Environment),
    ("aws:tokenissuetime", Provenance::Environment),
    ("aws:multifactorauthpresent", Provenance::Environment),
    ("aws:multifactorauthage", Provenance::Environment),
    ("aws:sourceip", Provenance::Environment),
    ("aws:vpcsourceip", Provenance::Environment),
    ("aws:securetransport", Provenance::Environment),
    ("aws:calledvia", Provenance::Environment),
    ("aws:viaawsservice", Provenance::Environment),
    ("aws:useragent", Provenance::Requester),
    ("aws:referer", Provenance::Requester),
    ("kms:viaservice", Provenance::Environment),
    ("kms:grantisforawsresource", Provenance::Environment),
    ("sts:externalid", Provenance::Environment),
];

/// Families of keys, by how they begin.
const FAMILIES: [(&str, Provenance); 14] = [
    ("aws:principaltag/", Provenance::Identity),
    ("aws:resourcetag/", Provenance::Resource),
    ("iam:resourcetag/", Provenance::Resource),
    ("ec2:resourcetag/", Provenance::Resource),
    ("s3:existingobjecttag/", Provenance::Resource),
    ("s3:buckettag/", Provenance::Resource),
    ("aws:requesttag/", Provenance::Requester),
    ("ec2:add/", Provenance::Requester),
    ("ec2:remove/", Provenance::Requester),
    ("kms:encryptioncontext", Provenance::Requester),
    ("aws:calledvia", Provenance::Environment),
    ("aws:sourcevp", Provenance::Environment),
    ("aws:source", Provenance::Environment),
    ("ec2:sourceinstance", Provenance::Environment),
];

/// Who settles a key, by its name in any case.
pub fn provenance(key: &str) -> Provenance {
    let key = key.to_ascii_lowercase();
    let named = KEYS.iter().find(|(name, _)| *name == key);
    let of_family = || FAMILIES.iter().find(|(start, _)| key.starts_with(start));
    named.or_else(of_family).map_or(Provenance::Unknown, |(_, provenance)| *provenance)
}
