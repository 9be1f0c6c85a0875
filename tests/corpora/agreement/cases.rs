//! The rows of each tool as cases.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::Case;
use crate::support::text;

/// Where the policies of Kyverno are that people use; others are made for its own tests.
const LIBRARY: &str = "kyverno/policies:";

/// A row is one verdict of one check over objects that belong together.
pub(super) fn polaris(rows: &[Value]) -> Vec<Case> {
    rows.iter().map(|row| case(row, text(&row["expected"], "check"), Value::Null)).collect()
}

/// A row is a file of objects and the messages about them. A message begins with a kind, and some name the object; else
/// the names tell which objects it is about: those that none is about are called `dont-fire`, or listed in [`SILENT`]. All
/// others of the file are beside an object.
pub(super) fn kube_linter(rows: &[Value]) -> Vec<Case> {
    let cases = rows.iter().flat_map(|row| {
        let messages = row["expected"]["messages"].as_array().into_iter().flatten();
        let subjects: Vec<_> =
            messages.filter_map(|message| Some(message["text"].as_str()?.split_once(": ")?.0)).collect();
        let check = text(&row["expected"], "check");
        let groups = groups(check, objects(row));
        let all = groups.clone();
        groups.into_iter().enumerate().map(move |(place, objects)| {
            let others = all.iter().enumerate().filter(|(other, _)| *other != place);
            let beside = others.flat_map(|(_, group)| group).cloned().collect();
            let finds = objects.iter().any(|object| {
                let (kind, name) = kind_and_name(object);
                let is_silent = name.contains("dont-fire") || SILENT.contains(&(check, name));
                subjects.iter().any(|it| *it == kind || *it == format!("{kind} {name}")) && !is_silent
            });
            let (kind, name) = kind_and_name(&objects[0]);
            let id = format!("{}/{kind}/{name}", text(row, "id"));
            let settings = row["check_def"]["params"].clone();
            Case { id, check: check.to_owned(), objects, beside, settings, finds }
        })
    });
    cases.collect()
}

/// Objects that a check of KubeLinter says nothing about, though their names do not tell.
const SILENT: &[(&str, &str)] = &[
    ("no-rolling-update-strategy", "app3"),
    ("pdb-max-unavailable", "baz"),
    ("statefulset-volumeclaimtemplate-annotation", "good-sts"),
];

fn kind_and_name(object: &Value) -> (&str, &str) {
    let (kind, name) = (&object["kind"], &object["metadata"]["name"]);
    (kind.as_str().unwrap_or_default(), name.as_str().unwrap_or_default())
}

/// Objects one by one; those of a namespace together where the check speaks of one of them for all.
fn groups(check: &str, objects: Vec<Value>) -> Vec<Vec<Value>> {
    let mut groups: Vec<Vec<Value>> = Vec::new();
    for object in objects {
        let namespace = &object["metadata"]["namespace"];
        let is_beside = |group: &&mut Vec<Value>| group[0]["metadata"]["namespace"] == *namespace;
        match groups.iter_mut().find(is_beside).filter(|_| check == "pdb-min-available") {
            Some(group) => group.push(object),
            None => groups.push(vec![object]),
        }
    }
    groups
}

/// A row is one verdict of one check over an object.
pub(super) fn trivy(rows: &[Value]) -> Vec<Case> {
    rows.iter().map(|row| case(row, text(&row["expected"], "check"), Value::Null)).collect()
}

/// A row is one constraint over an object, or over a recorded request. Checks are named by the last part of their
/// path.
pub(super) fn gatekeeper(rows: &[Value]) -> Vec<Case> {
    let cases = rows.iter().map(|row| {
        let check = text(row, "policy").rsplit('/').next().unwrap_or_default();
        let review = &row["admission_review"];
        let operation = review["request"]["operation"].as_str().or(review["operation"].as_str());
        let parameters = row["constraint"]["spec"]["parameters"].clone();
        case(row, check, json!({ "parameters": parameters, "operation": operation }))
    });
    cases.collect()
}

/// A row is one verdict of one check over an object.
pub(super) fn kubeaudit(rows: &[Value]) -> Vec<Case> {
    rows.iter().map(|row| case(row, text(&row["expected"], "check"), Value::Null)).collect()
}

/// A row is one verdict of one rule over an object.
pub(super) fn datree(rows: &[Value]) -> Vec<Case> {
    rows.iter().map(|row| case(row, text(&row["expected"], "check"), Value::Null)).collect()
}

/// A row is one policy with settings over a request.
pub(super) fn kubewarden(rows: &[Value]) -> Vec<Case> {
    rows.iter().map(|row| case(row, text(row, "policy"), row["settings"].clone())).collect()
}

