//! `AVL01 single-replica`: what others call must not be a single Pod.

use crate::catalogue::beside::{self, Workload};
use crate::object::network::Service;
use crate::policy::prelude::*;

policy! {
    /// A Deployment or a StatefulSet behind a Service keeps a single Pod, or is scaled down to one.
    ///
    /// None at all is on purpose. Where an autoscaler decides, its minimum counts, and `low-autoscaler-minimum` speaks of
    /// it. A Deployment with a volume that only one node can use cannot have a second Pod, and passes.
    ///
    /// ## Why
    /// A single Pod goes with its node: at every drain, every upgrade of the cluster, every rollout that does not go well,
    /// nobody answers until a new one has been scheduled, pulled and started. A budget cannot help it: it either lets the Pod
    /// go or holds up the drain.
    ///
    /// ## Fix
    /// Set `replicas` to 2 or more, or let an autoscaler with such a minimum decide.
    ///
    /// ## Exceptions
    /// What elects a leader or must be alone, and databases that are not replicated.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { replicas: 1, template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { replicas: 2, template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web } }
    /// ```
    pub(super) SingleReplica = {
        code: "AVL01",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::SCALE],
        needs: Facts,
        reads: &[
            &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::HORIZONTAL_POD_AUTOSCALER,
            &kinds::SCALED_OBJECT, &kinds::SERVICE, &kinds::PERSISTENT_VOLUME_CLAIM,
        ],
        equivalents: [
            "polaris:deploymentMissingReplicas", "kube-linter:minimum-three-replicas",
            "kube-score:deployment-replicas", "kyverno:require-deployments-have-multiple-replicas",
            "gatekeeper:replicalimits", "datree:DEPLOYMENT_INCORRECT_REPLICAS_VALUE",
        ],
        references: ["https://kubernetes.io/docs/concepts/workloads/pods/disruptions/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// How many Pods there must be, if there are any.
    min_replicas: u16,
    /// Whether only Pods count that a Service sends traffic to.
    only_behind_services: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { min_replicas: 2, only_behind_services: true }
    }
}

impl Check for SingleReplica {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(replicas) = subject.replicas() else { return };
        if *replicas < 1 || *replicas >= params.min_replicas.into() {
            return;
        }
        let workload = Workload::of_subject(context, &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET]);
        let Some(Some(workload)) = out.known(workload) else { return };
        let Some(None) = out.known(beside::autoscaler(context, workload.kind, workload.name())) else {
            return;
        };
        let services = beside::selecting::<Service<'static>>(context, workload.pod_labels());
        let Some(service) = out.known(services).map(|services| services.into_iter().next()) else { return };
        if service.is_none() && params.only_behind_services {
            return;
        }
        if *workload.kind == kinds::DEPLOYMENT
            && let Some(pod) = workload.pod()
        {
            let Some(None) = out.known(beside::one_node_claim(context, &pod)) else { return };
        }
        let least = params.min_replicas;
        let service = service.and_then(|service| service.metadata()?.name());
        let message = match service {
            Some(service) => {
                format!("`replicas: {replicas}` behind the Service `{}`, fewer than {least}", shown(&service))
            }
            None => format!("`replicas: {replicas}`, fewer than {least}"),
        };
        out.report(replicas, message).magnitude(-*replicas);
    }
}
