//! `APH02 mismatched-selector`: a workload that does not select its own Pods.

use crate::object::selector::LabelSelector;
use crate::object::{Map, Place, Text, View};
use crate::policy::prelude::*;

policy! {
    /// The selector of a workload does not match the labels of its Pod template, or is empty.
    ///
    /// The API server refuses such a workload before any webhook is asked: this is for files.
    ///
    /// ## Why
    /// The rollout stops at this object, after those before it have been applied; often it was a label that was changed in
    /// one of two places.
    ///
    /// ## Fix
    /// Put into `selector.matchLabels` only labels that the template has, with the same values.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web }
    /// spec:
    ///   selector: { matchLabels: { app: web } }
    ///   template:
    ///     metadata: { labels: { app: shop-web } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2" }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web }
    /// spec:
    ///   selector: { matchLabels: { app: web } }
    ///   template:
    ///     metadata: { labels: { app: web, tier: front } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2" }] }
    /// ```
    pub(super) MismatchedSelector = {
        code: "APH02",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &[
            &kinds::REPLICATION_CONTROLLER,
            &kinds::REPLICA_SET,
            &kinds::DEPLOYMENT,
            &kinds::STATEFUL_SET,
            &kinds::DAEMON_SET,
        ],
        equivalents: [
            "kube-linter:mismatching-selector",
            "kube-score:deployment-pod-selector-labels-match-template-metadata-labels",
            "kube-score:statefulset-pod-selector-labels-match-template-metadata-labels",
        ],
    }
}

impl Check for MismatchedSelector {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        // What has no Pod template yet, or no selector, is told so by the API server; of old versions it makes one.
        let (Some(object), Some(pod)) = (subject.object, subject.pod()) else { return };
        let Some(selector) = object.node().descend(&["spec", "selector"]) else { return };
        let labels = pod.metadata.map(|metadata| metadata.labels());
        let is_equality = *pod.carrier == kinds::REPLICATION_CONTROLLER;
        let selects = if is_equality {
            selector.children().all(|it| has(labels, it.key(), it.as_str().unwrap_or_default()))
        } else {
            LabelSelector::view(selector).is_none_or(|selector| selector.matches(labels))
        };
        let is_empty = |key: &str| selector.field(key).is_none_or(|it| it.children().next().is_none());
        // An empty one of a ReplicationController becomes the labels of its template.
        let selects_all = !is_equality && is_empty("matchLabels") && is_empty("matchExpressions");
        if selects_all {
            out.report(
                Place::from(selector),
                "is empty: it must select the Pods of the template, and no others",
            );
        } else if !selects {
            out.report(
                Place::from(selector),
                "does not select the Pods of the template: their labels differ",
            );
        }
    }
}

fn has(labels: Option<Map<'_, Text<'_>>>, key: &str, value: &str) -> bool {
    labels.and_then(|labels| labels.get(key)).is_some_and(|it| *it == value)
}
