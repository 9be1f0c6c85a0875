//! What a Pod as a whole is promised and limited to, and its quality of service.
//!
//! Resources of the whole Pod (`spec.resources`) count where they are declared: an API server knows them from v1.32
//! on, and keeps them by itself from v1.34 on; before, they do not arrive. What is left out of them is filled in as
//! v1.37 does it (`DefaultPodLevelResources`), and the class is that of its kubelet (`ComputePodQOS`). Both are
//! emulated on templates; a Pod arrives with what its own API server has made of it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pod::{Pod, PodContainer, Role};
use super::pod_spec::ResourceRequirements;
use super::quantity::Quantity;
use super::{At, Place};

/// The class of a Pod: who is evicted and killed first when a node runs out of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum QosClass {
    /// Everybody in it requests as much CPU and memory as it may use: evicted last.
    Guaranteed,
    /// Somebody in it requests something.
    Burstable,
    /// Nobody in it requests anything: evicted first.
    BestEffort,
}

impl fmt::Display for QosClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Guaranteed => "Guaranteed",
            Self::Burstable => "Burstable",
            Self::BestEffort => "BestEffort",
        })
    }
}

/// What a container, or the Pod as a whole, claims of CPU or memory. Nothing and zero are the same.
#[derive(Clone, Copy)]
pub struct Claim<'a, 't> {
    /// Whose claim it is; `None` for the Pod as a whole.
    pub container: Option<&'a PodContainer<'t>>,
    /// The resource.
    pub resource: &'static str,
    /// What is reserved.
    pub request: Quantity,
    /// What may be used.
    pub limit: Quantity,
}

/// The resources that the class depends on.
const COUNTED: [&str; 2] = ["cpu", "memory"];

impl<'t> Pod<'t> {
    /// The class that the kubelet gives to the Pod.
    pub fn qos_class(&self) -> QosClass {
        let mut classes = self.claims().map(|claims| class_of(&claims));
        let Some(first) = classes.next() else { return QosClass::BestEffort };
        if classes.all(|class| class == first) { first } else { QosClass::Burstable }
    }

    /// The first claim because of which the Pod is not `Guaranteed`.
    pub fn first_unguaranteed(&self) -> Option<Claim<'_, 't>> {
        self.claims().flatten().find(|claim| !claim.limit.is_positive() || claim.request != claim.limit)
    }

    /// What the whole Pod requests of a resource; `None` if it does not declare resources of its own.
    pub fn whole_request(&self, resource: &str) -> Option<Quantity> {
        let whole = self.whole()?;
        let declared = whole.requests().get(resource).map(|it| *it);
        declared
            .or_else(|| self.aggregate(|it| it.own_request(resource)))
            .or_else(|| whole.limits().get(resource).map(|it| *it))
    }

    /// What the scheduler sets aside for the Pod.
    pub fn reserved(&self, resource: &str) -> Option<Quantity> {
        self.whole_request(resource).or_else(|| self.aggregate(|it| it.own_request(resource)))
    }

    /// What the whole Pod is limited to; `None` if it does not declare resources of its own.
    pub fn whole_limit(&self, resource: &str) -> Option<Quantity> {
        let whole = self.whole()?;
        let declared = whole.limits().get(resource).map(|it| *it);
        declared.or_else(|| {
            let request = self.whole_request(resource)?;
            let is_limited = |it: &PodContainer<'_>| it.own_limit(resource).is_some();
            let limits = self.aggregate(|it| it.own_limit(resource));
            limits.filter(|_| self.with_resources().all(is_limited)).map(|limits| limits.max(request))
        })
    }

