//! `AVL33 unscalable-autoscaler-target`: an autoscaler must scale something that can be scaled.

use crate::object::autoscaling::Autoscaler;
use crate::policy::prelude::*;

policy! {
    /// An autoscaler scales a kind that has no number of Pods, or that is not there.
    ///
    /// Of what Kubernetes itself has, only Deployments, StatefulSets, ReplicaSets and ReplicationControllers can be
    /// scaled, by the group where they are now: `apps`, not `extensions`. Kinds of other groups pass.
    ///
    /// ## Why
    /// The API takes it, and the autoscaler never does anything: the workload keeps its few Pods under any load, and only
    /// the conditions of the autoscaler say why.
    ///
    /// ## Fix
    /// Name what is to be scaled: `apiVersion: apps/v1` and `kind: Deployment`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: agent, namespace: shop }
    /// spec: { minReplicas: 2, maxReplicas: 9, scaleTargetRef: { apiVersion: apps/v1, kind: DaemonSet, name: agent } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { minReplicas: 2, maxReplicas: 9, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
    /// ```
    pub(super) UnscalableAutoscalerTarget = {
        code: "AVL33",
        since: "0.1.0",
        severity: High,
        on: Autoscaler,
        equivalents: [],
        references: ["https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"],
    }
}

/// Groups whose kinds are known.
const GROUPS: [&str; 4] = ["", "apps", "batch", "extensions"];

const SCALABLE: [(&str, &str); 4] =
    [("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "ReplicaSet"), ("", "ReplicationController")];

impl Check for UnscalableAutoscalerTarget {
    type Params = NoParams;

    fn check(_: &NoParams, autoscaler: Autoscaler<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(target) = autoscaler.target() else { return };
        if !GROUPS.contains(&target.group) || SCALABLE.contains(&(target.group, target.kind)) {
            return;
        }
        let (kind, group) = (shown(target.kind), target.group);
        let message = if group.is_empty() {
            format!("`{kind}` of the core group cannot be scaled")
        } else {
            format!("`{kind}` of the group `{group}` cannot be scaled")
        };
        out.report(target.reference, message);
    }
}
