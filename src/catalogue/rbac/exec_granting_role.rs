//! `RBA11 exec-granting-role`: a shell in a Pod has whatever the Pod has.

use super::shared::written::{realm, rules};
use crate::object::rbac::{Access, Role};
use crate::policy::prelude::*;

policy! {
    /// A role allows to run commands in Pods, to attach to them, or to reach their ports past the network.
    ///
    /// `get` is enough, because a client may ask for a WebSocket, and so is a rule that only wanted to read `pods/*`
    /// and lists `pods/exec` with `get`. The roles `admin` and `edit` of Kubernetes itself pass, and rules that name
    /// their Pods.
    ///
    /// ## Why
    /// In the container lie its Secrets and the token of its account; what is done there is in no manifest and gone
    /// with the next restart. A port that is forwarded is reached past every NetworkPolicy.
    ///
    /// ## Fix
    /// Leave `pods/exec`, `pods/attach` and `pods/portforward` out; keep them for a role that is given for a while.
    ///
    /// ## Exceptions
    /// Backup tools that freeze databases by exec, and runners of pipelines, by the names of their roles.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: { name: support, namespace: shop }
    /// rules: [{ apiGroups: [""], resources: [pods, pods/log, pods/exec], verbs: [get] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: { name: support, namespace: shop }
    /// rules: [{ apiGroups: [""], resources: [pods, pods/log], verbs: [get] }]
    /// ```
    pub(super) ExecGrantingRole = {
        code: "RBA11",
        since: "0.1.0",
        severity: Medium,
        on: Role,
        yields_to: ["RBA19" in Object, "RBA08" in Field],
        equivalents: [
            "polaris:clusterrolePodExecAttach", "polaris:rolePodExecAttach", "polaris:clusterrolebindingPodExecAttach",
            "polaris:rolebindingClusterRolePodExecAttach", "polaris:rolebindingRolePodExecAttach", "trivy:KSV-0053",
            "trivy:KSV-0054", "kubescape:C-0002", "kubescape:C-0063",
        ],
        references: ["https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// The subresources of Pods that count: `exec`, `attach`, `portforward`.
    subresources: Vec<Subresource>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Subresource {
    /// `kubectl exec` and `cp`.
    Exec,
    /// `kubectl attach`.
    Attach,
    /// `kubectl port-forward`.
    PortForward,
}

impl Default for Params {
    fn default() -> Self {
        Self { subresources: vec![Subresource::Exec, Subresource::Attach, Subresource::PortForward] }
    }
}

const OPEN: &[&str] = &["create", "get"];
const EXEC: &Access = &Access::to_all("", "pods/exec", OPEN);
const ATTACH: &Access = &Access::to_all("", "pods/attach", OPEN);
const PORT_FORWARD: &Access = &Access::to_all("", "pods/portforward", OPEN);

impl Check for ExecGrantingRole {
    type Params = Params;

    fn check(params: &Params, role: Role<'_>, context: &Context<'_>, out: &mut Findings) {
        let table = params.subresources.iter().map(|it| match it {
            Subresource::Exec => EXEC,
            Subresource::Attach => ATTACH,
            Subresource::PortForward => PORT_FORWARD,
        });
        for grant in rules(role, context).flat_map(|rule| rule.grants(table.clone())) {
            let what = match grant.access.resource {
                "pods/exec" => "runs commands in",
                "pods/attach" => "attaches to",
                _ => "reaches the ports of",
            };
            let (verb, resource) = (shown(&grant.verb), shown(&grant.resource));
            out.report(
                grant.resource,
                format_args!("`{verb}` on `{resource}` {what} every Pod of the {}", realm(context)),
            );
        }
    }
}
