//! `appArmorProfile`: a container must not leave the AppArmor profile of its runtime for none.
//!
//! | field | may be |
//! |---|---|
//! | `securityContext.appArmorProfile.type` of the Pod and of containers | absent with its profile, `RuntimeDefault`, `Localhost` |
//! | annotations `container.apparmor.security.beta.kubernetes.io/*` | empty, `runtime/default`, `localhost/*` |

use super::owner::everywhere;
use super::{Check, Owner, Version, Violation};
use crate::object::meta::ObjectMeta;
use crate::object::pod::Pod;
use crate::object::security_context::{PodSecurityContext, SecurityContext};

/// The check.
pub static CHECK: Check = Check {
    id: "appArmorProfile",
    since: 0,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

/// The profiles that are not allowed; those of annotations first.
pub fn offending<'t>(pod: &Pod<'t>, _: Version) -> impl Iterator<Item = Violation<'t>> {
    let annotations = pod.metadata.map(ObjectMeta::annotations);
    let annotated =
        annotations.into_iter().flat_map(|annotations| annotations.iter()).filter_map(|(key, value)| {
            // There need be no container of this name.
            let owner = Owner::Container(key.strip_prefix(ANNOTATION)?);
            let is_allowed = matches!(*value, "" | "runtime/default") || value.starts_with("localhost/");
            let says = "is annotated with the AppArmor profile";
            (!is_allowed).then(|| Violation::of_text(value, owner, says, *value))
        });
    let profiles = everywhere(pod, PodSecurityContext::app_armor_profile, SecurityContext::app_armor_profile);
    let other = profiles.filter(|(_, profile)| !profile.is_confined()).map(|(owner, it)| (owner, it.kind()));
    let says = "sets securityContext.appArmorProfile.type to";
    let set = other.map(move |(owner, kind)| Violation::of_text(kind, owner, says, *kind));
    annotated.chain(set)
}
