//! About namespaces.

use serde_json::{Value, json};

pub(super) fn parameters(tool: &str, check: &str, settings: &Value) -> Value {
    if (tool, check) != ("gatekeeper", "requiredlabels") {
        return json!({});
    }
    let labels = settings["parameters"]["labels"].as_array().into_iter().flatten();
    let labels = labels.map(|label| match &label["allowedRegex"] {
        Value::Null => json!({ "key": label["key"] }),
        regex => json!({ "key": label["key"], "values": [regex] }),
    });
    json!({ "NSP04": { "labels": labels.collect::<Vec<_>>() } })
}
