//! `RES03 missing-memory-limit`: a container must not be able to take all memory of its node.

use super::common::missing::Limit;
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A container may use any amount of memory.
    ///
    /// A limit for the whole Pod counts. Init containers count, ephemeral containers cannot have resources. What a
    /// LimitRange of the namespace supplies counts where it is known: the API server writes it into the Pods that it makes of
    /// a template.
    ///
    /// ## Why
    /// A leak in one container takes the memory of the whole node: the kernel then kills whatever it finds, and
    /// in the end the node itself stops answering.
    ///
    /// ## Fix
    /// Set `resources.limits.memory` to the most that the container may need.
    ///
    /// ## Exceptions
    /// Node agents whose use grows with the node.
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
        reads: &[&kinds::LIMIT_RANGE],
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

    fn check(_: &NoParams, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        MEMORY.report(pod, context, out);
    }
}
