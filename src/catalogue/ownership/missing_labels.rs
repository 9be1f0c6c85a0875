//! `META01 missing-labels`: labels by which people and tools tell what something is and whose it is.

use super::shared::labels::{Entries, Required, report_missing};
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

policy! {
    /// A workload or its Pods lack a label that everything is found by, or have a value that is none of those meant.
    ///
    /// A workload and its Pod template are looked at one by one, because each is selected by its own labels. What other
    /// objects must have is for `otherLabels` to say; by default nothing.
    ///
    /// ## Why
    /// At three in the morning nobody knows whose Pod it is that fills the node, costs cannot be split, and dashboards
    /// show half of an application.
    ///
    /// ## Fix
    /// Set the label in `metadata.labels`, and in those of the Pod template.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, labels: { app.kubernetes.io/name: web } }
    /// spec:
    ///   selector: { matchLabels: { app: web } }
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2" }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, labels: { app.kubernetes.io/name: web } }
    /// spec:
    ///   selector: { matchLabels: { app.kubernetes.io/name: web } }
    ///   template:
    ///     metadata: { labels: { app.kubernetes.io/name: web } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2" }] }
    /// ```
    pub(super) MissingLabels = {
        code: "META01",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: MARKED,
        equivalents: [
            "kube-linter:required-label-owner", "kyverno:require-labels", "kyverno:metadata-match-regex",
            "kyverno:require-kubecost-labels", "gatekeeper:requiredlabels", "kubescape:C-0076", "kubescape:C-0077",
            "datree:WORKLOAD_MISSING_LABEL_OWNER_VALUE", "datree:DEPLOYMENT_MISSING_LABEL_ENV_VALUE",
        ],
        references: ["https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/"],
    }
}

/// Everything that people and pipelines write, with the Pods and templates that carry what they write.
pub(super) const MARKED: &[&kinds::Kind] = &{
    let mut marked = [&kinds::CUSTOM_WORKLOAD; kinds::DECLARED.len() + 3];
    let (declared, others) = marked.split_at_mut(kinds::DECLARED.len());
    declared.copy_from_slice(kinds::DECLARED);
    others[0] = &kinds::POD;
    others[1] = &kinds::REPLICA_SET;
    marked
};

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// What workloads and their Pods must have: keys, and for each the regular expressions of which its value must match
    /// one; any value will do where there is none.
    labels: Required,
    /// The same for every other object.
    other_labels: Required,
}

impl Default for Params {
    fn default() -> Self {
        let name = ("app.kubernetes.io/name".to_owned(), Patterns::of_default(&[]));
        Self { labels: [name].into(), other_labels: Required::new() }
    }
}

impl Check for MissingLabels {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let (Some(object), Some(kind)) = (subject.object, subject.kind()) else { return };
        let labels = object.metadata().map(|metadata| metadata.labels());
        let of_object = Entries { within: object.node(), path: "metadata.labels", map: labels };
        if !kind.carries_pod() {
            return report_missing(&params.other_labels, &of_object, "label", out);
        }
        report_missing(&params.labels, &of_object, "label", out);
        let Some(pod) = subject.pod().filter(|_| *kind != kinds::POD) else { return };
        // What stands around the specification is the template.
        let Some(template) = pod.spec.node().parent() else { return };
        let labels = pod.metadata.map(|metadata| metadata.labels());
        let of_template = Entries { within: template, path: "metadata.labels", map: labels };
        report_missing(&params.labels, &of_template, "label", out);
    }
}
