//! `NET22 allow-all-network-policy`: a NetworkPolicy must not let everybody through.

use super::isolation::{everybody, lists_ports};
use crate::object::network::{Direction, NetworkPolicy};
use crate::policy::prelude::*;

policy! {
    /// A rule of a NetworkPolicy is open to everybody: it names nobody (`- {}`), all Pods of all namespaces, or every address.
    ///
    /// Which Pods the policy selects plays no part: an empty `podSelector` is how a default is set for a namespace. A rule
    /// that lists ports passes, unless these are all ports, and so do `0.0.0.0/0` and `::/0` with an `except`. What goes out
    /// may go everywhere unless `allowEgressInternet` is off: Pods that are closed to others and free to call whom they want
    /// are what most policies are about. Rules for a direction that `policyTypes` leaves out do nothing, and are not looked
    /// at.
    ///
    /// ## Why
    /// NetworkPolicies add up: one open rule, left over from an hour of debugging, undoes what all others of the namespace
    /// close, and the next audit still counts a policy for every Pod.
    ///
    /// ## Fix
    /// Name who may come or be called: `podSelector`, `namespaceSelector` with labels, or an `ipBlock`; or list the ports.
    ///
    /// ## Exceptions
    /// Pods of the front door, which are there for everybody.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: { name: web, namespace: shop }
    /// spec: { podSelector: { matchLabels: { app: web } }, ingress: [{}] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   podSelector: {}
    ///   ingress: [{ from: [{ podSelector: {} }] }]
    /// ```
    pub(super) AllowAllNetworkPolicy = {
        code: "NET22",
        since: "0.1.0",
        severity: Medium,
        on: NetworkPolicy,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Whether Pods may call everybody: `- {}`, `0.0.0.0/0` and `::/0` as destinations.
    allow_egress_internet: bool,
    /// Whether a rule may be open to everybody on the ports that it lists.
    allow_on_ports: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { allow_egress_internet: true, allow_on_ports: true }
    }
}

impl Check for AllowAllNetworkPolicy {
    type Params = Params;

    fn check(params: &Params, policy: NetworkPolicy<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(spec) = policy.spec() else { return };
        let is_looked_at = |direction: &Direction| {
            spec.is_about(*direction) && !(*direction == Direction::Egress && params.allow_egress_internet)
        };
        for direction in Direction::ALL.into_iter().filter(is_looked_at) {
            let way = match direction {
                Direction::Ingress => "from",
                Direction::Egress => "to",
            };
            let rules = spec.rules(direction).iter();
            for rule in rules.filter(|rule| !(params.allow_on_ports && lists_ports(*rule))) {
                let peers = rule.peers(direction);
                if peers.is_empty() {
                    out.report(
                        rule,
                        format_args!("allows connections {way} everywhere, the whole cluster included"),
                    );
                }
                for (place, whom) in peers.iter().filter_map(|peer| everybody(peer, direction)) {
                    out.report(place, format_args!("allows connections {way} {whom}"));
                }
            }
        }
    }
}
