//! `AVL03 missing-disruption-budget`: a drain must know how many Pods of a workload have to stay.

use crate::catalogue::beside::{self, Workload};
use crate::object::disruption::PodDisruptionBudget;
use crate::policy::prelude::*;

policy! {
    /// A Deployment or a StatefulSet with several Pods has no PodDisruptionBudget, or is scaled up without one.
    ///
    /// One that selects its Pods counts, whatever it allows: `drain-blocking-budget` and others speak of that. Where an
    /// autoscaler decides how many there are, its maximum counts. A single Pod has nothing to share out.
    ///
    /// ## Why
    /// To take a node out of service its Pods are evicted. Nothing but a budget keeps the drain of one node, or of several at
    /// once during an upgrade of the cluster, from evicting all Pods of a workload together: it is down although it had
    /// replicas for exactly this.
    ///
    /// ## Fix
    /// Add a PodDisruptionBudget that selects these Pods, with `maxUnavailable: 1`.
    ///
    /// ## Exceptions
    /// What may be away for as long as it takes to start it elsewhere.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   replicas: 3
    ///   template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   replicas: 3
    ///   template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } }
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
    /// ```
    pub(super) MissingDisruptionBudget = {
        code: "AVL03",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::SCALE],
        needs: Facts,
        reads: &[
            &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::POD_DISRUPTION_BUDGET,
            &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT,
        ],
        equivalents: [
            "polaris:missingPodDisruptionBudget", "kube-score:deployment-has-poddisruptionbudget",
            "kube-score:statefulset-has-poddisruptionbudget", "kyverno:require-pdb",
        ],
        references: ["https://kubernetes.io/docs/tasks/run-application/configure-pdb/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// From how many Pods on there has to be a budget.
    min_replicas: u16,
}

impl Default for Params {
    fn default() -> Self {
        Self { min_replicas: 2 }
    }
}

impl Check for MissingDisruptionBudget {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let workload = Workload::of_subject(context, &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET]);
        let Some(Some(workload)) = out.known(workload) else { return };
        let Some(written) = subject.replicas() else { return };
        let autoscaler = beside::autoscaler(context, workload.kind, workload.name());
        let Some(autoscaler) = out.known(autoscaler) else { return };
        let most = autoscaler.and_then(|autoscaler| autoscaler.max_replicas()).unwrap_or(written);
        if *most < params.min_replicas.into() {
            return;
        }
        let labels = workload.pod_labels();
        let budgets = beside::selecting::<PodDisruptionBudget<'static>>(context, labels);
        if out.known(budgets).is_some_and(|budgets| budgets.is_empty()) {
            out.report(written, format_args!("up to {most} Pods and no PodDisruptionBudget selects them"))
                .awaited();
        }
    }
}
