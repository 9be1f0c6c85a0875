//! `AVL30 fragile-spot-workload`: what runs on nodes that may go any minute must be made for it.

use crate::catalogue::beside;
use crate::object::apps::{Replicated, StatefulSet};
use crate::object::disruption::PodDisruptionBudget;
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A workload that tolerates spot nodes cannot bear to lose one.
    ///
    /// It stops too slowly or in haste, keeps a single Pod, has no PodDisruptionBudget, or has volumes of its own that
    /// have to follow it. A toleration of everything is none of spot nodes.
    ///
    /// ## Why
    /// The provider takes a spot node back with a notice of half a minute to two. A Pod that needs longer is cut off, a single
    /// one leaves nobody behind, and without a budget the drain takes all of them at once.
    ///
    /// ## Fix
    /// Keep two Pods, a PodDisruptionBudget, and a grace period within the notice; leave what has volumes to other nodes.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec:
    ///       terminationGracePeriodSeconds: 600
    ///       tolerations: [{ key: cloud.google.com/gke-spot, operator: Exists }]
    ///       containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec:
    ///       terminationGracePeriodSeconds: 60
    ///       tolerations: [{ key: cloud.google.com/gke-spot, operator: Exists }]
    ///       containers: [{ name: web, image: "web:1.4.2" }]
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
    /// ```
    pub(super) FragileSpotWorkload = {
        code: "AVL30",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Replicated,
        needs: Facts,
        reads: &[&kinds::POD_DISRUPTION_BUDGET, &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Keys of the taints of spot nodes.
    taints: Vec<String>,
    /// The shortest grace period, in seconds.
    min_grace_period: u16,
    /// The longest: the notice that the provider gives.
    max_grace_period: u16,
    /// How many Pods there must be.
    min_replicas: u16,
}

impl Default for Params {
    fn default() -> Self {
        let taints = [
            "cloud.google.com/gke-spot",
            "kubernetes.azure.com/scalesetpriority",
            "eks.amazonaws.com/capacityType",
            "karpenter.sh/capacity-type",
        ];
        Self {
            taints: taints.map(str::to_owned).into(),
            min_grace_period: 60,
            max_grace_period: 120,
            min_replicas: 2,
        }
    }
}

impl Check for FragileSpotWorkload {
    type Params = Params;

    fn check(params: &Params, workload: Replicated<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(pod) = context.subject.pod() else { return };
        let is_spot = |key: &str| params.taints.iter().any(|taint| taint == key);
        let Some(toleration) = pod.spec.tolerations().iter().find(|it| is_spot(&it.key())) else { return };
        params.judge_grace_period(pod, out);
        let claims = context.subject.lens::<StatefulSet<'static>>();
        let claims = claims.and_then(|set| set.spec()).map(|spec| spec.volume_claim_templates());
        if let Some(claims) = claims.filter(|claims| !claims.is_empty()) {
            out.report(claims, "volumes have to follow their Pods whenever a spot node goes");
        }
        params.judge_replicas(workload, context, out);
        let labels = pod.metadata.map(|metadata| metadata.labels());
        let budgets = beside::selecting::<PodDisruptionBudget<'static>>(context, labels);
        if out.known(budgets).is_some_and(|budgets| budgets.is_empty()) {
            out.report(toleration, "tolerates spot nodes without a PodDisruptionBudget").awaited();
        }
    }
}

impl Params {
    fn judge_grace_period(&self, pod: &Pod<'_>, out: &mut Findings) {
        let period = pod.spec.termination_grace_period_seconds();
        let (least, most) = (self.min_grace_period, self.max_grace_period);
        if !(i64::from(least)..=i64::from(most)).contains(&period) {
            out.report(
                period,
                format_args!("`{period}` s to stop on spot nodes, outside {least} to {most} s"),
            );
        }
    }

    fn judge_replicas(&self, workload: Replicated<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(replicas) = workload.spec().map(|spec| spec.replicas()) else { return };
        let wanted = i64::from(self.min_replicas);
        let (Some(kind), Some(name)) = (context.subject.kind(), context.subject.name) else { return };
        if !(1..wanted).contains(&replicas) {
            return;
        }
        let Some(autoscaler) = out.known(beside::autoscaler(context, kind, name)) else { return };
        let least = autoscaler.and_then(|it| it.min_replicas()).map_or(*replicas, |least| *least);
        if (1..wanted).contains(&least) {
            out.report(replicas, format_args!("keeps `{least}` on spot nodes, fewer than {wanted} Pods"));
        }
    }
}
