//! `RBA15 cluster-wide-workload-account`: an application belongs to a namespace, and so do its rights.

use std::collections::BTreeMap;

use crate::object::rbac::RoleBinding;
use crate::policy::Unknown;
use crate::policy::params::Patterns;
use crate::policy::prelude::*;

use super::shared::written::is_written;

policy! {
    /// A ClusterRoleBinding gives rights in all namespaces to a ServiceAccount of an application.
    ///
    /// Off unless it is selected: which namespaces hold applications is for the organisation to say. Those that do
    /// not are named by `infrastructure`, or have one of `infrastructureLabels`; every other does.
    ///
    /// ## Why
    /// What an application may do in its own namespace is lost with it; what it may do everywhere is lost
    /// everywhere. A hole in a shop's front end becomes the Secrets of all other teams.
    ///
    /// ## Fix
    /// Use a Role and a RoleBinding in the namespace of the application; a RoleBinding may give a ClusterRole too.
    ///
    /// ## Exceptions
    /// Controllers that work for all namespaces: add theirs to `infrastructure`, or name the binding.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: { name: web }
    /// roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
    /// subjects: [{ kind: ServiceAccount, name: web, namespace: shop }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: { name: web, namespace: shop }
    /// roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
    /// subjects: [{ kind: ServiceAccount, name: web, namespace: shop }]
    /// ```
    pub(super) ClusterWideWorkloadAccount = {
        code: "RBA15",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: RoleBinding,
        kinds: &[&kinds::CLUSTER_ROLE_BINDING],
        reads: &[&kinds::NAMESPACE],
        yields_to: ["RBA07" in Field],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Regular expressions for names of namespaces that hold no applications.
    infrastructure: Patterns,
    /// Labels of Namespaces that hold no applications, with their values: any of them is enough.
    infrastructure_labels: BTreeMap<String, String>,
}

impl Default for Params {
    fn default() -> Self {
        let known = [
            "^kube-",
            "-system$",
            "^(openshift|calico|tigera|istio|linkerd|longhorn|rook)(-|$)",
            "^argo",
            "^(cert-manager|external-secrets|external-dns|ingress-nginx|keda|kyverno|traefik|vault|velero)$",
            "^(logging|monitoring|observability|prometheus)$",
        ];
        Self { infrastructure: Patterns::of_default(&known), infrastructure_labels: BTreeMap::new() }
    }
}

/// What the names of users and groups of ServiceAccounts begin with.
const USER: &str = "system:serviceaccount:";
const GROUP: &str = "system:serviceaccounts:";

impl Check for ClusterWideWorkloadAccount {
    type Params = Params;

    fn check(params: &Params, binding: RoleBinding<'_>, context: &Context<'_>, out: &mut Findings) {
        if !is_written(binding.metadata(), context) {
            return;
        }
        for subject in binding.subjects().iter() {
            let name: &str = &subject.name();
            let namespace = match *subject.kind() {
                "ServiceAccount" => *subject.namespace(),
                "User" => name.strip_prefix(USER).and_then(|it| it.split(':').next()).unwrap_or_default(),
                "Group" => name.strip_prefix(GROUP).unwrap_or_default(),
                _ => continue,
            };
            if namespace.is_empty() || params.infrastructure.is_match(namespace) {
                continue;
            }
            if let Some(false) = out.known(params.is_labelled(namespace, context)) {
                let (name, namespace) = (shown_within(name, 30), shown_within(namespace, 30));
                out.report(
                    subject,
                    format_args!("gives `{name}` of the namespace `{namespace}` rights in all namespaces"),
                );
            }
        }
    }
}

impl Params {
    /// Whether a label of the Namespace says that it holds no applications.
    fn is_labelled(&self, namespace: &str, context: &Context<'_>) -> Result<bool, Unknown> {
        if self.infrastructure_labels.is_empty() {
            return Ok(false);
        }
        let namespace = context.facts.namespace(namespace)?;
        let has = |(key, value): (&String, &String)| namespace.label(key).is_some_and(|it| *it == value);
        Ok(self.infrastructure_labels.iter().any(has))
    }
}
