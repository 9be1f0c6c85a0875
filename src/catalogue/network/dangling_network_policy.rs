//! `NET21 dangling-network-policy`: a NetworkPolicy must be for Pods that there are.

use super::isolation::{RUNNING, is_deserted};
use crate::catalogue::beside;
use crate::object::meta::Object;
use crate::object::network::{Direction, NetworkPolicy, NetworkPolicySpec};
use crate::object::selector::LabelSelector;
use crate::policy::Unknown;
use crate::policy::prelude::*;

policy! {
    /// A NetworkPolicy selects Pods, or lets Pods of its own namespace through, that no workload of the namespace makes.
    ///
    /// An empty selector is for whatever comes, and passes; so do selectors that ask for labels which Kubernetes itself gives
    /// to Pods (`statefulset.kubernetes.io/pod-name`). Peers with a `namespaceSelector` are in other namespaces, and not
    /// looked at; nor are rules for a direction that the policy is not about. A policy that an operator has made passes, and
    /// so does every one in a namespace, or a set of files, where nothing runs.
    ///
    /// ## Why
    /// A policy with a wrong label does nothing, and nothing says so: the Pods that it was meant to close stay open, or those
    /// that it was meant to let in wait for an answer that never comes.
    ///
    /// ## Fix
    /// Use the labels of the Pods, or delete the policy if its workload has gone.
    ///
    /// ## Exceptions
    /// Policies for Pods that no workload makes: those of an operator, of a notebook server, of a CI system.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: { name: web, namespace: shop }
    /// spec: { podSelector: { matchLabels: { app: wbe } }, policyTypes: [Ingress] }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: { name: web, namespace: shop }
    /// spec: { podSelector: { matchLabels: { app: web } }, policyTypes: [Ingress] }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    pub(super) DanglingNetworkPolicy = {
        code: "NET21",
        since: "0.1.0",
        severity: Low,
        on: NetworkPolicy,
        needs: Facts,
        reads: RUNNING,
        equivalents: [
            "kube-linter:dangling-networkpolicy", "kube-linter:dangling-networkpolicypeer-podselector",
            "kube-score:networkpolicy-targets-pod", "kubescape:C-0299",
        ],
        references: ["https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource"],
    }
}

impl Check for DanglingNetworkPolicy {
    type Params = NoParams;

    fn check(_: &NoParams, policy: NetworkPolicy<'_>, context: &Context<'_>, out: &mut Findings) {
        let is_made = context.subject.judged().and_then(Object::controller).is_some();
        let Some(spec) = policy.spec().filter(|_| !is_made) else { return };
        for (selector, consequence) in selectors(spec) {
            let Some(is_dangling) = out.known(is_dangling(context, selector)) else { return };
            if is_dangling {
                let message =
                    format!("no workload of this namespace makes Pods with these labels: {consequence}");
                out.report(selector, message).awaited();
            }
        }
    }
}

/// What selects Pods of the namespace of the policy, and what it comes to if there are none.
fn selectors(spec: NetworkPolicySpec<'_>) -> impl Iterator<Item = (LabelSelector<'_>, &'static str)> {
    let directions = Direction::ALL.into_iter().filter(move |direction| spec.is_about(*direction));
    let peers = directions.flat_map(move |direction| {
        spec.rules(direction).iter().flat_map(move |rule| rule.peers(direction).iter())
    });
    let beside =
        peers.filter(|peer| peer.namespace_selector().is_none()).filter_map(|peer| peer.pod_selector());
    let own = spec.pod_selector().map(|selector| (selector, "nobody is isolated"));
    own.into_iter().chain(beside.map(|selector| (selector, "nobody is let through")))
}

fn is_dangling(context: &Context<'_>, selector: LabelSelector<'_>) -> Result<bool, Unknown> {
    if selector.is_empty() || selector.asks_for_given_labels() {
        return Ok(false);
    }
    Ok(beside::selected(context, RUNNING, selector)?.is_empty() && !is_deserted(context)?)
}
