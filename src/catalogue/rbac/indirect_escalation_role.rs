//! `RBA20 indirect-escalation-role`: some rights lead to all others, with one more step.

use super::shared::written::rules;
use crate::object::rbac::{Access, GROUP, Role, WRITES};
use crate::policy::prelude::*;

policy! {
    /// A role allows what leads to the rights of others with one more step.
    ///
    /// That is to write admission webhooks, to use the kubelet's API, to make tokens of ServiceAccounts, and to
    /// approve or sign certificates. Rules that are limited to names pass, but for signers of Kubernetes.
    /// PersistentVolumes, Endpoints and the writing of roles can be added; the last is held in check by the API
    /// server, which lets nobody grant what they do not have.
    ///
    /// ## Why
    /// Who writes a mutating webhook rewrites every Pod and reads every Secret that is written; who deletes one
    /// switches off what it guards. `nodes/proxy` runs commands in every container of a node, past admission and
    /// audit; `get` is enough. `serviceaccounts/token` makes a token of any account, also of the one that may do
    /// everything.
    ///
    /// ## Fix
    /// Leave the resource out, or limit the rule to names; read metrics from `nodes/metrics` instead of
    /// `nodes/proxy`.
    ///
    /// ## Exceptions
    /// Operators that keep their own webhooks, such as cert-manager, and agents that still scrape through
    /// `nodes/proxy`, by the names of their roles.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: { name: monitoring }
    /// rules: [{ apiGroups: [""], resources: [nodes, nodes/proxy], verbs: [get, list, watch] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: { name: monitoring }
    /// rules: [{ apiGroups: [""], resources: [nodes, nodes/metrics], verbs: [get, list, watch] }]
    /// ```
    pub(super) IndirectEscalationRole = {
        code: "RBA20",
        since: "0.1.0",
        severity: Medium,
        on: Role,
        yields_to: ["RBA19" in Object, "RBA12" in Field, "RBA08" in Field],
        equivalents: [
            "kyverno:restrict-clusterrole-nodesproxy", "kyverno:restrict-clusterrole-csr",
            "kyverno:restrict-clusterrole-mutating-validating-admission-webhooks", "kyverno:restrict-edit-for-endpoints",
            "gatekeeper:block-endpoint-edit-default-role", "trivy:KSV-0047", "trivy:KSV-0050", "trivy:KSV-0051",
            "trivy:KSV-0055", "trivy:KSV-0114", "kubescape:C-0278", "kubescape:C-0279", "kubescape:C-0280",
            "kubescape:C-0281", "kubescape:C-0282",
        ],
        references: [
            "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// The ways that count: `webhooks`, `nodeProxy`, `tokens`, `certificates`, `persistentVolumes`, `endpoints`, `roles`.
    ways: Vec<Way>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
enum Way {
    /// To change or delete admission webhooks and mutating policies.
    Webhooks,
    /// The API of the kubelet.
    NodeProxy,
    /// To make tokens of ServiceAccounts.
    Tokens,
    /// To approve or sign certificates for Kubernetes' own signers.
    Certificates,
    /// To make PersistentVolumes, which may be directories of nodes.
    PersistentVolumes,
    /// To write Endpoints, by which traffic is led elsewhere.
    Endpoints,
    /// To write roles and bindings.
    Roles,
}

impl Default for Params {
    fn default() -> Self {
        Self { ways: vec![Way::Webhooks, Way::NodeProxy, Way::Tokens, Way::Certificates] }
    }
}

impl Check for IndirectEscalationRole {
    type Params = Params;

    fn check(params: &Params, role: Role<'_>, context: &Context<'_>, out: &mut Findings) {
        let table = params.ways.iter().flat_map(|way| way.table());
        for grant in rules(role, context).flat_map(|rule| rule.grants(table.clone())) {
            let (verb, resource) = (shown(&grant.verb), shown(&grant.resource));
            let what = Way::of(grant.access).map_or("", Way::leads_to);
            out.report(grant.resource, format_args!("`{verb}` on `{resource}` {what}"));
        }
    }
}

const CHANGE: &[&str] = &["create", "update", "patch"];
const ADMISSION: &str = "admissionregistration.k8s.io";

impl Way {
    const ALL: [Self; 7] = [
        Self::Webhooks,
        Self::NodeProxy,
        Self::Tokens,
        Self::Certificates,
        Self::PersistentVolumes,
        Self::Endpoints,
        Self::Roles,
    ];

    const fn table(self) -> &'static [Access] {
        match self {
            Self::Webhooks => {
                &const {
                    [
                        Access::to_all(ADMISSION, "mutatingwebhookconfigurations", WRITES),
                        Access::to_all(ADMISSION, "validatingwebhookconfigurations", WRITES),
                        Access::to_all(ADMISSION, "mutatingadmissionpolicies", WRITES),
                    ]
                }
            }
            Self::NodeProxy => &const { [Access::to_all("", "nodes/proxy", &["get", "create"])] },
            Self::Tokens => &const { [Access::to_all("", "serviceaccounts/token", &["create"])] },
            Self::Certificates => {
                &const {
                    let sign = Access::to_all("certificates.k8s.io", "signers", &["approve", "sign"]);
                    [sign.or_named(|signer| signer.starts_with("kubernetes.io/"))]
                }
            }
            Self::PersistentVolumes => &const { [Access::to_all("", "persistentvolumes", &["create"])] },
            Self::Endpoints => {
                &const {
                    [
                        Access::to_all("", "endpoints", CHANGE),
                        Access::to_all("discovery.k8s.io", "endpointslices", CHANGE),
                    ]
                }
            }
            Self::Roles => {
                &const {
                    [
                        Access::to_all(GROUP, "roles", CHANGE),
                        Access::to_all(GROUP, "rolebindings", CHANGE),
                        Access::to_all(GROUP, "clusterroles", CHANGE),
                        Access::to_all(GROUP, "clusterrolebindings", CHANGE),
                    ]
                }
            }
        }
    }

    fn of(access: &Access) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.table().iter().any(|it| it.resource == access.resource))
    }

    const fn leads_to(self) -> &'static str {
        match self {
            Self::Webhooks => "decides what others may write",
            Self::NodeProxy => "runs commands in every container of a node",
            Self::Tokens => "makes tokens of other accounts",
            Self::Certificates => "makes others' certificates",
            Self::PersistentVolumes => "mounts directories of nodes",
            Self::Endpoints => "leads traffic to where it must not go",
            Self::Roles => "gives away every right that one has",
        }
    }
}
