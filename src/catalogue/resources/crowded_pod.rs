//! `RES15 crowded-pod`: a Pod is one thing to schedule, scale and restart, not a machine to put things on.

use crate::object::pod::{Pod, Role};
use crate::policy::prelude::*;

policy! {
    /// A Pod runs many containers side by side.
    ///
    /// App containers count, and init containers that stay (`restartPolicy: Always`), also those that were put in on
    /// the way: leave room for them. Other init containers count only if `countInit` says so.
    ///
    /// ## Why
    /// Containers of a Pod live and die together: what is scaled, updated or evicted is always all of them. With each
    /// one the Pod gets harder to place, and one that is not ready takes the others out of service.
    ///
    /// ## Fix
    /// Put what can live on its own into a workload of its own.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - { name: web, image: "web:1.4.2" }
    ///   - { name: api, image: "api:1.4.2" }
    ///   - { name: mail, image: "mail:1.4.2" }
    ///   - { name: jobs, image: "jobs:1.4.2" }
    ///   - { name: cache, image: "cache:1.4.2" }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - { name: web, image: "web:1.4.2" }
    ///   - { name: proxy, image: "proxy:1.4.2" }
    /// ```
    pub(super) CrowdedPod = {
        code: "RES15",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        equivalents: ["kyverno:limit-containers-per-pod"],
        references: ["https://kubernetes.io/docs/concepts/workloads/pods/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// How many containers a Pod may run.
    max: u16,
    /// Whether init containers count that run to their end.
    count_init: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { max: 4, count_init: false }
    }
}

impl Check for CrowdedPod {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let counts = |role| match role {
            Role::App | Role::Sidecar => true,
            Role::Init => params.count_init,
            Role::Ephemeral => false,
        };
        let count = pod.containers.iter().filter(|container| counts(container.role)).count();
        if count > params.max.into() {
            let message = format_args!("Pod has {count} containers, more than {}", params.max);
            out.report(pod.spec.containers(), message).magnitude(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}
