//! `RES05 excessive-limit-ratio`: a limit must not promise what nobody has reserved.

use super::common::ratios::pairs;
use crate::object::pod::Pod;
use crate::policy::params::Factor;
use crate::policy::prelude::*;

policy! {
    /// A limit is many times the request.
    ///
    /// Compared as exact fractions. A limit without a request is its own request, as the API server makes it one, and
    /// a limit that is equal to its request always passes. What the whole Pod declares is judged the same.
    ///
    /// ## Why
    /// The scheduler fills nodes by requests. If Pods may use four times as much, a node is sold four times over: on
    /// the day when they all use it, the kernel kills containers whose own limits are far away. A limit far above the
    /// request also hides a leak for as long.
    ///
    /// ## Fix
    /// Raise the request to what is really used, or lower the limit.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { memory: 100Mi }, limits: { memory: 2Gi } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { memory: 256Mi }, limits: { memory: 512Mi } } }]
    /// ```
    pub(super) ExcessiveLimitRatio = {
        code: "RES05",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        equivalents: [
            "kyverno:enforce-resources-as-ratio", "kyverno:memory-requests-equal-limits",
            "gatekeeper:containerresourceratios",
        ],
        references: ["https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// How many times its request a memory limit may be; `null` for any number of times.
    memory: Option<Factor>,
    /// How many times its request a CPU limit may be; `null` for any number of times.
    cpu: Option<Factor>,
}

impl Default for Params {
    fn default() -> Self {
        Self { memory: Some(Factor::of_default(2500)), cpu: None }
    }
}

impl Check for ExcessiveLimitRatio {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for (resource, word, max) in [("memory", "memory", params.memory), ("cpu", "CPU", params.cpu)] {
            let Some(max) = max else { continue };
            for pair in pairs(pod, resource).filter(|it| it.limit.is_more_than(max.exact(), it.request)) {
                let message = pair.message(word, format_args!("more than {max}"));
                out.report(pair.limit, message).magnitude(pair.limit.per_mille_of(pair.request));
            }
        }
    }
}
