//! `LCY02 zero-grace-period`: a Pod must get the chance to stop.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod is killed at once, because its grace period is zero or shorter than it must be.
    ///
    /// A negative period counts as one second, as it does for the kubelet; the API server warns about it.
    ///
    /// ## Why
    /// `SIGKILL` comes without `SIGTERM`: requests and writes are cut off at every rollout and every node drain, and
    /// `preStop` hooks are cut short. With zero, the API server forgets the Pod before its node has stopped it. A
    /// StatefulSet then starts the next Pod of the same name while the old one still writes to its volume.
    ///
    /// ## Fix
    /// Remove `terminationGracePeriodSeconds`, for 30 seconds, or set the time that the program needs to stop.
    ///
    /// ## Exceptions
    /// Node agents whose place must be free at once, as that of Calico's: by a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// terminationGracePeriodSeconds: 0
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// terminationGracePeriodSeconds: 45
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) ZeroGracePeriod = {
        code: "LCY02",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        equivalents: [],
        references: [
            "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination",
            "https://kubernetes.io/docs/tasks/run-application/force-delete-stateful-set-pod/",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Seconds that a Pod must at least be given.
    min: u16,
}

impl Default for Params {
    fn default() -> Self {
        Self { min: 1 }
    }
}

impl Check for ZeroGracePeriod {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let (grace, min) = (pod.spec.grace_period(), i64::from(params.min));
        if grace >= min {
            return;
        }
        let message = match grace {
            0 => "the Pod is killed at once, without time to stop".to_owned(),
            _ => format!("the Pod has {grace} s to stop, less than {min} s"),
        };
        out.report(pod.spec.termination_grace_period_seconds(), message).magnitude(min.saturating_sub(grace));
    }
}
