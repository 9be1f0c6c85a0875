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
        "metrics" => metrics: [MetricSpec],
        "behavior" => behavior: HorizontalPodAutoscalerBehavior,
    }

    /// What decides how many there are.
    MetricSpec {
        "type" => kind: Text = "",
        "resource" => resource: ResourceMetricSource,
        "containerResource" => container_resource: ResourceMetricSource,
    }

    /// The use of a resource, by whole Pods or by one container of each.
    ResourceMetricSource {
        "name" => name: Text = "",
        "container" => container: Text,
        "target" => target: MetricTarget,
    }

    /// The value that is aimed at.
    MetricTarget {
        "averageUtilization" => average_utilization: Int,
    }

    /// How fast the number may change.
    HorizontalPodAutoscalerBehavior {
        "scaleUp" => scale_up: HpaScalingRules,
        "scaleDown" => scale_down: HpaScalingRules,
    }

    /// How fast it may change in one direction.
    HpaScalingRules {
        "stabilizationWindowSeconds" => stabilization_window_seconds: Int,
    }

    /// A reference to an object of the same namespace, whichever version of its group is used.
    CrossVersionObjectReference {
        "apiVersion" => api_version: Text,
        "kind" => kind: Text,
        "name" => name: Text,
    }
}
