//! Custom resources that carry Pods get the verdicts of other carriers.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::catalogue;
use crate::modes::{Profile, TableSpec};
use crate::object::kinds;
use crate::object::meta::Object;
use crate::object::workload::{Workload, Workloads};
use crate::policy::{NoFacts, Operation, Request};
use crate::tree::document::{self, Claim};
use crate::tree::json as reader;

fn rollouts() -> Workloads {
    let rollout = Workload {
        group: "argoproj.io".to_owned(),
        version: "v1alpha1".to_owned(),
        kind: "Rollout".to_owned(),
        plural: "rollouts".to_owned(),
        pod_template: vec!["spec".to_owned(), "template".to_owned()],
    };
    std::iter::once(rollout).collect()
}

/// Every policy that looks at Pods, wherever they are.
fn rules() -> Rules {
    let mut spec = TableSpec { workloads: rollouts(), ..TableSpec::default() };
    spec.profile.0 = Profile::None;
    let about_pods = catalogue::all().filter(|entry| entry.meta.kinds.contains(&&kinds::CUSTOM_WORKLOAD));
    let selected: Vec<_> = about_pods.map(|entry| entry.meta.code.to_owned()).collect();
    assert!(selected.len() > 30, "{selected:?}");
    spec.select(&selected, &spec.profile.1.clone());
    Rules::new(ModeTable::build(&spec).unwrap(), "test")
}

fn findings(rules: &Rules, object: &Value) -> Vec<(&'static str, String, String)> {
    let tree = reader::read(object.to_string().as_bytes()).unwrap();
    let object = Object::view(tree.root().unwrap()).unwrap();
    let subject = Subject::of_object(object, Timestamp::UNIX_EPOCH).knowing(rules.table().workloads());
    let verdict = rules.evaluate(&subject, &NoFacts, &|| false);
    assert_eq!(verdict.malformed, None);
    verdict
        .findings
        .into_iter()
        .map(|it| (it.policy.code, it.path().to_owned(), it.message().to_owned()))
        .collect()
}

fn carrier(api_version: &str, kind: &str, template: &Value) -> Value {
    json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": { "name": "web", "namespace": "shop" },
        "spec": { "template": template },
    })
}

/// The templates of all examples in the documentation of the catalogue that are specifications of Pods.
fn templates() -> Vec<Value> {
    let docs = catalogue::all().map(|entry| entry.meta.docs());
    let examples = docs.flat_map(|docs| docs.denied.into_iter().chain(docs.allowed));
    let documents = examples.flat_map(|text| document::read(&text, Claim::Yaml).collect::<Vec<_>>());
    let values = documents.map(|document| reader::to_value(document.unwrap().tree.root().unwrap()));
    let specs = values.filter(|value| value.get("containers").is_some());
    specs.map(|spec| json!({ "metadata": { "labels": { "app": "web" } }, "spec": spec })).collect()
}

#[test]
fn the_same_template_gets_the_same_findings() {
    let (rules, templates) = (rules(), templates());
    assert!(templates.len() > 80, "{}", templates.len());
    let mut seen = std::collections::BTreeSet::new();
    for template in templates {
        let known = findings(&rules, &carrier("apps/v1", "Deployment", &template));
        let declared = findings(&rules, &carrier("argoproj.io/v1alpha1", "Rollout", &template));
        assert_eq!(declared, known, "{template}");
        seen.extend(declared.into_iter().map(|(code, ..)| code));
    }
    let security = seen.iter().filter(|code| code.starts_with("SEC")).count();
    assert!(security > 25, "{seen:?}");
}

#[test]
fn what_is_not_declared_is_not_judged() {
    let rules = rules();
    let template =
        json!({ "spec": { "hostNetwork": true, "containers": [{ "name": "web", "image": "web" }] } });
    assert!(
        !findings(&rules, &carrier("argoproj.io/v1", "Rollout", &template)).is_empty(),
        "another version"
    );
    for (api_version, kind) in
        [("example.com/v1", "Rollout"), ("argoproj.io/v1alpha1", "Experiment"), ("v1", "CustomWorkload")]
    {
        assert_eq!(findings(&rules, &carrier(api_version, kind, &template)), [], "{api_version} {kind}");
    }
    let referring = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": { "name": "web" },
        "spec": { "workloadRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" } },
    });
    // Its metadata may be judged, and nothing else.
    let found = findings(&rules, &referring);
    assert!(found.iter().all(|(_, path, _)| !path.starts_with("spec")), "{found:?}");
}

#[test]
fn a_template_of_the_wrong_shape_is_seen_by_no_policy() {
    let rules = rules();
    for (template, expected) in [
        (json!([]), "`spec.template` is a list, must be an object"),
        (
            json!({ "spec": { "containers": {} } }),
            "`spec.template.spec.containers` is an object, must be a list",
        ),
    ] {
        let tree =
            reader::read(carrier("argoproj.io/v1", "Rollout", &template).to_string().as_bytes()).unwrap();
        let subject = Subject::of_object(Object::view(tree.root().unwrap()).unwrap(), Timestamp::UNIX_EPOCH);
        let subject = subject.knowing(rules.table().workloads());
        let verdict = rules.evaluate(&subject, &NoFacts, &|| false);
        assert_eq!(verdict.malformed.unwrap().to_string(), expected);
        assert!(verdict.findings.is_empty());
    }
}

#[test]
fn an_update_is_refused_for_what_it_makes_worse() {
    let rules = rules();
    let template = |host_pid: bool| json!({ "spec": { "hostNetwork": true, "hostPID": host_pid, "containers": [{ "name": "web", "image": "a:1" }] } });
    let review = json!([
        carrier("argoproj.io/v1alpha1", "Rollout", &template(false)),
        carrier("argoproj.io/v1alpha1", "Rollout", &template(true)),
    ]);
    let tree = reader::read(review.to_string().as_bytes()).unwrap();
    let objects: Vec<_> = tree.root().unwrap().children().map(Object::view).collect();
    let subject = Subject::of_request(
        Operation::Update,
        crate::policy::GroupKind { group: "argoproj.io", kind: "Rollout" },
        "",
        Some("web"),
        Some("shop"),
        (objects[1], objects[0]),
        Request {
            user: "pipeline",
            groups: None,
            field_manager: None,
            dry_run: false,
            written_as: None,
            resource: None,
            unnamed: false,
        },
        Timestamp::UNIX_EPOCH,
    );
    let subject = subject.knowing(rules.table().workloads());
    let verdict = rules.evaluate(&subject, &NoFacts, &|| false);
    let denied: Vec<_> = verdict.findings.iter().filter(|it| it.mode == Mode::Deny).collect();
    assert!(
        !denied.is_empty() && denied.iter().all(|it| it.path().starts_with("spec.template.spec.hostPID")),
        "{:?}",
        denied.iter().map(|it| it.path()).collect::<Vec<_>>()
    );
    assert!(verdict.findings.iter().any(|it| it.because == Because::Grandfathered));
}
