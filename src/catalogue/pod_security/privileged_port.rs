//! `SEC20 privileged-port`: a container must not listen where only root may.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A container declares a port below 1024.
    ///
    /// A Pod that lowers the first port that everybody may open, with the sysctl `net.ipv4.ip_unprivileged_port_start`, passes
    /// from that port on, and so does one with `os: windows`, which knows no such ports.
    ///
    /// ## Why
    /// Ports below 1024 may only be opened by root, or with the capability `NET_BIND_SERVICE`: the container has more rights
    /// than it needs, for a number that a Service would translate anyway.
    ///
    /// ## Fix
    /// Listen on a port from 1024 on, such as 8080, and let the Service map port 80 to it.
    ///
    /// ## Exceptions
    /// Runtimes that allow all ports to everybody, as newer ones do, make it harmless: leave the policy off there.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", ports: [{ containerPort: 80 }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", ports: [{ containerPort: 8080 }] }]
    /// ```
    pub(super) PrivilegedPort = {
        code: "SEC20",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        yields_to: ["SEC21" in Field],
        equivalents: ["kube-linter:privileged-ports", "trivy:KSV-0117"],
    }
}

/// The first port that everybody may open, unless a Pod says otherwise.
const UNPRIVILEGED: i64 = 1024;

impl Check for PrivilegedPort {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        if pod.spec.is_windows() {
            return;
        }
        let start = unprivileged_start(pod).unwrap_or(UNPRIVILEGED);
        for container in &pod.containers {
            for port in container.ports().iter().filter_map(|port| port.container_port()) {
                if *port < start {
                    let name = shown(container.display_name());
                    out.report(
                        port,
                        format_args!("container `{name}` listens on `{port}`, which only root may"),
                    );
                }
            }
        }
    }
}

/// What the Pod sets the first port that everybody may open to.
fn unprivileged_start(pod: &Pod<'_>) -> Option<i64> {
    let is_it = |name: &str| name.split(['.', '/']).eq(["net", "ipv4", "ip_unprivileged_port_start"]);
    let sysctl = pod.security_context()?.sysctls().iter().find(|sysctl| is_it(&sysctl.name()))?;
    sysctl.value().trim().parse().ok()
}
