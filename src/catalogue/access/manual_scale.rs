//! `ADM05 manual-scale`: the number of Pods belongs to a manifest or to an autoscaler.

use crate::object::subresources::Scale;
use crate::policy::prelude::*;

policy! {
    /// Somebody sets the number of replicas through the `scale` subresource (`kubectl scale`).
    ///
    /// The HorizontalPodAutoscaler and others in `kube-system`, such as the autoscaler of the cluster's DNS, do so too,
    /// and pass. A request that leaves the number as it was passes as well.
    ///
    /// ## Why
    /// The manifest says another number, and the next rollout or the autoscaler puts it back, when nobody
    /// remembers why it was changed. A workload that was scaled to nothing by hand stays down until it is found.
    ///
    /// ## Fix
    /// Change `replicas` in the manifest, or `minReplicas` of the autoscaler.
    ///
    /// ## Exceptions
    /// On-call engineers and other autoscalers, such as KEDA: scope a rule to their users and groups, and mind who
    /// can create the namespaces of their ServiceAccounts.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: UPDATE
    /// subResource: scale
    /// kind: { group: autoscaling, version: v1, kind: Scale }
    /// userInfo: { username: alice }
    /// object: { apiVersion: autoscaling/v1, kind: Scale, metadata: { name: web }, spec: { replicas: 0 } }
    /// oldObject: { apiVersion: autoscaling/v1, kind: Scale, metadata: { name: web }, spec: { replicas: 3 } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: UPDATE
    /// subResource: scale
    /// kind: { group: autoscaling, version: v1, kind: Scale }
    /// userInfo: { username: "system:serviceaccount:kube-system:horizontal-pod-autoscaler" }
    /// object: { apiVersion: autoscaling/v1, kind: Scale, metadata: { name: web }, spec: { replicas: 5 } }
    /// oldObject: { apiVersion: autoscaling/v1, kind: Scale, metadata: { name: web }, spec: { replicas: 3 } }
    /// ```
    pub(super) ManualScale = {
        code: "ADM05",
        since: "0.1.0",
        severity: Medium,
        on: Scale,
        operations: [Update],
        needs: Request,
        equivalents: ["kyverno:restrict-scale"],
    }
}

impl Check for ManualScale {
    type Params = NoParams;

    fn check(_: &NoParams, scale: Scale<'_>, context: &Context<'_>, out: &mut Findings) {
        // No autoscaler by its name alone: outside the cluster's own namespace anybody may turn out to be called so.
        let Some(request) = context.subject.request.filter(|it| !it.is_by_kubernetes()) else {
            return;
        };
        let before = context.before::<Scale<'_>>().and_then(Scale::spec).map(|spec| *spec.replicas());
        let Some(wanted) = scale.spec().map(|spec| spec.replicas()) else { return };
        if before == Some(*wanted) {
            return;
        }
        let user = shown(request.user);
        let message = match before {
            Some(before) => format!("`{user}` scales by hand from {before} to {wanted} replicas"),
            None => format!("`{user}` scales by hand to {wanted} replicas"),
        };
        out.report(wanted, message);
    }
}
