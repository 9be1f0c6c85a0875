//! `SCH02 control-plane-toleration`: a workload must not run on the nodes that the cluster is ruled from.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod tolerates the taint of control plane nodes.
    ///
    /// That is `node-role.kubernetes.io/control-plane`, and `node-role.kubernetes.io/master`, as it was called
    /// before. Who tolerates every taint is left to `blanket-toleration`.
    ///
    /// ## Why
    /// There the workload takes CPU, memory and disk from the API server and from etcd, and when these are slow,
    /// everything in the cluster is. Whoever gets out of such a container is where the certificates of the cluster
    /// are.
    ///
    /// ## Fix
    /// Remove the toleration.
    ///
    /// ## Exceptions
    /// Node agents that must run on every node, by a rule for their namespaces, and clusters that have no other
    /// nodes.
    ///
    /// ## Denied
    /// ```yaml
    /// tolerations: [{ key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule }]
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// tolerations: [{ key: dedicated, operator: Equal, value: web, effect: NoSchedule }]
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) ControlPlaneToleration = {
        code: "SCH02",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        equivalents: ["kyverno:restrict-controlplane-scheduling"],
        references: ["https://kubernetes.io/docs/reference/labels-annotations-taints/"],
    }
}

const CONTROL_PLANE: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

impl Check for ControlPlaneToleration {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let keys = pod.spec.tolerations().iter().map(|toleration| toleration.key());
        for key in keys.filter(|key| CONTROL_PLANE.contains(&**key)) {
            out.report(key, format_args!("may run on control plane nodes: tolerates `{}`", *key));
        }
    }
}
