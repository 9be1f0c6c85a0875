//! `RES02 missing-memory-request`: the scheduler must know how much memory a container needs.

use super::namespace_gives;
use crate::object::pod::{PodContainer, Role};
use crate::policy::prelude::*;

policy! {
    /// A container requests no memory.
    ///
    /// A limit counts as a request, as the API server makes it one; so does what the whole Pod requests, and what
    /// a LimitRange of the namespace supplies, where LimitRanges are known. Init containers count, ephemeral
    /// containers cannot have resources.
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
        on: PodContainer,
        equivalents: [
            "polaris:memoryRequestsMissing", "kube-score:container-resources",
            "kyverno:require-pod-requests-limits", "gatekeeper:containerrequests",
            "gatekeeper:containerresources", "trivy:KSV-0016", "kubescape:C-0269", "kubescape:C-0004",
        ],
        references: ["https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"],
    }
}

impl Check for MissingMemoryRequest {
    type Params = NoParams;

    fn check(_: &NoParams, container: &PodContainer<'_>, context: &Context<'_>, out: &mut Findings) {
        if container.role == Role::Ephemeral {
            return;
        }
        let name = shown(container.display_name());
        match container.request("memory") {
            Some(request) if request.is_positive() => {}
            Some(request) => {
                out.report(request, format!("container `{name}` requests no memory: `0` reserves nothing"));
            }
            None if namespace_gives(context, |range| range.container_request("memory")) => {}
            None => {
                let place = container.missing("resources.requests.memory");
                out.report(place, format!("container `{name}` has no memory request"));
            }
        }
    }
}
