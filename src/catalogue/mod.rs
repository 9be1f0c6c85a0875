//! The policies: one folder a theme, one file a policy.

mod access;
mod api_versions;
mod availability;
mod beside;
mod configuration;
mod images;
mod jobs;
mod lifecycle;
mod namespaces;
mod network;
mod ownership;
pub mod pod_security;
mod probes;
mod rbac;
mod resources;
mod scheduling;
mod storage;

use crate::policy::Entry;

/// Every theme's policies.
const THEMES: &[&[Entry]] = &[
    images::POLICIES,
    resources::POLICIES,
    probes::POLICIES,
    availability::POLICIES,
    lifecycle::POLICIES,
    pod_security::POLICIES,
    rbac::POLICIES,
    configuration::POLICIES,
    network::POLICIES,
    namespaces::POLICIES,
    ownership::POLICIES,
    storage::POLICIES,
    scheduling::POLICIES,
    jobs::POLICIES,
    api_versions::POLICIES,
    access::POLICIES,
];

/// Every policy, theme by theme.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    THEMES.iter().copied().flatten()
}

/// The policy with this code or name.
pub fn find(code_or_name: &str) -> Option<&'static Entry> {
    all().find(|entry| entry.meta.name == code_or_name || entry.meta.code.eq_ignore_ascii_case(code_or_name))
}
