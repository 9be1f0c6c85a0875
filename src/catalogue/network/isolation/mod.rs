//! What NetworkPolicies come to: whom they isolate, and whom their rules let through all the same.

mod dns;
mod peers;

use crate::catalogue::beside::{self, Workload};
use crate::object::cidr::Cidr;
use crate::object::kinds::{self, Kind};
use crate::object::meta::ObjectMeta;
use crate::object::network::{
    Direction, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicyRule, NetworkPolicySpec,
};
use crate::object::pod::Pod;
use crate::object::selector::LabelSelector;
use crate::object::{NumberOrText, Place};
use crate::policy::{Context, Unknown, Within};

pub(super) use dns::unasked;
pub(super) use peers::elsewhere;

/// What makes Pods that a NetworkPolicy may be for.
pub(super) const RUNNING: &[&Kind] = &kinds::with::<{ beside::RUNNING.len() + 2 }>(
    &kinds::JOB,
    &kinds::with::<{ beside::RUNNING.len() + 1 }>(&kinds::CRON_JOB, beside::RUNNING),
);

/// The directions in which something is missing, in words; `None` if it is in none.
pub(super) fn traffic(is_missing: impl Fn(Direction) -> bool) -> Option<&'static str> {
    match Direction::ALL.map(is_missing) {
        [true, true] => Some("incoming and outgoing traffic"),
        [true, false] => Some("incoming traffic"),
        [false, true] => Some("outgoing traffic"),
        [false, false] => None,
    }
}

/// Whether all Pods of the namespace are isolated in a direction, but for what the rules of this policy let through.
pub(super) fn isolates_all(spec: NetworkPolicySpec<'_>, direction: Direction) -> bool {
    let mut rules = spec.rules(direction).iter();
    spec.selects_all() && spec.is_about(direction) && !rules.any(|rule| is_open(rule, direction))
}

/// Whether a rule lets everybody through, on whatever port.
fn is_open(rule: NetworkPolicyRule<'_>, direction: Direction) -> bool {
    let peers = rule.peers(direction);
    let mut open = peers.iter().filter_map(|peer| everybody(peer, direction));
    !lists_ports(rule) && (peers.is_empty() || open.next().is_some())
}

/// Where a peer says that it is everybody, and in which words.
pub(super) fn everybody(
    peer: NetworkPolicyPeer<'_>,
    direction: Direction,
) -> Option<(Place<'_>, &'static str)> {
    if let Some(block) = peer.ip_block() {
        let is_all = Cidr::parse(&block.cidr()).is_some_and(Cidr::is_everything);
        return (is_all && block.except().is_empty()).then_some((block.cidr().into(), "every address"));
    }
    let namespaces = peer.namespace_selector().filter(|selector| selector.is_empty())?;
    let all_pods = peer.pod_selector().is_none_or(LabelSelector::is_empty);
    // Every Pod may have to be reached, by what collects metrics or resolves names, and is still asked first.
    (all_pods && direction == Direction::Ingress).then_some((namespaces.into(), "all Pods of all namespaces"))
}

/// Whether a rule is about some ports only.
pub(super) fn lists_ports(rule: NetworkPolicyRule<'_>) -> bool {
    let is_all = |entry: NetworkPolicyPort<'_>| match entry.port().map(|port| *port) {
        None => true,
        Some(NumberOrText::Number(first)) => {
            first <= 1 && entry.end_port().is_some_and(|last| *last >= i64::from(u16::MAX))
        }
        Some(NumberOrText::Text(_)) => false,
    };
    !rule.ports().is_empty() && !rule.ports().iter().any(is_all)
}

/// Whether NetworkPolicies hold for a Pod: those in the network of their node, and those that a kubelet shows, are out of
/// reach.
pub(super) fn can_be_isolated(pod: &Pod<'_>) -> bool {
    !*pod.spec.host_network() && !pod.is_mirror()
}

/// What NetworkPolicies go by in a Pod.
pub(super) fn labels_of<'t>(pod: &Pod<'t>) -> Place<'t> {
    let template = pod.spec.node().parent().unwrap_or(pod.spec.node());
    let missing = Place::missing(template, "metadata.labels");
    pod.metadata.map(ObjectMeta::labels).map_or(missing, Place::from)
}

/// Whether policies of Cilium may decide too. Nobody reads here what they say.
pub(super) fn has_cilium_policies(context: &Context<'_>) -> Result<bool, Unknown> {
    let namespace = Within::from(context.subject.namespace);
    let of_namespace = context.facts.find(&kinds::CILIUM_NETWORK_POLICY, namespace, None)?;
    let of_cluster = context.facts.find(&kinds::CILIUM_CLUSTERWIDE_NETWORK_POLICY, Within::Cluster, None)?;
    Ok(!of_namespace.is_empty() || !of_cluster.is_empty())
}

/// Whether nothing is known to run in the namespace of the subject.
pub(super) fn is_deserted(context: &Context<'_>) -> Result<bool, Unknown> {
    Ok(!beside::has_any(context, RUNNING)?)
}

/// The workloads whose Pods a policy selects; without a selector all of them.
pub(super) fn running<'t>(
    context: &Context<'t>,
    selector: Option<LabelSelector<'_>>,
) -> Result<Vec<Workload<'t>>, Unknown> {
    match selector {
        Some(selector) => beside::selected(context, RUNNING, selector),
        None => beside::all(context, RUNNING),
    }
}
