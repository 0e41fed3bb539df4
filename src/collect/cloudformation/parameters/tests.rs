use proptest::prelude::*;

use super::*;

fn values(file: &str, text: &str) -> Vec<(String, String)> {
    read(file, text).unwrap_or_else(|error| panic!("{text}: {error}")).values.into_iter().collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn every_documented_form_is_read() {
    for (file, text) in [
        (
            "p.json",
            r#"[{"ParameterKey": "Env", "ParameterValue": "prod"}, {"ParameterKey": "Days", "ParameterValue": 7}]"#,
        ),
        ("p.json", r#"["Env=prod", "Days=7"]"#),
        ("p.json", r#"{"Parameters": {"Env": "prod", "Days": "7"}}"#),
        ("p.yaml", "- ParameterKey: Env\n  ParameterValue: prod\n- {ParameterKey: Days, ParameterValue: '7'}\n"),
        ("deployment.yaml", "template-file-path: t.yaml\nparameters:\n  Env: prod\n  Days: 7\ntags: {}\n"),
        (
            "samconfig.toml",
            "version = 0.1\n[default.deploy.parameters]\nparameter_overrides = \"Env=prod Days=\\\"7\\\"\"\n",
        ),
        ("samconfig.toml", "[default.global.parameters]\nparameter_overrides = [\"Env=prod\", \"Days=7\"]\n"),
        ("samconfig.toml", "[prod.deploy.parameters]\nparameter_overrides = {Env = \"prod\", Days = 7}\n"),
        (
            "samconfig.toml",
            "[default.deploy.parameters]\nparameter_overrides = \"ParameterKey=Env,ParameterValue=prod ParameterKey=Days,ParameterValue=7\"\n",
        ),
        (
            "samconfig.yaml",
            "version: 0.1\ndefault:\n  deploy:\n    parameters:\n      parameter_overrides: [Env=prod, Days=7]\n",
        ),
    ] {
        assert_eq!(values(file, text), pairs(&[("Days", "7"), ("Env", "prod")]), "{text}");
    }
}

#[test]
fn values_keep_their_spaces_and_equals_signs() {
    assert_eq!(values("p.json", r#"["A=x y=z", "B="]"#), pairs(&[("A", "x y=z"), ("B", "")]));
    let text = "[default.deploy.parameters]\nparameter_overrides = \"A=1 B=\\\"V 2\\\" C='x=y'\"\n";
    assert_eq!(values("samconfig.toml", text), pairs(&[("A", "1"), ("B", "V 2"), ("C", "x=y")]));
    assert_eq!(
        values("p.json", r#"{"Parameters": {"A": true, "B": null, "C": 1.50}}"#),
        pairs(&[("A", "true"), ("B", ""), ("C", "1.50")])
    );
}

#[test]
fn a_value_that_is_left_to_the_deployed_stack_is_unknown() {
    let file = read("p.json", r#"[{"ParameterKey": "Env", "UsePreviousValue": true}]"#).unwrap();
    assert!(file.values.is_empty());
    assert_eq!(file.unknown["Env"], "keeps the value that it has in the deployed stack");
    let file = read("p.json", r#"{"Parameters": {"Code": {"Fn::GetArtifactAtt": ["a", "ObjectKey"]}}}"#).unwrap();
    assert!(file.unknown["Code"].contains("pipeline"));
}

#[test]
fn of_two_files_the_later_goes_before() {
    let mut all = read("a.json", r#"["A=1", "B=1", "C=1"]"#).unwrap();
    all.put(
        read(
            "b.json",
            r#"[{"ParameterKey": "A", "UsePreviousValue": true}, {"ParameterKey": "B", "ParameterValue": "2"}]"#,
        )
        .unwrap(),
    );
    assert_eq!((all.values.get("A"), all.unknown.contains_key("A")), (None, true));
    assert_eq!((all.values["B"].as_str(), all.values["C"].as_str()), ("2", "1"));
    all.put(read("c.json", r#"["A=3"]"#).unwrap());
    assert_eq!((all.values["A"].as_str(), all.unknown.is_empty()), ("3", true));
}

#[test]
fn tags_are_read_too() {
    for (file, text) in [
        ("p.json", r#"{"Parameters": {}, "Tags": {"tier": "critical"}}"#),
        ("p.json", r#"{"Parameters": {}, "Tags": [{"Key": "tier", "Value": "critical"}]}"#),
        ("samconfig.toml", "[default.deploy.parameters]\ntags = \"tier=critical\"\n"),
    ] {
        assert_eq!(read(file, text).unwrap().tags["tier"], "critical", "{text}");
    }
}

#[test]
fn a_commands_own_options_replace_global_ones() {
    let text = "[default.global.parameters]\nparameter_overrides = \"A=1\"\n[default.deploy.parameters]\nparameter_overrides = \"B=2\"\n[other.deploy.parameters]\nparameter_overrides = \"C=3\"\n";
    assert_eq!(values("samconfig.toml", text), pairs(&[("B", "2")]));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (file, text, said) in [
        ("p.json", "[\n {\"ParameterKey\": \"A\"}]", "`p.json`, line 2: `A` has no `ParameterValue`"),
        ("p.json", "[{\"ParameterValue\": \"A\"}]", "`p.json`, line 1: an element has no `ParameterKey`"),
        ("p.json", "[\"A=1\",\n\"A=2\"]", "`p.json`, line 2: parameter `A` stands twice"),
        ("p.json", "[\"A\"]", "`p.json`, line 1: `A` is not written NAME=VALUE"),
        ("p.json", "[\"=A\"]", "`p.json`, line 1: a parameter has no name"),
        ("p.json", "{\"A\": \"1\"}", "`p.json`, line 1: this is no form of a parameter file"),
        ("p.json", "{\"Parameters\": {\"A\":\n [1]}}", "`p.json`, line 2: the value of `A` is no text"),
        ("p.json", "{\"Parameters\": []}", "`p.json`, line 1: `Parameters` is not a mapping of names to values"),
        ("p.json", "{\"Parameters\": {}, \"Tags\": {\"a\": {}}}", "`p.json`, line 1: the value of tag `a` is no text"),
        ("p.json", "", "`p.json`, line 1: the file is empty"),
        ("p.yaml", "a: [", "`p.yaml`, line 1: unclosed bracket '['"),
        ("samconfig.toml", "a = 1\na = 2\n", "`samconfig.toml`, line 2: duplicate key"),
        (
            "samconfig.toml",
            "[a.deploy.parameters]\n[b.deploy.parameters]\n",
            "`samconfig.toml`, line 1: none of the environments is called `default`",
        ),
        (
            "samconfig.toml",
            "[a.deploy.parameters]\nparameter_overrides = \"A='1\"\n",
            "`samconfig.toml`, line 2: a quotation mark is not closed",
        ),
    ] {
        let error = read(file, text).unwrap_err();
        assert_eq!(error.to_string(), said, "{text}");
        assert!(!error.help().is_empty());
    }
    assert!(
        read("p.json", "{\"Parameters\": {\"A\": 1, \"A\": 2}}").unwrap_err().to_string().contains("`A` stands twice")
    );
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), name in prop::sample::select(vec!["p.json", "p.yaml", "samconfig.toml"])) {
        for text in [text.clone(), format!("[{text}]"), format!("{{\"Parameters\": {text}}}"), format!("[a.deploy.parameters]\nparameter_overrides = \"{text}\"")] {
            if let Err(error) = read(name, &text) {
                prop_assert!(error.line >= 1 && !error.message.is_empty());
            }
        }
    }
}
