//! `LCY05 tcp-lifecycle-hook`: a lifecycle hook must be one that the kubelet can run.

use crate::object::pod::PodContainer;
use crate::policy::prelude::*;

policy! {
    /// A lifecycle hook is a `tcpSocket`, which the API server takes and no kubelet runs.
    ///
    /// ## Why
    /// The hook fails whenever it is due. After a failed `postStart` the container is killed and started again, without
    /// end. A failed `preStop` is passed over: the container is stopped at once, without the pause that the hook was
    /// to make, and all that tells is an event.
    ///
    /// ## Fix
    /// Use `exec`, `httpGet` or `sleep`.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", lifecycle: { preStop: { tcpSocket: { port: 8080 } } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", lifecycle: { preStop: { sleep: { seconds: 5 } } } }]
    /// ```
    pub(super) TcpLifecycleHook = {
        code: "LCY05",
        since: "0.1.0",
        severity: Medium,
        on: PodContainer,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/"],
    }
}

impl Check for TcpLifecycleHook {
    type Params = NoParams;

    fn check(_: &NoParams, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(lifecycle) = container.lifecycle() else { return };
        for hook in [lifecycle.post_start(), lifecycle.pre_stop()].into_iter().flatten() {
            if let Some(socket) = hook.tcp_socket() {
                let name = hook.node().key();
                out.report(
                    socket,
                    format_args!("no kubelet runs a `tcpSocket` as `{name}`: the hook always fails"),
                );
            }
        }
    }
}
