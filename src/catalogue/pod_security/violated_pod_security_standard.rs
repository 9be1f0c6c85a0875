//! `SEC37 violated-pod-security-standard`: a Pod must keep to the Pod Security Standard that is demanded of it.

use super::standards::{Checks, message};
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod violates a Pod Security Standard, judged exactly as Kubernetes judges it.
    ///
    /// Every field that the standard does not allow is a finding, and its message begins with the id of the check
    /// as Kubernetes has it, such as `hostNamespaces`. Init and ephemeral containers are looked at too.
    ///
    /// Kubernetes enforces a standard for Pods only, by labels of their namespace; here it holds for every template
    /// that becomes a Pod as well. `seawall check --pod-security restricted:v1.30 FILES` shows what enforcing one
    /// would refuse. Where another policy speaks of the same field, as strictly, this one leaves it to that.
    ///
    /// ## Why
    /// A namespace that enforces the standard refuses the Pods of such a workload, and nobody sees it: its
    /// Deployment is accepted, and has no Pods.
    ///
    /// ## Fix
    /// Remove the field, or give it a value that the standard allows; where one must be set, set it as the message
    /// says.
    ///
    /// ## Denied
    /// ```yaml
    /// hostNetwork: true
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
    /// containers:
    ///   - name: web
    ///     image: "web:1.4.2"
    ///     securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
    /// ```
    pub(super) ViolatedPodSecurityStandard = {
        code: "SEC37",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Pod,
        yields_to: [
            "SEC01" in Container, "SEC02" in Field, "SEC03" in Field, "SEC04" in Field, "SEC05" in Field,
            "SEC06" in Field, "SEC07" in Field, "SEC08" in Field, "SEC09" in Field, "SEC10" in Field,
            "SEC11" in Field, "SEC12" in Field, "SEC13" in Field, "SEC14" in Field, "SEC15" in Field,
            "SEC31" in Field, "SEC32" in Field, "SEC33" in Field, "SEC34" in Field, "SEC35" in Field,
            "SEC36" in Field, "PRB09" in Field,
        ],
        equivalents: [
            "psa:baseline", "psa:restricted", "kyverno:podsecurity-subrule-baseline",
            "kyverno:podsecurity-subrule-restricted-latest", "kyverno:validate.podSecurity",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/"],
    }
}

impl Check for ViolatedPodSecurityStandard {
    type Params = Checks;

    fn check(standard: &Checks, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        standard.violations(pod, |check, violation| {
            out.report(violation.reported_at(), message(check, &violation));
        });
    }
}
