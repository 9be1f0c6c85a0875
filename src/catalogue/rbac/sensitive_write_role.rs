//! `RBA13 sensitive-write-role`: what others rely on must not be changed by many.

use super::shared::written::{realm, rules};
use crate::object::rbac::{Access, Role, WRITES};
use crate::policy::prelude::*;

policy! {
    /// A role allows to change what the cluster or other workloads rely on.
    ///
    /// That is ConfigMaps, Events and logs, the network, and workloads. Off unless it is selected, because every
    /// operator and pipeline changes some of it; select it for the roles of people. Rules that are limited to names
    /// pass, but for ConfigMaps that Kubernetes itself reads, such as `coredns` and `aws-auth`.
    ///
    /// ## Why
    /// Who changes `coredns` leads every name elsewhere; who changes `aws-auth` is an administrator of the cluster.
    /// Who deletes Events removes the traces, who writes NetworkPolicies opens the network, and a typing error in a
    /// deletion takes production down.
    ///
    /// ## Fix
    /// Leave the verbs out that change things, or limit the rule to names.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: { name: support, namespace: kube-system }
    /// rules: [{ apiGroups: [""], resources: [configmaps], resourceNames: [coredns], verbs: [get, update] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: { name: support, namespace: kube-system }
    /// rules: [{ apiGroups: [""], resources: [configmaps], verbs: [get, list] }]
    /// ```
    pub(super) SensitiveWriteRole = {
        code: "RBA13",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Role,
        yields_to: ["RBA19" in Object, "RBA08" in Field],
        equivalents: [
            "trivy:KSV-0042", "trivy:KSV-0049", "trivy:KSV-0056", "trivy:KSV-0115", "kubescape:C-0007",
            "kubescape:C-0031", "kubescape:C-0037",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// What counts: to change `configMaps`, to delete `traces` (Events and logs), to change the `network`, the `deletion`
    /// of workloads.
    targets: Vec<Target>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
enum Target {
    /// To change ConfigMaps.
    ConfigMaps,
    /// To delete Events and logs of Pods.
    Traces,
    /// To change NetworkPolicies, Ingresses and Services.
    Network,
    /// To delete workloads, Services and claims of storage.
    Deletion,
}

impl Default for Params {
    fn default() -> Self {
        Self { targets: vec![Target::ConfigMaps, Target::Traces, Target::Network, Target::Deletion] }
    }
}

/// ConfigMaps by which the cluster itself is set up.
const CONFIG_MAPS: &[&str] = &[
    "aws-auth",
    "cluster-info",
    "coredns",
    "extension-apiserver-authentication",
    "kube-proxy",
    "kubeadm-config",
    "kubelet-config",
];

impl Check for SensitiveWriteRole {
    type Params = Params;

    fn check(params: &Params, role: Role<'_>, context: &Context<'_>, out: &mut Findings) {
        let table = params.targets.iter().flat_map(|target| target.table());
        for grant in rules(role, context).flat_map(|rule| rule.grants(table.clone())) {
            let (verb, resource) = (shown(&grant.verb), shown(&grant.resource));
            let what = if grant.access.verbs == DELETE { "deletes" } else { "changes" };
            let whose = realm(context);
            out.report(
                grant.resource,
                format_args!("`{verb}` on `{resource}` {what} what others in the {whose} rely on"),
            );
        }
    }
}

const DELETE: &[&str] = &["delete", "deletecollection"];

impl Target {
    const fn table(self) -> &'static [Access] {
        match self {
            Self::ConfigMaps => {
                &const { [Access::to_all("", "configmaps", WRITES).or_named(|name| CONFIG_MAPS.contains(&name))] }
            }
            Self::Traces => {
                &const {
                    [
                        Access::to_all("", "events", DELETE),
                        Access::to_all("events.k8s.io", "events", DELETE),
                        Access::to_all("", "pods/log", DELETE),
                    ]
                }
            }
            Self::Network => {
                &const {
                    [
                        Access::to_all("networking.k8s.io", "networkpolicies", WRITES),
                        Access::to_all("networking.k8s.io", "ingresses", WRITES),
                        Access::to_all("", "services", WRITES),
                    ]
                }
            }
            Self::Deletion => {
                &const {
                    [
                        Access::to_all("", "pods", DELETE),
                        Access::to_all("", "namespaces", DELETE),
                        Access::to_all("", "persistentvolumeclaims", DELETE),
                        Access::to_all("", "services", DELETE),
                        Access::to_all("apps", "deployments", DELETE),
                        Access::to_all("apps", "statefulsets", DELETE),
                        Access::to_all("apps", "daemonsets", DELETE),
                        Access::to_all("batch", "jobs", DELETE),
                        Access::to_all("batch", "cronjobs", DELETE),
                    ]
                }
            }
        }
    }
}
