//! `SEC03 host-path`: a workload must not mount directories of its node.

use crate::object::Text;
use crate::object::pod_spec::PodSpec;
use crate::object::storage::PersistentVolume;
use crate::object::volume::Volume;
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
        equivalents: [
            "psa:hostPathVolumes", "polaris:hostPathSet", "kube-linter:sensitive-host-mounts",
            "kube-linter:writable-host-mount", "kyverno:disallow-host-path",
            "kyverno:ensure-readonly-hostpath", "kyverno:limit-hostpath-vols",
            "kyverno:limit-hostpath-type-pv", "gatekeeper:host-filesystem", "trivy:KSV-0023",
            "trivy:KSV-0121", "kubescape:C-0045", "kubescape:C-0048", "kubescape:C-0203",
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
        let report = |path: Text<'_>, out: &mut Findings| {
            out.report(path, format!("mounts `{}` of the node", shown(&path)));
        };
        if let Some(pod) = subject.pod() {
            for volume in pod.spec.volumes().iter() {
                let path = volume.host_path().and_then(|source| source.path());
                if let Some(path) = path.filter(|path| !params.permit(path, pod.spec, volume)) {
                    report(path, out);
                }
            }
        }
        // Who mounts a PersistentVolume, and how, is decided elsewhere.
        let volume = subject.lens::<PersistentVolume<'static>>();
        if let Some(path) = volume.and_then(|volume| volume.spec()?.host_path()?.path()) {
            report(path, out);
        }
    }
}

impl Params {
    fn permit(&self, path: &str, pod: PodSpec<'_>, volume: Volume<'_>) -> bool {
        let Some(path) = AbsolutePath::new(path) else { return false };
        let Some(name) = volume.name() else { return false };
        self.read_only_below.iter().any(|directory| path.is_below(directory))
            && pod.mounts_of(&name).all(|(_, mount)| *mount.read_only())
    }
}
