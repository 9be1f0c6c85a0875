//! `AVL09 undrainable-unhealthy-pods`: a Pod that does not work must not hold up a drain.

use crate::object::disruption::PodDisruptionBudget;
use crate::policy::prelude::*;

policy! {
    /// A PodDisruptionBudget protects Pods that do not work.
    ///
    /// It does unless `unhealthyPodEvictionPolicy` is `AlwaysAllow`.
    ///
    /// ## Why
    /// A Pod in a crash loop counts as one that is gone already. If the budget leaves no other to go, the Pod itself may not
    /// be evicted either: one broken release holds up the drain of its nodes until somebody mends it, or deletes the Pod.
    ///
    /// ## Fix
    /// Set `unhealthyPodEvictionPolicy: AlwaysAllow`.
    ///
    /// ## Exceptions
    /// Databases whose Pods, not ready yet, may hold the last copy of data: allow `IfHealthyBudget` for them, and say it.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: AlwaysAllow, selector: { matchLabels: { app: web } } }
    /// ```
    pub(super) UndrainableUnhealthyPods = {
        code: "AVL09",
        since: "0.1.0",
        severity: Low,
        on: PodDisruptionBudget,
        equivalents: ["kube-linter:pdb-unhealthy-pod-eviction-policy"],
        references: ["https://kubernetes.io/docs/tasks/run-application/configure-pdb/#unhealthy-pod-eviction-policy"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Values that may be set.
    allowed: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { allowed: vec![ALWAYS.to_owned()] }
    }
}

const ALWAYS: &str = "AlwaysAllow";

impl Check for UndrainableUnhealthyPods {
    type Params = Params;

    fn check(params: &Params, budget: PodDisruptionBudget<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(spec) = budget.spec() else { return };
        let policy = spec.unhealthy_pod_eviction_policy();
        if policy.is_some_and(|policy| params.allowed.iter().any(|it| *it == *policy)) {
            return;
        }
        let place = spec.missing("unhealthyPodEvictionPolicy");
        out.report(place, "a Pod that does not work cannot be evicted while the budget is used up")
            .fix(Fix::set(place, ALWAYS));
    }
}
