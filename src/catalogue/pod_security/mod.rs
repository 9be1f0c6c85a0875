//! Pod security: what a container may ask of its node.

mod host_path;
mod missing_run_as_non_root;
mod missing_seccomp_profile;
mod privilege_escalation;
mod privileged_container;
mod restricted_volume_type;
mod root_user;
pub mod standards;
mod undropped_capabilities;
mod violated_pod_security_standard;
mod writable_root_filesystem;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<privileged_container::PrivilegedContainer>(),
    Entry::of::<host_path::HostPath>(),
    Entry::of::<undropped_capabilities::UndroppedCapabilities>(),
    Entry::of::<restricted_volume_type::RestrictedVolumeType>(),
    Entry::of::<privilege_escalation::PrivilegeEscalation>(),
    Entry::of::<missing_run_as_non_root::MissingRunAsNonRoot>(),
    Entry::of::<writable_root_filesystem::WritableRootFilesystem>(),
    Entry::of::<missing_seccomp_profile::MissingSeccompProfile>(),
    Entry::of::<root_user::RootUser>(),
    Entry::of::<violated_pod_security_standard::ViolatedPodSecurityStandard>(),
];
