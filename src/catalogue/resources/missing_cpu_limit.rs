//! `RES04 missing-cpu-limit`: where everybody must have a limit, nobody may take all CPU of a node.

use super::common::missing::Limit;
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A container may use any amount of CPU.
    ///
    /// A limit for the whole Pod counts. Init containers count, ephemeral containers cannot have resources. What a
    /// LimitRange of the namespace supplies counts where it is known: the API server writes it into the Pods that it makes of
    /// a template. Good sources contradict each other on whether CPU should be limited: `throttling-cpu-limit` is the opposite
    /// of this one.
    ///
    /// ## Why
    /// A container without a limit takes whatever CPU nobody else has requested. What is measured then is not what it
    /// gets once the node is full, and a loop that runs wild slows down everybody who has requested less than they
    /// use.
    ///
    /// ## Fix
    /// Set `resources.limits.cpu` to the most that the container may use.
    ///
    /// ## Exceptions
    /// Services that must answer fast, and whatever is alone on its nodes: by a rule.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { cpu: 100m } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { limits: { cpu: 500m } } }]
    /// ```
    pub(super) MissingCpuLimit = {
        code: "RES04",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        reads: &[&kinds::LIMIT_RANGE],
        equivalents: [
            "polaris:cpuLimitsMissing", "kube-score:container-resources", "kyverno:require-cpu-limits",
            "gatekeeper:containerlimits", "gatekeeper:containerresources", "trivy:KSV-0011",
            "kubescape:C-0270", "kubescape:C-0050", "kubescape:C-0009",
            "kubeaudit:limits", "datree:CONTAINERS_MISSING_CPU_LIMIT_KEY",
        ],
        references: ["https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"],
    }
}

const CPU: Limit = Limit { resource: "cpu", path: "resources.limits.cpu", word: "CPU" };

impl Check for MissingCpuLimit {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        CPU.report(pod, context, out);
    }
}
