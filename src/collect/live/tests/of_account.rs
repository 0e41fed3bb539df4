//! IAM, Organizations, AWS Config and CloudTrail: their answers, their refusals, and what is none of theirs.

use super::*;
use crate::model::account::Account;
use crate::model::trail::Trail;

fn of<'s, T>(snapshot: &'s Snapshot, read: impl Fn(&'s Facts) -> Option<&'s T>) -> Vec<&'s T> {
    snapshot.resources.iter().filter_map(|resource| read(&resource.facts)).collect()
}

fn account(snapshot: &Snapshot) -> &Account {
    let found = of(snapshot, |facts| if let Facts::Account(account) = facts { Some(&**account) } else { None });
    assert_eq!(found.len(), 1, "there is one account");
    found[0]
}

fn trails(snapshot: &Snapshot) -> Vec<&Trail> {
    of(snapshot, |facts| if let Facts::Trail(trail) = facts { Some(&**trail) } else { None })
}

fn organization(manager: &str) -> Answer {
    ok(format!(r#"{{"Organization":{{"Id":"o-1","MasterAccountId":"{manager}","FeatureSet":"ALL"}}}}"#))
}

#[test]
fn an_account_outside_an_organization_has_none_and_no_units_and_leaves_no_gap() {
    let (snapshot, statistics) = run(&["eu-west-1"], |request| match request.target.as_str() {
        "DescribeOrganization" => json_error(400, "AWSOrganizationsNotInUseException"),
        _ => denied(request),
    });
    assert!(account(&snapshot).organization.is_absent() && account(&snapshot).organizational_units.is_absent());
    assert!(!snapshot.gaps.iter().any(|gap| gap.operation.starts_with("organizations:")));
    assert!(!statistics.calls.contains_key(&("organizations".to_owned(), "ListParents".to_owned())));
}

#[test]
fn a_member_knows_its_organization_and_what_is_withheld_from_it_asks_for_no_permission() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.target.as_str() {
        "DescribeOrganization" => organization("444455556666"),
        _ => denied(request),
    });
    let organization = account(&snapshot).organization.value().unwrap();
    assert_eq!(organization.management_account.value().unwrap(), "444455556666");
    assert!(organization.all_features.is_true() && organization.backup_administrators.is_unknown());
    let reasons = account(&snapshot).organizational_units.reasons().unwrap();
    let reason = reasons.iter().next().unwrap();
    assert_eq!((reason.why.as_str(), &reason.cure), ("`organizations:ListParents` was denied in global", &None));
    let withheld: Vec<_> = snapshot.gaps.iter().filter(|gap| gap.is_withheld()).collect();
    assert_eq!(withheld.len(), 2, "{withheld:?}");
    // The reasons of facts are those of gaps: by that a report knows which gaps count.
    assert!(withheld.iter().any(|gap| gap.reason() == *reason));
}

#[test]
fn a_denial_in_the_management_account_asks_for_the_permission() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.target.as_str() {
        "DescribeOrganization" => organization("111122223333"),
        _ => denied(request),
    });
    let reasons = account(&snapshot).organizational_units.reasons().unwrap();
    let cure = Some(Cure::Permission("organizations:ListParents".to_owned()));
    assert_eq!(reasons.iter().next().unwrap().cure, cure);
}

