//! What configures Pods.

use super::lens::{Text, lens};
use super::meta::ObjectMeta;

lens! {
    /// [`Secret`](https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/).
    Secret {
        "metadata" => metadata: ObjectMeta,
        "type" => kind: Text,
    }
}
