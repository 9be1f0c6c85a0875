//! Which findings stay: one for a defect, and never a milder one than would have been without.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::engine::Rules;
use crate::modes::{Exception, Mode, ModeTable, Origin, PolicySetting, Profile, Rule, Scope, TableSpec};
use crate::object::View as _;
use crate::object::meta::Object;
use crate::policy::{NoFacts, Operation, Subject};
use crate::tree::json;

/// A privileged container that also adds two capabilities, one of which leads out of it, beside one that only adds
/// them.
fn containers() -> Value {
    let capabilities = json!({ "add": ["SYS_ADMIN", "NET_ADMIN"] });
    json!({ "containers": [
        { "name": "a", "securityContext": { "privileged": true, "capabilities": capabilities } },
        { "name": "b", "securityContext": { "capabilities": capabilities } },
    ] })
}

fn spec(settings: &[(&str, Mode)]) -> TableSpec {
    let setting = |(selector, mode): &(&str, Mode)| PolicySetting {
        selector: (*selector).to_owned(),
        mode: Some(*mode),
        params: None,
        origin: Origin::default_value("test"),
    };
    let mut spec = TableSpec { policies: settings.iter().map(setting).collect(), ..TableSpec::default() };
    spec.profile.0 = Profile::None;
    spec
}

/// Code, mode and path below `spec` of what is found in a Pod that had another specification before.
fn found(spec: &TableSpec, before: Option<&Value>, after: &Value) -> Vec<String> {
    let pod = |spec: &Value| {
        let pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "web" }, "spec": spec });
        json::read(pod.to_string().as_bytes()).unwrap()
    };
    let (before, after) = (before.map(pod), pod(after));
    let object = |tree| Object::view(crate::tree::Tree::root(tree).unwrap()).unwrap();
    let mut subject = Subject::of_object(object(&after), Timestamp::UNIX_EPOCH);
    if let Some(before) = &before {
        subject.operation = Operation::Update;
        subject.old = Some(object(before));
    }
    let rules = Rules::new(ModeTable::build(spec).unwrap(), "test");
    let verdict = rules.evaluate(&subject, &NoFacts, &|| false);
    let shown = verdict.findings.iter().map(|it| {
        let path = it.path().strip_prefix("spec.").unwrap();
        format!("{} {} {}", it.mode.as_str(), it.policy.code, path.replace("securityContext.", ""))
    });
    shown.collect()
}

const ALL: &[(&str, Mode)] = &[("SEC01", Mode::Deny), ("SEC34", Mode::Deny), ("SEC06", Mode::Deny)];

#[test]
fn one_policy_speaks_of_a_defect() {
    for (settings, expected) in [
        (
            ALL,
            &[
                "deny SEC01 containers[0].privileged",
                "deny SEC06 containers[1].capabilities.add[1]",
                "deny SEC34 containers[1].capabilities.add[0]",
            ][..],
        ),
        // Milder than what yields to it: both stay.
        (
            &[("SEC01", Mode::Warn), ("SEC34", Mode::Deny), ("SEC06", Mode::Audit)],
            &[
                "deny SEC34 containers[0].capabilities.add[0]",
                "deny SEC34 containers[1].capabilities.add[0]",
                "warn SEC01 containers[0].privileged",
                "audit SEC06 containers[1].capabilities.add[1]",
            ],
        ),
        // Off: the next one speaks.
        (
            &[("SEC34", Mode::Deny), ("SEC06", Mode::Deny)],
            &[
                "deny SEC06 containers[0].capabilities.add[1]",
                "deny SEC06 containers[1].capabilities.add[1]",
                "deny SEC34 containers[0].capabilities.add[0]",
                "deny SEC34 containers[1].capabilities.add[0]",
            ],
        ),
        (&[("SEC01", Mode::Warn)], &["warn SEC01 containers[0].privileged"]),
    ] {
        assert_eq!(found(&spec(settings), None, &containers()), expected, "{settings:?}");
    }
}

