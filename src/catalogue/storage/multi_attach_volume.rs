//! `STO01 multi-attach-volume`: what one node can use must not be shared by many Pods.

use crate::catalogue::beside::{self, COUNTED, Workload};
use crate::object::View as _;
use crate::object::apps::Replicated;
use crate::object::autoscaling::Autoscaler;
use crate::object::pod::Pod;
use crate::object::subresources::Scale;
use crate::policy::prelude::*;

policy! {
    /// Several Pods of a workload share a volume that only one node at a time can use.
    ///
    /// That is a claim all of whose access modes are `ReadWriteOnce` or `ReadWriteOncePod`. How many Pods there may be
    /// is judged by the workload, by its autoscaler and by whoever scales it; a DaemonSet has many. The templates of claims
    /// of a StatefulSet and ephemeral volumes are one for each Pod. Workloads that are held on one node pass, and a claim
    /// that is not known is not judged.
    ///
    /// ## Why
    /// The first Pod has the volume; the second comes to another node and waits with `Multi-Attach error` for as long as the
    /// first lives. The rollout or the scale-up that was to help never ends, and after the loss of a node the volume stays
    /// where it was for minutes.
    ///
    /// ## Fix
    /// Use a StatefulSet with `volumeClaimTemplates`, a claim with `ReadWriteMany`, or a single Pod.
    ///
    /// ## Exceptions
    /// Clusters with a single node, and network file systems whose claims say `ReadWriteOnce` though every node reaches them.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     spec:
    ///       containers: [{ name: web, image: "web:1.4.2" }]
    ///       volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata: { name: data, namespace: shop }
    /// spec: { accessModes: [ReadWriteOnce] }
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
    ///     spec:
    ///       containers: [{ name: web, image: "web:1.4.2" }]
    ///       volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata: { name: data, namespace: shop }
    /// spec: { accessModes: [ReadWriteMany] }
    /// ```
    pub(super) MultiAttachVolume = {
        code: "STO01",
        since: "0.1.0",
        severity: High,
        on: Subject,
        kinds: &[
            &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICA_SET, &kinds::REPLICATION_CONTROLLER,
            &kinds::DAEMON_SET, &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT, &kinds::SCALE,
        ],
        needs: Facts,
        reads: &[
            &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICA_SET, &kinds::REPLICATION_CONTROLLER,
            &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT, &kinds::PERSISTENT_VOLUME_CLAIM,
        ],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes"],
    }
}

impl Check for MultiAttachVolume {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let (Some(kind), Some(object)) = (subject.kind(), subject.object) else { return };
        if let Some(pod) = subject.pod() {
            check_workload(pod, context, out);
            return;
        }
        let (replicas, scaled) = if let Some(autoscaler) = Autoscaler::of(kind, object) {
            // What KEDA makes of a ScaledObject is as that one says.
            if autoscaler.is_made_by_keda() {
                return;
            }
            (autoscaler.max_replicas(), beside::target(context, autoscaler))
        } else {
            let scale = subject.lens::<Scale<'static>>().and_then(Scale::spec);
            (scale.map(|spec| spec.replicas()), Workload::of_subject(context, COUNTED))
        };
        let Some(replicas) = replicas.filter(|replicas| **replicas > 1) else { return };
        let Some(Some(workload)) = out.known(scaled) else { return };
        let Some(pod) = workload.pod().filter(beside::may_wait_for_claims) else { return };
        if let Some(Some(claim)) = out.known(beside::one_node_claim(context, &pod)) {
            let message =
                format!("up to {replicas} Pods share the claim `{}`, which one node can use", shown(&claim));
            out.report(replicas, message);
        }
    }
}

fn check_workload(pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
    if !beside::may_wait_for_claims(pod) {
        return;
    }
    let Some(Some(claim)) = out.known(beside::one_node_claim(context, pod)) else { return };
    let Some(most) = most(pod, context, out) else { return };
    let shown = shown(&claim);
    match most {
        Most::Pods(pods) if pods <= 1 => {}
        Most::Pods(pods) => {
            out.report(
                claim,
                format_args!("up to {pods} Pods share the claim `{shown}`, which one node can use"),
            );
        }
        Most::OneANode => {
            out.report(
                claim,
                format_args!("the Pods of all nodes share the claim `{shown}`, which one node can use"),
            );
        }
    }
}

/// How many Pods there may be.
enum Most {
    Pods(i64),
    OneANode,
}

fn most(pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) -> Option<Most> {
    if *pod.carrier == kinds::DAEMON_SET {
        return Some(Most::OneANode);
    }
    let written = Replicated::view(context.subject.object?.node())?.spec()?.replicas();
    if *written > 1 {
        return Some(Most::Pods(*written));
    }
    let autoscaler = out.known(beside::autoscaler(context, pod.carrier, context.subject.name?))?;
    let most = autoscaler.and_then(Autoscaler::max_replicas);
    Some(Most::Pods(most.map_or(*written, |most| *most)))
}
