//! `SEC03 host-path`: a workload must not mount directories of its node.

use crate::object::storage::PersistentVolume;
use crate::policy::params::AbsolutePath;
use crate::policy::prelude::*;

policy! {
    /// A Pod or a PersistentVolume mounts a directory or a file of its node.
    ///
    /// ## Why
    /// Files of the node outlive the Pod and are shared with every other Pod there; many hold credentials, and
    /// some are sockets that give the node away. The Pod's data are on one node and nowhere else.
    ///
    /// ## Fix
    /// Use a PersistentVolumeClaim, an `emptyDir`, a `configMap` or a CSI driver.
    ///
    /// ## Exceptions
    /// Agents that read logs or metrics of the node: `readOnlyBelow`, or a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// volumes: [{ name: data, hostPath: { path: /srv/data } }]
    /// containers: [{ name: web, image: "web:1.4.2", volumeMounts: [{ name: data, mountPath: /data }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// volumes: [{ name: scratch, emptyDir: { sizeLimit: 1Gi } }]
    /// containers: [{ name: web, image: "web:1.4.2", volumeMounts: [{ name: scratch, mountPath: /data }] }]
    /// ```
    pub(super) HostPath = {
        code: "SEC03",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &kinds::pod_carriers_and(&kinds::PERSISTENT_VOLUME),
        yields_to: ["SEC33" in Field],
        equivalents: [
            "psa:hostPathVolumes", "polaris:hostPathSet", "kube-linter:writable-host-mount",
            "kyverno:disallow-host-path", "kyverno:ensure-readonly-hostpath",
            "kyverno:limit-hostpath-vols", "kyverno:limit-hostpath-type-pv",
            "gatekeeper:host-filesystem", "trivy:KSV-0023", "kubewarden:hostpaths-psp-policy",
            "kubescape:C-0045", "kubescape:C-0048", "kubescape:C-0203",
        ],
        references: ["https://kubernetes.io/docs/concepts/storage/volumes/#hostpath"],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Directories of the node from which, and from below which, a Pod may mount if all its mounts are read-only.
    read_only_below: Vec<AbsolutePath>,
}

impl Check for HostPath {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let pod = subject.pod().into_iter().flat_map(|pod| pod.spec.host_paths());
        let pod =
            pod.filter(|(path, is_writable)| *is_writable || !params.permit(path)).map(|(path, _)| path);
        // Who mounts a PersistentVolume, and how, is decided elsewhere.
        let volume = subject.lens::<PersistentVolume<'static>>();
        let volume = volume.and_then(|volume| volume.spec()?.host_path()?.path());
        for path in pod.chain(volume) {
            out.report(path, format_args!("mounts `{}` of the node", shown(&path)));
        }
    }
}

impl Params {
    fn permit(&self, path: &str) -> bool {
        let path = AbsolutePath::new(path);
        path.is_some_and(|path| self.read_only_below.iter().any(|directory| path.is_below(directory)))
    }
}
