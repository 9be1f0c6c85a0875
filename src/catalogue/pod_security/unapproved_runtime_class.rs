//! `SEC25 unapproved-runtime-class`: a Pod must run in a runtime that is meant for it.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod names a RuntimeClass that is not on the list, or none where one is required.
    ///
    /// Whether Pods must be in a sandbox differs between namespaces: require it in a rule for those that run what others wrote.
    ///
    /// ## Why
    /// A RuntimeClass decides what stands between a container and its node: a virtual machine, a kernel in user space, or
    /// nothing. One that is not meant for workloads may be nothing at all.
    ///
    /// ## Fix
    /// Set `runtimeClassName` to one that is approved for the namespace.
    ///
    /// ## Denied
    /// ```yaml
    /// runtimeClassName: legacy
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// runtimeClassName: gvisor
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) UnapprovedRuntimeClass = {
        code: "SEC25",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Pod,
        equivalents: ["kyverno:restrict-runtimeClassName", "kubescape:C-0297"],
        references: ["https://kubernetes.io/docs/concepts/containers/runtime-class/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Classes that a Pod may name.
    allowed: Vec<String>,
    /// Whether a Pod must name one: without, the runtime of the node runs it.
    required: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { allowed: vec!["gvisor".to_owned(), "kata".to_owned()], required: false }
    }
}

impl Check for UnapprovedRuntimeClass {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        // An empty name is none.
        let class = pod.spec.runtime_class_name().filter(|class| !class.is_empty());
        match class {
            Some(class) if params.allowed.iter().any(|it| *it == *class) => {}
            Some(class) => {
                out.report(
                    class,
                    format_args!("Pod runs in the RuntimeClass `{}`, which is not approved", shown(&class)),
                );
            }
            None if params.required => {
                out.report(pod.spec.missing("runtimeClassName"), "Pod runs in the runtime of its node");
            }
            None => {}
        }
    }
}
