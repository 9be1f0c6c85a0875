//! Which nodes a Pod asks for, and which it bears:
//! [Assigning Pods to Nodes](https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/).

use super::lens::{Text, lens};

lens! {
    /// What a Pod wants to be near to or far from.
    Affinity {
        "nodeAffinity" => node_affinity: NodeAffinity,
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
}

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
