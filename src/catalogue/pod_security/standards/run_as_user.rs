//! `runAsUser`: a container must not be told to run as root.
//!
//! From v1.35 on it may in a Pod with a user namespace of its own.

use super::owner::everywhere;
use super::{Check, Version, Violation};
use crate::object::pod::Pod;
use crate::object::security_context::{PodSecurityContext, SecurityContext};

/// The check.
pub static CHECK: Check = Check {
    id: "runAsUser",
    since: 23,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// Every `runAsUser` that is 0; the Pod's counts even if no container goes by it.
pub fn offending<'t>(pod: &Pod<'t>, version: Version) -> impl Iterator<Item = Violation<'t>> {
    let is_relaxed = version.is_at_least(35) && pod.spec.has_user_namespace();
    let users = everywhere(pod, PodSecurityContext::run_as_user, SecurityContext::run_as_user);
    users
        .filter(move |(_, user)| **user == 0 && !is_relaxed)
        .map(|(owner, field)| Violation::new(field, owner, "sets securityContext.runAsUser to 0"))
}
