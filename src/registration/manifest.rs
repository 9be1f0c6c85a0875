//! A ValidatingWebhookConfiguration as a file.

use k8s_openapi::api::admissionregistration::v1::ValidatingWebhook;
use serde_json::{Map, Value, json};

/// How names end of what the API server reads from its own files; its API refuses such names.
pub const STATIC_SUFFIX: &str = ".static.k8s.io";

/// The order in which people read the keys; those that are not here come last.
const ORDER: [&str; 28] = [
    "apiVersion",
    "kind",
    "metadata",
    "webhooks",
    "namespace",
    "name",
    "expression",
    "clientConfig",
    "service",
    "url",
    "port",
    "path",
    "caBundle",
    "failurePolicy",
    "timeoutSeconds",
    "sideEffects",
    "matchPolicy",
    "admissionReviewVersions",
    "namespaceSelector",
    "objectSelector",
    "matchConditions",
    "rules",
    "operations",
    "apiGroups",
    "apiVersions",
    "resources",
    "key",
    "operator",
];

/// The object with these webhooks.
pub fn manifest(name: &str, webhooks: &[ValidatingWebhook]) -> Result<Value, serde_json::Error> {
    Ok(ordered(json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": { "name": name },
        "webhooks": serde_json::to_value(webhooks)?,
    })))
}

fn ordered(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(ordered).collect(),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.into_iter().collect();
            fields.sort_by_key(|(key, _)| ORDER.iter().position(|it| it == key).unwrap_or(ORDER.len()));
            Value::Object(fields.into_iter().map(|(key, value)| (key, ordered(value))).collect::<Map<_, _>>())
        }
        other => other,
    }
}
