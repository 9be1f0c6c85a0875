//! `AVL26 missing-priority-class`: a workload must say how important it is.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod names no PriorityClass, or one that is not on the list.
    ///
    /// The API server gives Pods without a class the default one of the cluster, if there is one, but not templates: they
    /// have to say it themselves.
    ///
    /// ## Why
    /// When a cluster is full, the scheduler makes room by evicting what has the lowest priority. If nothing has one, it
    /// cannot tell the checkout from the nightly report, and what was there first stays.
    ///
    /// ## Fix
    /// Set `priorityClassName` to one of the cluster's classes.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// priorityClassName: business-critical
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) MissingPriorityClass = {
        code: "AVL26",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        equivalents: [
            "polaris:priorityClassNotSet", "kube-linter:priority-class-name",
            "kyverno:require-pod-priorityclassname", "kyverno:allowed-pod-priorities",
        ],
        references: ["https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Classes that a Pod may have; any, if none is named.
    allowed: Vec<String>,
    /// Whether a Pod must have one.
    required: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { allowed: Vec::new(), required: true }
    }
}

impl Check for MissingPriorityClass {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        // An empty name is none.
        match pod.spec.priority_class_name().filter(|class| !class.is_empty()) {
            Some(class) if params.allowed.is_empty() || params.allowed.iter().any(|it| *it == *class) => {}
            Some(class) => {
                out.report(class, format!("the PriorityClass `{}` is not on the list", shown(&class)));
            }
            None if params.required => {
                out.report(pod.spec.missing("priorityClassName"), "no PriorityClass is named");
            }
            None => {}
        }
    }
}
