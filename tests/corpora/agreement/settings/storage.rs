//! About storage.

use serde_json::{Value, json};

use super::texts;

pub(super) fn parameters(tool: &str, check: &str, settings: &Value) -> Value {
    match (tool, check) {
        ("gatekeeper", "storageclass") => {
            let allowed = texts(&settings["parameters"]["allowedStorageClasses"], |it| it);
            json!({ "STO03": { "allowed": allowed } })
        }
        ("kube-linter", "statefulset-volumeclaimtemplate-annotation") => {
            json!({ "STO09": { "required": ["required-annotation"] } })
        }
        ("kubewarden", "persistentvolumeclaim-storageclass-policy") => {
            json!({ "STO03": { "allowed": texts(&settings["allowedStorageClasses"], |it| it) } })
        }
        ("kyverno", "restrict-storageclass") => {
            json!({ "STO04": { "localProvisioners": [], "expansion": false, "reclaimPolicy": "Delete" } })
        }
        _ => json!({}),
    }
}
