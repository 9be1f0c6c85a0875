//! Kinds of the API group `autoscaling.k8s.io`: what gives the Pods of a workload more or less, not more or fewer of
//! them.

use super::autoscaling::{CrossVersionObjectReference, ScaleTarget};
use super::lens::{List, Text, lens};
use super::meta::ObjectMeta;

/// A quantity under a name that the table of fields can use.
type Amount<'t> = super::At<'t, super::quantity::Quantity>;

lens! {
    /// [`VerticalPodAutoscaler`](https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/api.md).
    VerticalPodAutoscaler {
        "metadata" => metadata: ObjectMeta,
        "spec" => spec: VerticalPodAutoscalerSpec,
    }

    /// Whose Pods are changed, how, and within which bounds.
    VerticalPodAutoscalerSpec {
        "targetRef" => target_ref: CrossVersionObjectReference,
        "updatePolicy" => update_policy: PodUpdatePolicy,
        "resourcePolicy" => resource_policy: PodResourcePolicy,
    }

    /// How a recommendation reaches the Pods.
    PodUpdatePolicy {
        "updateMode" => update_mode: Text,
    }

    /// What holds for each container.
    PodResourcePolicy {
        "containerPolicies" => container_policies: [ContainerResourcePolicy],
    }

    /// What holds for one container; `*` is every one that has no policy of its own.
    ContainerResourcePolicy {
        "containerName" => container_name: Text = VerticalPodAutoscaler::REST,
        "mode" => mode: Text = "Auto",
        "minAllowed" => min_allowed: {Amount},
        "maxAllowed" => max_allowed: {Amount},
        "controlledResources" => controlled_resources: [Text],
    }
}

impl<'t> VerticalPodAutoscaler<'t> {
    /// Stands for every container that has no policy of its own.
    pub const REST: &'static str = "*";

    /// Whose Pods it changes.
    pub fn target(self) -> Option<ScaleTarget<'t>> {
        self.spec()?.target_ref()?.target(("", ""))
    }

    /// How a recommendation reaches the Pods. What the API fills in has changed over time, and always meant that running
    /// Pods are replaced.
    pub fn update_mode(self) -> &'t str {
        let written = self.spec().and_then(|spec| spec.update_policy()?.update_mode());
        written.map_or("Recreate", |mode| *mode)
    }

    /// The policies of containers.
    pub fn container_policies(self) -> impl Iterator<Item = ContainerResourcePolicy<'t>> {
        let policy = self.spec().and_then(|spec| spec.resource_policy());
        policy.map(PodResourcePolicy::container_policies).into_iter().flat_map(List::iter)
    }

    /// The policy that holds for a container.
    pub fn policy_of(self, container: &str) -> Option<ContainerResourcePolicy<'t>> {
        let of = |name: &str| self.container_policies().find(|policy| *policy.container_name() == name);
        of(container).or_else(|| of(Self::REST))
    }

    /// Whether it decides what a container requests of a resource.
    pub fn controls(self, container: &str, resource: &str) -> bool {
        self.policy_of(container).map_or(CONTROLLED.contains(&resource), |policy| policy.controls(resource))
    }
}

/// What is controlled unless a policy says otherwise.
const CONTROLLED: [&str; 2] = ["cpu", "memory"];

impl<'t> ContainerResourcePolicy<'t> {
    /// Whether it decides what is requested of a resource.
    pub fn controls(self, resource: &str) -> bool {
        self.controlled().any(|it| it == resource)
    }

    /// The resources that it decides about.
    pub fn controlled(self) -> impl Iterator<Item = &'t str> {
        let named = self.controlled_resources();
        let default: &[&'static str] = if named.is_empty() { &CONTROLLED } else { &[] };
        let is_on = *self.mode() != "Off";
        default.iter().copied().chain(named.iter().map(|name| *name)).filter(move |_| is_on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::View as _;
    use crate::tree::json;

    #[test]
    fn own_policy_comes_before_that_of_the_rest() {
        for (policies, expected) in [
            ("[]", [true, true, true, true]),
            (r#"[{"containerName":"web","mode":"Off"}]"#, [false, false, true, true]),
            (r#"[{"containerName":"*","mode":"Off"}]"#, [false, false, false, false]),
            (r#"[{"mode":"Off"},{"containerName":"web"}]"#, [true, true, false, false]),
            (r#"[{"containerName":"web","controlledResources":["memory"]}]"#, [false, true, true, true]),
        ] {
            let text = format!(r#"{{"spec":{{"resourcePolicy":{{"containerPolicies":{policies}}}}}}}"#);
            let tree = json::read(text.as_bytes()).unwrap();
            let autoscaler = VerticalPodAutoscaler::view(tree.root().unwrap()).unwrap();
            let controls = |container, resource| autoscaler.controls(container, resource);
            let [web, other] = ["web", "other"].map(|it| ["cpu", "memory"].map(|name| controls(it, name)));
            assert_eq!([web, other].concat(), expected, "{policies}");
        }
    }
}
