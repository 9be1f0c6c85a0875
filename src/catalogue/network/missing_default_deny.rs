//! `NET20 missing-default-deny`: a namespace must be closed but for what is let through.

use super::isolation::{can_be_isolated, has_cilium_policies, isolates_all, traffic};
use crate::catalogue::beside;
use crate::object::key::Key;
use crate::object::network::{Direction, NetworkPolicy};
use crate::policy::prelude::*;

policy! {
    /// A namespace has no NetworkPolicy that selects all its Pods and denies what no rule lets through.
    ///
    /// It may have rules, such as one for DNS or for the Pods of the same namespace, but none that is open to everybody, and
    /// incoming and outgoing traffic may be denied by two. Where policies of Cilium are about, in the namespace or for the
    /// whole cluster, everything passes: they are not read.
    ///
    /// While somebody writes, it is said of the workloads that arrive: a Namespace is empty when it is made. Pods in the
    /// network of their node pass, and so does what a controller makes. Where nobody does (files, an audit), it is said
    /// once, of the Namespace, and files without the Namespace are not judged: somebody else makes it.
    ///
    /// ## Why
    /// Pods that no NetworkPolicy selects accept connections from the whole cluster and may call everybody. With a default
    /// that denies, whoever forgets a policy notices at once, and not the one who breaks in.
    ///
    /// ## Fix
    /// Add a NetworkPolicy with `podSelector: {}`, `policyTypes: [Ingress, Egress]` and no rule but one for DNS.
    ///
    /// ## Exceptions
    /// Clusters that set a default elsewhere: a GlobalNetworkPolicy of Calico, a BaselineAdminNetworkPolicy, a mesh.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: { name: shop }
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: { name: default, namespace: shop }
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress, Egress]
    ///   egress: [{ ports: [{ protocol: UDP, port: 53 }, { protocol: TCP, port: 53 }] }]
    /// ```
    pub(super) MissingDefaultDeny = {
        code: "NET20",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &kinds::pod_carriers_and(&kinds::NAMESPACE),
        needs: Facts,
        reads: &[
            &kinds::NETWORK_POLICY, &kinds::CILIUM_NETWORK_POLICY, &kinds::CILIUM_CLUSTERWIDE_NETWORK_POLICY,
        ],
        equivalents: ["kubescape:C-0206", "kubescape:C-0049", "kubescape:C-0054"],
        references: ["https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The directions that must be denied by default.
    directions: Vec<Direction>,
}

impl Default for Params {
    fn default() -> Self {
        Self { directions: Direction::ALL.to_vec() }
    }
}

impl Check for MissingDefaultDeny {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some((object, path)) = beside::namespace_at_fault(subject) else { return };
        if subject.pod().is_some_and(|pod| !can_be_isolated(pod)) {
            return;
        }
        // Whoever selects all asks for no label.
        let policies = beside::in_namespace_as::<NetworkPolicy<'static>>(context, Some(Key::Selects(None)));
        let Some(policies) = out.known(policies) else { return };
        let denies =
            |it: &NetworkPolicy<'_>, direction| it.spec().is_some_and(|it| isolates_all(it, direction));
        let is_denied = |direction| policies.iter().any(|policy| denies(policy, direction));
        let is_missing = |direction| params.directions.contains(&direction) && !is_denied(direction);
        let Some(traffic) = traffic(is_missing) else { return };
        if let Some(false) = out.known(has_cilium_policies(context)) {
            out.report(
                object.missing(path),
                format_args!("no NetworkPolicy of this namespace denies {traffic} by default"),
            )
            .awaited();
        }
    }
}
