//! How the settings of a check become parameters of the policies that answer to it.

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
mod scheduling;
mod storage;

use serde_json::{Map, Value};

/// Theme by theme the parameters of policies, by code, with which they are to find what a check finds that is set up
/// so.
///
/// Policies of Kyverno have no settings: what they allow stands in them.
const THEMES: &[fn(tool: &str, check: &str, settings: &Value) -> Value] = &[
    api_versions::parameters,
    availability::parameters,
    configuration::parameters,
    images::parameters,
    namespaces::parameters,
    network::parameters,
    ownership::parameters,
    pod_security::parameters,
    rbac::parameters,
    resources::parameters,
    scheduling::parameters,
    storage::parameters,
];

/// The parameters of every policy that answers to a check.
pub(super) fn parameters(tool: &str, check: &str, settings: &Value) -> Map<String, Value> {
    let themes = THEMES.iter().filter_map(|theme| match theme(tool, check, settings) {
        Value::Object(parameters) => Some(parameters),
        _ => None,
    });
    themes.flatten().collect()
}

/// A text of every element of a list.
fn texts(list: &Value, text: fn(&Value) -> &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(|it| text(it).as_str()).collect()
}
