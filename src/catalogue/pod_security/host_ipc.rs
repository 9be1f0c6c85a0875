//! `SEC31 host-ipc`: a Pod must not share the memory of its node.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod sets `hostIPC: true`.
    ///
    /// ## Why
    /// Shared memory, semaphores and message queues of every process on the node can be read and written, and few
    /// programs expect that of others: databases keep their caches there.
    ///
    /// ## Fix
    /// Remove `hostIPC: true`; for shared memory in the Pod mount an `emptyDir` with `medium: Memory` at `/dev/shm`.
    ///
    /// ## Exceptions
    /// Hardly ever; by a rule for the namespaces of the node agents that need it.
    ///
    /// ## Denied
    /// ```yaml
    /// hostIPC: true
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// volumes: [{ name: shm, emptyDir: { medium: Memory, sizeLimit: 256Mi } }]
    /// containers: [{ name: web, image: "web:1.4.2", volumeMounts: [{ name: shm, mountPath: /dev/shm }] }]
    /// ```
    pub(super) HostIpc = {
        code: "SEC31",
        since: "0.1.0",
        severity: High,
        on: Pod,
        equivalents: [
            "psa:hostNamespaces", "polaris:hostIPCSet", "kube-linter:host-ipc",
            "kyverno:disallow-host-namespaces", "gatekeeper:host-namespaces", "trivy:KSV-0008",
            "kubescape:C-0038", "kubescape:C-0195", "kubescape:C-0215", "kubescape:C-0276",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline"],
    }
}

impl Check for HostIpc {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let shared = pod.spec.host_ipc();
        if *shared {
            out.report(shared, "Pod shares memory and semaphores with every process of its node");
        }
    }
}
