//! `windowsHostProcess`: a container must not be a process of its Windows node.

use super::owner::everywhere;
use super::{Check, Version, Violation};
use crate::object::pod::Pod;
use crate::object::security_context::{PodSecurityContext, SecurityContext};

/// The check.
pub static CHECK: Check = Check {
    id: "windowsHostProcess",
    since: 0,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// Every `hostProcess` that is true, of the Pod and of containers.
pub fn offending<'t>(pod: &Pod<'t>, _: Version) -> impl Iterator<Item = Violation<'t>> {
    let options = everywhere(pod, PodSecurityContext::windows_options, SecurityContext::windows_options);
    let set = options.map(|(owner, options)| (owner, options.host_process())).filter(|(_, it)| **it);
    let says = "sets securityContext.windowsOptions.hostProcess to true";
    set.map(move |(owner, field)| Violation::new(field, owner, says))
}
