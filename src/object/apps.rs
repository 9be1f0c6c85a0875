//! Kinds of the API group `apps`: workloads that keep a number of Pods running.

use super::lens::{Int, lens};
use super::meta::ObjectMeta;
use super::pod_spec::PodTemplate;
use super::selector::LabelSelector;

lens! {
    /// [`Deployment`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/).
    Deployment {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: DeploymentSpec,
    }

    /// How many Pods of which kind.
    DeploymentSpec {
        "replicas" => replicas: Int = 1,
        "selector" => selector: LabelSelector,
        "template" => template: PodTemplate,
    }

    /// [`StatefulSet`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/).
    StatefulSet {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: StatefulSetSpec,
    }

    /// How many Pods of which kind, each with a name and volumes of its own.
    StatefulSetSpec {
        "replicas" => replicas: Int = 1,
        "selector" => selector: LabelSelector,
        "template" => template: PodTemplate,
    }

    /// [`DaemonSet`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/).
    DaemonSet {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: DaemonSetSpec,
    }

    /// Which Pod runs on every node.
    DaemonSetSpec {
        "selector" => selector: LabelSelector,
        "template" => template: PodTemplate,
    }

    /// What Deployments and StatefulSets have in common: a number of equal Pods.
    Replicated {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: ReplicatedSpec,
    }

    /// The number of Pods, and which they are.
    ReplicatedSpec {
        "replicas" => replicas: Int = 1,
        "selector" => selector: LabelSelector,
        "template" => template: PodTemplate,
    }
}
