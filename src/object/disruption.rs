//! PodDisruptionBudget, API group `policy`.

use super::lens::{IntOrString, Text, lens};
use super::meta::ObjectMeta;
use super::selector::LabelSelector;

lens! {
    /// [`PodDisruptionBudget`](https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/pod-disruption-budget-v1/).
    PodDisruptionBudget {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: PodDisruptionBudgetSpec,
    }

    /// Which Pods, and how many of them must stay. Percentages are rounded up, whichever bound they are.
    PodDisruptionBudgetSpec {
        "selector" => selector: LabelSelector,
        "minAvailable" => min_available: IntOrString,
        "maxUnavailable" => max_unavailable: IntOrString,
        "unhealthyPodEvictionPolicy" => unhealthy_pod_eviction_policy: Text,
    }
}
