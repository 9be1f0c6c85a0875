//! Who selects whose Pods.

use super::Workload;
use crate::object::disruption::PodDisruptionBudget;
use crate::object::key::Key;
use crate::object::kinds::{self, Kind};
use crate::object::network::{NetworkPolicy, Service};
use crate::object::selector::{LabelSelector, is_given};
use crate::object::{Map, Text};
use crate::policy::{Context, KindLens, Unknown};

/// What keeps Pods running. ReplicaSets are known where no Deployment has made them: by themselves, or by a custom
/// resource such as a Rollout.
pub(in crate::catalogue) const RUNNING: &[&Kind] = &[
    &kinds::DEPLOYMENT,
    &kinds::STATEFUL_SET,
    &kinds::DAEMON_SET,
    &kinds::REPLICA_SET,
    &kinds::REPLICATION_CONTROLLER,
];

/// An object that selects Pods by their labels.
pub(in crate::catalogue) trait SelectsPods: Copy {
    /// Whether Pods with these labels are among them.
    fn selects(self, labels: Option<Map<'_, Text<'_>>>) -> bool;
}

impl SelectsPods for PodDisruptionBudget<'_> {
    /// In `policy/v1` an empty selector is all Pods, and none at all is none.
    fn selects(self, labels: Option<Map<'_, Text<'_>>>) -> bool {
        self.spec().and_then(|spec| spec.selector()).is_some_and(|selector| selector.matches(labels))
    }
}

impl SelectsPods for NetworkPolicy<'_> {
    /// Without a selector it is all Pods.
    fn selects(self, labels: Option<Map<'_, Text<'_>>>) -> bool {
        self.spec().is_some_and(|spec| spec.pod_selector().is_none_or(|selector| selector.matches(labels)))
    }
}

impl SelectsPods for Service<'_> {
    /// Without a selector somebody else says where the traffic goes. Labels that Pods are given besides those of their
    /// template tell apart Pods of one workload, such as those of a StatefulSet: by the others it is found.
    fn selects(self, labels: Option<Map<'_, Text<'_>>>) -> bool {
        let mut is_found = false;
        let mut has = |(key, wanted): (&str, Text<'_>)| match labels.and_then(|labels| labels.get(key)) {
            Some(value) => {
                is_found |= value == wanted;
                value == wanted
            }
            None => is_given(key),
        };
        self.selector().is_some_and(|selector| selector.iter().all(&mut has)) && is_found
    }
}

/// What selects the Pods with these labels, of the namespace of the subject.
pub(in crate::catalogue) fn selecting<'t, L>(
    context: &Context<'t>,
    labels: Option<Map<'_, Text<'_>>>,
) -> Result<Vec<L::At<'t>>, Unknown>
where
    L: KindLens<At<'t>: SelectsPods>,
{
    let mut found = context.beside_by::<L>(Key::Selects(None))?;
    for (label, value) in labels.into_iter().flat_map(Map::iter) {
        found.extend(context.beside_by::<L>(Key::Selects(Some((label, *value))))?);
    }
    found.retain(|it| it.selects(labels));
    Ok(found)
}

/// The objects of these kinds, of the namespace of the subject, whose Pods a selector selects.
pub(in crate::catalogue) fn selected<'t>(
    context: &Context<'t>,
    kinds: &[&'static Kind],
    selector: LabelSelector<'_>,
) -> Result<Vec<Workload<'t>>, Unknown> {
    with_pods(context, kinds, selector.match_labels(), |labels| selector.matches(labels))
}

/// The objects of these kinds, of the namespace of the subject, that a Service sends traffic to.
pub(in crate::catalogue) fn behind<'t>(
    context: &Context<'t>,
    kinds: &[&'static Kind],
    service: Service<'_>,
) -> Result<Vec<Workload<'t>>, Unknown> {
    let Some(selector) = service.selector() else { return Ok(Vec::new()) };
    with_pods(context, kinds, selector, |labels| service.selects(labels))
}

/// The objects of these kinds whose Pods have some labels, and are selected by them.
fn with_pods<'t>(
    context: &Context<'t>,
    kinds: &[&'static Kind],
    labels: Map<'_, Text<'_>>,
    selects: impl Fn(Option<Map<'_, Text<'_>>>) -> bool,
) -> Result<Vec<Workload<'t>>, Unknown> {
    let by = Key::of_selected(labels);
    let mut found = Vec::new();
    for kind in kinds.iter().copied() {
        let objects = context.facts.find(kind, context.subject.namespace.into(), by)?;
        let workloads = objects.into_iter().map(|object| Workload { kind, object });
        found.extend(workloads.filter(|workload| selects(workload.pod_labels())));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::View as _;
    use crate::object::meta::Object;
    use crate::tree::json;

    /// What no selector and an empty one mean, the API says of each field that is one: `PodDisruptionBudgetSpec` ("a null
    /// selector will match no pods, while an empty ({}) selector will select all pods within the namespace"),
    /// `NetworkPolicySpec` ("an empty podSelector matches all pods in this namespace", and so does one that is left out),
    /// `ServiceSpec` ("if empty or not present, the service is assumed to have an external process managing its
    /// endpoints").
    #[test]
    fn nothing_and_an_empty_selector_differ_from_kind_to_kind() {
        let pod = json::read(br#"{"metadata":{"labels":{"app":"web"}}}"#).unwrap();
        let pod = Object::view(pod.root().unwrap()).unwrap();
        let labels = pod.metadata().map(|metadata| metadata.labels());
        for (kind, spec, expected) in [
            (&kinds::POD_DISRUPTION_BUDGET, "{}", false),
            (&kinds::POD_DISRUPTION_BUDGET, r#"{"selector":null}"#, false),
            (&kinds::POD_DISRUPTION_BUDGET, r#"{"selector":{}}"#, true),
            (
                &kinds::POD_DISRUPTION_BUDGET,
                r#"{"selector":{"matchLabels":{},"matchExpressions":null}}"#,
                true,
            ),
            (&kinds::POD_DISRUPTION_BUDGET, r#"{"selector":{"matchLabels":{"app":"web"}}}"#, true),
            (&kinds::POD_DISRUPTION_BUDGET, r#"{"selector":{"matchLabels":{"app":"db"}}}"#, false),
            (&kinds::NETWORK_POLICY, "{}", true),
            (&kinds::NETWORK_POLICY, r#"{"podSelector":null}"#, true),
            (&kinds::NETWORK_POLICY, r#"{"podSelector":{}}"#, true),
            (&kinds::NETWORK_POLICY, r#"{"podSelector":{"matchLabels":{"app":"db"}}}"#, false),
            (&kinds::SERVICE, "{}", false),
            (&kinds::SERVICE, r#"{"selector":{}}"#, false),
            (&kinds::SERVICE, r#"{"selector":{"app":"web"}}"#, true),
            (&kinds::SERVICE, r#"{"selector":{"app":"web"},"type":"ExternalName"}"#, false),
        ] {
            let tree = json::read(format!(r#"{{"spec":{spec}}}"#).as_bytes()).unwrap();
            let root = tree.root().unwrap();
            let selects = match kind.name {
                "PodDisruptionBudget" => PodDisruptionBudget::view(root).unwrap().selects(labels),
                "NetworkPolicy" => NetworkPolicy::view(root).unwrap().selects(labels),
                _ => Service::view(root).unwrap().selects(labels),
            };
            assert_eq!(selects, expected, "{} {spec}", kind.name);
        }
    }
}
