//! About availability.

use serde_json::{Value, json};

use super::texts;

pub(super) fn parameters(tool: &str, check: &str, settings: &Value) -> Value {
    match (tool, check) {
        ("gatekeeper", check) => gatekeeper(check, &settings["parameters"]),
        ("kube-linter", check) => kube_linter(check, settings),
        ("kyverno", check) => kyverno(check),
        ("polaris", "deploymentMissingReplicas") | ("datree", "DEPLOYMENT_INCORRECT_REPLICAS_VALUE") => {
            json!({ "AVL01": { "onlyBehindServices": false } })
        }
        ("polaris", "missingPodDisruptionBudget") => json!({ "AVL03": { "minReplicas": 1 } }),
        ("polaris", "topologySpreadConstraint") => {
            json!({ "AVL22": { "accept": "constraints", "minReplicas": 1 } })
        }
        _ => json!({}),
    }
}

fn gatekeeper(check: &str, settings: &Value) -> Value {
    let range = &settings["ranges"][0];
    match check {
        "horizontalpodautoscaler" => json!({
            "AVL02": { "maxReplicas": range["max_replicas"] },
            "AVL11": { "minReplicas": range["min_replicas"] },
            "AVL12": { "minRange": settings["minimumReplicaSpread"] },
        }),
        "replicalimits" => json!({
            "AVL01": { "minReplicas": range["min_replicas"], "onlyBehindServices": false },
            "AVL02": { "maxReplicas": range["max_replicas"] },
        }),
        _ => json!({}),
    }
}

fn kube_linter(check: &str, settings: &Value) -> Value {
    match check {
        "hpa-minimum-three-replicas" => json!({ "AVL11": { "minReplicas": settings["minReplicas"] } }),
        "minimum-three-replicas" => {
            json!({ "AVL01": { "minReplicas": settings["minReplicas"], "onlyBehindServices": false } })
        }
        "no-anti-affinity" => json!({ "AVL22": { "minReplicas": settings["minReplicas"] } }),
        // The check is content with either value.
        "pdb-unhealthy-pod-eviction-policy" => {
            json!({ "AVL09": { "allowed": ["AlwaysAllow", "IfHealthyBudget"] } })
        }
        "priority-class-name" => {
            let allowed = texts(&settings["acceptedPriorityClassNames"], |it| it);
            json!({ "AVL26": { "allowed": allowed, "required": false } })
        }
        _ => json!({}),
    }
}

fn kyverno(check: &str) -> Value {
    match check {
        "require-deployments-have-multiple-replicas" => json!({ "AVL01": { "onlyBehindServices": false } }),
        "restrict-scale" => json!({ "AVL02": { "maxReplicas": 8 } }),
        "topologyspreadconstraints-policy" => {
            json!({ "AVL22": { "accept": "constraints", "allKeys": true, "minReplicas": 3 } })
        }
        _ => json!({}),
    }
}
