//! `AVL18 unbounded-vertical-autoscaler`: what is given to a Pod must fit a node.

use crate::catalogue::beside;
use crate::object::kinds::Kind;
use crate::object::pod::Pod;
use crate::object::vertical_autoscaling::VerticalPodAutoscaler;
use crate::policy::prelude::*;

policy! {
    /// A VerticalPodAutoscaler may give a container as much or as little as it likes.
    ///
    /// Off unless it is selected: who bounds all of them by flags of the recommender needs no bounds here. Each container
    /// needs a policy with `minAllowed` and `maxAllowed` for the resources that are controlled, its own or that of `*`;
    /// where the workload is known, it tells which containers there are. One that only recommends passes.
    ///
    /// ## Why
    /// A leak looks like a need: the recommendation grows with it, until the Pod asks for more than any node has and is
    /// never started again. After a quiet weekend the same arithmetic gives Monday's Pods next to nothing.
    ///
    /// ## Fix
    /// Set `minAllowed` and `maxAllowed` in `resourcePolicy.containerPolicies`, with `containerName: "*"` for the rest.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: autoscaling.k8s.io/v1
    /// kind: VerticalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { targetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: autoscaling.k8s.io/v1
    /// kind: VerticalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   targetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
    ///   resourcePolicy:
    ///     containerPolicies:
    ///       - containerName: "*"
    ///         minAllowed: { cpu: 50m, memory: 64Mi }
    ///         maxAllowed: { cpu: "2", memory: 2Gi }
    /// ```
    pub(super) UnboundedVerticalAutoscaler = {
        code: "AVL18",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: VerticalPodAutoscaler,
        reads: KNOWN,
        equivalents: ["kyverno:check-vpa-configuration"],
        references: [
            "https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/api.md",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Whether there must be a lower bound.
    min_allowed: bool,
    /// Whether there must be an upper bound.
    max_allowed: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { min_allowed: true, max_allowed: true }
    }
}

const KNOWN: &[&Kind] = &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET];

impl Check for UnboundedVerticalAutoscaler {
    type Params = Params;

    fn check(params: &Params, item: VerticalPodAutoscaler<'_>, context: &Context<'_>, out: &mut Findings) {
        if item.update_mode() == "Off" || !(params.min_allowed || params.max_allowed) {
            return;
        }
        for policy in item.container_policies() {
            let bounds = [
                (params.min_allowed, "minAllowed", "least", policy.min_allowed()),
                (params.max_allowed, "maxAllowed", "most", policy.max_allowed()),
            ];
            for (_, path, word, bound) in bounds.into_iter().filter(|(is_needed, ..)| *is_needed) {
                let unbounded = policy.controlled().find(|resource| bound.get(resource).is_none());
                if let Some(resource) = unbounded {
                    let (container, resource) = (shown(*policy.container_name()), shown(resource));
                    let message =
                        format!("nothing says what `{resource}` container `{container}` gets at {word}");
                    out.report(policy.missing(path), message);
                }
            }
        }
        let place = || item.missing("spec.resourcePolicy.containerPolicies");
        if item.container_policies().next().is_none() {
            out.report(place(), "nothing bounds what containers are given");
        } else if let Some(pod) = pod_of(item, context)
            && let Some(container) = pod.running().find(|it| item.policy_of(it.display_name()).is_none())
        {
            let container = shown(container.display_name());
            out.report(place(), format_args!("nothing bounds what container `{container}` is given"));
        }
    }
}

/// The Pods that it is for, if they are known.
fn pod_of<'t>(autoscaler: VerticalPodAutoscaler<'_>, context: &Context<'t>) -> Option<Pod<'t>> {
    beside::scaled(context, &autoscaler.target()?, KNOWN).ok()??.pod()
}
