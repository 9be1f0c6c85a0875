//! About Secrets and configuration.

use serde_json::{Value, json};

pub(super) fn parameters(tool: &str, check: &str, _: &Value) -> Value {
    match (tool, check) {
        ("kyverno", "check-env-vars") => {
            json!({ "CFG15": { "forbidden": [{ "name": "DISABLE_OPA", "values": ["true"] }] } })
        }
        // No name is empty: none is allowed.
        ("kyverno", "disallow-all-secrets") => json!({ "CFG09": { "allowed": ["^$"] } }),
        _ => json!({}),
    }
}
