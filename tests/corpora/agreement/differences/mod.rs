//! Where policies judge otherwise than the checks of other tools, on purpose or because the tool is wrong.

mod api_versions;
mod availability;
mod configuration;
mod images;
mod namespaces;
mod network;
mod ownership;
mod pod_security;
mod rbac;
mod resources;
mod storage;

use super::Case;

/// Theme by theme; of a theme's the first that is about a case counts.
pub(super) const DIFFERENCES: &[&[Difference]] = &[
    api_versions::DIFFERENCES,
    availability::DIFFERENCES,
    configuration::DIFFERENCES,
    images::DIFFERENCES,
    namespaces::DIFFERENCES,
    network::DIFFERENCES,
    ownership::DIFFERENCES,
    pod_security::DIFFERENCES,
    rbac::DIFFERENCES,
    resources::DIFFERENCES,
    storage::DIFFERENCES,
];

/// Cases that are judged otherwise, and why.
pub(super) struct Difference {
    /// The tool.
    pub(super) tool: &'static str,
    /// Its checks; all, if none is named.
    pub(super) checks: &'static [&'static str],
    /// Who finds something where the other does not.
    pub(super) speaks: Speaks,
    /// The cases in words.
    pub(super) condition: &'static str,
    /// The cases.
    pub(super) is_it: fn(&Case) -> bool,
    /// Why it is right to judge them otherwise.
    pub(super) reason: &'static str,
}

/// Who finds something where the other does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    /// Only the policies here.
    Here,
    /// Only the tool.
    There,
}
