//! `RES02 missing-memory-request`: the scheduler must know how much memory a container needs.

use super::common::missing::Request;
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A container requests no memory.
    ///
    /// A limit counts as a request, as the API server makes it one; so does what the whole Pod requests. Init
    /// containers count, ephemeral containers cannot have resources. What a LimitRange of the namespace supplies counts
    /// where it is known: the API server writes it into the Pods that it makes of a template.
    ///
    /// ## Why
    /// Without a request the scheduler puts the Pod on any node, however full. When memory runs out there, Pods
    /// without requests are the first to be killed, and their neighbours the next.
    ///
    /// ## Fix
    /// Set `resources.requests.memory` to what the container uses under normal load.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { cpu: 100m } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { memory: 256Mi } } }]
    /// ```
    pub(super) MissingMemoryRequest = {
        code: "RES02",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        reads: &[&kinds::LIMIT_RANGE],
        equivalents: [
            "polaris:memoryRequestsMissing", "kube-score:container-resources",
            "kyverno:require-pod-requests-limits", "gatekeeper:containerrequests",
            "gatekeeper:containerresources", "trivy:KSV-0016", "kubescape:C-0269", "kubescape:C-0004",
            "datree:CONTAINERS_MISSING_MEMORY_REQUEST_KEY",
        ],
        references: ["https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"],
    }
}

const MEMORY: Request = Request { resource: "memory", path: "resources.requests.memory", word: "memory" };

impl Check for MissingMemoryRequest {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        MEMORY.report(pod, context, out);
    }
}