#[test]
fn units_are_read_from_the_nearest_to_the_root_and_pages_may_be_empty() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.target.as_str() {
        "DescribeOrganization" => organization("444455556666"),
        "ListParents" if request.body.contains("\"more\"") => {
            ok(r#"{"Parents":[{"Id":"ou-1-team","Type":"ORGANIZATIONAL_UNIT"}]}"#)
        }
        "ListParents" if request.body.contains("111122223333") => ok(r#"{"Parents":[],"NextToken":"more"}"#),
        "ListParents" if request.body.contains("ou-1-team") => {
            ok(r#"{"Parents":[{"Id":"ou-1-prod","Type":"ORGANIZATIONAL_UNIT"}]}"#)
        }
        "ListParents" => ok(r#"{"Parents":[{"Id":"r-1","Type":"ROOT"}]}"#),
        "ListDelegatedAdministrators" => {
            assert!(request.body.contains("backup.amazonaws.com"), "{}", request.body);
            ok(r#"{"DelegatedAdministrators":[{"Id":"123456789012"}]}"#)
        }
        _ => denied(request),
    });
    let account = account(&snapshot);
    assert_eq!(account.organizational_units.value().unwrap(), &["ou-1-team", "ou-1-prod", "r-1"]);
    let administrators = &account.organization.value().unwrap().backup_administrators;
    assert_eq!(administrators.value().unwrap(), &["123456789012"]);
}

#[test]
fn a_path_of_units_that_breaks_off_or_leads_in_a_circle_is_unknown() {
    for circle in [true, false] {
        let (snapshot, _) = run(&["eu-west-1"], move |request| match request.target.as_str() {
            "DescribeOrganization" => organization("111122223333"),
            "ListParents" if circle || request.body.contains("111122223333") => {
                ok(r#"{"Parents":[{"Id":"ou-1-a","Type":"ORGANIZATIONAL_UNIT"}]}"#)
            }
            "ListParents" => json_error(400, "ServiceException"),
            _ => denied(request),
        });
        assert!(account(&snapshot).organizational_units.is_unknown());
        assert!(snapshot.gaps.iter().any(|gap| gap.operation.as_ref() == "organizations:ListParents"));
    }
}

/// An organization of a root and one unit, with one account in each; half of what it lists is on a second page.
fn of_organization(request: &Request) -> Answer {
    let more = request.body.contains("\"more\"");
    match request.target.as_str() {
        "DescribeOrganization" => organization("111122223333"),
        "ListParents" => ok(r#"{"Parents":[{"Id":"r-1","Type":"ROOT"}]}"#),
        "ListRoots" => {
            ok(r#"{"Roots":[{"Id":"r-1","PolicyTypes":[{"Type":"SERVICE_CONTROL_POLICY","Status":"ENABLED"}]}]}"#)
        }
        "ListPolicies" if more => ok(r#"{"Policies":[{"Id":"p-keep","Name":"keep"}]}"#),
        "ListPolicies" => {
            assert!(request.body.contains("SERVICE_CONTROL_POLICY"), "{}", request.body);
            ok(r#"{"Policies":[{"Id":"p-full","Name":"full"}],"NextToken":"more"}"#)
        }
        "ListTargetsForPolicy" if request.body.contains("p-keep") => ok(r#"{"Targets":[{"TargetId":"ou-1"}]}"#),
        "ListTargetsForPolicy" if more => ok(r#"{"Targets":[{"TargetId":"ou-1"},{"TargetId":"444455556666"}]}"#),
        "ListTargetsForPolicy" => {
            ok(r#"{"Targets":[{"TargetId":"r-1"},{"TargetId":"111122223333"}],"NextToken":"more"}"#)
        }
        "DescribePolicy" if request.body.contains("p-keep") => ok(r#"{"Policy":{"Content":"{\"a\":1}"}}"#),
        "DescribePolicy" => ok(r#"{"Policy":{"Content":"{}"}}"#),
        "ListOrganizationalUnitsForParent" if request.body.contains("r-1") => {
            ok(r#"{"OrganizationalUnits":[{"Id":"ou-1"}]}"#)
        }
        "ListOrganizationalUnitsForParent" => ok(r#"{"OrganizationalUnits":[]}"#),
        "ListAccountsForParent" if request.body.contains("r-1") => {
            ok(r#"{"Accounts":[{"Id":"111122223333","Status":"ACTIVE"}]}"#)
        }
        "ListAccountsForParent" if more => ok(r#"{"Accounts":[{"Id":"123456789012","Status":"SUSPENDED"}]}"#),
        "ListAccountsForParent" => ok(r#"{"Accounts":[{"Id":"444455556666"}],"NextToken":"more"}"#),
        _ => denied(request),
    }
}

#[test]
fn service_control_policies_are_read_with_what_every_account_inherits() {
    let (snapshot, _) = run(&["eu-west-1"], of_organization);
    let control = account(&snapshot).service_control.value().unwrap();
    assert!(control.enabled);
    let texts: Vec<_> = control.policies.iter().map(|one| (&*one.name, &**one.document.value().unwrap())).collect();
    assert_eq!(texts, [("full", "{}"), ("keep", "{\"a\":1}")]);
    let accounts: Vec<_> = control.accounts.iter().map(|one| (&*one.id, one.levels.clone())).collect();
    let full = || vec!["p-full".to_owned()];
    let of_unit = vec!["p-full".to_owned(), "p-keep".to_owned()];
    let expected = [("111122223333", vec![full(), full()]), ("444455556666", vec![full(), of_unit, full()])];
    assert_eq!(accounts, expected, "the closed account is left out");
}

#[test]
fn where_service_control_policies_are_not_enabled_none_is_asked_for() {
    let (snapshot, statistics) = run(&["eu-west-1"], |request| match request.target.as_str() {
        "ListRoots" => ok(r#"{"Roots":[{"Id":"r-1","PolicyTypes":[]}]}"#),
        _ => of_organization(request),
    });
    let control = account(&snapshot).service_control.value().unwrap();
    assert!(!control.enabled && control.policies.is_empty() && control.accounts.len() == 2);
    assert!(!statistics.calls.contains_key(&("organizations".to_owned(), "ListPolicies".to_owned())));
}

#[test]
fn a_policy_that_is_denied_leaves_its_text_unknown_and_a_list_that_breaks_off_leaves_all_unknown() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.target.as_str() {
        "DescribePolicy" if request.body.contains("p-keep") => denied(request),
        _ => of_organization(request),
    });
    let control = account(&snapshot).service_control.value().unwrap();
    assert!(control.policies[0].document.value().is_some() && control.policies[1].document.is_unknown());
    let operations = ["ListRoots", "ListPolicies", "ListTargetsForPolicy"];
    for operation in [&operations[..], &["ListOrganizationalUnitsForParent", "ListAccountsForParent"]].concat() {
        for throttled in [false, true] {
            let (snapshot, _) = run(&["eu-west-1"], move |request| match request.target.as_str() {
                target if target == operation && throttled => json_error(400, "TooManyRequestsException"),
                target if target == operation => denied(request),
                _ => of_organization(request),
            });
            assert!(account(&snapshot).service_control.is_unknown(), "{operation}");
            let label = format!("organizations:{operation}");
            assert!(snapshot.gaps.iter().any(|gap| *gap.operation == *label), "{operation}");
        }
    }
}

#[test]
fn units_that_lead_in_a_circle_end_and_say_nothing() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.target.as_str() {
        "ListOrganizationalUnitsForParent" => ok(r#"{"OrganizationalUnits":[{"Id":"ou-1"}]}"#),
        _ => of_organization(request),
    });
    assert!(account(&snapshot).service_control.is_unknown());
}

#[test]
fn a_member_asks_for_no_policies_and_consolidated_billing_has_none() {
    let (snapshot, statistics) = run(&["eu-west-1"], |request| match request.target.as_str() {
        "DescribeOrganization" => organization("444455556666"),
        _ => denied(request),
    });
    let control = &account(&snapshot).service_control;
    assert_eq!(control.reasons(), account(&snapshot).organizational_units.reasons());
    assert!(!statistics.calls.contains_key(&("organizations".to_owned(), "ListRoots".to_owned())));
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.target.as_str() {
        "DescribeOrganization" => {
            ok(r#"{"Organization":{"Id":"o-1","MasterAccountId":"111122223333","FeatureSet":"CONSOLIDATED_BILLING"}}"#)
        }
        _ => of_organization(request),
    });
    assert!(account(&snapshot).service_control.is_absent());
}

#[test]
fn the_root_user_is_what_the_summary_says_and_what_it_leaves_out_is_unknown() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.target.as_str() {
        "GetAccountSummary" => ok("<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap>\
            <entry><key>AccountMFAEnabled</key><value>1</value></entry>\
            <entry><key>AccountAccessKeysPresent</key><value>0</value></entry>\
            </SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>"),
        _ => denied(request),
    });
    let root = account(&snapshot).root.value().unwrap();
    assert!(root.mfa.is_true() && root.access_keys.is_false() && root.password.is_unknown());
}

fn details(inner: &str, marker: Option<&str>) -> Answer {
    let more = marker.map_or_else(
        || "<IsTruncated>false</IsTruncated>".to_owned(),
        |marker| format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"),
    );
    ok(format!(
        "<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult>{inner}{more}\
         </GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>"
    ))
}

const ROLE: &str = "<RoleDetailList><member><Path>/</Path><RoleName>backup</RoleName>\
    <Arn>arn:aws:iam::111122223333:role/backup</Arn>\
    <AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%7D</AssumeRolePolicyDocument>\
    <RolePolicyList><member><PolicyName>own</PolicyName><PolicyDocument>%7B%7D</PolicyDocument></member></RolePolicyList>\
    <AttachedManagedPolicies><member><PolicyName>p</PolicyName><PolicyArn>arn:aws:iam::aws:policy/p</PolicyArn></member>\
    </AttachedManagedPolicies><Tags><member><Key>team</Key><Value>a</Value></member></Tags></member></RoleDetailList>";
const POLICY: &str = "<Policies><member><PolicyName>p</PolicyName><Arn>arn:aws:iam::aws:policy/p</Arn>\
    <AttachmentCount>1</AttachmentCount><PolicyVersionList>\
    <member><Document>old</Document><IsDefaultVersion>false</IsDefaultVersion></member>\
    <member><Document>%7B%22new%22%3A1%7D</Document><IsDefaultVersion>true</IsDefaultVersion></member>\
    </PolicyVersionList></member></Policies>";

#[test]
fn principals_and_policies_are_read_page_by_page_with_decoded_texts() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.target.as_str() {
        "GetAccountAuthorizationDetails" if request.body.contains("Marker=m") => details(POLICY, None),
        "GetAccountAuthorizationDetails" => details(ROLE, Some("m")),
        _ => denied(request),
    });
    assert!(snapshot.has_listed("AWS::IAM::Role", "111122223333", "global", None));
    let roles = of(&snapshot, |facts| if let Facts::Role(role) = facts { Some(&**role) } else { None });
    assert_eq!(roles[0].trust.value().unwrap(), r#"{"Version":"2012-10-17"}"#);
    assert_eq!(roles[0].inline.value().unwrap()[0].document.value().unwrap(), "{}");
    let attached: Vec<_> = roles[0].attached.value().unwrap().iter().map(|link| link.text.value().unwrap()).collect();
    assert_eq!(attached, ["arn:aws:iam::aws:policy/p"]);
    assert!(roles[0].boundary.is_absent() && roles[0].groups.is_absent());
    let policies = of(&snapshot, |facts| if let Facts::ManagedPolicy(policy) = facts { Some(&**policy) } else { None });
    assert_eq!(policies[0].document.value().unwrap(), r#"{"new":1}"#);
}

#[test]
fn details_that_break_off_keep_what_was_read_and_list_nothing() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.target.as_str() {
        "GetAccountAuthorizationDetails" if request.body.contains("Marker=m") => query_error(400, "Throttling"),
        "GetAccountAuthorizationDetails" => details(ROLE, Some("m")),
        _ => denied(request),
    });
    assert!(snapshot.resources.iter().any(|resource| resource.name.as_ref() == "backup"));
    assert!(!snapshot.has_listed("AWS::IAM::Role", "111122223333", "global", None));
    assert!(snapshot.gaps.iter().any(|gap| gap.operation.as_ref() == "iam:GetAccountAuthorizationDetails"));
}

#[test]
fn a_region_without_a_recorder_of_the_customers_own_has_none() {
    let linked = r#"{"ConfigurationRecorders":[{"name":"AWSConfigurationRecorderForX_1","servicePrincipal":"x.amazonaws.com"}]}"#;
    let (snapshot, statistics) = run(&["eu-west-1"], move |request| match request.target.as_str() {
        "DescribeConfigurationRecorders" => ok(linked),
        _ => denied(request),
    });
    assert!(snapshot.has_listed("AWS::Config::ConfigurationRecorder", "111122223333", "eu-west-1", None));
    assert!(!snapshot.resources.iter().any(|resource| matches!(resource.facts, Facts::ConfigRecorder(_))));
    assert!(!statistics.calls.contains_key(&("config".to_owned(), "DescribeDeliveryChannels".to_owned())));
}

#[test]
fn a_recorder_tells_what_may_be_read_of_it() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.target.as_str() {
        "DescribeConfigurationRecorders" => {
            ok(r#"{"ConfigurationRecorders":[{"name":"default","recordingGroup":{"allSupported":true}}]}"#)
        }
        "DescribeConfigurationRecorderStatus" => {
            ok(r#"{"ConfigurationRecordersStatus":[{"name":"default","recording":true,"lastStatus":"SUCCESS"}]}"#)
        }
        "DescribeDeliveryChannels" => ok(r#"{"DeliveryChannels":[]}"#),
        _ => denied(request),
    });
    let recorders = of(&snapshot, |facts| if let Facts::ConfigRecorder(one) = facts { Some(&**one) } else { None });
    let [recorder] = recorders[..] else { panic!("one recorder") };
    assert!(recorder.recording.is_true() && recorder.delivers.is_false() && recorder.last_delivery.is_unknown());
    assert_eq!(recorder.last_status.value().unwrap(), "Success");
    assert_eq!(recorder.strategy.value().unwrap(), "ALL_SUPPORTED_RESOURCE_TYPES");
}

const TRAILS: &str = r#"{"trailList":[{"Name":"t","TrailARN":"arn:aws:cloudtrail:us-east-1:444455556666:trail/t",
    "HomeRegion":"us-east-1","IsMultiRegionTrail":true,"IsOrganizationTrail":true,"S3BucketName":"logs"}]}"#;

#[test]
fn a_trail_that_every_region_shows_is_read_once_in_its_home_region() {
    let (snapshot, statistics) = run(&["eu-west-1", "eu-central-1"], |request| match request.target.as_str() {
        "DescribeTrails" => ok(TRAILS),
        "GetTrailStatus" => {
            assert_eq!(request.region, "us-east-1");
            ok(r#"{"IsLogging":true,"LatestDeliveryError":"AccessDenied"}"#)
        }
        "GetEventSelectors" => ok(r#"{"AdvancedEventSelectors":[{"FieldSelectors":[
            {"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},
            {"Field":"readOnly","Equals":["false"]}]}]}"#),
        _ => denied(request),
    });
    for region in ["eu-west-1", "eu-central-1"] {
        assert!(snapshot.has_listed("AWS::CloudTrail::Trail", "111122223333", region, None));
    }
    let [trail] = trails(&snapshot)[..] else { panic!("one trail") };
    assert!(trail.logging.is_true() && trail.organization.is_true() && trail.multi_region.is_true());
    assert_eq!(trail.delivery_error.value().unwrap(), "AccessDenied");
    assert_eq!(trail.s3_data_events.value().unwrap()[0].read_write.value().unwrap(), "WriteOnly");
    assert!(trail.management_events.is_absent(), "it logs data events alone");
    assert_eq!(statistics.calls[&("cloudtrail".to_owned(), "GetTrailStatus".to_owned())].calls, 1);
}

#[test]
fn basic_selectors_of_objects_are_read_and_others_are_not_theirs() {
    let (snapshot, _) = run(&["us-east-1"], |request| match request.target.as_str() {
        "DescribeTrails" => ok(TRAILS),
        "GetEventSelectors" => ok(r#"{"EventSelectors":[{"ReadWriteType":"All","DataResources":[
            {"Type":"AWS::S3::Object","Values":["arn:aws:s3:::orders/"]},
            {"Type":"AWS::Lambda::Function","Values":["arn:aws:lambda"]}]}]}"#),
        _ => denied(request),
    });
    let [trail] = trails(&snapshot)[..] else { panic!("one trail") };
    assert!(trail.logging.is_unknown() && trail.delivery_error.is_unknown());
    assert_eq!(trail.management_events.value().unwrap(), "All");
    let [events] = &trail.s3_data_events.value().unwrap()[..] else { panic!("one selector") };
    assert_eq!(events.arn_starts.value().unwrap(), &["arn:aws:s3:::orders/"]);
    assert!(events.narrowed.is_false());
}
