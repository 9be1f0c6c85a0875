//! `RES13 unlimited-cpu-on-shared-node`: who may take all CPU of a node must have it to themselves.

use crate::object::pod::{Pod, PodContainer};
use crate::object::scheduling::{NodeSelectorRequirement, NodeSelectorTerm, Toleration};
use crate::policy::prelude::*;

policy! {
    /// A container has no CPU limit, and its Pod is not kept to nodes that are set aside for it.
    ///
    /// Nodes are set aside if the Pod selects them by a label of such a pool, or tolerates a taint of one. A label
    /// counts in `nodeSelector`, and in required node affinity where each of the terms has it (`In`, `Exists`).
    /// Tolerating every taint is not tolerating one. Good sources contradict each other on whether CPU limits may
    /// only be left out under this condition.
    ///
    /// ## Why
    /// To leave out the limit is good for who answers requests, and bad for whoever runs beside them: on a shared
    /// node the neighbours get what they have requested and not a bit more, in the very hour when they need it.
    ///
    /// ## Fix
    /// Set `resources.limits.cpu`, or select the nodes of a pool with `nodeSelector`.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { cpu: "2" } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// nodeSelector: { dedicated: trading }
    /// containers: [{ name: web, image: "web:1.4.2", resources: { requests: { cpu: "2" } } }]
    /// ```
    pub(super) UnlimitedCpuOnSharedNode = {
        code: "RES13",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        yields_to: ["RES04" in Field],
        equivalents: [],
        references: [
            "https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/",
            "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Labels of nodes that are set aside: `KEY`, or `KEY=VALUE` for one value.
    pool_labels: Vec<String>,
    /// Taints of nodes that are set aside: `KEY`, or `KEY=VALUE` for one value.
    pool_taints: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { pool_labels: vec!["dedicated".to_owned()], pool_taints: vec!["dedicated".to_owned()] }
    }
}

impl Check for UnlimitedCpuOnSharedNode {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        // Where no node is set aside there is nothing to choose.
        if params.pool_labels.is_empty() && params.pool_taints.is_empty() {
            return;
        }
        let is_unlimited = |it: &&PodContainer<'_>| it.limit("cpu").is_none_or(|limit| !limit.is_positive());
        let mut unlimited = pod.with_resources().filter(is_unlimited).peekable();
        if unlimited.peek().is_none() || params.are_nodes_set_aside(pod) {
            return;
        }
        for container in unlimited {
            let name = shown(container.display_name());
            let place = container.missing("resources.limits.cpu");
            out.report(place, format_args!("container `{name}` has no CPU limit, on nodes that it shares"));
        }
    }
}

impl Params {
    fn are_nodes_set_aside(&self, pod: &Pod<'_>) -> bool {
        let mut selected = pod.spec.node_selector().iter();
        let by_selector = selected.any(|(key, value)| is_one(&self.pool_labels, key, &value));
        let required = pod.spec.affinity().and_then(|it| it.node_affinity()?.required());
        let mut terms = required.into_iter().flat_map(|it| it.terms().iter()).peekable();
        let by_affinity = terms.peek().is_some() && terms.all(|term| self.is_pool(term));
        by_selector || by_affinity || pod.spec.tolerations().iter().any(|it| self.tolerates_pool(it))
    }

    /// Whether a term leaves only nodes of a pool.
    fn is_pool(&self, term: NodeSelectorTerm<'_>) -> bool {
        term.match_expressions().iter().any(|requirement| self.demands_pool(requirement))
    }

    fn demands_pool(&self, requirement: NodeSelectorRequirement<'_>) -> bool {
        let Some((key, operator)) = requirement.key().zip(requirement.operator()) else { return false };
        let mut values = requirement.values().iter().peekable();
        match *operator {
            "Exists" => self.pool_labels.iter().any(|pool| pool == *key),
            "In" => values.peek().is_some() && values.all(|value| is_one(&self.pool_labels, &key, &value)),
            _ => false,
        }
    }

    fn tolerates_pool(&self, toleration: Toleration<'_>) -> bool {
        let (key, value) = (toleration.key(), toleration.value());
        match *toleration.operator() {
            "Exists" => self.pool_taints.iter().any(|pool| pool.split('=').next() == Some(*key)),
            _ => is_one(&self.pool_taints, &key, &value),
        }
    }
}

/// Whether a label or taint is that of one of the pools.
fn is_one(pools: &[String], key: &str, value: &str) -> bool {
    pools.iter().any(|pool| pool.split_once('=').map_or(pool == key, |pool| pool == (key, value)))
}
