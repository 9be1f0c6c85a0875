//! `AVL26 missing-priority-class`: a workload must say how important it is.

use crate::object::pod::Pod;
use crate::object::scheduling::PriorityClass;
use crate::policy::Within;
use crate::policy::prelude::*;

policy! {
    /// A Pod names no PriorityClass, or one that is not on the list.
    ///
    /// The API server gives Pods without a class the default one of the cluster. Where it is known that there is one, it is
    /// taken for that of a template.
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
        reads: &[&kinds::PRIORITY_CLASS],
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

    fn check(params: &Params, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        // An empty name is none.
        match pod.spec.priority_class_name().filter(|class| !class.is_empty()) {
            Some(class) if params.allows(&class) => {}
            Some(class) => {
                out.report(class, format_args!("the PriorityClass `{}` is not on the list", shown(&class)));
            }
            None if params.required && !params.allows_default(pod, context) => {
                out.report(pod.spec.missing("priorityClassName"), "no PriorityClass is named");
            }
            None => {}
        }
    }
}

impl Params {
    fn allows(&self, class: &str) -> bool {
        self.allowed.is_empty() || self.allowed.iter().any(|it| it == class)
    }

    /// Whether the Pods of a template are given a class that will do. One that was made has it by now.
    fn allows_default(&self, pod: &Pod<'_>, context: &Context<'_>) -> bool {
        let is_default = |class: PriorityClass<'_>| {
            let name = class.metadata().and_then(|metadata| metadata.name());
            *class.global_default() && name.is_some_and(|name| self.allows(&name))
        };
        let classes = || context.facts.list::<PriorityClass<'static>>(Within::Cluster, None);
        !pod.is_made() && classes().is_ok_and(|classes| classes.into_iter().any(is_default))
    }
}
