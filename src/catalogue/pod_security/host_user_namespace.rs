//! `SEC26 host-user-namespace`: root in a Pod must not be root on its node.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod shares the users of its node: it does not say `hostUsers: false`.
    ///
    /// Pods that use a namespace of the node, which cannot have users of their own, and Pods with `os: windows` pass.
    ///
    /// ## Why
    /// Without a user namespace an id in the container is the same id on the node. Root that gets out of its container is root
    /// there; with one it is nobody.
    ///
    /// ## Fix
    /// Set `hostUsers: false` in the Pod; the nodes need a runtime and file systems that support it.
    ///
    /// ## Exceptions
    /// Volumes on file systems that do not know mapped ids, such as NFS.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// hostUsers: false
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) HostUserNamespace = {
        code: "SEC26",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Pod,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/"],
    }
}

impl Check for HostUserNamespace {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let spec = pod.spec;
        let cannot = spec.is_windows() || *spec.host_network() || *spec.host_pid() || *spec.host_ipc();
        if *spec.host_users() && !cannot {
            out.report(spec.host_users(), "Pod shares the users of its node: `hostUsers` is not `false`");
        }
    }
}
