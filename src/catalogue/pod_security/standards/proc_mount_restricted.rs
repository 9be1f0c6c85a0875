//! `procMount_restricted`: a container must not see what the runtime masks in `/proc`, whatever namespace it is in.

use super::owner::of_containers;
use super::{Check, Version, Violation};
use crate::object::pod::Pod;
use crate::object::security_context::SecurityContext;

/// The check.
pub static CHECK: Check = Check {
    id: "procMount_restricted",
    since: 35,
    overrides: Some("procMount"),
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// Every `procMount` but `Default`.
pub fn offending<'t>(pod: &Pod<'t>, _: Version) -> impl Iterator<Item = Violation<'t>> {
    let other = of_containers(pod, SecurityContext::proc_mount).filter(|(_, kind)| **kind != "Default");
    let says = "sets securityContext.procMount to";
    other.map(move |(owner, kind)| Violation::of_text(kind, owner, says, *kind))
}
