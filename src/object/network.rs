//! What connects Pods, as far as it is read.

use super::lens::{Int, IntOrString, Text, lens};
use super::meta::ObjectMeta;

lens! {
    /// [`Service`](https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/).
    Service {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: ServiceSpec,
    }

    /// Which Pods are reached, and by which ports.
    ServiceSpec {
        "type" => kind: Text = "ClusterIP",
        "externalName" => external_name: Text,
        "selector" => selector: {Text},
        "ports" => ports: [ServicePort],
    }

    /// One port.
    ServicePort {
        "name" => name: Text,
        "port" => port: Int,
        "targetPort" => target_port: IntOrString,
        "protocol" => protocol: Text = "TCP",
    }
}
