//! `AVL34 rollout-without-survivors`: a rollout must leave Pods that answer.

use crate::catalogue::beside;
use crate::object::apps::RolledOut;
use crate::object::share::Rounding;
use crate::policy::prelude::*;

policy! {
    /// A rolling update may take away all Pods at once.
    ///
    /// Percentages are rounded down. Where an autoscaler decides how many Pods there are, its minimum counts. A single Pod
    /// has nobody to leave behind, and passes.
    ///
    /// ## Why
    /// With `maxUnavailable: 100%`, or a number as large as that of the Pods, every release stops all old Pods before one new
    /// Pod is ready. If the new ones do not come up, nothing answers until somebody rolls back.
    ///
    /// ## Fix
    /// Lower `maxUnavailable`, to 1 or 25%.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   replicas: 3
    ///   strategy: { type: RollingUpdate, rollingUpdate: { maxUnavailable: 3 } }
    ///   template: { spec: { containers: [{ name: web, image: "web:1.4.2" }] } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   replicas: 3
    ///   strategy: { type: RollingUpdate, rollingUpdate: { maxUnavailable: 1 } }
    ///   template: { spec: { containers: [{ name: web, image: "web:1.4.2" }] } }
    /// ```
    pub(super) RolloutWithoutSurvivors = {
        code: "AVL34",
        since: "0.1.0",
        severity: Medium,
        on: RolledOut,
        kinds: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        needs: Facts,
        reads: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-unavailable"],
    }
}

impl Check for RolloutWithoutSurvivors {
    type Params = NoParams;

    fn check(_: &NoParams, workload: RolledOut<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(spec) = workload.spec() else { return };
        let Some(strategy) = spec.strategy().filter(|it| *it.kind() == "RollingUpdate") else { return };
        let Some(bound) = strategy.rolling_update().and_then(|it| it.max_unavailable()) else { return };
        let takes_all =
            |pods: i64| pods >= 2 && bound.share_of(pods, Rounding::Down).is_some_and(|it| it >= pods);
        // Of a share everything is everything, whatever the autoscaler makes of the number; else nobody else need be asked
        // where two Pods would not be all.
        if !takes_all(2) {
            return;
        }
        let written = *spec.replicas();
        if written == 0 {
            return;
        }
        let pods = if bound.percent().is_some() && written >= 2 {
            written
        } else {
            let (Some(kind), Some(name)) = (context.subject.kind(), context.subject.name) else { return };
            let Some(autoscaler) = out.known(beside::autoscaler(context, kind, name)) else { return };
            autoscaler.and_then(|it| it.min_replicas()).map_or(written, |least| *least)
        };
        if takes_all(pods) {
            out.report(bound, format_args!("a rollout may take away all {pods} Pods at once"));
        }
    }
}
