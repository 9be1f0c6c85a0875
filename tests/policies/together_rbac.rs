//! The whole theme of RBAC at once: a defect is spoken of once, and this says by which policy.

use libtest_mimic::Trial;
use seawall::engine::Rules;
use seawall::modes::Mode;
use seawall::object::View;
use seawall::object::meta::Object;
use seawall::policy::{NoFacts, Operation, Subject, Theme};
use seawall::tree::json;
use serde_json::{Value, json};

use crate::{ensure, judge, trial};

const RBAC: &str = "rbac.authorization.k8s.io";

/// The trials: an object of which one thing is wrong, and the codes that speak.
pub(crate) fn trials() -> Vec<Trial> {
    let all = json!(["*"]);
    let to_view = json!({ "rbac.authorization.k8s.io/aggregate-to-view": "true" });
    let cases = [
        ("everything", role("ClusterRole", &[rule(&all, &all, &all)]), &["RBA19"][..]),
        (
            "everything, and more of it",
            role("ClusterRole", &[rule(&all, &all, &all), rule(&json!([""]), &json!(["secrets"]), &all)]),
            &["RBA19"],
        ),
        ("everything in a namespace", role("Role", &[rule(&all, &all, &all)]), &["RBA08"]),
        ("reading everything", role("ClusterRole", &[rule(&all, &all, &json!(["get", "list"]))]), &["RBA08"]),
        ("all of the core", role("Role", &[rule(&json!([""]), &all, &json!(["get", "create"]))]), &["RBA08"]),
        (
            "all of the core, with all verbs",
            role("ClusterRole", &[rule(&json!([""]), &all, &all)]),
            &["RBA12"],
        ),
        ("all about roles", role("ClusterRole", &[rule(&json!([RBAC]), &all, &all)]), &["RBA12"]),
        (
            "all verbs on roles",
            role("ClusterRole", &[rule(&json!([RBAC]), &json!(["roles"]), &all)]),
            &["RBA12"],
        ),
        (
            "Secrets",
            role("ClusterRole", &[rule(&json!([""]), &json!(["secrets"]), &json!(["list"]))]),
            &["RBA09"],
        ),
        (
            "Secrets for everybody who may look",
            labelled(
                role("ClusterRole", &[rule(&json!(["a.b"]), &json!(["c"]), &json!(["create"]))]),
                &to_view,
            ),
            &["RBA17"],
        ),
        (
            "cluster-admin for all Pods",
            binding("cluster-admin", &json!({ "kind": "Group", "name": "system:serviceaccounts" })),
            &["RBA07"],
        ),
        (
            "cluster-admin for an application",
            binding("cluster-admin", &json!({ "kind": "ServiceAccount", "name": "a", "namespace": "shop" })),
            &["RBA07"],
        ),
        (
            "cluster-admin for whoever comes",
            binding("cluster-admin", &json!({ "kind": "User", "name": "system:anonymous" })),
            &["RBA14"],
        ),
        (
            "view for all users",
            binding("view", &json!({ "kind": "Group", "name": "system:authenticated" })),
            &["RBA21"],
        ),
    ];
    let cases = cases.into_iter().map(|(name, object, expected)| {
        trial(format!("together: {name}"), move || {
            let mut spoke: Vec<_> = said(&object, None)?.into_iter().map(|(code, _)| code).collect();
            spoke.sort_unstable();
            ensure(spoke == expected, || format!("{spoke:?} instead of {expected:?} for {object:#}"))
        })
    });
    cases
        .chain([trial("together: a binding is refused for whom it did not have", only_new_subjects)])
        .collect()
}

/// What was given stays given; another account in its place is another matter.
fn only_new_subjects() -> Result<(), String> {
    let account = |name: &str, namespace: &str| json!({ "kind": "ServiceAccount", "name": name, "namespace": namespace });
    let (a, other_namespace, other_name) = (account("a", "x"), account("a", "y"), account("b", "x"));
    for (after, expected) in [(&a, Mode::Warn), (&other_namespace, Mode::Deny), (&other_name, Mode::Deny)] {
        let after = labelled(binding("cluster-admin", after), &json!({ "changed": "true" }));
        let said = said(&after, Some(&binding("cluster-admin", &a)))?;
        ensure(said == [("RBA07", expected)], || format!("{said:?} for {after:#}"))?;
    }
    Ok(())
}

fn rule(groups: &Value, resources: &Value, verbs: &Value) -> Value {
    json!({ "apiGroups": groups, "resources": resources, "verbs": verbs })
}

fn role(kind: &str, rules: &[Value]) -> Value {
    json!({ "apiVersion": format!("{RBAC}/v1"), "kind": kind, "metadata": { "name": "a" }, "rules": rules })
}

fn labelled(mut object: Value, labels: &Value) -> Value {
    object["metadata"]["labels"] = labels.clone();
    object
}

fn binding(role: &str, subject: &Value) -> Value {
    json!({
        "apiVersion": format!("{RBAC}/v1"),
        "kind": "ClusterRoleBinding",
        "metadata": { "name": "a" },
        "roleRef": { "kind": "ClusterRole", "name": role },
        "subjects": [subject],
    })
}

/// The code and the mode of every finding in an object, or in an update of one, with all policies of the theme refusing,
/// opt-in or not.
fn said(object: &Value, before: Option<&Value>) -> Result<Vec<(&'static str, Mode)>, String> {
    let table = judge::refusing(|meta| meta.theme == Theme::Rbac)?;
    let read = |object: &Value| json::read(object.to_string().as_bytes()).map_err(|error| error.to_string());
    let (object, before) = (read(object)?, before.map(read).transpose()?);
    let object = object.root().and_then(Object::view).ok_or("no object")?;
    let mut subject = Subject::of_object(object, jiff::Timestamp::UNIX_EPOCH);
    if let Some(before) = &before {
        subject.operation = Operation::Update;
        subject.old = before.root().and_then(Object::view);
    }
    let verdict = Rules::new(table, "test").evaluate(&subject, &NoFacts, &|| false);
    Ok(verdict.findings.iter().map(|finding| (finding.policy.code, finding.mode)).collect())
}
