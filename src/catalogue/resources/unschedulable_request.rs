//! `RES12 unschedulable-request`: some node must be large enough for a Pod.

use std::collections::{BTreeSet, HashMap};

use crate::object::Place;
use crate::object::node::ClusterNode;
use crate::object::pod::Pod;
use crate::object::quantity::Quantity;
use crate::policy::Within;
use crate::policy::prelude::*;

policy! {
    /// A Pod requests more than any node has on which it may run.
    ///
    /// Nodes count that fit its node selector, its required node affinity and its tolerations, with all that they have for
    /// Pods, whatever runs there now. Where there is none at all, a pool of such nodes may start from nothing, and the Pod
    /// passes. What a controller keeps is judged by its template.
    ///
    /// ## Why
    /// The Pod stays `Pending` for good, with `Insufficient memory` in an event that nobody looks at: a rollout hangs, or a
    /// nightly job is missing in the morning.
    ///
    /// ## Fix
    /// Request less, split the work, or let the Pod run on larger nodes.
    ///
    /// ## Exceptions
    /// Clusters whose autoscaler adds nodes that are larger than all there are.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { spec: { containers: [{ name: web, image: "web:1.4.2", resources: { requests: { memory: 64Gi } } }] } } }
    /// ---
    /// apiVersion: v1
    /// kind: Node
    /// metadata: { name: a }
    /// status: { allocatable: { cpu: "8", memory: 30Gi } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { spec: { containers: [{ name: web, image: "web:1.4.2", resources: { requests: { memory: 16Gi } } }] } } }
    /// ---
    /// apiVersion: v1
    /// kind: Node
    /// metadata: { name: a }
    /// status: { allocatable: { cpu: "8", memory: 30Gi } }
    /// ```
    pub(super) UnschedulableRequest = {
        code: "RES12",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        needs: Facts,
        reads: &[&kinds::NODE],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"],
    }
}

impl Check for UnschedulableRequest {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        let is_kept = context.subject.judged().is_none_or(|object| object.controller().is_some());
        let names = requested(pod);
        if is_kept || names.is_empty() {
            return;
        }
        let nodes = context.facts.list::<ClusterNode<'static>>(Within::Cluster, None);
        let Some(mut nodes) = out.known(nodes) else { return };
        nodes.retain(|node| node.may_run(pod.spec));
        // A node that does not know a name is too small at once: however many names there are, few amounts are added up.
        let mut amounts = HashMap::new();
        let mut has = |node: &ClusterNode<'_>, name| {
            let amount = *amounts.entry(name).or_insert_with(|| pod.reserved(name).unwrap_or(Quantity::ZERO));
            node.allocatable(name).map_or(Quantity::ZERO, |allocatable| *allocatable) >= amount
        };
        if nodes.is_empty() || nodes.iter().any(|node| names.iter().all(|name| has(node, name))) {
            return;
        }
        let Some(short) = names.into_iter().find(|name| !nodes.iter().any(|node| has(node, name))) else {
            out.report(Place::from(pod.spec), "no node that it may run on has all that it requests together");
            return;
        };
        let most = nodes.iter().filter_map(|node| node.allocatable(short)).max_by_key(|most| **most);
        let (name, most) = (shown_within(short, 30), most.map_or("0".into(), |most| most.written()));
        let most = shown_within(&most, 15);
        let message =
            format!("requests more `{name}` than any node has that it may run on: `{most}` at most");
        out.report(largest(pod, short), message);
    }
}

/// The names of the resources that the Pod requests, in order.
fn requested<'t>(pod: &Pod<'t>) -> BTreeSet<&'t str> {
    let of_containers = pod.with_resources().filter_map(|container| container.resources());
    let all = of_containers.chain(pod.spec.resources());
    all.flat_map(|it| it.requests().iter().chain(it.limits().iter())).map(|(name, _)| name).collect()
}

/// Where most of a resource is requested.
fn largest<'t>(pod: &Pod<'t>, resource: &str) -> Place<'t> {
    let whole = pod.spec.resources().and_then(|whole| whole.requests().get(resource));
    let own = pod.with_resources().filter_map(|container| container.own_request(resource));
    whole.or_else(|| own.max_by_key(|amount| **amount)).map_or(Place::from(pod.spec), Place::from)
}
