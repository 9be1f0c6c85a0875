//! About RBAC.

use serde_json::{Value, json};

pub(super) fn parameters(tool: &str, check: &str, _: &Value) -> Value {
    match (tool, check) {
        (
            "polaris" | "kyverno" | "trivy" | "datree",
            "automountServiceAccountToken"
            | "SRVACC_INCORRECT_AUTOMOUNTSERVICEACCOUNTTOKEN_VALUE"
            | "restrict-automount-sa-token"
            | "restrict-sa-automount-sa-token"
            | "KSV-0036",
        ) => json!({ "RBA01": { "onlyUnbound": false } }),
        (
            "polaris" | "kube-linter",
            "clusterrolebindingClusterAdmin"
            | "rolebindingClusterAdminClusterRole"
            | "cluster-admin-role-binding",
        ) => json!({ "RBA07": { "denyKinds": ["ServiceAccount", "User", "Group"] } }),
        (
            "polaris" | "kyverno" | "trivy",
            "rolebindingClusterAdminRole" | "restrict-wildcard-verbs" | "KSV-0112",
        ) => json!({ "RBA08": { "ownGroups": false } }),
        ("kyverno", "restrict-binding-system-groups") => json!({
            "RBA14": { "allowedRoles": [] },
            "RBA21": { "allowedRoles": [], "groups": ["system:masters"] },
        }),
        ("trivy", "KSV-0051") => json!({ "RBA20": { "ways": ["roles"] } }),
        ("trivy", "KSV-0113") => json!({ "RBA09": { "writes": true } }),
        ("trivy", "KSV-0114") => json!({ "RBA20": { "ways": ["webhooks"] } }),
        ("trivy", "KSV-0115") => json!({ "RBA13": { "targets": ["configMaps"] } }),
        _ => json!({}),
    }
}
