//! Which nodes and neighbours a Pod asks for, and which it bears:
//! [Assigning Pods to Nodes](https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/).

use super::lens::{Bool, Text, lens};
use super::meta::ObjectMeta;
use super::pod_spec::PodSpec;
use super::selector::LabelSelector;

lens! {
    /// What a Pod wants to be near to or far from.
    Affinity {
        "nodeAffinity" => node_affinity: NodeAffinity,
        "podAntiAffinity" => pod_anti_affinity: PodAntiAffinity,
    }

    /// The nodes that a Pod must or would rather be on.
    NodeAffinity {
        "requiredDuringSchedulingIgnoredDuringExecution" => required: NodeSelector,
        "preferredDuringSchedulingIgnoredDuringExecution" => preferred: [PreferredSchedulingTerm],
    }

    /// Nodes that fit one of these terms.
    NodeSelector {
        "nodeSelectorTerms" => terms: [NodeSelectorTerm],
    }

    /// Nodes that a Pod would rather be on.
    PreferredSchedulingTerm {
        "preference" => preference: NodeSelectorTerm,
    }

    /// Nodes that fit all of these requirements.
    NodeSelectorTerm {
        "matchExpressions" => match_expressions: [NodeSelectorRequirement],
        "matchFields" => match_fields: [NodeSelectorRequirement],
    }

    /// What a label or a field of a node must be.
    NodeSelectorRequirement {
        "key" => key: Text,
        "operator" => operator: Text,
        "values" => values: [Text],
    }

    /// A taint that does not keep a Pod away.
    Toleration {
        "key" => key: Text = "",
        "operator" => operator: Text = "Equal",
        "value" => value: Text = "",
        "effect" => effect: Text,
    }

    /// Which neighbours are not wanted.
    PodAntiAffinity {
        "requiredDuringSchedulingIgnoredDuringExecution" => required: [PodAffinityTerm],
        "preferredDuringSchedulingIgnoredDuringExecution" => preferred: [WeightedPodAffinityTerm],
    }

    /// Neighbours by their labels, and how far the neighbourhood goes.
    PodAffinityTerm {
        "labelSelector" => label_selector: LabelSelector,
        "namespaces" => namespaces: [Text],
        "namespaceSelector" => namespace_selector: LabelSelector,
        "topologyKey" => topology_key: Text = "",
        "matchLabelKeys" => match_label_keys: [Text],
        "mismatchLabelKeys" => mismatch_label_keys: [Text],
    }

    /// The same, as a wish.
    WeightedPodAffinityTerm {
        "podAffinityTerm" => term: PodAffinityTerm,
    }

    /// How evenly Pods are laid over nodes or zones. Without a selector no Pod is counted.
    TopologySpreadConstraint {
        "topologyKey" => topology_key: Text = "",
        "labelSelector" => label_selector: LabelSelector,
    }

    /// [`PriorityClass`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/priority-class-v1/).
    PriorityClass {
        "metadata" => metadata: ObjectMeta,
        "globalDefault" => global_default: Bool = false,
    }
}

/// The label that tells nodes apart.
const HOSTNAME: &str = "kubernetes.io/hostname";

impl Toleration<'_> {
    /// Whether it names no taint, so that it is for all of them.
    pub fn is_for_every_taint(self) -> bool {
        self.key().is_empty() && *self.operator() == "Exists"
    }
}

impl<'t> NodeAffinity<'t> {
    /// All terms: those of which one must fit, and those of which as many as possible should.
    pub fn terms(self) -> impl Iterator<Item = NodeSelectorTerm<'t>> {
        let required = self.required().into_iter().flat_map(|it| it.terms().iter());
        required.chain(self.preferred().iter().filter_map(PreferredSchedulingTerm::preference))
    }
}

impl<'t> PodAntiAffinity<'t> {
    /// All terms, demands and wishes.
    pub fn terms(self) -> impl Iterator<Item = PodAffinityTerm<'t>> {
        self.required().iter().chain(self.preferred().iter().filter_map(WeightedPodAffinityTerm::term))
    }
}

impl PodAffinityTerm<'_> {
    /// Whether Pods of this namespace are neighbours of one in the same; nobody knows the labels of namespaces here.
    pub fn reaches(self, namespace: Option<&str>) -> bool {
        let mut listed = self.namespaces().iter();
        self.namespaces().is_empty()
            || self.namespace_selector().is_some()
            || namespace.is_none_or(|namespace| listed.any(|it| *it == namespace))
    }
}

impl PodSpec<'_> {
    /// Whether all Pods of this specification come to one and the same node.
    pub fn is_pinned_to_node(self) -> bool {
        let affinity = self.affinity().and_then(Affinity::node_affinity).and_then(NodeAffinity::required);
        let terms = affinity.map(NodeSelector::terms);
        self.node_name().is_some_and(|name| !name.is_empty())
            || self.node_selector().get(HOSTNAME).is_some()
            || terms
                .is_some_and(|terms| terms.len() == 1 && terms.iter().all(NodeSelectorTerm::names_one_node))
    }
}

impl NodeSelectorTerm<'_> {
    fn names_one_node(self) -> bool {
        let names_one = |it: NodeSelectorRequirement<'_>, wanted: &str| {
            it.key().is_some_and(|key| *key == wanted)
                && it.operator().is_some_and(|operator| *operator == "In")
                && it.values().len() == 1
        };
        self.match_expressions().iter().any(|it| names_one(it, HOSTNAME))
            || self.match_fields().iter().any(|it| names_one(it, "metadata.name"))
    }
}
