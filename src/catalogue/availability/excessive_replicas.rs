//! `AVL02 excessive-replicas`: a slip of the finger must not fill the cluster.

use crate::object::Int;
use crate::object::autoscaling::Autoscaler;
use crate::policy::prelude::*;

policy! {
    /// A workload has more Pods than the organisation allows, or an autoscaler may make so many.
    ///
    /// Deployments, StatefulSets, `kubectl scale` and the highest number of an autoscaler are looked at.
    ///
    /// ## Why
    /// `replicas: 300` in place of `30` takes every free node, starts new ones for as long as the bill allows, and opens
    /// more connections than the database has.
    ///
    /// ## Fix
    /// Lower `replicas` or the maximum of the autoscaler, or have the bound raised for this workload.
    ///
    /// ## Exceptions
    /// Give workloads that need more a bound of their own, with `params` in a rule.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { replicas: 300, template: { spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { replicas: 30, template: { spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    pub(super) ExcessiveReplicas = {
        code: "AVL02",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Subject,
        kinds: &[
            &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::SCALE, &kinds::HORIZONTAL_POD_AUTOSCALER,
            &kinds::SCALED_OBJECT,
        ],
        equivalents: [
            "gatekeeper:replicalimits", "gatekeeper:horizontalpodautoscaler", "kyverno:restrict-scale",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// How many Pods a workload may have.
    max_replicas: u32,
}

impl Default for Params {
    fn default() -> Self {
        Self { max_replicas: 100 }
    }
}

impl Check for ExcessiveReplicas {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let most = params.max_replicas;
        if let Some(replicas) = replicas(subject).filter(|replicas| **replicas > most.into()) {
            out.report(replicas, format_args!("`{replicas}` Pods, more than {most}")).magnitude(*replicas);
        }
    }
}

/// How many Pods there are, or how many there may be.
fn replicas<'t>(subject: &Subject<'t>) -> Option<Int<'t>> {
    let object = subject.object?;
    if let Some(autoscaler) = Autoscaler::of(subject.kind()?, object) {
        return autoscaler.max_replicas().filter(|_| !autoscaler.is_made_by_keda());
    }
    subject.replicas()
}
