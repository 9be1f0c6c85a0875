//! What objects are looked for by when another one is judged.

use super::autoscaling::Autoscaler;
use super::disruption::PodDisruptionBudget;
use super::kinds::{self, Kind};
use super::lens::{Map, Text, View as _};
use super::meta::{Object, ObjectMeta};
use super::network::{Ingress, NetworkPolicy, Service};
use super::pod_spec::PodTemplate;
use super::selector::LabelSelector;

/// What an object can be looked for by. A source of facts may keep an index of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key<'k> {
    /// Its name.
    Name(&'k str),
    /// A label of the Pods that it is or makes, and its value.
    PodLabel(&'k str, &'k str),
    /// It selects Pods, and these are the first label and value that it asks for; `None` if it asks for none, so that
    /// only its conditions say which Pods it selects.
    Selects(Option<(&'k str, &'k str)>),
    /// Kind and name of what it scales.
    Target(&'k str, &'k str),
    /// Kind and name of the controller that manages it.
    Controller(&'k str, &'k str),
    /// A host that it routes; empty for any host.
    Host(&'k str),
}

impl<'k> Key<'k> {
    /// The key by which everything is found that a selector selects, if there is one: the first of its labels.
    pub fn of_selected(selector: LabelSelector<'k>) -> Option<Self> {
        let (label, value) = selector.match_labels().iter().next()?;
        Some(Key::PodLabel(label, *value))
    }

    /// Whether an object of this kind is found by the key.
    pub fn finds(self, kind: &Kind, object: Object<'_>) -> bool {
        let mut found = false;
        each(kind, object, &mut |key| found |= key == self);
        found
    }
}

/// Visits every key by which an object of a kind is found.
pub fn each<'t>(kind: &Kind, object: Object<'t>, visit: &mut impl FnMut(Key<'t>)) {
    if let Some(name) = object.metadata().and_then(|metadata| metadata.name()) {
        visit(Key::Name(*name));
    }
    if let Some(owner) = object.controller()
        && let (Some(kind), Some(name)) = (owner.kind(), owner.name())
    {
        visit(Key::Controller(*kind, *name));
    }
    let labels = pod_labels(kind, object).into_iter().flat_map(Map::iter);
    labels.for_each(|(label, value)| visit(Key::PodLabel(label, *value)));
    selection(kind, object).into_iter().for_each(&mut *visit);
    if let Some(target) = Autoscaler::of(kind, object).and_then(Autoscaler::target) {
        visit(Key::Target(target.kind, target.name));
    }
    if let Some(ingress) = (*kind == kinds::INGRESS).then(|| Ingress::view(object.node())).flatten() {
        let rules = ingress.spec().into_iter().flat_map(|spec| spec.rules().iter());
        rules.for_each(|rule| visit(Key::Host(rule.host().map_or("", |host| *host))));
    }
}

/// The labels of the Pods that an object is or makes.
pub fn pod_labels<'t>(kind: &Kind, object: Object<'t>) -> Option<Map<'t, Text<'t>>> {
    let template = object.node().descend(kind.pod_template?).and_then(PodTemplate::view)?;
    template.metadata().map(ObjectMeta::labels)
}

/// The key by which something that selects Pods is found.
fn selection<'t>(kind: &Kind, object: Object<'t>) -> Option<Key<'t>> {
    let labels = if *kind == kinds::SERVICE {
        Some(Service::view(object.node())?.spec()?.selector())
    } else if *kind == kinds::POD_DISRUPTION_BUDGET {
        Some(PodDisruptionBudget::view(object.node())?.spec()?.selector()?.match_labels())
    } else if *kind == kinds::NETWORK_POLICY {
        NetworkPolicy::view(object.node())?.spec()?.pod_selector().map(LabelSelector::match_labels)
    } else {
        return None;
    };
    let first = labels.and_then(|labels| labels.iter().next());
    Some(Key::Selects(first.map(|(label, value)| (label, *value))))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::tree::json as reader;

    #[test]
    fn objects_are_found_by_what_they_say() {
        let owned = json!({ "name": "a", "ownerReferences": [
            { "kind": "Job", "name": "other" }, { "kind": "ReplicaSet", "name": "web-1", "controller": true },
        ] });
        let labelled = json!({ "name": "a", "labels": { "app": "web" } });
        let target = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" });
        let rules = json!([{ "host": "a.example" }, {}]);
        for (kind, metadata, spec, expected) in [
            (&kinds::POD, &owned, json!({}), vec![Key::Controller("ReplicaSet", "web-1")]),
            (&kinds::POD, &labelled, json!({}), vec![Key::PodLabel("app", "web")]),
            (&kinds::DEPLOYMENT, &labelled, json!({}), vec![]),
            (
                &kinds::DEPLOYMENT,
                &labelled,
                json!({ "template": { "metadata": { "labels": { "a": "1", "b": "2" } } } }),
                vec![Key::PodLabel("a", "1"), Key::PodLabel("b", "2")],
            ),
            (&kinds::SERVICE, &labelled, json!({}), vec![Key::Selects(None)]),
            (
                &kinds::SERVICE,
                &labelled,
                json!({ "selector": { "a": "1", "b": "2" } }),
                vec![Key::Selects(Some(("a", "1")))],
            ),
            // Without a selector a budget is for no Pod, and a network policy for all.
            (&kinds::POD_DISRUPTION_BUDGET, &labelled, json!({}), vec![]),
            (&kinds::POD_DISRUPTION_BUDGET, &labelled, json!({ "selector": {} }), vec![Key::Selects(None)]),
            (&kinds::NETWORK_POLICY, &labelled, json!({}), vec![Key::Selects(None)]),
            (
                &kinds::HORIZONTAL_POD_AUTOSCALER,
                &labelled,
                json!({ "scaleTargetRef": target }),
                vec![Key::Target("Deployment", "web")],
            ),
            (
                &kinds::INGRESS,
                &labelled,
                json!({ "rules": rules }),
                vec![Key::Host("a.example"), Key::Host("")],
            ),
        ] {
            let object: Value = json!({ "apiVersion": kind.api_version(), "kind": kind.name, "metadata": metadata, "spec": spec });
            let tree = reader::read(object.to_string().as_bytes()).unwrap();
            let view = Object::view(tree.root().unwrap()).unwrap();
            let mut keys = Vec::new();
            each(kind, view, &mut |key| keys.push(key));
            assert_eq!(keys.first(), Some(&Key::Name("a")));
            assert_eq!(keys[1..], expected, "{object}");
            assert!(keys.iter().all(|key| key.finds(kind, view)) && !Key::Name("b").finds(kind, view));
        }
    }
}
