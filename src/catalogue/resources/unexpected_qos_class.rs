//! `RES06 unexpected-qos-class`: a Pod must have a quality of service that fits what it is for.

use crate::object::pod::Pod;
use crate::object::resources::{Claim, QosClass};
use crate::policy::prelude::*;

policy! {
    /// A Pod has a quality of service class that it must not have.
    ///
    /// The class is worked out as the kubelet does it: from CPU and memory of all containers, init containers and
    /// sidecars among them, or of the Pod as a whole where it declares them (`spec.resources`, known from v1.32 and
    /// on by default from v1.34 on). A limit without a request is its own request, and `1` is `1000m`. Ephemeral
    /// containers and other resources do not count. Which class is right differs: demand `Guaranteed` in a rule for
    /// what is critical. Sidecars that are put in later change the class; it is that of the Pod that counts.
    ///
    /// ## Why
    /// When a node runs out of memory, the class decides who goes: `BestEffort` first, whatever it does, then
    /// `Burstable` Pods that use more than they have requested. Only a `Guaranteed` Pod that stays within its limits
    /// is left alone, and one container without a limit is enough to make it `Burstable`.
    ///
    /// ## Fix
    /// Set requests and limits of CPU and memory as the class demands: equal in every container for `Guaranteed`.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { cpu: 100m, memory: 256Mi } } }]
    /// ```
    pub(super) UnexpectedQosClass = {
        code: "RES06",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Pod,
        yields_to: [
            "RES01" in Container, "RES02" in Container, "RES03" in Field, "RES04" in Field,
        ],
        equivalents: [
            "kube-score:container-resource-requests-equal-limits",
            "kube-score:container-cpu-requests-equal-limits",
            "kube-score:container-memory-requests-equal-limits", "kyverno:require-qos-guaranteed",
            "kyverno:require-qos-burstable",
        ],
        references: ["https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// The classes that a Pod may have: of `Guaranteed`, `Burstable`, `BestEffort`.
    allowed: Vec<QosClass>,
}

impl Default for Params {
    fn default() -> Self {
        Self { allowed: vec![QosClass::Guaranteed, QosClass::Burstable] }
    }
}

impl Check for UnexpectedQosClass {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let class = pod.qos_class();
        if params.allowed.contains(&class) {
            return;
        }
        // What is missing is where the class would change; a class that is too good has no such place.
        let Some(claim) = pod.first_unguaranteed() else {
            out.report(pod.spec.containers(), format_args!("Pod is `{class}`, which is not allowed"));
            return;
        };
        let (field, defect) = defect(&claim);
        let place = claim.place(pod, field);
        match claim.container.map(|container| shown(container.display_name())) {
            Some(name) => out.report(place, format_args!("Pod is `{class}`: container `{name}` {defect}")),
            None => out.report(place, format_args!("Pod is `{class}`: as a whole it {defect}")),
        };
    }
}

/// The field that keeps a claim from being guaranteed, and what is wrong there.
fn defect(claim: &Claim<'_, '_>) -> (&'static str, &'static str) {
    match (claim.resource, claim.limit.is_positive(), claim.request.is_positive()) {
        ("cpu", false, false) => ("resources.limits.cpu", "has neither a request nor a limit for CPU"),
        ("cpu", false, true) => ("resources.limits.cpu", "has no CPU limit"),
        ("cpu", true, _) => ("resources.requests.cpu", "does not request all the CPU that it may use"),
        (_, false, false) => ("resources.limits.memory", "has neither a request nor a limit for memory"),
        (_, false, true) => ("resources.limits.memory", "has no memory limit"),
        (_, true, _) => ("resources.requests.memory", "does not request all the memory that it may use"),
    }
}
