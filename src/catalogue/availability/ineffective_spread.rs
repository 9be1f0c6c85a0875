//! `AVL23 ineffective-spread`: a spread constraint must count the Pods that it is to spread.

use crate::object::pod::Pod;
use crate::object::selector::LabelSelector;
use crate::policy::prelude::*;

policy! {
    /// A topology spread constraint does not select the Pod that it stands in.
    ///
    /// One without a selector selects no Pod. A selector with labels that controllers add to their Pods, such as
    /// `pod-template-hash`, cannot be judged by a template and passes. An anti-affinity may be about other Pods on
    /// purpose, and is not looked at.
    ///
    /// ## Why
    /// The constraint counts other Pods, or none, and the scheduler puts all of one's own on the same node. It looks as if
    /// they were spread until that node goes. A label was renamed, or the constraint copied from another workload.
    ///
    /// ## Fix
    /// Select the labels of the Pod itself in `labelSelector`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec:
    ///       topologySpreadConstraints:
    ///         - { maxSkew: 1, topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: wbe } } }
    ///       containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec:
    ///       topologySpreadConstraints:
    ///         - { maxSkew: 1, topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: web } } }
    ///       containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) IneffectiveSpread = {
        code: "AVL23",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        equivalents: ["kube-score:pod-topology-spread-constraints"],
        references: ["https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/"],
    }
}

/// Labels that controllers of Kubernetes, and Argo Rollouts, add to the Pods that they make.
const ADDED: [&str; 10] = [
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "pod-template-hash",
    "rollouts-pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
];

impl Check for IneffectiveSpread {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let labels = pod.metadata.map(|metadata| metadata.labels());
        for constraint in pod.spec.topology_spread_constraints().iter() {
            let key = shown(&constraint.topology_key());
            match constraint.label_selector() {
                None => {
                    let place = constraint.missing("labelSelector");
                    out.report(place, format_args!("the constraint over `{key}` selects no Pod"));
                }
                Some(selector) if !selector.matches(labels) && !asks_for_added(selector) => {
                    out.report(
                        selector,
                        format_args!("the constraint over `{key}` does not select the Pod itself"),
                    );
                }
                Some(_) => {}
            }
        }
    }
}

fn asks_for_added(selector: LabelSelector<'_>) -> bool {
    let labels = selector.match_labels().iter().map(|(key, _)| key);
    let expressions = selector.match_expressions().iter().filter_map(|it| it.key()).map(|key| *key);
    labels.chain(expressions).any(|key| ADDED.contains(&key))
}