    /// Resources of the whole Pod, if one that counts for it is declared.
    fn whole(&self) -> Option<ResourceRequirements<'t>> {
        let counts = |(name, _): (&str, _)| COUNTED.contains(&name) || name.starts_with("hugepages-");
        let whole = self.spec.resources()?;
        (whole.requests().iter().any(counts) || whole.limits().iter().any(counts)).then_some(whole)
    }

    /// The claims on which the class depends: those of the whole Pod, else those of every container.
    fn claims(&self) -> impl Iterator<Item = [Claim<'_, 't>; COUNTED.len()]> {
        let is_whole = self.whole().is_some();
        let whole = is_whole.then(|| {
            COUNTED.map(|resource| Claim {
                container: None,
                resource,
                request: self.whole_request(resource).unwrap_or(Quantity::ZERO),
                limit: self.whole_limit(resource).unwrap_or(Quantity::ZERO),
            })
        });
        let containers = self.with_resources().filter(move |_| !is_whole).map(|container| {
            let amount = |at: Option<At<'_, Quantity>>| at.map_or(Quantity::ZERO, |at| *at);
            COUNTED.map(|resource| Claim {
                container: Some(container),
                resource,
                request: amount(container.own_request(resource)),
                limit: amount(container.own_limit(resource)),
            })
        });
        whole.into_iter().chain(containers)
    }

    /// What the containers come to at the worst moment: all that run together, or an init container beside the
    /// sidecars that were started before it. `None` if none of them says anything.
    fn aggregate(&self, of: impl Fn(&PodContainer<'t>) -> Option<At<'t, Quantity>>) -> Option<Quantity> {
        let (mut running, mut sidecars, mut starting) = (Quantity::ZERO, Quantity::ZERO, Quantity::ZERO);
        let mut is_said = false;
        for container in self.with_resources() {
            let Some(amount) = of(container) else { continue };
            is_said = true;
            match container.role {
                Role::Init => starting = starting.max(sidecars.plus(*amount)),
                Role::Sidecar => {
                    sidecars = sidecars.plus(*amount);
                    running = running.plus(*amount);
                }
                Role::App | Role::Ephemeral => running = running.plus(*amount),
            }
        }
        is_said.then(|| running.max(starting))
    }
}

impl<'t> PodContainer<'t> {
    /// What the container itself requests: its request, else its limit, which the API server makes one on Pods.
    pub fn own_request(&self, resource: &str) -> Option<At<'t, Quantity>> {
        let declared = self.requests().and_then(|requests| requests.get(resource));
        declared.or_else(|| self.own_limit(resource))
    }

    /// What the container itself is limited to.
    pub fn own_limit(&self, resource: &str) -> Option<At<'t, Quantity>> {
        self.limits()?.get(resource)
    }
}

impl<'t> Claim<'_, 't> {
    /// The place below whoever claims.
    pub fn place(&self, pod: &Pod<'t>, path: &'static str) -> Place<'t> {
        self.container.map_or_else(|| pod.spec.missing(path), |container| container.missing(path))
    }
}

