//! Pod security: what a container may ask of its node.

mod host_path;
mod privileged_container;
pub mod standards;
mod violated_pod_security_standard;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<privileged_container::PrivilegedContainer>(),
    Entry::of::<host_path::HostPath>(),
    Entry::of::<violated_pod_security_standard::ViolatedPodSecurityStandard>(),
];
