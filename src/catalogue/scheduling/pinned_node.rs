//! `SCH01 pinned-node`: a Pod must not depend on one node.

use crate::object::meta::Object;
use crate::policy::Operation;
use crate::policy::prelude::*;

policy! {
    /// A Pod names the node that it must run on.
    ///
    /// Judged are templates, and Pods when they are made: later the scheduler has written the name. The Pods by which a
    /// kubelet shows what it runs from files of its node pass. An empty name is none.
    ///
    /// ## Why
    /// The scheduler is not asked, and nobody looks whether the node has room or is being emptied. On a full node the
    /// Pod is refused, on one that is gone it is cleared away as an orphan, and a workload with such a template makes
    /// the next one at once: thousands of Pods that never run. Taints that keep Pods away are passed over too.
    ///
    /// ## Fix
    /// Remove `nodeName`; where the kind of node matters, select it by a label in `nodeSelector`.
    ///
    /// ## Denied
    /// ```yaml
    /// nodeName: node-7
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// nodeSelector: { kubernetes.io/arch: arm64 }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) PinnedNode = {
        code: "SCH01",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: kinds::ANY_POD_CARRIER,
        equivalents: ["kyverno:restrict-node-selection"],
        references: ["https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename"],
    }
}

impl Check for PinnedNode {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        if is_scheduled(subject) {
            return;
        }
        let pod = subject.pod().filter(|pod| !pod.is_mirror());
        if let Some(node) = pod.and_then(|pod| pod.spec.node_name()).filter(|node| !node.is_empty()) {
            let message =
                format_args!("names the node `{}` instead of leaving it to the scheduler", shown(&node));
            out.report(node, message).fix(Fix::remove(node));
        }
    }
}

/// Whether this is a Pod for which a node has been found, so that it has to have a name there.
fn is_scheduled(subject: &Subject<'_>) -> bool {
    let is_stored = || subject.request.is_none() && subject.object.is_some_and(Object::is_stored);
    subject.kind() == Some(&kinds::POD) && (subject.operation != Operation::Create || is_stored())
}
