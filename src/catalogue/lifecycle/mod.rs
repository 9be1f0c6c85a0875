//! Lifecycle: how a container starts and, above all, how it stops.

mod excessive_grace_period;
mod excessive_probe_grace_period;
mod missing_prestop_hook;
mod prestop_beyond_grace_period;
mod shell_as_pid_1;
mod tcp_lifecycle_hook;
mod zero_grace_period;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<prestop_beyond_grace_period::PrestopBeyondGracePeriod>(),
    Entry::of::<zero_grace_period::ZeroGracePeriod>(),
    Entry::of::<missing_prestop_hook::MissingPrestopHook>(),
    Entry::of::<shell_as_pid_1::ShellAsPid1>(),
    Entry::of::<tcp_lifecycle_hook::TcpLifecycleHook>(),
    Entry::of::<excessive_probe_grace_period::ExcessiveProbeGracePeriod>(),
    Entry::of::<excessive_grace_period::ExcessiveGracePeriod>(),
];
