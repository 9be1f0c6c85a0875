//! `SEC27 shared-process-namespace`: containers of a Pod must not reach into each other.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// The containers of a Pod see each other's processes.
    ///
    /// ## Why
    /// Every container may then signal the processes of the others and read their files, environment and arguments under
    /// `/proc`, credentials included. A sidecar that is broken into has the whole Pod.
    ///
    /// ## Fix
    /// Remove `shareProcessNamespace`; to look into a running Pod use `kubectl debug --target`.
    ///
    /// ## Exceptions
    /// A container whose program does not collect its child processes: the shared namespace does that for it. Better is an
    /// image with an init process, such as `tini`.
    ///
    /// ## Denied
    /// ```yaml
    /// shareProcessNamespace: true
    /// containers: [{ name: web, image: "web:1.4.2" }, { name: proxy, image: "proxy:3.1.0" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2" }, { name: proxy, image: "proxy:3.1.0" }]
    /// ```
    pub(super) SharedProcessNamespace = {
        code: "SEC27",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        equivalents: ["kubeaudit:namespaces"],
        references: ["https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/"],
    }
}

impl Check for SharedProcessNamespace {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let shares = pod.spec.share_process_namespace();
        if *shares {
            out.report(shares, "containers of the Pod see each other's processes");
        }
    }
}
