//! `SEC07 undropped-capabilities`: a container must not keep rights of root that it does not need.

use super::standards::{Pinned, capabilities_restricted};
use crate::object::NumberOrText;
use crate::object::pod::Pod;
use crate::policy::prelude::*;
use crate::tree::Node;

policy! {
    /// A container does not drop `ALL` capabilities, or adds one back that is not `NET_BIND_SERVICE`.
    ///
    /// Init, app and ephemeral containers are looked at. `ALL` has to be written so; nothing said means that the
    /// container has the capabilities that its runtime gives to all. From v1.25 on, Pods with `os: windows` are exempt.
    ///
    /// ## Why
    /// A runtime gives every container a dozen rights of root: to change owners of files, to forge packets, to make
    /// device files. Hardly any program needs one of them; whoever breaks into it uses them all.
    ///
    /// ## Fix
    /// Set `securityContext.capabilities.drop: [ALL]`; add only `NET_BIND_SERVICE`, for ports below 1024.
    ///
    /// ## Exceptions
    /// Programs that start as root and then change to another user need `SETUID` and `SETGID`: by a rule for them.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", securityContext: { capabilities: { drop: [NET_RAW] } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     securityContext: { capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] } }
    /// ```
    pub(super) UndroppedCapabilities = {
        code: "SEC07",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        yields_to: ["SEC01" in Container, "SEC34" in Field, "SEC06" in Field],
        equivalents: [
            "psa:capabilities_restricted", "polaris:insecureCapabilities",
            "kube-linter:drop-net-raw-capability", "kyverno:require-drop-all",
            "kyverno:require-drop-cap-net-raw", "kyverno:disallow-capabilities-strict",
            "gatekeeper:capabilities", "trivy:KSV-0003", "trivy:KSV-0004", "trivy:KSV-0106",
            "kubeaudit:capabilities", "kubescape:C-0201",
            "kubescape:C-0220",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"],
    }
}

impl Check for UndroppedCapabilities {
    type Params = Pinned;

    fn check(params: &Pinned, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        params.violations(&capabilities_restricted::CHECK, pod, |violation| {
            let owner = violation.owner.shown();
            if let Some(NumberOrText::Text(name)) = violation.value {
                out.report(violation.place, format_args!("{owner} adds the capability `{}`", shown(name)));
                return;
            }
            let dropped = violation.place.node().children().find_map(Node::as_str);
            let message = match dropped.filter(|_| violation.place.absent_path().is_empty()) {
                Some(name) => {
                    format!(
                        "{owner} keeps capabilities: it drops `{}`, but not `ALL`",
                        shown_within(name, 20)
                    )
                }
                None => format!("{owner} keeps all capabilities of its runtime: it drops none"),
            };
            out.report(violation.place, message).fix(Fix::append(violation.place, "ALL"));
        });
    }
}
