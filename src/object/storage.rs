//! Storage, as far as it is read.

use super::lens::{Bool, Text, lens};
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

    /// [`PersistentVolumeClaim`](https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-claim-v1/),
    /// or the template of one.
    PersistentVolumeClaim {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: PersistentVolumeClaimSpec,
    }

    /// What is claimed.
    PersistentVolumeClaimSpec {
        "accessModes" => access_modes: [Text],
        "storageClassName" => storage_class_name: Text,
    }

    /// [`StorageClass`](https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/storage-class-v1/).
    StorageClass {
        "metadata" => metadata: ObjectMeta,
        "provisioner" => provisioner: Text = "",
        "reclaimPolicy" => reclaim_policy: Text = "Delete",
        "volumeBindingMode" => volume_binding_mode: Text = "Immediate",
        "allowVolumeExpansion" => allow_volume_expansion: Bool = false,
    }
}

impl PersistentVolumeClaim<'_> {
    /// Whether the volume is of no use on a second node while it is mounted on a first; `None` if nothing is said.
    pub fn is_for_one_node(self) -> Option<bool> {
        let modes = self.spec()?.access_modes();
        let for_one = |mode: Text<'_>| matches!(*mode, "ReadWriteOnce" | "ReadWriteOncePod");
        (!modes.is_empty()).then(|| modes.iter().all(for_one))
    }
}

impl StorageClass<'_> {
    /// Whether claims that name no class are given this one.
    pub fn is_default(self) -> bool {
        const KEYS: [&str; 2] = [
            "storageclass.kubernetes.io/is-default-class",
            "storageclass.beta.kubernetes.io/is-default-class",
        ];
        let annotations = self.metadata().map(|metadata| metadata.annotations());
        let is_true =
            |key: &str| annotations.and_then(|it| it.get(key)).is_some_and(|value| *value == "true");
        KEYS.into_iter().any(is_true)
    }
}
