//! `seccompProfile_restricted`: a container must have a seccomp profile.
//!
//! From v1.25 on, Pods for Windows are exempt.

use super::owner::containers;
use super::{Check, Owner, Version, Violation};
use crate::object::Place;
use crate::object::pod::Pod;
use crate::object::security_context::{PodSecurityContext, SecurityContext};

/// The check.
pub static CHECK: Check = Check {
    id: "seccompProfile_restricted",
    since: 19,
    overrides: Some("seccompProfile_baseline"),
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// Every `seccompProfile.type` but `RuntimeDefault` and `Localhost`, and every container for which neither it nor
/// the Pod says anything.
///
/// The Pod's own counts even if all containers say otherwise; a container that says nothing has then no violation
/// of its own.
pub fn offending<'t>(pod: &Pod<'t>, version: Version) -> impl Iterator<Item = Violation<'t>> {
    let is_exempt = version.is_at_least(25) && pod.spec.is_windows();
    let of_pod = pod.security_context().and_then(PodSecurityContext::seccomp_profile);
    let said_for_all = of_pod.is_some();
    let says = "sets securityContext.seccompProfile.type to";
    let own = of_pod
        .filter(|it| !it.is_confined())
        .map(|it| Violation::of_text(it.kind(), Owner::Pod, says, *it.kind()));
    let others = containers(pod).filter_map(move |(container, context)| {
        let owner = Owner::Container(container.display_name());
        match context.and_then(SecurityContext::seccomp_profile) {
            Some(it) if it.is_confined() => None,
            Some(it) => Some(Violation::of_text(it.kind(), owner, says, *it.kind())),
            None if said_for_all => None,
            None => {
                let place = Place::missing(container.node(), "securityContext.seccompProfile.type");
                Some(Violation::new(place, owner, "or the pod must use `RuntimeDefault` or `Localhost`"))
            }
        }
    });
    own.into_iter().chain(others).filter(move |_| !is_exempt)
}
