//! `SEC15 missing-run-as-non-root`: a container must not run as root because its image does.

use super::standards::{Pinned, run_as_non_root};
use crate::object::pod::{Pod, PodContainer};
use crate::object::security_context::{PodSecurityContext, SecurityContext};
use crate::policy::prelude::*;

policy! {
    /// A container is not kept from running as root.
    ///
    /// Neither it nor its Pod says `runAsNonRoot: true`, or one of them says `false`. The rule is exactly that of the Pod
    /// Security Standard *restricted*: a `false` of the Pod counts even if all containers say otherwise, and a
    /// `runAsUser` does not stand in for `runAsNonRoot`. Init, app and ephemeral containers are looked at, Pods for
    /// Windows too. From v1.35 on, Pods with `hostUsers: false` are exempt.
    ///
    /// ## Why
    /// Who runs is decided by the image, and most images run as root. Root in a container is root for every file of the
    /// node that it gets hold of, and the next version of an image may bring it back without anybody noticing.
    ///
    /// ## Fix
    /// Set `securityContext.runAsNonRoot: true` in the Pod, and `runAsUser` if the image names its user by name.
    ///
    /// ## Exceptions
    /// Images that must start as root: by a rule for them, or better `hostUsers: false`, which makes that root nobody on
    /// the node.
    ///
    /// ## Denied
    /// ```yaml
    /// securityContext: { runAsUser: 1000 }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// securityContext: { runAsNonRoot: true }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) MissingRunAsNonRoot = {
        code: "SEC15",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        yields_to: ["SEC01" in Container, "SEC36" in PodOrContainer],
        equivalents: [
            "psa:runAsNonRoot", "polaris:runAsRootAllowed", "kube-linter:run-as-non-root",
            "kyverno:require-run-as-nonroot", "gatekeeper:users", "trivy:KSV-0012", "kubeaudit:nonroot",
            "kubescape:C-0013", "kubescape:C-0198", "kubescape:C-0218",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"],
    }
}

impl Check for MissingRunAsNonRoot {
    type Params = Pinned;

    fn check(params: &Pinned, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        params.violations(&run_as_non_root::CHECK, pod, |violation| {
            let owner = violation.owner.shown();
            let message = if violation.place.absent_path().is_empty() {
                format!("{owner} sets `runAsNonRoot: false`")
            } else {
                format!("{owner} may run as root: neither it nor its Pod sets `runAsNonRoot: true`")
            };
            let finding = out.report(violation.place, message);
            if !runs_as_root(pod) {
                finding.fix(Fix::set(violation.place, true));
            }
        });
    }
}

/// Whether a container is told to run as root: it would not start if it was also told not to.
fn runs_as_root(pod: &Pod<'_>) -> bool {
    let of_pod = pod.security_context().and_then(PodSecurityContext::run_as_user);
    let own = |container: &PodContainer<'_>| {
        container.security_context().and_then(SecurityContext::run_as_user).map(|user| *user)
    };
    of_pod.is_some_and(|user| *user == 0) || pod.containers.iter().filter_map(own).any(|user| user == 0)
}
