//! `RES01 missing-cpu-request`: the scheduler must know how much CPU a container needs.

use super::common::missing::Request;
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A container requests no CPU.
    ///
    /// A limit counts as a request, as the API server makes it one; so does what the whole Pod requests. Init
    /// containers count, ephemeral containers cannot have resources. What a LimitRange of the namespace supplies counts
    /// where it is known: the API server writes it into the Pods that it makes of a template.
    ///
    /// ## Why
    /// When a node is busy, CPU time is shared out by request: a container without one gets next to nothing, and
    /// answers so slowly that its probes fail. Until then the scheduler takes it for free and puts it on the fullest
    /// node, and an autoscaler that looks at CPU has nothing to divide by.
    ///
    /// ## Fix
    /// Set `resources.requests.cpu` to what the container uses under normal load.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { memory: 256Mi } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { cpu: 100m } } }]
    /// ```
    pub(super) MissingCpuRequest = {
        code: "RES01",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        reads: &[&kinds::LIMIT_RANGE],
        equivalents: [
            "polaris:cpuRequestsMissing", "kube-linter:unset-cpu-requirements",
            "kube-score:container-resources", "kyverno:require-pod-requests-limits",
            "gatekeeper:containerrequests", "gatekeeper:containerresources", "trivy:KSV-0015",
            "kubescape:C-0268", "kubescape:C-0050", "datree:CONTAINERS_MISSING_CPU_REQUEST_KEY",
        ],
        references: ["https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"],
    }
}

const CPU: Request = Request { resource: "cpu", path: "resources.requests.cpu", word: "CPU" };

impl Check for MissingCpuRequest {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        CPU.report(pod, context, out);
    }
}
