//! The scenarios, a file a theme.

mod apply;
mod audit;
mod certs;
mod chart;
mod chart_certificates;
mod chart_values;
mod control_plane;
mod controllers;
mod defaults;
mod facts;
mod helm;
mod namespaces;
mod node;
mod people;
mod ratchet;
mod refusal;
mod registration;
mod reload;
mod reports;
mod requests;
mod resilience;
mod rights;
mod rotation;
mod selectors;
mod static_registration;
mod webhook_config;
mod with_cluster;

use crate::Scenario;

/// All scenarios. The longest come first: they run beside the others.
pub(crate) fn all() -> Vec<Scenario> {
    [
        control_plane::SCENARIOS,
        reports::SCENARIOS,
        rotation::SCENARIOS,
        resilience::SCENARIOS,
        rights::SCENARIOS,
        chart::SCENARIOS,
        chart_certificates::SCENARIOS,
        chart_values::SCENARIOS,
        node::SCENARIOS,
        reload::SCENARIOS,
        people::SCENARIOS,
        registration::SCENARIOS,
        static_registration::SCENARIOS,
        webhook_config::SCENARIOS,
        with_cluster::SCENARIOS,
        controllers::SCENARIOS,
        defaults::SCENARIOS,
        facts::SCENARIOS,
        selectors::SCENARIOS,
        refusal::SCENARIOS,
        ratchet::SCENARIOS,
        requests::SCENARIOS,
        apply::SCENARIOS,
        audit::SCENARIOS,
        certs::SCENARIOS,
        namespaces::SCENARIOS,
        helm::SCENARIOS,
    ]
    .concat()
}
