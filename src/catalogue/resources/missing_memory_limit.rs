//! `RES03 missing-memory-limit`: a container must not be able to take all memory of its node.

use super::common::missing::Limit;
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A container may use any amount of memory.
    ///
    /// A limit for the whole Pod counts. Init containers count, ephemeral containers cannot have resources. What a
    /// LimitRange of the namespace supplies is written into Pods when they are made, never into the templates that
    /// they are made from: a template has to say it itself.
    ///
    /// ## Why
    /// A leak in one container takes the memory of the whole node: the kernel then kills whatever it finds, and
    /// in the end the node itself stops answering.
    ///
    /// ## Fix
    /// Set `resources.limits.memory` to the most that the container may need.
    ///
    /// ## Exceptions
    /// Node agents whose use grows with the node, and workloads that leave it to a LimitRange: by a rule for their
    /// namespace.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { memory: 256Mi } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { limits: { memory: 512Mi } } }]
    /// ```
    pub(super) MissingMemoryLimit = {
        code: "RES03",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        equivalents: [
            "polaris:memoryLimitsMissing", "kube-linter:unset-memory-requirements",
            "kube-score:container-resources", "kyverno:require-pod-requests-limits",
            "gatekeeper:containerlimits", "gatekeeper:containerresources", "trivy:KSV-0018",
            "kubescape:C-0271", "kubescape:C-0004", "kubescape:C-0009",
            "kubeaudit:limits", "datree:CONTAINERS_MISSING_MEMORY_LIMIT_KEY",
        ],
        references: ["https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"],
    }
}

const MEMORY: Limit = Limit { resource: "memory", path: "resources.limits.memory", word: "memory" };

impl Check for MissingMemoryLimit {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        MEMORY.report(pod, out);
    }
}
