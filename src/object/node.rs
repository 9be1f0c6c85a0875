//! Nodes, and which Pods they may run:
//! [Node](https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/).

use super::At;
use super::lens::{Text, lens};
use super::meta::ObjectMeta;
use super::pod_spec::PodSpec;
use super::quantity::Quantity;
use super::scheduling::{Affinity, NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm, Toleration};

/// A quantity under a name that the table of fields can use.
type Amount<'t> = At<'t, Quantity>;

lens! {
    /// A Node; not one of a tree.
    ClusterNode {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: NodeSpec,
        "status" => status: NodeStatus,
    }

    /// What keeps Pods away.
    NodeSpec {
        "taints" => taints: [Taint],
    }

    /// A property that Pods have to tolerate.
    Taint {
        "key" => key: Text = "",
        "value" => value: Text = "",
        "effect" => effect: Text = "",
    }

    /// What there is for Pods.
    NodeStatus {
        "allocatable" => allocatable: {Amount},
    }
}

/// Taints with this prefix come and go with the state of a node: not ready, short of memory, being drained.
const STATE: &str = "node.kubernetes.io/";

impl<'t> ClusterNode<'t> {
    /// What there is of a resource for all Pods of the node together.
    pub fn allocatable(self, resource: &str) -> Option<At<'t, Quantity>> {
        self.status()?.allocatable().get(resource)
    }

    /// Whether a Pod may run here at any time, as far as its node selector, its required node affinity and its
    /// tolerations say. What is only so for now, such as a drain, does not count.
    pub fn may_run(self, pod: PodSpec<'_>) -> bool {
        let required = pod.affinity().and_then(Affinity::node_affinity).and_then(NodeAffinity::required);
        let mut selector = pod.node_selector().iter();
        selector.all(|(key, value)| self.label(key) == Some(*value))
            && required.is_none_or(|required| required.terms().iter().any(|term| self.fits(term)))
            && self.spec().is_none_or(|spec| spec.taints().iter().all(|taint| taint.is_tolerated(pod)))
    }

    fn label(self, key: &str) -> Option<&'t str> {
        self.metadata()?.labels().get(key).map(|value| *value)
    }

    /// A term without any requirement fits no node.
    fn fits(self, term: NodeSelectorTerm<'_>) -> bool {
        let name = || self.metadata()?.name().map(|name| *name);
        let (expressions, fields) = (term.match_expressions(), term.match_fields());
        let by_label = |it: NodeSelectorRequirement<'_>| it.holds(|key| self.label(key));
        let by_field =
            |it: NodeSelectorRequirement<'_>| it.holds(|key| name().filter(|_| key == "metadata.name"));
        !(expressions.is_empty() && fields.is_empty())
            && expressions.iter().all(by_label)
            && fields.iter().all(by_field)
    }
}

impl Taint<'_> {
    fn is_tolerated(self, pod: PodSpec<'_>) -> bool {
        let keeps_away = matches!(*self.effect(), "NoSchedule" | "NoExecute");
        !keeps_away || self.key().starts_with(STATE) || pod.tolerations().iter().any(|it| self.is_borne(it))
    }

    fn is_borne(self, toleration: Toleration<'_>) -> bool {
        let (key, value) = (toleration.key(), toleration.value());
        let effect = toleration.effect().is_none_or(|effect| effect.is_empty() || effect == self.effect());
        let exists = *toleration.operator() == "Exists";
        effect && (key == self.key() || key.is_empty() && exists) && (exists || value == self.value())
    }
}

impl NodeSelectorRequirement<'_> {
    fn holds<'v>(self, value_of: impl Fn(&str) -> Option<&'v str>) -> bool {
        let (Some(key), Some(operator)) = (self.key(), self.operator()) else { return false };
        let value = value_of(&key);
        let listed = || value.is_some_and(|value| self.values().iter().any(|it| *it == value));
        let bound = || self.values().iter().next()?.parse::<i64>().ok();
        let number = || value?.parse::<i64>().ok();
        match *operator {
            "In" => listed(),
            "NotIn" => !listed(),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            "Gt" => number().zip(bound()).is_some_and(|(number, bound)| number > bound),
            "Lt" => number().zip(bound()).is_some_and(|(number, bound)| number < bound),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::View;
    use crate::tree::json;

    const NODE: &str = r#"{"metadata":{"name":"a","labels":{"pool":"gpu","cores":"16"}},"spec":{"taints":[
        {"key":"gpu","value":"yes","effect":"NoSchedule"},
        {"key":"slow","effect":"PreferNoSchedule"},
        {"key":"node.kubernetes.io/unschedulable","effect":"NoSchedule"}]}}"#;

    #[test]
    fn pods_run_where_the_scheduler_would_put_them() {
        let tolerates =
            |rest: &str| format!(r#"{{"tolerations":[{{"key":"gpu","operator":"Exists"}}]{rest}}}"#);
        let affinity = |requirement: &str| {
            let terms = format!(r#"{{"nodeSelectorTerms":[{requirement}]}}"#);
            let affinity = format!(r#"{{"requiredDuringSchedulingIgnoredDuringExecution":{terms}}}"#);
            tolerates(&format!(r#","affinity":{{"nodeAffinity":{affinity}}}"#))
        };
        let expression = |text: &str| affinity(&format!(r#"{{"matchExpressions":[{text}]}}"#));
        for (pod, expected) in [
            ("{}".to_owned(), false),
            (tolerates(""), true),
            (r#"{"tolerations":[{"operator":"Exists"}]}"#.to_owned(), true),
            (r#"{"tolerations":[{"key":"gpu","value":"yes"}]}"#.to_owned(), true),
            (r#"{"tolerations":[{"key":"gpu","value":"no"}]}"#.to_owned(), false),
            (r#"{"tolerations":[{"key":"gpu","operator":"Exists","effect":"NoExecute"}]}"#.to_owned(), false),
            (tolerates(r#","nodeSelector":{"pool":"gpu"}"#), true),
            (tolerates(r#","nodeSelector":{"pool":"cpu"}"#), false),
            (expression(r#"{"key":"pool","operator":"In","values":["cpu","gpu"]}"#), true),
            (expression(r#"{"key":"pool","operator":"NotIn","values":["gpu"]}"#), false),
            (expression(r#"{"key":"zone","operator":"NotIn","values":["a"]}"#), true),
            (expression(r#"{"key":"zone","operator":"Exists"}"#), false),
            (expression(r#"{"key":"zone","operator":"DoesNotExist"}"#), true),
            (expression(r#"{"key":"cores","operator":"Gt","values":["8"]}"#), true),
            (expression(r#"{"key":"cores","operator":"Lt","values":["8"]}"#), false),
            (affinity(r#"{"matchFields":[{"key":"metadata.name","operator":"In","values":["a"]}]}"#), true),
            (affinity(r#"{"matchFields":[{"key":"metadata.name","operator":"In","values":["b"]}]}"#), false),
            (affinity("{}"), false),
        ] {
            let (node, tree) = (json::read(NODE.as_bytes()).unwrap(), json::read(pod.as_bytes()).unwrap());
            let node = ClusterNode::view(node.root().unwrap()).unwrap();
            assert_eq!(node.may_run(PodSpec::view(tree.root().unwrap()).unwrap()), expected, "{pod}");
        }
    }
}
