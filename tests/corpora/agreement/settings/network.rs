//! About the network.

use serde_json::{Value, json};

pub(super) fn parameters(tool: &str, check: &str, settings: &Value) -> Value {
    match (tool, check) {
        ("gatekeeper", "httpsonly") | ("kyverno", "require-ingress-https") => {
            json!({ "NET11": { "requireAnnotation": true } })
        }
        ("kube-linter", "dnsconfig-options") => {
            let max = settings["Value"].as_str().and_then(|value| value.parse::<u8>().ok());
            json!({ "NET24": { "max": max } })
        }
        // It asks for any NetworkPolicy, whatever it is about; every one is about what comes in unless it says otherwise.
        ("kube-linter", "non-isolated-pod") => json!({ "NET19": { "directions": ["Ingress"] } }),
        ("kyverno", "restrict-ingress-classes") => {
            json!({ "NET14": { "allowed": ["HAProxy", "nginx"], "required": true } })
        }
        ("kyverno", "restrict-service-port-range") => json!({ "NET08": {
            "ports": [{ "from": 32000, "to": 33000 }],
            "nodePorts": [{ "from": 1, "to": 65535 }],
        } }),
        _ => json!({}),
    }
}
