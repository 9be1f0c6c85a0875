//! `STO04 risky-storage-class`: a StorageClass should neither tie Pods to a zone nor keep volumes small.

use crate::object::storage::StorageClass;
use crate::policy::prelude::*;

policy! {
    /// A StorageClass binds volumes before their Pods have a node, or does not let them grow.
    ///
    /// When they are bound matters for disks that are in one zone or on one node, and some storage cannot grow at all; both
    /// are known by the provisioner.
    ///
    /// What becomes of a volume without a claim is looked at where `reclaimPolicy` is given: data wants `Retain`, clusters
    /// that are shared by tenants want `Delete`.
    ///
    /// ## Why
    /// With `Immediate` a disk is made in some zone before anybody knows where the Pod fits, and the Pod then waits for room
    /// in just that zone. A disk that runs full and cannot grow is replaced by hand, at night, with the database down.
    ///
    /// ## Fix
    /// Set `volumeBindingMode: WaitForFirstConsumer` and `allowVolumeExpansion: true`.
    ///
    /// ## Exceptions
    /// Storage that cannot grow: turn off what does not matter there with `params` in a rule.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: storage.k8s.io/v1
    /// kind: StorageClass
    /// metadata: { name: fast }
    /// provisioner: ebs.csi.aws.com
    /// allowVolumeExpansion: true
    /// volumeBindingMode: Immediate
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: storage.k8s.io/v1
    /// kind: StorageClass
    /// metadata: { name: fast }
    /// provisioner: ebs.csi.aws.com
    /// allowVolumeExpansion: true
    /// volumeBindingMode: WaitForFirstConsumer
    /// ```
    pub(super) RiskyStorageClass = {
        code: "STO04",
        since: "0.1.0",
        severity: Low,
        on: StorageClass,
        equivalents: ["kyverno:restrict-storageclass"],
        references: ["https://kubernetes.io/docs/concepts/storage/storage-classes/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Provisioners whose disks are in one zone or on one node, and must therefore wait for their Pods.
    local_provisioners: Vec<String>,
    /// Whether volumes must be able to grow.
    expansion: bool,
    /// What must become of a volume whose claim is gone; if it is not given, anything may.
    reclaim_policy: Option<ReclaimPolicy>,
}

/// What becomes of a volume whose claim is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub(super) enum ReclaimPolicy {
    /// It is deleted.
    Delete,
    /// It is kept.
    Retain,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            local_provisioners: LOCAL.iter().map(|&name| name.to_owned()).collect(),
            expansion: true,
            reclaim_policy: None,
        }
    }
}

#[rustfmt::skip]
const LOCAL: &[&str] = &[
    "cinder.csi.openstack.org", "csi.hetzner.cloud", "csi.vsphere.vmware.com", "disk.csi.azure.com", "ebs.csi.aws.com",
    "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs", "kubernetes.io/azure-disk", "kubernetes.io/cinder",
    "kubernetes.io/gce-pd", "kubernetes.io/vsphere-volume", "local.csi.openebs.io", "openebs.io/local",
    "pd.csi.storage.gke.io", "rancher.io/local-path", "topolvm.io", NO_PROVISIONER,
];

/// Stands for volumes that people make: the class has nothing to grow.
const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

/// Provisioners that cannot make a volume larger: to allow it would only let claims ask for what never comes.
#[rustfmt::skip]
const CANNOT_GROW: [&str; 8] = [
    NO_PROVISIONER, "docker.io/hostpath", "k8s.io/minikube-hostpath", "microk8s.io/hostpath", "openebs.io/local",
    "rancher.io/local-path", "k8s-sigs.io/nfs-subdir-external-provisioner", "openebs.io/nfsrwx",
];

impl Check for RiskyStorageClass {
    type Params = Params;

    fn check(params: &Params, class: StorageClass<'_>, _: &Context<'_>, out: &mut Findings) {
        let mode = class.volume_binding_mode();
        let is_local = params.local_provisioners.iter().any(|it| *it == *class.provisioner());
        if is_local && *mode == "Immediate" {
            out.report(mode, "volumes are bound before their Pods have a node");
        }
        let expansion = class.allow_volume_expansion();
        if params.expansion && !*expansion && !CANNOT_GROW.contains(&*class.provisioner()) {
            out.report(expansion, "volumes cannot grow").fix(Fix::set(expansion, true));
        }
        let wanted = params.reclaim_policy.map(|policy| match policy {
            ReclaimPolicy::Delete => "Delete",
            ReclaimPolicy::Retain => "Retain",
        });
        let policy = class.reclaim_policy();
        if let Some(wanted) = wanted.filter(|wanted| *wanted != *policy) {
            let message =
                format!("volumes without a claim are treated by `{}`, not by `{wanted}`", shown(&policy));
            out.report(policy, message);
        }
    }
}
