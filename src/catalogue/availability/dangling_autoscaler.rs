//! `AVL13 dangling-autoscaler`: an autoscaler must have something to scale.

use crate::catalogue::beside::SCALED;
use crate::object::key;
use crate::policy::prelude::*;

policy! {
    /// An autoscaler names a workload that is not there.
    ///
    /// HorizontalPodAutoscalers, the ScaledObjects of KEDA and VerticalPodAutoscalers are looked at, where they are for a
    /// Deployment, a StatefulSet or a ReplicationController of their namespace. Of other kinds, such as Rollouts, nothing
    /// is known, and what an operator has made (it has a controller among its owners) is its business.
    /// `unscalable-autoscaler-target` speaks of kinds that nothing can scale.
    ///
    /// ## Why
    /// A name with a typing error, or a workload that was renamed and its autoscaler was not: the API takes it, nothing
    /// fails, and the workload stands there with the few Pods that it started with when the load comes. Only the
    /// conditions of the autoscaler say so, and nobody reads them.
    ///
    /// ## Fix
    /// Name the workload as it is called, or remove the autoscaler.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { minReplicas: 2, maxReplicas: 9, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: wbe } }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { minReplicas: 2, maxReplicas: 9, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    pub(super) DanglingAutoscaler = {
        code: "AVL13",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &[
            &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT, &kinds::VERTICAL_POD_AUTOSCALER,
        ],
        needs: Facts,
        reads: SCALED,
        equivalents: [
            "kube-linter:dangling-horizontalpodautoscaler", "kube-score:horizontalpodautoscaler-has-target",
            "gatekeeper:horizontalpodautoscaler", "kubescape:C-0300", "kyverno:verify-vpa-target",
        ],
        references: ["https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"],
    }
}

impl Check for DanglingAutoscaler {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let (Some(kind), Some(object)) = (subject.kind(), subject.judged()) else { return };
        let target = key::target(kind, object).filter(|_| object.controller().is_none());
        let Some(target) = target else { return };
        let Some(kind) = target.kind_among(SCALED) else { return };
        let named = context.facts.named(kind, subject.namespace, target.name);
        if let Some(None) = out.known(named) {
            let message = format_args!("there is no {} `{}` to scale", kind.name, shown(target.name));
            out.report(target.reference, message).awaited();
        }
    }
}
