//! `runAsNonRoot`: a container must not be able to run as root, whatever its image says.
//!
//! From v1.35 on it may in a Pod with a user namespace of its own.

use super::owner::containers;
use super::{Check, Owner, Version, Violation};
use crate::object::Place;
use crate::object::pod::Pod;
use crate::object::security_context::{PodSecurityContext, SecurityContext};

/// The check.
pub static CHECK: Check = Check {
    id: "runAsNonRoot",
    since: 0,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// Every `runAsNonRoot` that is false, and every container for which neither it nor the Pod says anything.
///
/// The Pod's own counts even if all containers say otherwise; a container that says nothing has then no violation
/// of its own.
pub fn offending<'t>(pod: &Pod<'t>, version: Version) -> impl Iterator<Item = Violation<'t>> {
    let is_relaxed = version.is_at_least(35) && pod.spec.has_user_namespace();
    let of_pod = pod.security_context().and_then(PodSecurityContext::run_as_non_root);
    let said_for_all = of_pod.is_some();
    let says = "sets securityContext.runAsNonRoot to false";
    let own = of_pod.filter(|it| !**it).map(|field| Violation::new(field, Owner::Pod, says));
    let others = containers(pod).filter_map(move |(container, context)| {
        let owner = Owner::Container(container.display_name());
        match context.and_then(SecurityContext::run_as_non_root) {
            Some(field) => (!*field).then(|| Violation::new(field, owner, says)),
            None if said_for_all => None,
            None => {
                let place = Place::missing(container.node(), "securityContext.runAsNonRoot");
                Some(Violation::new(place, owner, "or the pod must set securityContext.runAsNonRoot to true"))
            }
        }
    });
    own.into_iter().chain(others).filter(move |_| !is_relaxed)
}
