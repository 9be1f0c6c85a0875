//! Volumes of a Pod:
//! [Volume](https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume/).

use super::lens::{Bool, Int, Text, lens};
use crate::tree::Node;

/// A quantity under a name that the table of fields can use.
type Amount<'t> = super::At<'t, super::quantity::Quantity>;

lens! {
    /// A volume: its name, and one field that says what it is.
    Volume {
        "name" => name: Text,
        "awsElasticBlockStore" => aws_elastic_block_store: OtherVolumeSource,
        "azureDisk" => azure_disk: OtherVolumeSource,
        "azureFile" => azure_file: OtherVolumeSource,
        "cephfs" => cephfs: OtherVolumeSource,
        "cinder" => cinder: OtherVolumeSource,
        "configMap" => config_map: ConfigMapVolumeSource,
        "csi" => csi: DriverVolumeSource,
        "downwardAPI" => downward_api: OtherVolumeSource,
        "emptyDir" => empty_dir: EmptyDirVolumeSource,
        "ephemeral" => ephemeral: OtherVolumeSource,
        "fc" => fc: OtherVolumeSource,
        "flexVolume" => flex_volume: DriverVolumeSource,
        "flocker" => flocker: OtherVolumeSource,
        "gcePersistentDisk" => gce_persistent_disk: OtherVolumeSource,
        "gitRepo" => git_repo: OtherVolumeSource,
        "glusterfs" => glusterfs: OtherVolumeSource,
        "hostPath" => host_path: HostPathVolumeSource,
        "image" => image: ImageVolumeSource,
        "iscsi" => iscsi: OtherVolumeSource,
        "nfs" => nfs: OtherVolumeSource,
        "persistentVolumeClaim" => persistent_volume_claim: PersistentVolumeClaimVolumeSource,
        "photonPersistentDisk" => photon_persistent_disk: OtherVolumeSource,
        "portworxVolume" => portworx_volume: OtherVolumeSource,
        "projected" => projected: ProjectedVolumeSource,
        "quobyte" => quobyte: OtherVolumeSource,
        "rbd" => rbd: OtherVolumeSource,
        "scaleIO" => scale_io: OtherVolumeSource,
        "secret" => secret: SecretVolumeSource,
        "storageos" => storageos: OtherVolumeSource,
        "vsphereVolume" => vsphere_volume: OtherVolumeSource,
    }

    /// A directory or file of the node.
    HostPathVolumeSource {
        "path" => path: Text,
        "type" => kind: Text = "",
    }

    /// An image, mounted as a volume.
    ImageVolumeSource {
        "reference" => reference: Text,
    }

    /// A directory that lives as long as the Pod.
    EmptyDirVolumeSource {
        "medium" => medium: Text = "",
        "sizeLimit" => size_limit: Amount,
    }

    /// A claim of the same namespace.
    PersistentVolumeClaimVolumeSource {
        "claimName" => claim_name: Text,
        "readOnly" => read_only: Bool = false,
    }

    /// The keys of a Secret as files.
    SecretVolumeSource {
        "secretName" => secret_name: Text,
        "defaultMode" => default_mode: Int = 0o644,
        "items" => items: [KeyToPath],
        "optional" => optional: Bool = false,
    }

    /// The keys of a ConfigMap as files, alone or among others.
    ConfigMapVolumeSource {
        "name" => name: Text,
        "optional" => optional: Bool = false,
    }

    /// Files from several sources in one directory.
    ProjectedVolumeSource {
        "defaultMode" => default_mode: Int = 0o644,
        "sources" => sources: [VolumeProjection],
    }

    /// One of the sources.
    VolumeProjection {
        "secret" => secret: SecretProjection,
        "configMap" => config_map: ConfigMapVolumeSource,
        "downwardAPI" => downward_api: OtherVolumeSource,
    }

    /// The keys of a Secret among other files.
    SecretProjection {
        "name" => name: Text,
        "items" => items: [KeyToPath],
        "optional" => optional: Bool = false,
    }

    /// A key and the file that it becomes.
    KeyToPath {
        "key" => key: Text,
        "path" => path: Text,
        "mode" => mode: Int,
    }

    /// A volume that a driver makes.
    DriverVolumeSource {
        "driver" => driver: Text,
    }

    /// Any other volume, of which it only matters that it is there.
    OtherVolumeSource {}
}

impl<'t> Volume<'t> {
    /// Whether it is the one by which the API server gives a Pod the token of its account.
    pub fn has_api_token(self) -> bool {
        self.name().is_some_and(|name| name.starts_with("kube-api-access-"))
    }

    /// The fields that say what the volume is, with those that are not known by name: none for an `emptyDir` that the
    /// API server has yet to fill in, and never more than one in an object that it took.
    pub fn sources(self) -> impl Iterator<Item = Node<'t>> {
        self.node().children().filter(|field| field.key() != "name" && !field.is_null())
    }
}
