//! About resources.

use serde_json::Value;

use super::Difference;
use super::Speaks::{Here, There};
use crate::agreement::predicates::{any, contains};

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        tool: "datree",
        checks: &["CONTAINERS_MISSING_CPU_REQUEST_KEY"],
        speaks: There,
        condition: "`limits.cpu` without `requests.cpu`",
        is_it: |case| {
            let is_implied = |resources: &Value| {
                resources["limits"]["cpu"].is_string() && resources["requests"]["cpu"].is_null()
            };
            any(case, &|key, value| key == "resources" && is_implied(value))
        },
        reason: "a container that only declares a limit requests as much (`SetDefaults_Pod`)",
    },
    Difference {
        tool: "gatekeeper",
        checks: &["containerlimits"],
        speaks: Here,
        condition: "`cpu: \"-1\"`",
        is_it: |case| case.settings["parameters"]["cpu"] == "-1",
        reason: "each resource has a policy of its own: the one about CPU is not selected then",
    },
    Difference {
        tool: "gatekeeper",
        checks: &["containerresources"],
        speaks: Here,
        condition: "`limits` or `requests` lacks a resource",
        is_it: |case| {
            let demanded = |field: &str| {
                let resources = &case.settings["parameters"][field];
                contains(resources, "cpu") && contains(resources, "memory")
            };
            !demanded("limits") || !demanded("requests")
        },
        reason: "each resource has a policy of its own: those about the others are not selected then",
    },
];
