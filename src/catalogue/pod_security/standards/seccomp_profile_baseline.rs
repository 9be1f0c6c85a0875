//! `seccompProfile_baseline`: a container must not turn off the seccomp profile of its runtime.
//!
//! | versions | looked at | may be |
//! |---|---|---|
//! | before v1.19 | annotations `seccomp.security.alpha.kubernetes.io/pod` and, for each container, `container.seccomp.security.alpha.kubernetes.io/NAME` | absent, `runtime/default`, `docker/default`, `localhost/*` |
//! | from v1.19 on | `securityContext.seccompProfile.type` of the Pod and of containers | absent with its profile, `RuntimeDefault`, `Localhost` |

use std::collections::HashSet;

use super::owner::everywhere;
use super::{Check, Owner, Version, Violation};
use crate::object::meta::ObjectMeta;
use crate::object::pod::Pod;
use crate::object::pod::PodContainer;
use crate::object::security_context::{PodSecurityContext, SecurityContext};

/// The check.
pub static CHECK: Check = Check {
    id: "seccompProfile_baseline",
    since: 0,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

const POD_ANNOTATION: &str = "seccomp.security.alpha.kubernetes.io/pod";
const CONTAINER_ANNOTATION: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// Every profile that is not allowed, where the version looks for it.
pub fn offending<'t>(pod: &Pod<'t>, version: Version) -> impl Iterator<Item = Violation<'t>> {
    let has_fields = version.is_at_least(19);
    let annotated = (!has_fields).then(|| annotated(pod));
    let set = has_fields.then(|| set(pod));
    annotated.into_iter().flatten().chain(set.into_iter().flatten())
}

fn annotated<'t>(pod: &Pod<'t>) -> impl Iterator<Item = Violation<'t>> {
    let containers: HashSet<&str> = pod.containers.iter().map(PodContainer::display_name).collect();
    let annotations = pod.metadata.map(ObjectMeta::annotations);
    annotations.into_iter().flat_map(|annotations| annotations.iter()).filter_map(move |(key, value)| {
        let owner = if key == POD_ANNOTATION {
            Owner::Pod
        } else {
            Owner::Container(key.strip_prefix(CONTAINER_ANNOTATION).filter(|name| containers.contains(name))?)
        };
        let is_allowed =
            matches!(*value, "runtime/default" | "docker/default") || value.starts_with("localhost/");
        let says = "is annotated with the seccomp profile";
        (!is_allowed).then(|| Violation::of_text(value, owner, says, *value))
    })
}

fn set<'t>(pod: &Pod<'t>) -> impl Iterator<Item = Violation<'t>> {
    let profiles = everywhere(pod, PodSecurityContext::seccomp_profile, SecurityContext::seccomp_profile);
    let other = profiles.filter(|(_, profile)| !profile.is_confined()).map(|(owner, it)| (owner, it.kind()));
    let says = "sets securityContext.seccompProfile.type to";
    other.map(move |(owner, kind)| Violation::of_text(kind, owner, says, *kind))
}
