//! `AVL31 eviction-opt-out`: who keeps a node from being emptied must say why.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod asks the autoscaler of the nodes never to move it, and does not say why.
    ///
    /// An annotation on the Pod, beside the one that asks, gives the reason.
    ///
    /// ## Why
    /// A node with such a Pod is never taken away and never replaced: it is paid for when it is empty but for this one, and
    /// keeps its old kernel. Most of these annotations were copied from a chart, and nobody knows whether they matter.
    ///
    /// ## Fix
    /// Remove the annotation, or say why it is needed in `seawall.dev/eviction-opt-out-reason`.
    ///
    /// ## Exceptions
    /// Long batch work that starts from the beginning when it is moved.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: { name: web, annotations: { karpenter.sh/do-not-disrupt: "true" } }
    /// spec: { containers: [{ name: web, image: "web:1.4.2" }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: training
    ///   annotations:
    ///     karpenter.sh/do-not-disrupt: "true"
    ///     seawall.dev/eviction-opt-out-reason: a training run of two days without checkpoints
    /// spec: { containers: [{ name: web, image: "web:1.4.2" }] }
    /// ```
    pub(super) EvictionOptOut = {
        code: "AVL31",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        equivalents: [],
        references: [
            "https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md",
            "https://karpenter.sh/docs/concepts/disruption/",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Annotations that keep a Pod where it is.
    opt_outs: Vec<Annotation>,
    /// Key of the annotation that says why.
    reason_key: String,
}

/// An annotation.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Annotation {
    /// Its key.
    key: String,
    /// Its value.
    value: String,
}

impl Default for Params {
    fn default() -> Self {
        let opt_outs = [
            ("cluster-autoscaler.kubernetes.io/safe-to-evict", "false"),
            ("karpenter.sh/do-not-disrupt", "true"),
            ("karpenter.sh/do-not-evict", "true"),
        ];
        let annotation =
            |(key, value): (&str, &str)| Annotation { key: key.to_owned(), value: value.to_owned() };
        Self {
            opt_outs: opt_outs.map(annotation).into(),
            reason_key: "seawall.dev/eviction-opt-out-reason".to_owned(),
        }
    }
}

impl Check for EvictionOptOut {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(annotations) = pod.metadata.map(|metadata| metadata.annotations()) else { return };
        if annotations.get(&params.reason_key).is_some_and(|reason| !reason.trim().is_empty()) {
            return;
        }
        for opt_out in &params.opt_outs {
            if let Some(value) = annotations.get(&opt_out.key).filter(|value| **value == opt_out.value) {
                let (key, reason) = (shown(&opt_out.key), shown_within(&params.reason_key, 36));
                out.report(value, format_args!("`{key}` keeps its node, and `{reason}` does not say why"));
            }
        }
    }
}
