//! `NET23 missing-dns-egress`: whoever may not talk to anybody must still be able to ask for names.

use std::iter;

use super::isolation::{can_be_isolated, has_cilium_policies, is_deserted, labels_of, running, unasked};
use crate::catalogue::beside::{self, SelectsPods as _};
use crate::object::meta::{ObjectMeta, name_of};
use crate::object::network::{Direction, NetworkPolicy, NetworkPolicySpec};
use crate::object::pod::Pod;
use crate::object::selector::LabelSelector;
use crate::policy::prelude::*;

policy! {
    /// NetworkPolicies isolate what goes out of Pods, and none of them lets these ask a name server, by UDP and by TCP.
    ///
    /// A policy that has `egress` rules isolates what goes out, also without `policyTypes`. Every policy that selects the
    /// Pods counts, and it may let them go to whomever on the port of a name server: 53, or what it listens on behind its
    /// Service in the clusters that do not use that port. A rule without ports counts if it leads out of the namespace, to
    /// other namespaces or to an `ipBlock`. Pods in the network of their node pass. Where policies of Cilium are about, in
    /// the namespace or for the whole cluster, everything passes: they are not read.
    ///
    /// While somebody writes, both are judged, the policy and the workload, whichever arrives. Where nobody does (files, an
    /// audit), it is said once, of the policy. Where nothing runs yet, it is judged by Pods that have just the labels that it
    /// selects.
    ///
    /// ## Why
    /// A default that denies and a rule that lets the shop call its database look complete, and cut the shop off: before it
    /// can call `db.shop.svc`, it has to ask for the address. It fails with timeouts of names, which nobody looks for in a
    /// NetworkPolicy. TCP is what a name server asks for when an answer is too long for UDP.
    ///
    /// ## Fix
    /// Add an `egress` rule with `ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]`.
    ///
    /// ## Exceptions
    /// Pods that need no names, because they call nobody, or addresses.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: { name: api, namespace: shop }
    /// spec:
    ///   podSelector: { matchLabels: { app: api } }
    ///   egress: [{ to: [{ podSelector: { matchLabels: { app: db } } }], ports: [{ port: 5432 }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: { name: api, namespace: shop }
    /// spec:
    ///   podSelector: { matchLabels: { app: api } }
    ///   egress: [{ to: [{ podSelector: { matchLabels: { app: db } } }], ports: [{ port: 5432 }] }]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: { name: default, namespace: shop }
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress, Egress]
    ///   egress: [{ ports: [{ protocol: UDP, port: 53 }, { protocol: TCP, port: 53 }] }]
    /// ```
    pub(super) MissingDnsEgress = {
        code: "NET23",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &kinds::pod_carriers_and(&kinds::NETWORK_POLICY),
        needs: Facts,
        reads: &[
            &kinds::NETWORK_POLICY, &kinds::CILIUM_NETWORK_POLICY, &kinds::CILIUM_CLUSTERWIDE_NETWORK_POLICY,
            &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::DAEMON_SET, &kinds::REPLICA_SET,
            &kinds::REPLICATION_CONTROLLER, &kinds::JOB, &kinds::CRON_JOB,
        ],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-egress-traffic"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Ports at which name servers listen: 53, 5353 in OpenShift, 8053 in Gardener.
    ports: Vec<u16>,
}

impl Default for Params {
    fn default() -> Self {
        Self { ports: vec![53, 5353, 8053] }
    }
}

impl Check for MissingDnsEgress {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        if let Some(policy) = subject.lens::<NetworkPolicy<'static>>() {
            check_policy(params, policy, context, out);
        } else if let Some(pod) = subject.pod().filter(|_| subject.request.is_some()) {
            check_pod(params, pod, context, out);
        }
    }
}

fn check_pod(params: &Params, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
    if !can_be_isolated(pod) {
        return;
    }
    let labels = pod.metadata.map(ObjectMeta::labels);
    let Some(policies) = out.known(beside::selecting::<NetworkPolicy<'static>>(context, labels)) else {
        return;
    };
    let mut isolating = policies.into_iter().filter(|policy| egress(*policy).is_some()).peekable();
    let Some(first) = isolating.peek().copied() else { return };
    let Some(protocols) = unasked(&params.ports, isolating.filter_map(egress)) else { return };
    if let Some(false) = out.known(has_cilium_policies(context)) {
        let name = name_of(first.metadata());
        let name = shown_within(name, 30);
        let message = format_args!("no DNS by {protocols}: NetworkPolicy `{name}` isolates these Pods");
        out.report(labels_of(pod), message).awaited();
    }
}

fn check_policy(params: &Params, policy: NetworkPolicy<'_>, context: &Context<'_>, out: &mut Findings) {
    let Some(own) = egress(policy).filter(|own| unasked(&params.ports, [*own].into_iter()).is_some()) else {
        return;
    };
    let Some(false) = out.known(has_cilium_policies(context)) else { return };
    let Some(running) = out.known(running(context, own.pod_selector())) else { return };
    // What is known may still hold this policy as it was.
    let Some(mut others) = out.known(beside::others::<NetworkPolicy<'static>>(context)) else { return };
    // Most say nothing of name servers: only the others are compared with every workload.
    let of_none = unasked(&params.ports, iter::empty());
    let lets_ask = |other| unasked(&params.ports, [other].into_iter()) != of_none;
    others.retain(|it| egress(*it).is_some_and(lets_ask));
    let blocked = |labels| {
        let selecting = others.iter().filter(|it| it.selects(labels)).filter_map(|it| egress(*it));
        unasked(&params.ports, selecting.chain([own]))
    };
    for workload in running {
        let can_be_isolated = || workload.pod().is_some_and(|pod| can_be_isolated(&pod));
        if let Some(protocols) = blocked(workload.pod_labels()).filter(|_| can_be_isolated()) {
            let (kind, name) = (workload.kind.name, shown_within(workload.name(), 30));
            out.report(own.egress(), format_args!("no DNS by {protocols} for {kind} `{name}`")).awaited();
            return;
        }
    }
    let Some(true) = out.known(is_deserted(context)) else { return };
    let labels = own.pod_selector().map(LabelSelector::match_labels);
    if let Some(protocols) = blocked(labels) {
        out.report(own.egress(), format_args!("no DNS by {protocols} for the Pods that it selects"))
            .awaited();
    }
}

/// What a policy says, if it isolates what goes out.
fn egress(policy: NetworkPolicy<'_>) -> Option<NetworkPolicySpec<'_>> {
    policy.spec().filter(|spec| spec.is_about(Direction::Egress))
}
