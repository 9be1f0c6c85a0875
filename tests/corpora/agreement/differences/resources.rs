//! About resources.

use super::Difference;
use super::Speaks::Here;
use crate::agreement::predicates::contains;

pub(super) const DIFFERENCES: &[Difference] = &[
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
