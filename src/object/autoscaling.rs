//! Kinds of the API group `autoscaling`.

use super::lens::{Int, Text, lens};
use super::meta::ObjectMeta;

lens! {
    /// [`HorizontalPodAutoscaler`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/);
    /// what is read here is the same in v1 and v2.
    HorizontalPodAutoscaler {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: HorizontalPodAutoscalerSpec,
    }

    /// What is scaled, and between which bounds.
    HorizontalPodAutoscalerSpec {
        "scaleTargetRef" => scale_target_ref: CrossVersionObjectReference,
        "minReplicas" => min_replicas: Int = 1,
        "maxReplicas" => max_replicas: Int,
    }

    /// A reference to an object of the same namespace, whichever version of its group is used.
    CrossVersionObjectReference {
        "apiVersion" => api_version: Text,
        "kind" => kind: Text,
        "name" => name: Text,
    }
}
