//! `hostNamespaces`: a Pod must not share network, processes or IPC with its node.

use super::{Check, Owner, Version, Violation};
use crate::object::pod::Pod;

/// The check.
pub static CHECK: Check = Check {
    id: "hostNamespaces",
    since: 0,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// Those of `hostNetwork`, `hostPID` and `hostIPC` that are true.
pub fn offending<'t>(pod: &Pod<'t>, _: Version) -> impl Iterator<Item = Violation<'t>> {
    let spec = pod.spec;
    let namespaces = [
        (spec.host_network(), "sets hostNetwork to true"),
        (spec.host_pid(), "sets hostPID to true"),
        (spec.host_ipc(), "sets hostIPC to true"),
    ];
    let shared = namespaces.into_iter().filter(|(is_shared, _)| **is_shared);
    shared.map(|(field, says)| Violation::new(field, Owner::Pod, says))
}
