//! `AVL21 flapping-autoscaler`: an autoscaler must not chase every swing of the load.

use crate::object::autoscaling::HorizontalPodAutoscaler;
use crate::policy::prelude::*;

policy! {
    /// A HorizontalPodAutoscaler takes Pods away too early, or aims at a utilization that is out of bounds.
    ///
    /// Only what is written is judged: without `behavior` the controller looks back for five minutes.
    ///
    /// ## Why
    /// Without a window the number of Pods follows the load down at once and up again a minute later. Every Pod that
    /// goes drops its connections, every new one starts cold, and the load that this makes moves the number again. A
    /// target near 100 % leaves no room while new Pods start; one near nothing pays for idle nodes.
    ///
    /// ## Fix
    /// Leave `behavior.scaleDown.stabilizationWindowSeconds` at 300 and aim at 40 to 85 percent.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
    ///   maxReplicas: 9
    ///   behavior: { scaleDown: { stabilizationWindowSeconds: 0 } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
    ///   maxReplicas: 9
    ///   behavior: { scaleDown: { stabilizationWindowSeconds: 300 } }
    /// ```
    pub(super) FlappingAutoscaler = {
        code: "AVL21",
        since: "0.1.0",
        severity: Low,
        on: HorizontalPodAutoscaler,
        equivalents: [],
        references: ["https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#flapping"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The shortest time that scaling down has to look back, in seconds.
    min_scale_down_window: u16,
    /// The lowest utilization to aim at, in percent of the request.
    min_utilization: u16,
    /// The highest.
    max_utilization: u16,
}

impl Default for Params {
    fn default() -> Self {
        Self { min_scale_down_window: 60, min_utilization: 40, max_utilization: 85 }
    }
}

impl Check for FlappingAutoscaler {
    type Params = Params;

    fn check(params: &Params, autoscaler: HorizontalPodAutoscaler<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(spec) = autoscaler.spec() else { return };
        let down = spec.behavior().and_then(|behavior| behavior.scale_down());
        if let Some(window) = down.and_then(|down| down.stabilization_window_seconds())
            && *window < params.min_scale_down_window.into()
        {
            let least = params.min_scale_down_window;
            out.report(window, format_args!("scaling down looks back `{window}` s, less than {least} s"));
        }
        for metric in spec.metrics().iter() {
            let source = metric.resource().or(metric.container_resource());
            let target = source.and_then(|source| source.target()?.average_utilization());
            let Some(target) = target else { continue };
            let (least, most) = (params.min_utilization, params.max_utilization);
            if !(i64::from(least)..=i64::from(most)).contains(&target) {
                out.report(
                    target,
                    format_args!("aims at {target} % utilization, outside {least} to {most} %"),
                );
            }
        }
    }
}
