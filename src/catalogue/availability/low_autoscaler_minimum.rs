//! `AVL11 low-autoscaler-minimum`: an autoscaler must not leave a single Pod.

use crate::object::autoscaling::Autoscaler;
use crate::policy::prelude::*;

policy! {
    /// An autoscaler may go down to a single Pod.
    ///
    /// HorizontalPodAutoscalers and the ScaledObjects of KEDA are looked at. One that may go down to nothing does so on
    /// purpose: it works through queues. A HorizontalPodAutoscaler that says nothing keeps one Pod.
    ///
    /// ## Why
    /// At night the autoscaler goes down to its minimum, and then everything hangs on one Pod and one node: the first drain,
    /// crash or zone that goes takes the service with it, when the fewest people look.
    ///
    /// ## Fix
    /// Set the minimum to 2, or to the number of zones.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { minReplicas: 1, maxReplicas: 9, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { minReplicas: 3, maxReplicas: 9, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
    /// ```
    pub(super) LowAutoscalerMinimum = {
        code: "AVL11",
        since: "0.1.0",
        severity: Medium,
        on: Autoscaler,
        equivalents: [
            "polaris:hpaMinAvailability", "kube-linter:hpa-minimum-three-replicas",
            "kube-score:horizontalpodautoscaler-replicas", "gatekeeper:horizontalpodautoscaler",
            "datree:HPA_MISSING_MINREPLICAS_KEY",
        ],
        references: ["https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// How many Pods an autoscaler must keep, if it keeps any.
    min_replicas: u16,
}

impl Default for Params {
    fn default() -> Self {
        Self { min_replicas: 2 }
    }
}

impl Check for LowAutoscalerMinimum {
    type Params = Params;

    fn check(params: &Params, autoscaler: Autoscaler<'_>, _: &Context<'_>, out: &mut Findings) {
        let wanted = i64::from(params.min_replicas);
        if let Some(least) = autoscaler.min_replicas().filter(|least| (1..wanted).contains(&**least)) {
            out.report(least, format_args!("may go down to `{least}`, fewer than {wanted} Pods"))
                .magnitude(-*least);
        }
    }
}
