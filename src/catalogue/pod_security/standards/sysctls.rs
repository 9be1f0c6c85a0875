//! `sysctls`: a Pod must not set kernel parameters that reach beyond it.

use super::{Check, Owner, Version, Violation};
use crate::object::pod::Pod;
use crate::object::security_context::PodSecurityContext;

/// The check.
pub static CHECK: Check = Check {
    id: "sysctls",
    since: 0,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// What may be set, with the minor version that allowed it.
const SAFE: [(u32, &str); 14] = [
    (0, "kernel.shm_rmid_forced"),
    (0, "net.ipv4.ip_local_port_range"),
    (0, "net.ipv4.ip_unprivileged_port_start"),
    (0, "net.ipv4.ping_group_range"),
    (0, "net.ipv4.tcp_syncookies"),
    (27, "net.ipv4.ip_local_reserved_ports"),
    (29, "net.ipv4.tcp_fin_timeout"),
    (29, "net.ipv4.tcp_keepalive_intvl"),
    (29, "net.ipv4.tcp_keepalive_probes"),
    (29, "net.ipv4.tcp_keepalive_time"),
    (32, "net.ipv4.tcp_rmem"),
    (32, "net.ipv4.tcp_wmem"),
    (37, "net.ipv4.tcp_notsent_lowat"),
    (37, "net.ipv4.tcp_slow_start_after_idle"),
];

/// The names of the sysctls that are not allowed, whatever their values.
pub fn offending<'t>(pod: &Pod<'t>, version: Version) -> impl Iterator<Item = Violation<'t>> {
    let sysctls = pod.security_context().map(PodSecurityContext::sysctls);
    let names = sysctls.into_iter().flat_map(|sysctls| sysctls.iter()).map(|sysctl| sysctl.name());
    let is_safe = move |name: &str| SAFE.iter().any(|(since, it)| *it == name && version.is_at_least(*since));
    names
        .filter(move |name| !is_safe(name))
        .map(|name| Violation::of_text(name, Owner::Pod, "sets the sysctl", *name))
}
