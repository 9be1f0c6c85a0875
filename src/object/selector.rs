//! Label selectors, matched exactly as `k8s.io/apimachinery/pkg/labels` does.

use super::lens::{List, Map, Text, lens};

lens! {
    /// [`LabelSelector`](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/):
    /// all conditions must hold, and an empty one matches everything.
    LabelSelector {
        "matchLabels" => match_labels: {Text},
        "matchExpressions" => match_expressions: [LabelSelectorRequirement],
    }

    /// One condition of a selector.
    LabelSelectorRequirement {
        "key" => key: Text,
        "operator" => operator: Text,
        "values" => values: [Text],
    }
}

/// Labels that Pods are given besides those of their template, by the controller that makes them or by the API server.
const GIVEN: [&str; 13] = [
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "pod-template-generation",
    "pod-template-hash",
    "rollouts-pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];

/// Whether Pods are given a label of this key besides those of their template, so that no template tells who has it.
pub fn is_given(key: &str) -> bool {
    GIVEN.contains(&key)
}

impl LabelSelector<'_> {
    /// Whether there is no condition: it selects everything.
    pub fn is_empty(self) -> bool {
        self.match_labels().is_empty() && self.match_expressions().is_empty()
    }

    /// Whether a label is asked for that Pods are given by Kubernetes: what they are made from does not say whether they
    /// are selected.
    pub fn asks_for_given_labels(self) -> bool {
        self.match_labels().iter().any(|(key, _)| is_given(key))
            || self.match_expressions().iter().any(|it| it.key().is_some_and(|key| is_given(*key)))
    }

    /// Whether an object with these labels is selected. What an *absent* selector means differs from field to
    /// field, so it is for the caller to say.
    pub fn matches(self, labels: Option<Map<'_, Text<'_>>>) -> bool {
        self.fits(|key| labels.and_then(|labels| labels.get(key)).map(|value| *value))
    }

    /// The same for labels that are known otherwise: the value that a key has.
    pub fn fits<'v>(self, value_of: impl Fn(&str) -> Option<&'v str> + Copy) -> bool {
        self.match_labels().iter().all(|(key, wanted)| value_of(key) == Some(*wanted))
            && self.match_expressions().iter().all(|requirement| requirement.holds(value_of))
    }
}

impl<'t> LabelSelectorRequirement<'t> {
    fn holds<'v>(self, value_of: impl Fn(&str) -> Option<&'v str>) -> bool {
        let (Some(key), Some(operator)) = (self.key(), self.operator()) else { return false };
        let value = value_of(&key);
        let values: List<'t, Text<'t>> = self.values();
        let listed = value.is_some_and(|value| values.iter().any(|it| *it == value));
        match *operator {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    }
}
