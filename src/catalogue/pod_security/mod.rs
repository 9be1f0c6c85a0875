//! Pod security: what a container may ask of its node.

mod added_capability;
mod custom_selinux_context;
mod escape_capability;
mod host_aliases;
mod host_ipc;
mod host_network;
mod host_path;
mod host_pid;
mod host_port;
mod host_process;
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
mod sensitive_host_path;
mod shared_process_namespace;
mod shared_user_id;
mod ssh_port;
pub mod standards;
mod sudo_command;
mod unapproved_runtime_class;
mod unconfined_apparmor;
mod unconfined_seccomp;
mod undropped_capabilities;
mod unmasked_proc;
mod unsafe_sysctl;
mod violated_pod_security_standard;
mod windows_administrator;
mod writable_root_filesystem;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<privileged_container::PrivilegedContainer>(),
    Entry::of::<host_pid::HostPid>(),
    Entry::of::<host_path::HostPath>(),
    Entry::of::<host_port::HostPort>(),
    Entry::of::<host_process::HostProcess>(),
    Entry::of::<added_capability::AddedCapability>(),
    Entry::of::<undropped_capabilities::UndroppedCapabilities>(),
    Entry::of::<unconfined_apparmor::UnconfinedApparmor>(),
    Entry::of::<custom_selinux_context::CustomSelinuxContext>(),
    Entry::of::<unmasked_proc::UnmaskedProc>(),
    Entry::of::<unconfined_seccomp::UnconfinedSeccomp>(),
    Entry::of::<unsafe_sysctl::UnsafeSysctl>(),
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
    Entry::of::<host_ipc::HostIpc>(),
    Entry::of::<host_network::HostNetwork>(),
    Entry::of::<sensitive_host_path::SensitiveHostPath>(),
    Entry::of::<escape_capability::EscapeCapability>(),
    Entry::of::<missing_seccomp_profile::MissingSeccompProfile>(),
    Entry::of::<root_user::RootUser>(),
    Entry::of::<violated_pod_security_standard::ViolatedPodSecurityStandard>(),
];
