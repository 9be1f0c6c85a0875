//! `ADM05 manual-scale`: the number of Pods belongs to a manifest or to an autoscaler.

use crate::catalogue::beside::{self, Workload};
use crate::object::disruption::PodDisruptionBudget;
use crate::object::kinds::Kind;
use crate::object::subresources::Scale;
use crate::policy::Unknown;
use crate::policy::prelude::*;

policy! {
    /// Somebody sets the number of replicas through the `scale` subresource (`kubectl scale`).
    ///
    /// The HorizontalPodAutoscaler and others in `kube-system`, such as the autoscaler of the cluster's DNS, do so too,
    /// and pass. A request that leaves the number as it was passes as well. Where other objects are known, the message
    /// names the autoscaler whose number is overruled, and the PodDisruptionBudget of what is scaled to nothing.
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
        reads: &[
            &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT,
            &kinds::POD_DISRUPTION_BUDGET,
        ],
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
        let from = before.map(|before| format!(" from {before}")).unwrap_or_default();
        let message = match overruled(*wanted, context) {
            Ok(Some(other)) => {
                format!("`{}` scales by hand{from} to {wanted}, {other}", shown_within(request.user, 20))
            }
            Ok(None) | Err(_) => {
                format!("`{}` scales by hand{from} to {wanted} replicas", shown(request.user))
            }
        };
        out.report(wanted, message);
    }
}

const SCALED: [&Kind; 2] = [&kinds::DEPLOYMENT, &kinds::STATEFUL_SET];

/// Who else has said how many there should be.
fn overruled(wanted: i64, context: &Context<'_>) -> Result<Option<String>, Unknown> {
    let Some(workload) = Workload::of_subject(context, &SCALED)? else { return Ok(None) };
    if wanted == 0 {
        let budgets = beside::selecting::<PodDisruptionBudget<'static>>(context, workload.pod_labels())?;
        if let Some(name) = budgets.first().and_then(|budget| budget.metadata()?.name()) {
            return Ok(Some(format!("PodDisruptionBudget `{}` protects them", shown_within(&name, 20))));
        }
    }
    let autoscaler = beside::autoscaler(context, workload.kind, workload.name())?;
    let said = autoscaler.map(|it| format!("{} `{}` decides", it.kind().name, shown_within(it.name(), 20)));
    Ok(said)
}
