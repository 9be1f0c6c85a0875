//! `LCY07 excessive-grace-period`: a Pod must not keep its node waiting.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod may take very long to stop.
    ///
    /// ## Why
    /// A node is drained when its last Pod is gone. One that does not react to `SIGTERM` holds up the upgrade of the
    /// cluster for its whole grace period, on one node after the other, and most autoscalers and spot nodes do not
    /// wait: they take the node away after some minutes, whatever the Pod was promised.
    ///
    /// ## Fix
    /// Set `terminationGracePeriodSeconds` to what the program needs, with some reserve.
    ///
    /// ## Exceptions
    /// Databases that have to write out what they hold, and programs that finish long work: a rule for them with a
    /// larger `max`.
    ///
    /// ## Denied
    /// ```yaml
    /// terminationGracePeriodSeconds: 86400
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// terminationGracePeriodSeconds: 120
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) ExcessiveGracePeriod = {
        code: "LCY07",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Seconds that a Pod may take to stop.
    max: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self { max: 600 }
    }
}

impl Check for ExcessiveGracePeriod {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let (grace, max) = (pod.spec.termination_grace_period_seconds(), params.max);
        if *grace > max.into() {
            let message = format_args!("the Pod may take {grace} s to stop, more than {max} s");
            out.report(grace, message).magnitude(*grace);
        }
    }
}
