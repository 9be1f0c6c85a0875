//! The [Pod Security Standards](https://kubernetes.io/docs/concepts/security/pod-security-standards/), exactly as
//! Kubernetes evaluates them, at every version.
//!
//! One file a check. Its function `offending` has every field of a Pod that the check does not allow at a version,
//! and is of use on its own. Which checks make up a level, and in which order, stands here and nowhere else.

mod check;
mod level;
mod message;
mod owner;
mod pinned;
#[cfg(test)]
mod tests;
mod version;

pub mod allow_privilege_escalation;
pub mod app_armor_profile;
pub mod capabilities_baseline;
pub mod capabilities_restricted;
pub mod host_namespaces;
pub mod host_path_volumes;
pub mod host_ports;
pub mod host_probes_and_host_lifecycle;
pub mod privileged;
pub mod proc_mount;
pub mod proc_mount_restricted;
pub mod restricted_volumes;
pub mod run_as_non_root;
pub mod run_as_user;
pub mod se_linux_options;
pub mod seccomp_profile_baseline;
pub mod seccomp_profile_restricted;
pub mod sysctls;
pub mod windows_host_process;

pub use check::{Check, Violation};
pub use level::{Level, ParseStandardError, Standard};
pub use message::message;
pub use owner::Owner;
pub use pinned::Pinned;
pub use version::{ParseVersionError, Version};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::object::pod::Pod;

/// Checks of the level baseline, in the order in which they are reported: by id.
const BASELINE: [&Check; 12] = [
    &app_armor_profile::CHECK,
    &capabilities_baseline::CHECK,
    &host_namespaces::CHECK,
    &host_path_volumes::CHECK,
    &host_ports::CHECK,
    &host_probes_and_host_lifecycle::CHECK,
    &privileged::CHECK,
    &proc_mount::CHECK,
    &se_linux_options::CHECK,
    &seccomp_profile_baseline::CHECK,
    &sysctls::CHECK,
    &windows_host_process::CHECK,
];

/// What the level restricted adds, and in part puts in place of it; likewise by id.
const RESTRICTED: [&Check; 7] = [
    &allow_privilege_escalation::CHECK,
    &capabilities_restricted::CHECK,
    &proc_mount_restricted::CHECK,
    &restricted_volumes::CHECK,
    &run_as_non_root::CHECK,
    &run_as_user::CHECK,
    &seccomp_profile_restricted::CHECK,
];

/// A standard as a parameter: which checks make it up is found out once.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(from = "Standard", into = "Standard")]
#[schemars(with = "Standard", description = "A level at a version.")]
pub struct Checks {
    standard: Standard,
    checks: Vec<&'static Check>,
}

impl Standard {
    /// The checks that make up the standard, in the order in which they are reported.
    pub fn checks(self) -> impl Iterator<Item = &'static Check> {
        let added = if self.level == Level::Restricted { &RESTRICTED[..] } else { &[] };
        let exists = move |check: &&&Check| self.version.is_at_least(check.since);
        let is_overridden = move |id| added.iter().filter(exists).any(|check| check.overrides == Some(id));
        let baseline = BASELINE.iter().filter(move |check| !is_overridden(check.id));
        baseline.chain(added).filter(exists).copied()
    }
}

impl Checks {
    /// Calls `report` for every field that the standard does not allow, check by check.
    pub fn violations<'t>(&self, pod: &Pod<'t>, mut report: impl FnMut(&'static Check, Violation<'t>)) {
        for check in &self.checks {
            check.each(pod, self.standard.version, &mut |violation| report(check, violation));
        }
    }
}

impl Default for Checks {
    fn default() -> Self {
        Standard::default().into()
    }
}

impl From<Standard> for Checks {
    fn from(standard: Standard) -> Self {
        Self { standard, checks: standard.checks().collect() }
    }
}

impl From<Checks> for Standard {
    fn from(checks: Checks) -> Self {
        checks.standard
    }
}