/// A row is one rule of a policy over an object, or what an API server does with an object where a policy is in force.
/// What several rules of one policy say about one object is one case; what is left out by a policy is none.
///
/// Policies of the library are named by their folder, which all forms of a policy share; those that demand a standard
/// by their kind.
pub(super) fn kyverno(rows: &[Value]) -> Vec<Case> {
    let policies: HashMap<_, _> =
        rows.iter().filter_map(|row| Some((row["ref"].as_str()?, &row["object"]))).collect();
    let mut cases: BTreeMap<(&str, String), Case> = BTreeMap::new();
    let is_verdict = |row: &&Value| row["ref"].is_null() && row["expected"]["verdict"] != "skip";
    for row in rows.iter().filter(is_verdict) {
        let reference = match (&row["policy_ref"], row["policy_refs"].as_array().map(Vec::as_slice)) {
            (Value::String(it), _) | (_, Some([Value::String(it)])) => it.as_str(),
            // Which of several policies it is that refuses, the row does not tell.
            _ => continue,
        };
        let (path, name) = reference.rsplit_once(':').unwrap_or_default();
        let folder = path.rsplit('/').skip(1).find(|folder| !folder.starts_with('.')).unwrap_or_default();
        let rules = policies.get(reference).and_then(|policy| policy["spec"]["rules"].as_array());
        let standard = rules.into_iter().flatten().map(|rule| &rule["validate"]["podSecurity"]);
        let standard = standard.into_iter().find(|standard| standard.is_object());
        let check = match standard {
            Some(_) => "validate.podSecurity",
            None if reference.starts_with(LIBRARY) => folder,
            None => name,
        };
        let settings = json!({
            "standard": standard,
            "rules": row["rule"].as_str().into_iter().collect::<Vec<_>>(),
            "exceptions": path.contains("/exceptions/"),
            "metadata": metadata_pattern(rules),
        });
        let new = case(row, check, settings);
        match cases.entry((reference, json!([new.objects, new.beside]).to_string())) {
            Entry::Vacant(place) => drop(place.insert(new)),
            Entry::Occupied(mut place) => {
                let one = place.get_mut();
                one.finds |= new.finds;
                if let (Value::Array(all), Value::Array(rules)) =
                    (&mut one.settings["rules"], &new.settings["rules"])
                {
                    all.extend(rules.iter().cloned());
                }
            }
        }
    }
    cases.into_values().collect()
}

/// The labels and annotations that the rules of a policy ask for, with wildcards for values.
fn metadata_pattern(rules: Option<&Vec<Value>>) -> Value {
    let patterns = rules.into_iter().flatten().map(|rule| &rule["validate"]["pattern"]["metadata"]);
    patterns.into_iter().find(|pattern| pattern.is_object()).cloned().unwrap_or_default()
}

fn case(row: &Value, check: &str, settings: Value) -> Case {
    Case {
        id: text(row, "id").to_owned(),
        check: check.to_owned(),
        objects: objects(row),
        beside: beside(row),
        settings,
        finds: row["expected"]["verdict"] == "deny",
    }
}

fn objects(row: &Value) -> Vec<Value> {
    let mut objects = match &row["objects"] {
        Value::Array(objects) => objects.clone(),
        _ => vec![row["object"].clone()],
    };
    for object in &mut objects {
        complete(object, &row["request"]["kind"]);
    }
    objects
}

/// What there is in the cluster when the object arrives.
fn beside(row: &Value) -> Vec<Value> {
    let known = [&row["inventory"], &row["cluster_state"]].into_iter().filter_map(Value::as_array);
    let mut known: Vec<_> = known.flatten().cloned().collect();
    for object in &mut known {
        complete(object, &Value::Null);
    }
    known
}

/// Some cases leave out the type of the object, or its group; no API server would know what they are.
fn complete(object: &mut Value, requested: &Value) {
    if object.is_object() && object["kind"].is_null() && requested.is_object() {
        let group = requested["group"].as_str().unwrap_or_default();
        let version = requested["version"].as_str().unwrap_or_default();
        object["apiVersion"] = format!("{group}/{version}").trim_start_matches('/').into();
        object["kind"] = requested["kind"].clone();
    }
    let is_typed = |group: &str| object["apiVersion"].as_str().is_some_and(|it| it.starts_with(group));
    match object["kind"].as_str() {
        Some("Deployment" | "StatefulSet") if !is_typed("apps/") && !is_typed("extensions/") => {
            object["apiVersion"] = "apps/v1".into();
        }
        Some("Ingress") if is_typed("v1") => object["apiVersion"] = "networking.k8s.io/v1".into(),
        Some("PodDisruptionBudget") if !is_typed("policy/") => object["apiVersion"] = "policy/v1".into(),
        _ => {}
    }
}
