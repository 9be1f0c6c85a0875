//! What objects are looked for by when another one is judged.

use super::autoscaling::{Autoscaler, ScaleTarget};
use super::disruption::PodDisruptionBudget;
use super::kinds::{self, Kind};
use super::lens::{Map, Text, View as _};
use super::meta::{Object, ObjectMeta};
use super::network::{Ingress, NetworkPolicy, Service, dns_names};
use super::pod_spec::PodTemplate;
use super::rbac::{BoundSubject, RoleBinding};
use super::selector::{LabelSelector, is_given};
use super::vertical_autoscaling::VerticalPodAutoscaler;

/// What an object can be looked for by. A source of facts may keep an index of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key<'k> {
    /// Its name.
    Name(&'k str),
    /// A label of the Pods that it is or makes, and its value.
    PodLabel(&'k str, &'k str),
    /// It selects Pods, and these are the first label and value that it asks for and that a template can have; `None` if
    /// it asks for none, so that something else says which Pods it selects.
    Selects(Option<(&'k str, &'k str)>),
    /// Kind and name of what it scales, in number or in size.
    Target(&'k str, &'k str),
    /// Kind and name of the controller that manages it.
    Controller(&'k str, &'k str),
    /// A host that it routes; empty for any host.
    Host(&'k str),
    /// A name that external-dns makes lead to it.
    DnsName(&'k str),
    /// Namespace and name of the ServiceAccount that it gives rights to; without a name those of the namespace, without
    /// either all.
    Bound(&'k str, &'k str),
}

impl<'k> Key<'k> {
    /// The key by which everything is found that has these labels on its Pods, if there is one: the first of them.
    pub fn of_selected(labels: Map<'k, Text<'k>>) -> Option<Self> {
        first(labels).map(|(label, value)| Key::PodLabel(label, value))
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
    if let Some(target) = target(kind, object) {
        visit(Key::Target(target.kind, target.name));
    }
    if let Some(ingress) = (*kind == kinds::INGRESS).then(|| Ingress::view(object.node())).flatten() {
        let rules = ingress.spec().into_iter().flat_map(|spec| spec.rules().iter());
        rules.for_each(|rule| visit(Key::Host(rule.host().map_or("", |host| *host))));
    }
    if [&kinds::SERVICE, &kinds::INGRESS].contains(&kind) {
        dns_names(object).for_each(|(_, name)| visit(Key::DnsName(name)));
    }
    if [&kinds::ROLE_BINDING, &kinds::CLUSTER_ROLE_BINDING].contains(&kind) {
        let subjects = RoleBinding::view(object.node()).into_iter().flat_map(|it| it.subjects().iter());
        let accounts = subjects.filter_map(BoundSubject::service_accounts);
        accounts.for_each(|(namespace, name)| visit(Key::Bound(namespace, name)));
    }
}

/// The labels of the Pods that an object is or makes.
pub fn pod_labels<'t>(kind: &Kind, object: Object<'t>) -> Option<Map<'t, Text<'t>>> {
    let template = object.node().descend(kind.pod_template?).and_then(PodTemplate::view)?;
    template.metadata().map(ObjectMeta::labels)
}

/// What an object scales, in number or in size.
pub fn target<'t>(kind: &Kind, object: Object<'t>) -> Option<ScaleTarget<'t>> {
    if *kind == kinds::VERTICAL_POD_AUTOSCALER {
        return VerticalPodAutoscaler::view(object.node())?.target();
    }
    Autoscaler::of(kind, object)?.target()
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
    Some(Key::Selects(labels.and_then(first)))
}

/// The first of the labels of a selector that the template of a Pod can have.
fn first<'t>(labels: Map<'t, Text<'t>>) -> Option<(&'t str, &'t str)> {
    labels.iter().find(|(label, _)| !is_given(label)).map(|(label, value)| (label, *value))
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
