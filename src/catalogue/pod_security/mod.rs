//! Pod security: what a container may ask of its node.

mod host_aliases;
mod host_path;
mod host_user_namespace;
mod interactive_container;
mod low_user_id;
mod missing_run_as_non_root;
mod missing_seccomp_profile;
mod privilege_escalation;
mod privileged_container;
mod privileged_port;
mod privileged_security_context_constraint;
mod restricted_volume_type;
mod root_user;
mod shared_process_namespace;
mod shared_user_id;
mod ssh_port;
pub mod standards;
mod sudo_command;
mod unapproved_runtime_class;
mod undropped_capabilities;
mod violated_pod_security_standard;
mod windows_administrator;
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
    Entry::of::<low_user_id::LowUserId>(),
    Entry::of::<shared_user_id::SharedUserId>(),
    Entry::of::<privileged_port::PrivilegedPort>(),
    Entry::of::<ssh_port::SshPort>(),
    Entry::of::<sudo_command::SudoCommand>(),
    Entry::of::<host_aliases::HostAliases>(),
    Entry::of::<interactive_container::InteractiveContainer>(),
    Entry::of::<unapproved_runtime_class::UnapprovedRuntimeClass>(),
    Entry::of::<host_user_namespace::HostUserNamespace>(),
    Entry::of::<shared_process_namespace::SharedProcessNamespace>(),
    Entry::of::<windows_administrator::WindowsAdministrator>(),
    Entry::of::<privileged_security_context_constraint::PrivilegedSecurityContextConstraint>(),
    Entry::of::<missing_seccomp_profile::MissingSeccompProfile>(),
    Entry::of::<root_user::RootUser>(),
    Entry::of::<violated_pod_security_standard::ViolatedPodSecurityStandard>(),
];
