//! About scheduling.

use serde_json::{Value, json};

pub(super) fn parameters(tool: &str, check: &str, _: &Value) -> Value {
    match (tool, check) {
        ("kube-linter", "no-node-affinity") => json!({ "SCH06": { "allowed": ["*"], "required": true } }),
        ("kyverno", "restrict-node-affinity" | "restrict-node-selection") => {
            json!({ "SCH06": { "allowed": [] } })
        }
        _ => json!({}),
    }
}
