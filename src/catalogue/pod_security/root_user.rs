//! `SEC36 root-user`: a container must not be told to run as root.

use super::standards::{Pinned, run_as_user};
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod or a container sets `runAsUser: 0`.
    ///
    /// The rule is exactly that of the Pod Security Standard *restricted*: the Pod's counts even if all containers set
    /// another user. Init, app and ephemeral containers are looked at. From v1.35 on, Pods with `hostUsers: false` are
    /// exempt: root in them is nobody on the node.
    ///
    /// ## Why
    /// Root in a container is root for every file and socket of the node that it gets hold of, and every fault of the
    /// kernel is easier to use from there.
    ///
    /// ## Fix
    /// Run as a user of the image's own; for a volume's permissions use `fsGroup` instead of a `chown` as root.
    ///
    /// ## Exceptions
    /// Init containers that prepare volumes which do not know `fsGroup`, by a rule for them; or `hostUsers: false`.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", securityContext: { runAsUser: 0 } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// securityContext: { fsGroup: 10001 }
    /// containers: [{ name: web, image: "web:1.4.2", securityContext: { runAsUser: 10001 } }]
    /// ```
    pub(super) RootUser = {
        code: "SEC36",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        yields_to: ["SEC01" in Container],
        equivalents: [
            "psa:runAsUser", "kyverno:require-run-as-non-root-user", "trivy:KSV-0105",
            "kubewarden:user-group-psp-policy", "kubeaudit:nonroot",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"],
    }
}

impl Check for RootUser {
    type Params = Pinned;

    fn check(params: &Pinned, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        params.violations(&run_as_user::CHECK, pod, |violation| {
            out.report(
                violation.place,
                format_args!("{} runs as root: `runAsUser` is `0`", violation.owner.shown()),
            );
        });
    }
}
