//! `NET19 uncovered-pod`: a Pod must be in somebody's NetworkPolicy.

use super::isolation::{can_be_isolated, has_cilium_policies, labels_of, traffic};
use crate::catalogue::beside;
use crate::object::meta::ObjectMeta;
use crate::object::network::{Direction, NetworkPolicy};
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// No NetworkPolicy selects a Pod, so that it is open to the whole cluster, or may call whom it wants.
    ///
    /// One that selects it counts for the directions that it is about, whatever it lets through: a policy without rules is
    /// the strictest there is, and one that is open to everybody is for `allow-all-network-policy`. Without `policyTypes` a
    /// policy is about what comes in, and about what goes out if it has `egress` rules. Pods in the network of their node
    /// pass, because no NetworkPolicy holds for them. Where policies of Cilium are about, in the namespace or for the whole
    /// cluster, everything passes: they are not read.
    ///
    /// While somebody writes, `missing-default-deny` says it once for the whole namespace. Where nobody does (files, an
    /// audit), it speaks of the Namespace, and this policy of each workload that is left out.
    ///
    /// ## Why
    /// The network of a cluster is flat: what breaks into one Pod reaches every database, every metrics port and every
    /// unauthenticated dashboard that listens somewhere, unless a NetworkPolicy stands before it.
    ///
    /// ## Fix
    /// Add a NetworkPolicy that selects every Pod of the namespace and has no rules, and one for what has to get through.
    ///
    /// ## Exceptions
    /// Clusters that set a default elsewhere: a GlobalNetworkPolicy of Calico, a BaselineAdminNetworkPolicy, a mesh.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: { name: web, namespace: shop }
    /// spec: { podSelector: { matchLabels: { app: web } }, policyTypes: [Ingress, Egress] }
    /// ```
    pub(super) UncoveredPod = {
        code: "NET19",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        needs: Facts,
        reads: &[
            &kinds::NETWORK_POLICY, &kinds::CILIUM_NETWORK_POLICY, &kinds::CILIUM_CLUSTERWIDE_NETWORK_POLICY,
        ],
        yields_to: ["NET20" in Object],
        equivalents: [
            "polaris:missingNetworkPolicy", "kube-linter:non-isolated-pod", "kube-score:pod-networkpolicy",
            "kyverno:require-netpol", "kubescape:C-0030", "kubescape:C-0260",
        ],
        references: ["https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The directions for which a Pod must be selected.
    directions: Vec<Direction>,
}

impl Default for Params {
    fn default() -> Self {
        Self { directions: Direction::ALL.to_vec() }
    }
}

impl Check for UncoveredPod {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        if !can_be_isolated(pod) {
            return;
        }
        let labels = pod.metadata.map(ObjectMeta::labels);
        let policies = beside::selecting::<NetworkPolicy<'static>>(context, labels);
        let Some(policies) = out.known(policies) else { return };
        let is_about = |it: &NetworkPolicy<'_>, direction| it.spec().is_some_and(|it| it.is_about(direction));
        let is_covered = |direction| policies.iter().any(|policy| is_about(policy, direction));
        let is_missing = |direction| params.directions.contains(&direction) && !is_covered(direction);
        let Some(traffic) = traffic(is_missing) else { return };
        if let Some(false) = out.known(has_cilium_policies(context)) {
            out.report(labels_of(pod), format_args!("no NetworkPolicy is about {traffic} of these Pods"))
                .awaited();
        }
    }
}
