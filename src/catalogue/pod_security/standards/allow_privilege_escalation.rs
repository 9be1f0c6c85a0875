//! `allowPrivilegeEscalation`: a container must give up the ways of getting more rights than it starts with.
//!
//! Nothing said means yes. From v1.25 on, Pods for Windows are exempt.

use super::owner::containers;
use super::{Check, Owner, Version, Violation};
use crate::object::Place;
use crate::object::pod::Pod;
use crate::object::security_context::SecurityContext;

/// The check.
pub static CHECK: Check = Check {
    id: "allowPrivilegeEscalation",
    since: 8,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// Every `allowPrivilegeEscalation` that is not false, absent ones included.
pub fn offending<'t>(pod: &Pod<'t>, version: Version) -> impl Iterator<Item = Violation<'t>> {
    let is_exempt = version.is_at_least(25) && pod.spec.is_windows();
    containers(pod).filter(move |_| !is_exempt).filter_map(|(container, own)| {
        let set = own.and_then(SecurityContext::allow_privilege_escalation);
        let place = match set {
            Some(allows) if !*allows => return None,
            Some(allows) => allows.into(),
            None => Place::missing(container.node(), "securityContext.allowPrivilegeEscalation"),
        };
        let owner = Owner::Container(container.display_name());
        Some(Violation::new(place, owner, "must set securityContext.allowPrivilegeEscalation to false"))
    })
}