fn class_of(claims: &[Claim<'_, '_>]) -> QosClass {
    let is_kept = |claim: &Claim<'_, '_>| claim.limit.is_positive() && claim.request == claim.limit;
    if claims.iter().all(|claim| !claim.request.is_positive() && !claim.limit.is_positive()) {
        QosClass::BestEffort
    } else if claims.iter().all(is_kept) {
        QosClass::Guaranteed
    } else {
        QosClass::Burstable
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::View;
    use crate::object::kinds;
    use crate::object::pod_spec::PodTemplate;
    use crate::tree::json;

    #[test]
    fn class_is_that_of_the_kubelet() {
        let kept = r#"{"limits":{"cpu":"1","memory":"1Gi"}}"#;
        let some = r#"{"requests":{"cpu":"1"}}"#;
        let app = |resources: &str| format!(r#""containers":[{{"resources":{resources}}}]"#);
        let beside = |init: &str, resources: &str| {
            format!(r#""initContainers":[{{"resources":{init}}}],"containers":[{{"resources":{resources}}}]"#)
        };
        let whole = |whole: &str, rest: String| format!(r#""resources":{whole},{rest}"#);
        for (spec, expected) in [
            (app("{}"), QosClass::BestEffort),
            (app("null"), QosClass::BestEffort),
            (app(r#"{"limits":{"cpu":0,"memory":"0"}}"#), QosClass::BestEffort),
            (app(r#"{"limits":{"ephemeral-storage":"1Gi","nvidia.com/gpu":1}}"#), QosClass::BestEffort),
            (app(kept), QosClass::Guaranteed),
            (
                app(r#"{"requests":{"cpu":"1000m","memory":"1024Mi"},"limits":{"cpu":1,"memory":"1Gi"}}"#),
                QosClass::Guaranteed,
            ),
            // The callout of a report that calls its sample `Guaranteed`.
            (
                app(
                    r#"{"requests":{"cpu":"250m","memory":"256Mi"},"limits":{"cpu":"500m","memory":"256Mi"}}"#,
                ),
                QosClass::Burstable,
            ),
            (app(r#"{"limits":{"cpu":"1"}}"#), QosClass::Burstable),
            (app(r#"{"requests":{"cpu":0},"limits":{"cpu":"1","memory":"1Gi"}}"#), QosClass::Burstable),
            (app(some), QosClass::Burstable),
            (beside(kept, kept), QosClass::Guaranteed),
            (beside("{}", kept), QosClass::Burstable),
            (beside("{}", "{}"), QosClass::BestEffort),
            (format!(r#"{},"ephemeralContainers":[{{}}]"#, app(kept)), QosClass::Guaranteed),
            // Nothing but the whole Pod counts where it says something.
            (whole(kept, app("{}")), QosClass::Guaranteed),
            (whole(some, app("{}")), QosClass::Burstable),
            (whole("{}", app(kept)), QosClass::Guaranteed),
            (whole(r#"{"limits":{"hugepages-2Mi":"2Mi"}}"#, app("{}")), QosClass::BestEffort),
            // It takes over what the containers request, and their limits if all have one.
            (whole(kept, app(r#"{"requests":{"cpu":"500m"}}"#)), QosClass::Burstable),
            (whole(r#"{"requests":{"cpu":"1","memory":"1Gi"}}"#, app(kept)), QosClass::Guaranteed),
            (whole(r#"{"requests":{"cpu":"1","memory":"1Gi"}}"#, beside("{}", kept)), QosClass::Burstable),
            ("\"containers\":[]".to_owned(), QosClass::BestEffort),
        ] {
            let tree = json::read(format!("{{\"spec\":{{{spec}}}}}").as_bytes()).unwrap();
            let template = PodTemplate::view(tree.root().unwrap()).unwrap();
            let pod = Pod::from_template(&kinds::DEPLOYMENT, template).unwrap();
            assert_eq!(pod.qos_class(), expected, "{spec}");
            assert_eq!(
                pod.first_unguaranteed().is_none(),
                expected == QosClass::Guaranteed || pod.containers.is_empty(),
                "{spec}"
            );
        }
    }

    #[test]
    fn whole_pod_is_what_runs_together_or_starts() {
        let spec = r#"{"spec":{"resources":{"limits":{"memory":"9Gi"}},
            "initContainers":[
                {"resources":{"requests":{"cpu":"3"}}},
                {"restartPolicy":"Always","resources":{"requests":{"cpu":"1"}}},
                {"resources":{"requests":{"cpu":"2500m"}}}
            ],
            "containers":[{"resources":{"requests":{"cpu":"1"}}},{"resources":{"requests":{"cpu":"1"}}}]}}"#;
        let tree = json::read(spec.as_bytes()).unwrap();
        let template = PodTemplate::view(tree.root().unwrap()).unwrap();
        let pod = Pod::from_template(&kinds::DEPLOYMENT, template).unwrap();
        let shown = |it: Option<Quantity>| it.map(|it| it.to_string());
        assert_eq!(shown(pod.whole_request("cpu")).as_deref(), Some("3.5"));
        assert_eq!(shown(pod.whole_request("memory")).as_deref(), Some("9663676416"));
        assert_eq!(shown(pod.whole_limit("cpu")), None);
    }
}
