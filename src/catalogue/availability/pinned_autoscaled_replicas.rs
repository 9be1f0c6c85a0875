//! `AVL15 pinned-autoscaled-replicas`: where an autoscaler decides, a manifest must not.

use crate::catalogue::beside;
use crate::object::meta::LAST_APPLIED;
use crate::policy::Request;
use crate::policy::prelude::*;
use crate::tree::json;

policy! {
    /// A manifest sets `replicas` of a workload that an autoscaler scales.
    ///
    /// In a file `replicas` itself tells. An object on its way into a cluster always has it, because the API fills it in;
    /// there the manifest tells that `kubectl apply` keeps in an annotation. What was written by other clients, or by
    /// server-side apply, cannot be told. `replicas: 0` passes: it switches a HorizontalPodAutoscaler off, which is
    /// somebody's decision.
    ///
    /// ## Why
    /// Every delivery sets the number back to that of the manifest: under full load forty Pods become three, and the
    /// autoscaler needs minutes to bring them back. Behind a delivery of something else nobody looks for the reason.
    ///
    /// ## Fix
    /// Leave `replicas` out of the manifest. Take it out with `kubectl apply edit-last-applied` first, or that delivery sets
    /// the number to 1 once.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   replicas: 3
    ///   template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } }
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { minReplicas: 3, maxReplicas: 40, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } }
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { minReplicas: 3, maxReplicas: 40, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
    /// ```
    pub(super) PinnedAutoscaledReplicas = {
        code: "AVL15",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        needs: Facts,
        reads: &[&kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT],
        equivalents: ["kube-score:deployment-targeted-by-hpa-does-not-have-replicas-configured"],
        references: [
            "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling",
        ],
    }
}

/// What `kubectl apply` calls itself when it writes that.
const CLIENT_SIDE: &str = "kubectl-client-side-apply";

impl Check for PinnedAutoscaledReplicas {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let (Some(kind), Some(object), Some(replicas)) = (subject.kind(), subject.object, subject.replicas())
        else {
            return;
        };
        // It stays behind where something else applies the manifest by now.
        let is_by_kubectl = |request: Request<'_>| request.field_manager == Some(CLIENT_SIDE);
        if subject.request.is_some_and(|request| !is_by_kubectl(request)) {
            return;
        }
        let is_stored = subject.request.is_some() || object.is_stored();
        let manifest = object.annotation(LAST_APPLIED).filter(|_| is_stored);
        let is_written = replicas.place().absent_path().is_empty() && *replicas > 0;
        if manifest.is_none() && (is_stored || !is_written) {
            return;
        }
        let autoscaler = beside::autoscaler(context, kind, object.name().unwrap_or_default());
        let Some(Some(autoscaler)) = out.known(autoscaler) else { return };
        // Read last: hardly any workload has an autoscaler, and a manifest may be long.
        if manifest.is_none_or(|manifest| sets_replicas(&manifest)) {
            let (kind, name) = (autoscaler.kind().name, shown(autoscaler.name()));
            out.report(
                replicas,
                format_args!(
                    "the manifest sets `replicas`, and {kind} `{name}` decides: each apply resets it"
                ),
            );
        }
    }
}

/// Whether a manifest sets a number of Pods; what cannot be read sets none.
fn sets_replicas(manifest: &str) -> bool {
    let tree = json::read(manifest.as_bytes());
    let root = tree.as_ref().ok().and_then(|tree| tree.root());
    let replicas = root.and_then(|root| root.field("spec")?.field("replicas")?.as_i64());
    replicas.is_some_and(|replicas| replicas > 0)
}
