//! The key policy that KMS attaches where none is written.

use crate::model::fact::Fact;
use crate::model::identity::ResourceId;

/// The whole account may do everything, as far as its IAM policies allow it ("Default key policy when you create a KMS
/// key programmatically" in the AWS KMS Developer Guide). Unknown where the files do not say the account.
pub fn default_policy(id: &ResourceId) -> Fact<String> {
    let Some(account) = &id.account else {
        return Fact::unknown("KMS attaches its default key policy, which names the account");
    };
    let partition = id.likely_partition();
    Fact::known(format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"arn:{partition}:iam::{account}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_is_known_where_the_account_is() {
        let id = |account: Option<&str>| ResourceId {
            root: None,
            partition: None,
            account: account.map(Into::into),
            region: None,
            kind: "AWS::KMS::Key".into(),
            id: "Key".into(),
        };
        let text = default_policy(&id(Some("111122223333"))).value().cloned().unwrap();
        assert!(text.contains("arn:aws:iam::111122223333:root"));
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        assert!(default_policy(&id(None)).is_unknown());
    }
}
