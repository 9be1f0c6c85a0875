//! `AVL19 missing-autoscaler`: what has to follow its load needs somebody who watches it.

use crate::catalogue::beside;
use crate::object::autoscaling::Autoscaler;
use crate::object::key::Key;
use crate::object::vertical_autoscaling::VerticalPodAutoscaler;
use crate::policy::prelude::*;

policy! {
    /// A Deployment or a StatefulSet has no autoscaler.
    ///
    /// Off unless it is selected: which workloads follow their load is for their owners to say, by a rule for those that
    /// must. A HorizontalPodAutoscaler and a ScaledObject of KEDA count. What is scaled to nothing passes, and so does what
    /// an operator has made (it has a controller among its owners).
    ///
    /// ## Why
    /// A fixed number of Pods is a guess of the load: too many at night, and too few on the day when it matters, when
    /// somebody has to notice, log in and scale by hand.
    ///
    /// ## Fix
    /// Add a HorizontalPodAutoscaler for the workload, and leave `replicas` out of its manifest.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { minReplicas: 2, maxReplicas: 9, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
    /// ```
    pub(super) MissingAutoscaler = {
        code: "AVL19",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET],
        needs: Facts,
        reads: &[
            &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT, &kinds::VERTICAL_POD_AUTOSCALER,
        ],
        equivalents: ["kyverno:check-hpa-exists"],
        references: ["https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Whether a VerticalPodAutoscaler will do too.
    vertical: bool,
}

impl Check for MissingAutoscaler {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let (Some(kind), Some(object)) = (subject.kind(), subject.object) else { return };
        let is_asked = object.controller().is_none() && subject.replicas().is_some_and(|it| *it > 0);
        let Some(name) = object.name().filter(|_| is_asked) else { return };
        let horizontal: Option<Option<Autoscaler<'_>>> = out.known(beside::autoscaler(context, kind, name));
        let Some(None) = horizontal else { return };
        if params.vertical {
            let by = Key::Target(kind.name, name);
            let Some(all) = out.known(context.beside_by::<VerticalPodAutoscaler<'static>>(by)) else {
                return;
            };
            if all.iter().filter_map(|it| it.target()).any(|target| target.is(kind, name)) {
                return;
            }
        }
        out.report(object, "no autoscaler has it as its target").awaited();
    }
}
