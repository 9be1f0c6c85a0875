//! About RBAC.

use serde_json::Value;

use super::super::Case;
use super::super::predicates::{any, contains, has, has_key};
use super::Difference;
use super::Speaks::{Here, There};

/// The checks of Polaris about who is given what.
const POLARIS: &[&str] = &[
    "clusterrolePodExecAttach",
    "clusterrolebindingClusterAdmin",
    "clusterrolebindingPodExecAttach",
    "rolePodExecAttach",
    "rolebindingClusterAdminClusterRole",
    "rolebindingClusterAdminRole",
    "rolebindingClusterRolePodExecAttach",
    "rolebindingRolePodExecAttach",
];

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        tool: "kube-linter",
        checks: &["access-to-create-pods", "access-to-secrets"],
        speaks: Here,
        condition: "a Role",
        is_it: |case| is_of(case, "Role"),
        reason: "what is too much stands in the role; the check speaks of each binding of it",
    },
    Difference {
        tool: "kube-linter",
        checks: &["access-to-create-pods", "access-to-secrets"],
        speaks: There,
        condition: "a RoleBinding",
        is_it: |case| is_of(case, "RoleBinding"),
        reason: "what is too much stands in the role; the check speaks of each binding of it",
    },
    Difference {
        tool: "kube-linter",
        checks: &["wildcard-in-rules"],
        speaks: There,
        condition: "no `*`",
        is_it: |case| !any(case, &|_, list| contains(list, "*")),
        reason: "of two Roles of this name the check speaks of the other",
    },
    Difference {
        tool: "polaris",
        checks: &["automountServiceAccountToken"],
        speaks: Here,
        condition: "`automountServiceAccountToken: false` in one of Pod and ServiceAccount",
        is_it: |case| {
            is_of(case, "ServiceAccount") && has(case, "automountServiceAccountToken", &false.into())
        },
        reason: "each is judged by itself: another Pod may run under the account, and the account may be changed",
    },
    Difference {
        tool: "polaris",
        checks: POLARIS,
        speaks: Here,
        condition: "called `admin`, `cluster-admin`, `system:…` or `gce:podsecuritypolicy:calico-sa`",
        is_it: |case| case.objects.iter().any(|object| is_trusted(&object["metadata"]["name"])),
        reason: "anybody may call a role or a binding so; those of Kubernetes are known by their label too",
    },
    Difference {
        tool: "polaris",
        checks: POLARIS,
        speaks: There,
        condition: "the role that is bound is not there",
        is_it: |case| !has_key(case, "rules"),
        reason: "it allows nothing, and is judged when it comes",
    },
    Difference {
        tool: "polaris",
        checks: &["rolebindingClusterAdminRole"],
        speaks: Here,
        condition: "`*` for some of verbs, resources and API groups",
        is_it: |case| any(case, &|key, rules| key == "rules" && is_partial(&rules[0])),
        reason: "one policy is about `*` wherever it stands; the check is about everything at once",
    },
    Difference {
        tool: "polaris",
        checks: &["rolebindingRolePodExecAttach"],
        speaks: Here,
        condition: "the role that is bound is a ClusterRole",
        is_it: |case| is_of(case, "ClusterRole"),
        reason: "the role is judged, whatever binds it; another check does the same",
    },
    Difference {
        tool: "trivy",
        checks: &["KSV-0036"],
        speaks: Here,
        condition: "neither `automountServiceAccountToken` nor a mount of the token",
        is_it: |case| !has_key(case, "automountServiceAccountToken") && !has_key(case, "volumeMounts"),
        reason: "the API server adds the mount; the check looks for it in files",
    },
    Difference {
        tool: "trivy",
        checks: &["KSV-0112"],
        speaks: Here,
        condition: "`*` for API groups alone",
        is_it: |case| !any(case, &|key, list| key == "resources" && contains(list, "*")),
        reason: "one policy is about `*` wherever it stands",
    },
    Difference {
        tool: "trivy",
        checks: &["KSV-0113", "KSV-0114", "KSV-0115"],
        speaks: There,
        condition: "the verb `impersonate`",
        is_it: |case| any(case, &|key, list| key == "verbs" && contains(list, "impersonate")),
        reason: "it means something on users, groups and ServiceAccounts only",
    },
    Difference {
        tool: "kyverno",
        checks: &["restrict-automount-sa-token"],
        speaks: Here,
        condition: "the label `app.kubernetes.io/part-of: policy-reporter`",
        is_it: |case| has(case, "app.kubernetes.io/part-of", &"policy-reporter".into()),
        reason: "who writes an object does not exempt it: exceptions stand in the configuration, and expire",
    },
    Difference {
        tool: "kyverno",
        checks: &["restrict-wildcard-verbs"],
        speaks: Here,
        condition: "`*` for resources, not for verbs",
        is_it: |case| !any(case, &|key, list| key == "verbs" && contains(list, "*")),
        reason: "one policy is about `*` wherever it stands",
    },
];

fn is_of(case: &Case, kind: &str) -> bool {
    case.objects.iter().any(|object| object["kind"] == kind)
}

/// Whether Polaris trusts a role or a binding by its name.
fn is_trusted(name: &Value) -> bool {
    let name = name.as_str().unwrap_or_default();
    matches!(name, "admin" | "cluster-admin" | "gce:podsecuritypolicy:calico-sa")
        || name.starts_with("system:")
}

/// Whether a rule has `*` in some of its lists, but not in all.
fn is_partial(rule: &Value) -> bool {
    let lists = ["apiGroups", "resources", "verbs"].map(|list| contains(&rule[list], "*"));
    lists.contains(&true) && lists.contains(&false)
}
