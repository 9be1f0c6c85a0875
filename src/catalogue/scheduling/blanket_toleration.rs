//! `SCH03 blanket-toleration`: a Pod must not run wherever somebody said that it should not.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod tolerates every taint.
    ///
    /// That is a toleration with `operator: Exists` and no key, also if it is for one effect only. The Pods by which a
    /// kubelet shows what it runs from files of its node have one, and pass.
    ///
    /// ## Why
    /// Taints are how nodes say no: to what they are not set aside for, to anything while they are drained, broken or
    /// out of memory. Such a Pod is scheduled onto control planes and onto nodes that do not answer, comes back to
    /// the node that is just being emptied, and stays on one that is gone, where its replacement waits for it.
    ///
    /// ## Fix
    /// Name the taints that the Pod has to tolerate.
    ///
    /// ## Exceptions
    /// Node agents that must run on every node, such as network and storage drivers: by a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// tolerations: [{ operator: Exists }]
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// tolerations: [{ key: dedicated, operator: Exists, effect: NoSchedule }]
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) BlanketToleration = {
        code: "SCH03",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"],
    }
}

impl Check for BlanketToleration {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let blanket = pod.spec.tolerations().iter().filter(|it| it.is_for_every_taint());
        for toleration in blanket.filter(|_| !pod.is_mirror()) {
            let message = match toleration.effect() {
                Some(effect) if !effect.is_empty() => {
                    format!("tolerates every taint with the effect `{}`", shown(&effect))
                }
                _ => "tolerates every taint".to_owned(),
            };
            out.report(toleration, message);
        }
    }
}
