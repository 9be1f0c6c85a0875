//! Storage, as far as it is read.

use super::lens::lens;
use super::meta::ObjectMeta;
use super::volume::HostPathVolumeSource;

lens! {
    /// [`PersistentVolume`](https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-v1/).
    PersistentVolume {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: PersistentVolumeSpec,
    }

    /// What the volume is.
    PersistentVolumeSpec {
        "hostPath" => host_path: HostPathVolumeSource,
    }
}
