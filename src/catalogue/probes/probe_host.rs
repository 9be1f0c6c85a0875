//! `PRB09 probe-host`: a probe must not send the kubelet to a host of the Pod's choice.

use crate::catalogue::pod_security::standards::{Version, host_probes_and_host_lifecycle};
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A probe or a lifecycle hook names a host.
    ///
    /// This is what the baseline standard forbids from v1.34 on: `host` of `httpGet` and `tcpSocket`, in every container
    /// and whatever it is, `127.0.0.1` too, which for the kubelet is the node.
    ///
    /// ## Why
    /// The kubelet asks, from the network of the node. With a host, whoever writes a Pod can let it reach what only the
    /// node reaches, the metadata service of the cloud or a port on the node's own loopback, and learns from the answer
    /// whether something listens there. A probe that asks somebody else says nothing about its container.
    ///
    /// ## Fix
    /// Remove `host`; the probe then asks the Pod. For a `Host` header set `httpHeaders`.
    ///
    /// ## Exceptions
    /// Agents on the node's network that listen on one address only, by a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     readinessProbe: { httpGet: { host: 127.0.0.1, port: 8080 } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     readinessProbe: { httpGet: { port: 8080, httpHeaders: [{ name: Host, value: shop.example }] } }
    /// ```
    pub(super) ProbeHost = {
        code: "PRB09",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        yields_to: ["PRB05" in Field],
        equivalents: ["psa:hostProbesAndHostLifecycle", "gatekeeper:host-probes-lifecycle"],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline"],
    }
}

impl Check for ProbeHost {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for violation in host_probes_and_host_lifecycle::offending(pod, Version::Latest) {
            let host = violation.shown_value(40);
            out.report(violation.place, format_args!("sends the kubelet to the host `{host}`"));
        }
    }
}
