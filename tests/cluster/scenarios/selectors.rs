//! Labels are selected here as the API server selects them.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use seawall::object::View as _;
use seawall::object::meta::Object;
use seawall::object::selector::LabelSelector;
use seawall::tree::json;
use serde_json::{Value, json};

use crate::Scenario;
use crate::support::control_plane::ControlPlane;
use crate::support::scene::Scene;

pub(crate) const SCENARIOS: &[Scenario] = &[("selectors::select_the_same", select_the_same)];

const PREFIXED: &str = "example.com/team";

/// Every selector of a table finds the same objects in a list of the API server as in the objects themselves.
fn select_the_same(cluster: &ControlPlane) -> Result<()> {
    let scene = Scene::new(cluster, "selectors")?;
    let collection = "/api/v1/namespaces/selectors/configmaps";
    let sets = label_sets();
    for (index, labels) in sets.iter().enumerate() {
        let object = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": format!("labelled-{index}"), "labels": labels },
        });
        scene.cluster().call(Method::POST, collection, Some(&object))?.success()?;
    }
    let listed = |selector: &str| -> Result<Vec<Value>> {
        let path = format!("{collection}?labelSelector={}", encoded(selector));
        let mut answer = cluster.call(Method::GET, &path, None)?.success().context(selector.to_owned())?;
        Ok(serde_json::from_value(answer.body["items"].take())?)
    };
    let all = listed("")?;
    ensure!(all.len() > sets.len(), "the namespace has a ConfigMap of its own, without labels");
    for selector in selectors() {
        let text = written(&selector);
        let theirs: BTreeSet<String> = listed(&text)?.iter().map(name).collect();
        let mut ours = BTreeSet::new();
        for object in &all {
            if selects(&selector, object)? {
                ours.insert(name(object));
            }
        }
        ensure!(ours == theirs, "`{text}`: {:?}", ours.symmetric_difference(&theirs).collect::<Vec<_>>());
        let is_all = theirs.len() == all.len();
        ensure!(!theirs.is_empty() && is_all == text.is_empty(), "`{text}` tells nothing apart");
    }
    Ok(())
}

/// All ways of having or not having three labels, one of them with an empty value.
fn label_sets() -> Vec<Value> {
    let mut sets = Vec::new();
    for app in [None, Some(""), Some("web"), Some("Web"), Some("web-1")] {
        for tier in [None, Some("front"), Some("back")] {
            for team in [None, Some("a.b_c"), Some("web")] {
                let labels = [("app", app), ("tier", tier), (PREFIXED, team)];
                let labels =
                    labels.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?))));
                sets.push(Value::Object(labels.collect()));
            }
        }
    }
    sets
}

/// Every operator, with one value and several, on its own and with others.
fn selectors() -> Vec<Value> {
    let requirement = |key: &str, operator: &str, values: &[&str]| json!({ "key": key, "operator": operator, "values": values });
    let exists = |key| requirement(key, "Exists", &[]);
    let absent = |key| requirement(key, "DoesNotExist", &[]);
    let of = |labels: Value, expressions: Vec<Value>| json!({ "matchLabels": labels, "matchExpressions": expressions });
    vec![
        json!({}),
        of(json!({}), vec![]),
        of(json!({ "app": "web" }), vec![]),
        of(json!({ "app": "" }), vec![]),
        of(json!({ PREFIXED: "a.b_c" }), vec![]),
        of(json!({ "app": "web", "tier": "front" }), vec![]),
        of(json!({}), vec![requirement("app", "In", &["web"])]),
        of(json!({}), vec![requirement("app", "In", &["web", "Web"])]),
        of(json!({}), vec![requirement("app", "In", &["", "web"])]),
        of(json!({}), vec![requirement("app", "NotIn", &["web"])]),
        of(json!({}), vec![requirement("app", "NotIn", &["web", "", "gone"])]),
        of(json!({}), vec![exists("app")]),
        of(json!({}), vec![exists(PREFIXED)]),
        of(json!({}), vec![absent("app")]),
        of(json!({}), vec![absent("app"), absent("tier")]),
        of(json!({}), vec![exists("app"), requirement("app", "NotIn", &["web", "Web"])]),
        of(json!({}), vec![requirement("app", "In", &["web", "Web"]), requirement("app", "NotIn", &["Web"])]),
        of(json!({ "tier": "back" }), vec![requirement("app", "NotIn", &["web-1"]), absent(PREFIXED)]),
        of(json!({ "app": "web" }), vec![requirement("tier", "In", &["front", "back"]), exists(PREFIXED)]),
    ]
}

/// A selector as the query of a list has it.
fn written(selector: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let labels = selector["matchLabels"].as_object().into_iter().flatten();
    let mut terms: Vec<String> = labels.map(|(key, value)| format!("{key}={}", text(value))).collect();
    for it in selector["matchExpressions"].as_array().into_iter().flatten() {
        let values = it["values"].as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(",");
        let key = text(&it["key"]);
        terms.push(match it["operator"].as_str() {
            Some("In") => format!("{key} in ({values})"),
            Some("NotIn") => format!("{key} notin ({values})"),
            Some("Exists") => key,
            _ => format!("!{key}"),
        });
    }
    terms.join(",")
}

fn selects(selector: &Value, object: &Value) -> Result<bool> {
    let [selector, object] = [selector, object].map(|value| json::read(value.to_string().as_bytes()));
    let (selector, object) = (selector?, object?);
    let selector = selector.root().and_then(LabelSelector::view).context("no selector")?;
    let object = object.root().and_then(Object::view).context("no object")?;
    Ok(selector.matches(object.metadata().map(|metadata| metadata.labels())))
}

fn name(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}

fn encoded(query: &str) -> String {
    query.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"))
}
