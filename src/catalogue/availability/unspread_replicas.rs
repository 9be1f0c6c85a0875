//! `AVL22 unspread-replicas`: Pods of one workload must not all be on one node.

use crate::object::apps::Replicated;
use crate::object::pod::{Pod, PodContainer};
use crate::object::scheduling::{Affinity, PodAntiAffinity};
use crate::object::selector::LabelSelector;
use crate::policy::prelude::*;

policy! {
    /// Nothing keeps several Pods of a workload apart from each other.
    ///
    /// A topology spread constraint or a Pod anti-affinity, as a demand or as a wish, over nodes or zones, is enough, if it
    /// selects the workload's own Pods. Pods that take a port of their node cannot share one, and pass. What the scheduler
    /// spreads by its own configuration is not visible.
    ///
    /// ## Why
    /// The scheduler puts Pods where there is room, and after an upgrade of the nodes that is often the same new node for
    /// all of them. Three replicas on one node are one replica: when the node goes, so does the service.
    ///
    /// ## Fix
    /// Add a topology spread constraint over `kubernetes.io/hostname` with the labels of the Pods.
    ///
    /// ## Exceptions
    /// Clusters whose scheduler spreads by default as they want it: turn the policy off there.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2" }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec:
    ///       topologySpreadConstraints:
    ///         - maxSkew: 1
    ///           topologyKey: kubernetes.io/hostname
    ///           whenUnsatisfiable: ScheduleAnyway
    ///           labelSelector: { matchLabels: { app: web } }
    ///       containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) UnspreadReplicas = {
        code: "AVL22",
        since: "0.1.0",
        severity: Medium,
        on: Replicated,
        yields_to: ["AVL23" in Object],
        equivalents: [
            "polaris:topologySpreadConstraint", "kube-linter:no-anti-affinity",
            "kube-score:deployment-has-host-podantiaffinity",
            "kube-score:statefulset-has-host-podantiaffinity", "kyverno:topologyspreadconstraints-policy",
        ],
        references: ["https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// From how many Pods on they have to be spread.
    min_replicas: u16,
    /// What counts.
    accept: Accept,
    /// Labels of nodes over whose values Pods may be spread.
    topology_keys: Vec<String>,
    /// Whether they have to be spread over all of these labels, not just one.
    all_keys: bool,
}

/// What spreads Pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Accept {
    /// Either.
    Any,
    /// Topology spread constraints.
    Constraints,
    /// Pod anti-affinity.
    AntiAffinity,
}

impl Default for Params {
    fn default() -> Self {
        let keys = ["kubernetes.io/hostname", "topology.kubernetes.io/zone"];
        Self {
            min_replicas: 2,
            accept: Accept::Any,
            topology_keys: keys.map(str::to_owned).into(),
            all_keys: false,
        }
    }
}

impl Check for UnspreadReplicas {
    type Params = Params;

    fn check(params: &Params, workload: Replicated<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(replicas) = workload.spec().map(|spec| *spec.replicas()) else { return };
        let Some(pod) = context.subject.pod().filter(|_| replicas >= params.min_replicas.into()) else {
            return;
        };
        // In the network of the node every port is one of the node, though only the Pod itself says so.
        let is_host = *pod.spec.host_network();
        let takes_port = |container: &PodContainer<'_>| {
            container.ports().iter().any(|port| is_host || *port.host_port() > 0)
        };
        let takes_port = pod.containers.iter().any(takes_port);
        if !takes_port && !params.are_spread(pod, context.subject.namespace) {
            let place = pod.spec.missing("topologySpreadConstraints");
            out.report(
                place,
                format_args!("nothing keeps the {replicas} Pods apart: one node may have them all"),
            );
        }
    }
}

impl Params {
    fn are_spread(&self, pod: &Pod<'_>, namespace: Option<&str>) -> bool {
        let labels = pod.metadata.map(|metadata| metadata.labels());
        let fits = |selector: Option<LabelSelector<'_>>| selector.is_some_and(|it| it.matches(labels));
        let by_constraint = |key: &str| {
            let mut constraints = pod.spec.topology_spread_constraints().iter();
            self.accept != Accept::AntiAffinity
                && constraints.any(|it| *it.topology_key() == key && fits(it.label_selector()))
        };
        let affinity = pod.spec.affinity().and_then(Affinity::pod_anti_affinity);
        let by_affinity = |key: &str| {
            let mut terms = affinity.into_iter().flat_map(PodAntiAffinity::terms);
            self.accept != Accept::Constraints
                && terms
                    .any(|it| *it.topology_key() == key && it.reaches(namespace) && fits(it.label_selector()))
        };
        let mut keys = self.topology_keys.iter().map(String::as_str);
        let is_spread = |key: &str| by_constraint(key) || by_affinity(key);
        if self.all_keys { keys.all(is_spread) } else { keys.any(is_spread) }
    }
}
