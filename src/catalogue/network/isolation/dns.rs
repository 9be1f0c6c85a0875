//! Whether Pods can ask a name server.

use crate::object::NumberOrText;
use crate::object::network::{NetworkPolicyPeer, NetworkPolicyRule, NetworkPolicySpec};

/// The protocols by which none of these policies lets anybody ask a name server that listens on one of the ports.
pub(in crate::catalogue::network) fn unasked<'t>(
    ports: &[u16],
    policies: impl Iterator<Item = NetworkPolicySpec<'t>>,
) -> Option<&'static str> {
    let [mut udp, mut tcp] = [false; 2];
    for rule in policies.flat_map(|spec| spec.egress().iter()) {
        udp |= lets_out(rule, "UDP", ports);
        tcp |= lets_out(rule, "TCP", ports);
    }
    match (udp, tcp) {
        (true, true) => None,
        (true, false) => Some("TCP"),
        (false, true) => Some("UDP"),
        (false, false) => Some("UDP and TCP"),
    }
}

fn lets_out(rule: NetworkPolicyRule<'_>, protocol: &str, ports: &[u16]) -> bool {
    if rule.ports().is_empty() {
        return leads_out(rule);
    }
    let mut entries = rule.ports().iter().filter(|entry| *entry.protocol() == protocol);
    entries.any(|entry| match entry.port().map(|port| *port) {
        None => leads_out(rule),
        Some(NumberOrText::Number(first)) => {
            let last = entry.end_port().map_or(first, |last| *last);
            ports.iter().any(|port| (first..=last).contains(&i64::from(*port)))
        }
        Some(NumberOrText::Text(name)) => name.contains("dns") || name.contains("domain"),
    })
}

/// Whether a rule is about more than Pods of the same namespace, so that a name server can be among those it leads to.
fn leads_out(rule: NetworkPolicyRule<'_>) -> bool {
    let is_outside =
        |peer: NetworkPolicyPeer<'_>| peer.namespace_selector().is_some() || peer.ip_block().is_some();
    rule.to().is_empty() || rule.to().iter().any(is_outside)
}
