//! About API versions.

use serde_json::{Value, json};

pub(super) fn parameters(tool: &str, check: &str, settings: &Value) -> Value {
    match (tool, check) {
        ("datree", check) => {
            let version = |prefix: &str| Some(format!("v{}", check.strip_prefix(prefix)?));
            if let Some(version) = version("K8S_REMOVED_APIVERSION_") {
                json!({ "APH05": { "targetVersion": version } })
            } else if let Some(version) = version("K8S_DEPRECATED_APIVERSION_") {
                json!({ "APH01": { "targetVersion": version } })
            } else {
                json!({})
            }
        }
        ("gatekeeper", "verifydeprecatedapi") => {
            json!({ "APH05": { "targetVersion": format!("v{}", settings["parameters"]["k8sVersion"]) } })
        }
        ("kubewarden", "deprecated-api-versions-policy") => {
            let version = settings["kubernetes_version"].as_str().unwrap_or_default();
            let version = format!("v{}", version.strip_suffix(".0").unwrap_or(version));
            // Nothing was deprecated in the first version.
            let deprecated = if settings["deny_on_deprecation"] == false { "v1.0" } else { &version };
            json!({ "APH05": { "targetVersion": version }, "APH01": { "targetVersion": deprecated } })
        }
        _ => json!({}),
    }
}