#[test]
fn fields_and_objects_are_told_apart() {
    let volume = |path: &str| json!({ "name": "v", "hostPath": { "path": path } });
    let both = json!({ "volumes": [volume("/proc"), volume("/srv")], "containers": [{ "name": "a" }] });
    let paths = spec(&[("SEC03", Mode::Warn), ("SEC33", Mode::Warn)]);
    let expected = ["warn SEC03 volumes[1].hostPath.path", "warn SEC33 volumes[0].hostPath.path"];
    assert_eq!(found(&paths, None, &both), expected);

    let windows = json!({ "windowsOptions": { "hostProcess": true } });
    let process = json!({ "hostNetwork": true, "containers": [{ "name": "a", "securityContext": windows }] });
    let network = spec(&[("SEC05", Mode::Deny), ("SEC32", Mode::Deny)]);
    let expected = ["deny SEC05 containers[0].windowsOptions.hostProcess"];
    assert_eq!(found(&network, None, &process), expected);

    // What the Pod says holds for containers that are not privileged too.
    let pod = json!({
        "securityContext": { "seccompProfile": { "type": "Unconfined" } },
        "containers": [{ "name": "a", "securityContext": { "privileged": true } }],
    });
    let seccomp = spec(&[("SEC01", Mode::Deny), ("SEC11", Mode::Deny)]);
    let expected = ["deny SEC01 containers[0].privileged", "deny SEC11 seccompProfile.type"];
    assert_eq!(found(&seccomp, None, &pod), expected);
}

#[test]
fn what_is_said_of_the_pod_may_hold_for_its_containers() {
    let users = spec(&[("SEC15", Mode::Deny), ("SEC36", Mode::Deny)]);
    let root = json!({ "runAsUser": 0 });
    let of_pod = json!({ "securityContext": root, "containers": [{ "name": "a" }, { "name": "b" }] });
    assert_eq!(found(&users, None, &of_pod), ["deny SEC36 runAsUser"]);
    let of_one = json!({ "containers": [{ "name": "a", "securityContext": root }, { "name": "b" }] });
    let expected = ["deny SEC15 containers[1].runAsNonRoot", "deny SEC36 containers[0].runAsUser"];
    assert_eq!(found(&users, None, &of_one), expected);
}

#[test]
fn an_exception_for_one_is_none_for_the_other() {
    let mut spec = spec(ALL);
    spec.exceptions.push(Exception {
        scope: Scope::default(),
        policies: vec!["SEC01".to_owned()],
        owner: "team".to_owned(),
        reason: "test".to_owned(),
        expires: Timestamp::MAX,
        origin: Origin::default_value("test"),
    });
    let expected = [
        "deny SEC06 containers[0].capabilities.add[1]",
        "deny SEC06 containers[1].capabilities.add[1]",
        "deny SEC34 containers[0].capabilities.add[0]",
        "deny SEC34 containers[1].capabilities.add[0]",
        "audit SEC01 containers[0].privileged",
    ];
    assert_eq!(found(&spec, None, &containers()), expected);
}

#[test]
fn what_is_new_is_refused_beside_what_was_there() {
    let container = |context: Value| json!({ "containers": [{ "name": "a", "securityContext": context }] });
    let privileged = container(json!({ "privileged": true }));
    let both = container(json!({ "privileged": true, "capabilities": { "add": ["SYS_ADMIN"] } }));
    let added = container(json!({ "capabilities": { "add": ["SYS_ADMIN"] } }));
    let (sec01, sec34) = ("SEC01 containers[0].privileged", "SEC34 containers[0].capabilities.add[0]");
    for (before, after, expected) in [
        (&privileged, &both, vec![format!("deny {sec34}"), format!("warn {sec01}")]),
        // The capability was there, although nobody spoke of it.
        (&both, &added, vec![format!("warn {sec34}")]),
        (&added, &both, vec![format!("deny {sec01}")]),
    ] {
        // An update that changes nothing else would be let through whole.
        let mut after = after.clone();
        after["nodeName"] = json!("other");
        assert_eq!(found(&spec(ALL), Some(before), &after), expected, "{before} to {after}");
    }
}

#[test]
fn a_date_from_which_it_is_refused_is_not_lost() {
    let mut spec = spec(&[("SEC01", Mode::Warn), ("SEC34", Mode::Warn)]);
    let rule = |policy: &str| Rule {
        scope: Scope::default(),
        policies: vec![policy.to_owned()],
        mode: Some(Mode::Deny),
        params: None,
        from: Some(Timestamp::MAX),
        origin: Origin::default_value("test"),
    };
    let privileged = "warn SEC01 containers[0].privileged";
    let [hidden, other] = [0, 1].map(|index| format!("warn SEC34 containers[{index}].capabilities.add[0]"));
    spec.rules.push(rule("SEC34"));
    assert_eq!(found(&spec, None, &containers()), [&hidden, &other, privileged]);
    spec.rules.push(rule("SEC01"));
    assert_eq!(found(&spec, None, &containers()), [privileged, &other]);
}
