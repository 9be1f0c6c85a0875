//! About RBAC.

use serde_json::{Value, json};

pub(super) fn parameters(tool: &str, check: &str, _: &Value) -> Value {
    match (tool, check) {
        // Whatever may be bound to the account, and whoever has the role.
        ("polaris", "automountServiceAccountToken") => json!({ "RBA01": { "onlyUnbound": false } }),
        ("polaris", "clusterrolebindingClusterAdmin" | "rolebindingClusterAdminClusterRole")
        | ("kube-linter", "cluster-admin-role-binding") => {
            json!({ "RBA07": { "denyKinds": ["ServiceAccount", "User", "Group"] } })
        }
        ("polaris", "rolebindingClusterAdminRole") => json!({ "RBA08": { "ownGroups": false } }),
        ("kyverno", "restrict-automount-sa-token" | "restrict-sa-automount-sa-token") => {
            json!({ "RBA01": { "onlyUnbound": false } })
        }
        ("kyverno", "restrict-wildcard-verbs") => json!({ "RBA08": { "ownGroups": false } }),
        ("kyverno", "restrict-binding-system-groups") => json!({
            "RBA14": { "allowedRoles": [] },
            "RBA21": { "allowedRoles": [], "groups": ["system:masters"] },
        }),
        ("trivy", "KSV-0036") => json!({ "RBA01": { "onlyUnbound": false } }),
        ("trivy", "KSV-0051") => json!({ "RBA20": { "ways": ["roles"] } }),
        ("trivy", "KSV-0112") => json!({ "RBA08": { "ownGroups": false } }),
        ("trivy", "KSV-0113") => json!({ "RBA09": { "writes": true } }),
        ("trivy", "KSV-0114") => json!({ "RBA20": { "ways": ["webhooks"] } }),
        ("trivy", "KSV-0115") => json!({ "RBA13": { "targets": ["configMaps"] } }),
        _ => json!({}),
    }
}
