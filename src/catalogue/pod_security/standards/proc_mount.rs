//! `procMount`: a container must not see what the runtime masks in `/proc`.
//!
//! From v1.35 on it may in a Pod with a user namespace of its own.

use super::{Check, Version, Violation, proc_mount_restricted};
use crate::object::pod::Pod;

/// The check.
pub static CHECK: Check = Check {
    id: "procMount",
    since: 0,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// Every `procMount` but `Default`.
pub fn offending<'t>(pod: &Pod<'t>, version: Version) -> impl Iterator<Item = Violation<'t>> {
    let is_relaxed = version.is_at_least(35) && pod.spec.has_user_namespace();
    (!is_relaxed).then(|| proc_mount_restricted::offending(pod, version)).into_iter().flatten()
}
