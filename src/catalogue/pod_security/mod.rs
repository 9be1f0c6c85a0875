//! Pod security: what a container may ask of its node.

mod added_capability;
mod custom_selinux_context;
mod escape_capability;
mod host_ipc;
mod host_network;
mod host_path;
mod host_pid;
mod host_port;
mod host_process;
mod privileged_container;
mod sensitive_host_path;
pub mod standards;
mod unconfined_apparmor;
mod unconfined_seccomp;
mod unmasked_proc;
mod unsafe_sysctl;
mod violated_pod_security_standard;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<privileged_container::PrivilegedContainer>(),
    Entry::of::<host_pid::HostPid>(),
    Entry::of::<host_path::HostPath>(),
    Entry::of::<host_port::HostPort>(),
    Entry::of::<host_process::HostProcess>(),
    Entry::of::<added_capability::AddedCapability>(),
    Entry::of::<unconfined_apparmor::UnconfinedApparmor>(),
    Entry::of::<custom_selinux_context::CustomSelinuxContext>(),
    Entry::of::<unmasked_proc::UnmaskedProc>(),
    Entry::of::<unconfined_seccomp::UnconfinedSeccomp>(),
    Entry::of::<unsafe_sysctl::UnsafeSysctl>(),
    Entry::of::<host_ipc::HostIpc>(),
    Entry::of::<host_network::HostNetwork>(),
    Entry::of::<sensitive_host_path::SensitiveHostPath>(),
    Entry::of::<escape_capability::EscapeCapability>(),
    Entry::of::<violated_pod_security_standard::ViolatedPodSecurityStandard>(),
];
