//! Objects that nothing is wrong with, and what is put into them to make something wrong.

use serde_json::{Value, json};

/// An object with something else at one place; places are JSON pointers.
pub(crate) fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    if let Some(place) = object.pointer_mut(pointer) {
        *place = value;
        return object;
    }
    let (parent, key) = pointer.rsplit_once('/').unwrap_or_default();
    if let Some(parent) = object.pointer_mut(parent) {
        parent[key] = value;
    }
    object
}

/// Where the first container of a workload is.
pub(crate) const CONTAINER: &str = "/spec/template/spec/containers/0";

/// A Deployment without Pods.
pub(crate) fn deployment(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [container()]},
            },
        },
    })
}

/// A Deployment with `latest` as the tag of its image.
pub(crate) fn mutable_deployment(name: &str) -> Value {
    with(deployment(name), &format!("{CONTAINER}/image"), json!("registry.example/app:latest"))
}

/// A Pod that no scheduler will ever place.
pub(crate) fn pod(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"containers": [container()]},
    })
}

fn container() -> Value {
    json!({
        "name": "app",
        "image": "registry.example/app:1.4.2",
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"memory": "128Mi"},
        },
    })
}

/// The path of the collection that an object belongs to.
pub(crate) fn collection(object: &Value, namespace: &str) -> String {
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    let root = if api_version.contains('/') { "apis" } else { "api" };
    let kind = object["kind"].as_str().unwrap_or_default();
    let singular = kind.to_lowercase();
    let plural = singular.strip_suffix('y').map_or(format!("{singular}s"), |stem| format!("{stem}ies"));
    let cluster_scoped = [
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "Namespace",
        "ValidatingWebhookConfiguration",
    ];
    if cluster_scoped.contains(&kind) {
        return format!("/{root}/{api_version}/{plural}");
    }
    format!("/{root}/{api_version}/namespaces/{namespace}/{plural}")
}
