//! `privileged`: a container must not be root on its node.

use super::owner::of_containers;
use super::{Check, Version, Violation};
use crate::object::pod::Pod;
use crate::object::security_context::SecurityContext;

/// The check.
pub static CHECK: Check = Check {
    id: "privileged",
    since: 0,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// Every `privileged` that is true.
pub fn offending<'t>(pod: &Pod<'t>, _: Version) -> impl Iterator<Item = Violation<'t>> {
    let privileged = of_containers(pod, SecurityContext::privileged).filter(|(_, is_set)| **is_set);
    privileged.map(|(owner, field)| Violation::new(field, owner, "sets securityContext.privileged to true"))
}
