//! What a rule allows, case by case as the API server sees it.

use super::*;
use crate::object::View as _;
use crate::tree::json;

const TABLE: &[Access] = &[
    Access::to_all("", "pods/exec", &["create", "get"]),
    Access::to_all("", "secrets", &["get", "list"]),
    Access::to_all(GROUP, "roles", &["bind"]).or_named(|name| name == "admin"),
];

/// What of the table a rule allows, as `entry verb`.
fn granted(rule: &str) -> Vec<String> {
    let tree = json::read(rule.as_bytes()).unwrap();
    let rule = PolicyRule::view(tree.root().unwrap()).unwrap();
    let shown = |grant: Grant<'_>| format!("{} {} {}", grant.access.resource, grant.resource, grant.verb);
    rule.grants(TABLE).map(shown).collect()
}

#[test]
fn entries_stand_for_what_the_api_server_takes_them_for() {
    for (groups, resources, verbs, expected) in [
        (r#"[""]"#, r#"["secrets"]"#, r#"["watch","list"]"#, &["secrets secrets list"][..]),
        (r#"[""]"#, r#"["secrets"]"#, r#"["watch"]"#, &[]),
        (r#"["apps"]"#, r#"["secrets"]"#, r#"["list"]"#, &[]),
        ("[]", r#"["secrets"]"#, r#"["list"]"#, &[]),
        (r#"["*"]"#, r#"["secrets"]"#, r#"["*"]"#, &["secrets secrets *"]),
        (r#"[""]"#, r#"["pods"]"#, r#"["*"]"#, &[]),
        (r#"[""]"#, r#"["pods","pods/exec"]"#, r#"["get"]"#, &["pods/exec pods/exec get"]),
        (r#"[""]"#, r#"["*/exec"]"#, r#"["create"]"#, &["pods/exec */exec create"]),
        (r#"[""]"#, r#"["pods/*","*/log","/exec"]"#, r#"["*"]"#, &[]),
        // One for each entry, whatever else it allows.
        (r#"[""]"#, r#"["*","secrets"]"#, r#"["get"]"#, &["pods/exec * get", "secrets secrets get"]),
    ] {
        let rule = format!(r#"{{"apiGroups":{groups},"resources":{resources},"verbs":{verbs}}}"#);
        assert_eq!(granted(&rule), expected, "{rule}");
    }
}

#[test]
fn a_rule_for_names_allows_nothing_but_them() {
    for (names, expected) in [
        ("[]", &["roles roles bind"][..]),
        (r#"["edit"]"#, &[]),
        (r#"["edit","admin"]"#, &["roles roles bind"]),
        // Names are compared; `*` is one of them.
        (r#"["*"]"#, &[]),
    ] {
        let rule = format!(
            r#"{{"apiGroups":["{GROUP}"],"resources":["roles"],"verbs":["bind"],"resourceNames":{names}}}"#
        );
        assert_eq!(granted(&rule), expected, "{names}");
    }
}

#[test]
fn nothing_less_than_everything_is_unlimited() {
    const SEVEN: &str = r#"["watch","patch","update","create","list","get","delete"]"#;
    for (groups, resources, verbs, names, expected) in [
        (r#"["*"]"#, r#"["*"]"#, r#"["*"]"#, "[]", true),
        (r#"["","*"]"#, r#"["pods","*"]"#, SEVEN, "[]", true),
        (r#"["*"]"#, r#"["*"]"#, r#"["get","list","watch"]"#, "[]", false),
        (r#"["*"]"#, r#"["*"]"#, r#"["*"]"#, r#"["a"]"#, false),
        (r#"["*"]"#, r#"["*/*"]"#, r#"["*"]"#, "[]", false),
        (r#"[""]"#, r#"["*"]"#, r#"["*"]"#, "[]", false),
    ] {
        let rule = format!(
            r#"{{"apiGroups":{groups},"resources":{resources},"verbs":{verbs},"resourceNames":{names}}}"#
        );
        let tree = json::read(rule.as_bytes()).unwrap();
        assert_eq!(PolicyRule::view(tree.root().unwrap()).unwrap().is_unlimited(), expected, "{rule}");
    }
}
