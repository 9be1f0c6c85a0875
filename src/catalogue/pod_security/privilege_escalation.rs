//! `SEC14 privilege-escalation`: a process must not get more rights than the one that started it.

use super::standards::{Pinned, allow_privilege_escalation};
use crate::object::Text;
use crate::object::pod::{Pod, PodContainer};
use crate::policy::prelude::*;

policy! {
    /// A container does not say `allowPrivilegeEscalation: false`.
    ///
    /// Init, app and ephemeral containers are looked at, and nothing said means yes. From v1.25 on, Pods with
    /// `os: windows` are exempt.
    ///
    /// ## Why
    /// A program with the set-user-ID bit, such as `sudo` or `su`, makes root of any user that runs it. Images are full
    /// of them, and one with a fault turns a broken-into program that runs as nobody into root in its container.
    ///
    /// ## Fix
    /// Set `securityContext.allowPrivilegeEscalation: false` in the container.
    ///
    /// ## Exceptions
    /// Builders of images, and programs that call `sudo` or `ping` with file capabilities: by a rule for them.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", securityContext: { allowPrivilegeEscalation: true } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", securityContext: { allowPrivilegeEscalation: false } }]
    /// ```
    pub(super) PrivilegeEscalation = {
        code: "SEC14",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        yields_to: ["SEC01" in Container],
        equivalents: [
            "psa:allowPrivilegeEscalation", "polaris:privilegeEscalationAllowed",
            "kube-linter:privilege-escalation-container", "kyverno:disallow-privilege-escalation",
            "gatekeeper:allow-privilege-escalation", "trivy:KSV-0001", "kubeaudit:privesc",
            "kubewarden:allow-privilege-escalation-psp-policy", "kubescape:C-0016", "kubescape:C-0197",
            "kubescape:C-0217",
        ],
        references: ["https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"],
    }
}

impl Check for PrivilegeEscalation {
    type Params = Pinned;

    fn check(params: &Pinned, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        params.violations(&allow_privilege_escalation::CHECK, pod, |violation| {
            let owner = violation.owner.shown();
            let message = if violation.place.absent_path().is_empty() {
                format!("{owner} sets `allowPrivilegeEscalation: true`")
            } else {
                format!("{owner} does not set `allowPrivilegeEscalation: false`")
            };
            let finding = out.report(violation.place, message);
            let name = violation.owner.name().unwrap_or_default();
            if !pod.containers.iter().any(|container| container.display_name() == name && needs_it(container))
            {
                finding.fix(Fix::set(violation.place, false));
            }
        });
    }
}

/// Whether the API server would refuse the container if it said no.
fn needs_it(container: &PodContainer<'_>) -> bool {
    let Some(context) = container.security_context() else { return false };
    let adds_admin = |name: Text<'_>| name.trim_start_matches("CAP_").eq_ignore_ascii_case("SYS_ADMIN");
    context.privileged().is_some_and(|privileged| *privileged)
        || context.capabilities().is_some_and(|capabilities| capabilities.add().iter().any(adds_admin))
}
