//! `capabilities_restricted`: a container must drop all capabilities and may add none but `NET_BIND_SERVICE`.
//!
//! `ALL` is written so. From v1.25 on, Pods for Windows are exempt.

use super::owner::containers;
use super::{Check, Owner, Version, Violation};
use crate::object::Place;
use crate::object::pod::Pod;
use crate::object::security_context::SecurityContext;

/// The check.
pub static CHECK: Check = Check {
    id: "capabilities_restricted",
    since: 22,
    overrides: Some("capabilities_baseline"),
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// Every `capabilities.drop` without `ALL`, absent ones included, and every capability that may not be added.
pub fn offending<'t>(pod: &Pod<'t>, version: Version) -> impl Iterator<Item = Violation<'t>> {
    let is_exempt = version.is_at_least(25) && pod.spec.is_windows();
    containers(pod).filter(move |_| !is_exempt).flat_map(|(container, own)| {
        let owner = Owner::Container(container.display_name());
        let capabilities = own.and_then(SecurityContext::capabilities);
        let drops_all = capabilities.is_some_and(|it| it.drop().iter().any(|name| *name == "ALL"));
        let undropped = (!drops_all).then(|| {
            let place = Place::missing(container.node(), "securityContext.capabilities.drop");
            Violation::new(place, owner, "must have `ALL` in securityContext.capabilities.drop")
        });
        let added = capabilities.into_iter().flat_map(|capabilities| capabilities.add().iter());
        let added = added.filter(|name| **name != "NET_BIND_SERVICE");
        let added = added.map(move |name| Violation::of_text(name, owner, "adds the capability", *name));
        undropped.into_iter().chain(added)
    })
}
