//! `capabilities_baseline`: a container must not add capabilities beyond those that a runtime gives anyway.
//!
//! Names are compared as they are: `CHOWN` is one, `CAP_CHOWN` and `chown` are not.

use super::owner::of_containers;
use super::{Check, Version, Violation};
use crate::object::pod::Pod;
use crate::object::security_context::SecurityContext;

/// The check.
pub static CHECK: Check = Check {
    id: "capabilities_baseline",
    since: 0,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// What a container may add.
const DEFAULT: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// The capabilities in `capabilities.add` that are not allowed.
pub fn offending<'t>(pod: &Pod<'t>, _: Version) -> impl Iterator<Item = Violation<'t>> {
    of_containers(pod, SecurityContext::capabilities).flat_map(|(owner, capabilities)| {
        let added = capabilities.add().iter().filter(|name| !DEFAULT.contains(&**name));
        added.map(move |name| Violation::of_text(name, owner, "adds the capability", *name))
    })
}
