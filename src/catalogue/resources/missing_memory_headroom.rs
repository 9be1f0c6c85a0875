//! `RES17 missing-memory-headroom`: where memory use varies, a limit must leave room above the request.

use super::common::ratios::pairs;
use crate::object::pod::Pod;
use crate::policy::params::Factor;
use crate::policy::prelude::*;

policy! {
    /// A memory limit is hardly more than the request, or no more at all.
    ///
    /// A limit without a request is its own request, as the API server makes it one. What the whole Pod declares is
    /// judged the same. Good sources contradict each other: `Guaranteed` Pods, which `unexpected-qos-class` can
    /// demand, have equal requests and limits.
    ///
    /// ## Why
    /// Requests are set to what a program normally uses. If that is its limit as well, the first unusual day kills
    /// it: a larger upload, a cold cache, a migration at the start that was never measured.
    ///
    /// ## Fix
    /// Set `resources.limits.memory` to the most that is ever used, and `resources.requests.memory` to what is
    /// normal.
    ///
    /// ## Exceptions
    /// What is critical and is to be evicted last, by a rule.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { memory: 512Mi }, limits: { memory: 512Mi } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { memory: 512Mi }, limits: { memory: 768Mi } } }]
    /// ```
    pub(super) MissingMemoryHeadroom = {
        code: "RES17",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// How many times its request a memory limit must at least be.
    min: Factor,
}

impl Default for Params {
    fn default() -> Self {
        Self { min: Factor::of_default(1500) }
    }
}

impl Check for MissingMemoryHeadroom {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let min = params.min;
        for pair in pairs(pod, "memory").filter(|it| it.limit.is_less_than(min.exact(), it.request)) {
            out.report(pair.limit, pair.message("memory", format_args!("less than {min}")));
        }
    }
}
