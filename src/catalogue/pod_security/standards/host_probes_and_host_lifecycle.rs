//! `hostProbesAndHostLifecycle`: the kubelet must not be sent to hosts of the Pod's choice, not even to `127.0.0.1`.
//!
//! Looked at is `host` of `httpGet` and `tcpSocket`, in all three probes and in both lifecycle hooks.

use super::{Check, Owner, Version, Violation};
use crate::object::Text;
use crate::object::pod::{Pod, PodContainer};
use crate::object::pod_spec::{HttpGetAction, Lifecycle, TcpSocketAction};

/// The check.
pub static CHECK: Check = Check {
    id: "hostProbesAndHostLifecycle",
    since: 34,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// Every host that is not empty.
pub fn offending<'t>(pod: &Pod<'t>, _: Version) -> impl Iterator<Item = Violation<'t>> {
    pod.containers.iter().flat_map(|container| {
        let owner = Owner::Container(container.display_name());
        let named = hosts(container).filter(|host| !host.is_empty());
        named.map(move |host| Violation::of_text(host, owner, "sets the host", *host))
    })
}

fn hosts<'t>(container: &PodContainer<'t>) -> impl Iterator<Item = Text<'t>> + use<'t> {
    let probes = container.probes().map(|probe| (probe.http_get(), probe.tcp_socket()));
    let hooks = container.lifecycle().map(|it: Lifecycle<'_>| [it.post_start(), it.pre_stop()]);
    let hooks = hooks.into_iter().flatten().flatten().map(|hook| (hook.http_get(), hook.tcp_socket()));
    probes.chain(hooks).flat_map(|(http_get, tcp_socket)| {
        let by_http = http_get.and_then(HttpGetAction::host);
        by_http.into_iter().chain(tcp_socket.and_then(TcpSocketAction::host))
    })
}
