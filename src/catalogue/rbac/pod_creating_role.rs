//! `RBA10 pod-creating-role`: who starts Pods chooses whose token they have.

use super::shared::written::{realm, rules};
use crate::object::rbac::{Access, Role};
use crate::policy::prelude::*;

policy! {
    /// A role allows to create Pods, or something that creates them.
    ///
    /// Off unless it is selected: every operator and every pipeline has to. Who else may is for the organisation to
    /// say, by a rule that leaves out the roles of those.
    ///
    /// ## Why
    /// A Pod runs under any ServiceAccount of its namespace and mounts any of its Secrets. Whoever may create one
    /// has what all of them have, without ever being given it.
    ///
    /// ## Fix
    /// Leave `create` out; let those create Pods who deliver.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: { name: support, namespace: shop }
    /// rules: [{ apiGroups: [batch], resources: [jobs], verbs: [get, list, create] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: { name: support, namespace: shop }
    /// rules: [{ apiGroups: [batch], resources: [jobs], verbs: [get, list] }]
    /// ```
    pub(super) PodCreatingRole = {
        code: "RBA10",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Role,
        yields_to: ["RBA19" in Object, "RBA08" in Field],
        equivalents: ["kube-linter:access-to-create-pods", "trivy:KSV-0048", "kubescape:C-0188"],
        references: ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation"],
    }
}

const CREATE: &[&str] = &["create"];

const TABLE: &[Access] = &[
    Access::to_all("", "pods", CREATE),
    Access::to_all("", "replicationcontrollers", CREATE),
    Access::to_all("apps", "replicasets", CREATE),
    Access::to_all("apps", "deployments", CREATE),
    Access::to_all("apps", "statefulsets", CREATE),
    Access::to_all("apps", "daemonsets", CREATE),
    Access::to_all("batch", "jobs", CREATE),
    Access::to_all("batch", "cronjobs", CREATE),
];

impl Check for PodCreatingRole {
    type Params = NoParams;

    fn check(_: &NoParams, role: Role<'_>, context: &Context<'_>, out: &mut Findings) {
        for grant in rules(role, context).flat_map(|rule| rule.grants(TABLE)) {
            let (verb, resource) = (shown(&grant.verb), shown(&grant.resource));
            out.report(
                grant.resource,
                format_args!(
                    "`{verb}` on `{resource}` starts Pods under any account of the {}",
                    realm(context)
                ),
            );
        }
    }
}
