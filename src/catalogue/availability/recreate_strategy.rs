//! `AVL25 recreate-strategy`: new Pods should come before the old ones go.

use crate::catalogue::beside;
use crate::object::apps::RolledOut;
use crate::policy::prelude::*;

policy! {
    /// A workload is not rolled out Pod by Pod.
    ///
    /// A Deployment with a volume that only one node can use has to be recreated, and passes; so does one whose volume
    /// claim is not known.
    ///
    /// ## Why
    /// With `Recreate` every release is an outage: all old Pods stop before the first new one is pulled, started and ready,
    /// and if the new one does not come up, nothing runs. With `OnDelete` nothing changes until somebody deletes Pods by
    /// hand, and the nodes run different versions for months.
    ///
    /// ## Fix
    /// Use `type: RollingUpdate`.
    ///
    /// ## Exceptions
    /// Programs of which two versions must never run at the same time, and agents whose nodes are updated one by one.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { strategy: { type: Recreate }, template: { spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { strategy: { type: RollingUpdate }, template: { spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    pub(super) RecreateStrategy = {
        code: "AVL25",
        since: "0.1.0",
        severity: Low,
        on: RolledOut,
        needs: Facts,
        reads: &[&kinds::PERSISTENT_VOLUME_CLAIM],
        equivalents: ["kube-linter:no-rolling-update-strategy", "kube-score:deployment-strategy", "kubescape:C-0305"],
        references: ["https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy"],
    }
}

impl Check for RecreateStrategy {
    type Params = NoParams;

    fn check(_: &NoParams, workload: RolledOut<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(strategy) = workload.spec().and_then(|spec| spec.strategy()) else { return };
        let kind = strategy.kind();
        if *kind == "RollingUpdate" {
            return;
        }
        if *kind == "Recreate"
            && let Some(pod) = context.subject.pod()
        {
            let Some(None) = out.known(beside::one_node_claim(context, pod)) else { return };
        }
        let message = match *kind {
            "Recreate" => "all Pods stop before the first new one starts".to_owned(),
            "OnDelete" => "new Pods come only when somebody deletes the old ones".to_owned(),
            other => format!("`{}` is not a rolling update", shown(other)),
        };
        out.report(kind, message);
    }
}
