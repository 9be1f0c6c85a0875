//! `SCH06 unapproved-node-selection`: a Pod must select nodes by what was agreed on.

use crate::object::Place;
use crate::object::pod::Pod;
use crate::object::scheduling::NodeAffinity;
use crate::policy::prelude::*;

policy! {
    /// A Pod selects nodes by a label that is not on the list, or does not select any where it has to.
    ///
    /// `nodeSelector` counts, and node affinity, required and preferred, with all keys in it. By default the list has
    /// the labels that nodes are given by Kubernetes itself and that mean the same everywhere. `nodeName` is left to
    /// `pinned-node`. Other tools forbid what one demands: choose with `allowed` and `required`.
    ///
    /// ## Why
    /// Who selects a node by its name or by a private label ties the workload to that machine: it does not come back
    /// when the machine is replaced, and gets in the way of whoever it is reserved for. Where pools are for teams or
    /// for security levels, the label decides who lands where, and is not for the author of a Pod to choose.
    ///
    /// ## Fix
    /// Select nodes by a label that is approved for the namespace.
    ///
    /// ## Denied
    /// ```yaml
    /// nodeSelector: { kubernetes.io/hostname: node-7 }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// nodeSelector: { kubernetes.io/arch: arm64 }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) UnapprovedNodeSelection = {
        code: "SCH06",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        equivalents: [
            "kyverno:restrict-node-selection", "kyverno:restrict-node-affinity", "kube-linter:no-node-affinity",
        ],
        references: ["https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Labels by which a Pod may select nodes; one that ends with `*` stands for all that begin so.
    allowed: Vec<String>,
    /// Whether a Pod must select nodes.
    required: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { allowed: PORTABLE.map(str::to_owned).into(), required: false }
    }
}

const PORTABLE: [&str; 7] = [
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/os",
    "kubernetes.io/arch",
    "kubernetes.io/os",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];

impl Check for UnapprovedNodeSelection {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let selector = pod.spec.node_selector();
        let affinity = pod.spec.affinity().and_then(|affinity| affinity.node_affinity());
        if params.required && selector.is_empty() && affinity.is_none_or(|it| it.terms().next().is_none()) {
            out.report(pod.spec.missing("nodeSelector"), "Pod does not select the nodes that it may run on");
        }
        let selected = selector.iter().map(|(key, value)| (key, Place::from(value)));
        let preferred = affinity.into_iter().flat_map(keys);
        for (key, place) in selected.chain(preferred).filter(|(key, _)| !params.allows(key)) {
            out.report(
                place,
                format_args!("selects nodes by the label `{}`, which is not approved", shown(key)),
            );
        }
        // The controller of a DaemonSet writes the node that each of its Pods is for.
        let is_made = pod.metadata.is_some_and(|it| it.owner_references().iter().any(|it| *it.controller()));
        let fields = affinity.filter(|_| !is_made).into_iter().flat_map(fields);
        for (_, place) in fields.filter(|(key, _)| !params.allows(key)) {
            out.report(place, "selects nodes by name, which is not approved");
        }
    }
}

impl Params {
    fn allows(&self, key: &str) -> bool {
        self.allowed.iter().any(|allowed| match allowed.strip_suffix('*') {
            Some(start) => key.starts_with(start),
            None => key == allowed,
        })
    }
}

/// The labels that affinity looks at.
fn keys(affinity: NodeAffinity<'_>) -> impl Iterator<Item = (&str, Place<'_>)> {
    let expressions = affinity.terms().flat_map(|term| term.match_expressions().iter());
    expressions.filter_map(|expression| expression.key()).map(|key| (*key, key.into()))
}

/// The fields of nodes that affinity looks at: there is only `metadata.name`.
fn fields(affinity: NodeAffinity<'_>) -> impl Iterator<Item = (&str, Place<'_>)> {
    let fields = affinity.terms().flat_map(|term| term.match_fields().iter());
    fields.filter_map(|field| field.key()).map(|key| (*key, key.into()))
}
