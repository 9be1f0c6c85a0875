//! `AVL12 fixed-autoscaler-range`: an autoscaler must have room to scale.

use crate::object::autoscaling::Autoscaler;
use crate::policy::prelude::*;

policy! {
    /// The minimum and the maximum of an autoscaler are the same.
    ///
    /// HorizontalPodAutoscalers and the ScaledObjects of KEDA are looked at.
    ///
    /// ## Why
    /// Such an autoscaler never scales, and everybody thinks it does: often it was pinned in an incident and forgotten. It
    /// also overrules whoever sets `replicas`.
    ///
    /// ## Fix
    /// Raise the maximum, or remove the autoscaler and set `replicas`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { minReplicas: 3, maxReplicas: 3, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { minReplicas: 3, maxReplicas: 9, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
    /// ```
    pub(super) FixedAutoscalerRange = {
        code: "AVL12",
        since: "0.1.0",
        severity: Low,
        on: Autoscaler,
        equivalents: ["polaris:hpaMaxAvailability", "gatekeeper:horizontalpodautoscaler"],
        references: ["https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// How many Pods there must be between the minimum and the maximum.
    min_range: u16,
}

impl Default for Params {
    fn default() -> Self {
        Self { min_range: 1 }
    }
}

impl Check for FixedAutoscalerRange {
    type Params = Params;

    fn check(params: &Params, autoscaler: Autoscaler<'_>, _: &Context<'_>, out: &mut Findings) {
        let (Some(least), Some(most)) = (autoscaler.min_replicas(), autoscaler.max_replicas()) else {
            return;
        };
        let (range, wanted) = (most.saturating_sub(*least), i64::from(params.min_range));
        if range < wanted {
            out.report(most, format_args!("from {least} to {most} Pods there is no room to scale"));
        }
    }
}
