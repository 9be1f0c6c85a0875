//! About resources.

use serde_json::{Value, json};

pub(super) fn parameters(tool: &str, check: &str, settings: &Value) -> Value {
    match (tool, check) {
        ("gatekeeper", check) => gatekeeper(check, &settings["parameters"]),
        ("kyverno", "memory-requests-equal-limits") => json!({ "RES05": { "memory": 1 } }),
        ("kyverno", "require-qos-guaranteed") => json!({ "RES06": { "allowed": ["Guaranteed"] } }),
        _ => json!({}),
    }
}

fn gatekeeper(check: &str, settings: &Value) -> Value {
    // `-1` stands for any amount.
    let max = |resource| Some(&settings[resource]).filter(|max| **max != "-1");
    let bounds = |resource| json!({ "max": max(resource) });
    match check {
        "containerlimits" => {
            json!({ "RES07": { "limits": { "cpu": bounds("cpu"), "memory": bounds("memory") } } })
        }
        "containerrequests" => {
            json!({ "RES07": { "requests": { "cpu": bounds("cpu"), "memory": bounds("memory") } } })
        }
        "ephemeralstoragelimit" => {
            let bounds = json!({ "ephemeral-storage": bounds("ephemeral-storage") });
            json!({ "RES07": { "limits": bounds, "requests": {} } })
        }
        "containerresourceratios" => {
            let ratio = |key| settings[key].as_str().and_then(|ratio| ratio.parse::<f64>().ok());
            json!({ "RES05": { "memory": ratio("ratio"), "cpu": ratio("cpuRatio").or(ratio("ratio")) } })
        }
        _ => json!({}),
    }
}
