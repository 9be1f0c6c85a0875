//! `STO11 surge-on-single-node-volume`: a new Pod must not wait for the volume of the one that it replaces.

use crate::catalogue::beside;
use crate::object::apps::Deployment;
use crate::object::share::Rounding;
use crate::policy::prelude::*;

policy! {
    /// A Deployment with a volume that only one node can use starts new Pods before the old ones are gone.
    ///
    /// That is the default: `RollingUpdate` with a quarter more Pods, rounded up. Workloads that are held on one node pass,
    /// and a claim that is not known is not judged.
    ///
    /// ## Why
    /// The new Pod comes to another node and waits with `Multi-Attach error` for the volume of the old one, which stays until
    /// the new one is ready. The rollout hangs until somebody deletes the old Pod, or works whenever both happen to come to
    /// one node.
    ///
    /// ## Fix
    /// Set `strategy: { type: Recreate }`, or `maxSurge: 0` with `maxUnavailable: 1`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
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
    ///   strategy: { type: Recreate }
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
    pub(super) SurgeOnSingleNodeVolume = {
        code: "STO11",
        since: "0.1.0",
        severity: Medium,
        on: Deployment,
        needs: Facts,
        reads: &[&kinds::PERSISTENT_VOLUME_CLAIM],
        yields_to: ["STO01" in Object],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy"],
    }
}

impl Check for SurgeOnSingleNodeVolume {
    type Params = NoParams;

    fn check(_: &NoParams, deployment: Deployment<'_>, context: &Context<'_>, out: &mut Findings) {
        let waiting = context.subject.pod().filter(|pod| beside::may_wait_for_claims(pod));
        // With several Pods it is the number that is wrong, which is another policy's.
        let spec = deployment.spec().filter(|spec| *spec.replicas() == 1);
        let Some((pod, spec)) = waiting.zip(spec) else { return };
        let Some(surge) = spec.max_surge() else { return };
        if surge.share_of(1, Rounding::Up).is_none_or(|extra| extra < 1) {
            return;
        }
        let Some(Some(claim)) = out.known(beside::one_node_claim(context, pod)) else { return };
        out.report(
            surge,
            format_args!("the new Pod waits for the claim `{}`, which the old one has", shown(&claim)),
        );
    }
}
