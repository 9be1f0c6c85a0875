//! What belongs to an object and is another one: what scales a workload, what calls it, what it mounts.
//!
//! What is known may still hold the object under review as it was, or not hold it yet: [`others`] leaves it out.

mod claims;
mod limits;
mod namespace;
mod owner;
mod scaling;
mod selection;

use crate::object::apps::Replicated;
use crate::object::key;
use crate::object::kinds::{self, Kind};
use crate::object::meta::Object;
use crate::object::pod::Pod;
use crate::object::{Int, Map, Text, View as _};
use crate::policy::{Context, KindLens, Subject, Unknown, shown_within};
use crate::tree::Node;

pub(super) use claims::{may_wait_for_claims, one_node_claim};
pub(super) use limits::gives_request;
pub(super) use namespace::{in_namespace, in_namespace_as, namespace_at_fault};
pub(super) use owner::owner;
pub(super) use scaling::{
    COUNTED, SCALED, autoscaler, autoscalers, autoscalers_of, scaled, target, vertical_autoscalers_of,
};
pub(super) use selection::{RUNNING, SelectsPods, behind, selected, selecting};

/// An object that makes Pods.
#[derive(Clone, Copy)]
pub(super) struct Workload<'t> {
    pub(super) kind: &'static Kind,
    pub(super) object: Object<'t>,
}

impl<'t> Workload<'t> {
    /// The subject; of a `scale` its parent, if it is of one of these kinds.
    pub(super) fn of_subject(
        context: &Context<'t>,
        kinds: &[&'static Kind],
    ) -> Result<Option<Self>, Unknown> {
        let subject = context.subject;
        let (Some(kind), Some(object)) = (subject.kind(), subject.judged()) else { return Ok(None) };
        if *kind == kinds::SCALE {
            let parent = subject.request.and_then(|request| request.resource);
            let kinds = match &parent {
                Some(parent) if kinds.contains(parent) => std::slice::from_ref(parent),
                Some(_) => return Ok(None),
                None => kinds,
            };
            return named(context, kinds, subject.name.unwrap_or_default());
        }
        Ok(kinds.contains(&kind).then_some(Self { kind, object }))
    }

    pub(super) fn name(self) -> &'t str {
        self.object.name().unwrap_or_default()
    }

    /// The labels of its Pods.
    pub(super) fn pod_labels(self) -> Option<Map<'t, Text<'t>>> {
        key::pod_labels(self.kind, self.object)
    }

    /// Its Pods.
    pub(super) fn pod(self) -> Option<Pod<'t>> {
        Pod::of(self.kind, self.object)
    }

    /// Whether it is what is under review, or what is being scaled.
    pub(super) fn is_judged(self, subject: &Subject<'_>) -> bool {
        let scaled = subject.request.and_then(|request| request.resource);
        let is_scaled = |kind: &Kind| *kind == kinds::SCALE && scaled.is_none_or(|it| it == self.kind);
        let is_kind = |kind: &Kind| kind == self.kind || is_scaled(kind);
        subject.kind().is_some_and(is_kind) && subject.name == self.object.name()
    }

    /// How many Pods it asks for; `None` if that is not for it to say.
    pub(super) fn replicas(self) -> Option<Int<'t>> {
        let counted = COUNTED.contains(&self.kind).then(|| Replicated::view(self.object.node())).flatten();
        Some(counted?.spec()?.replicas())
    }
}

/// The first object of one of these kinds that has this name.
pub(super) fn named<'t>(
    context: &Context<'t>,
    kinds: &[&'static Kind],
    name: &str,
) -> Result<Option<Workload<'t>>, Unknown> {
    for kind in kinds {
        if let Some(object) = context.facts.named(kind, context.subject.namespace, name)? {
            return Ok(Some(Workload { kind, object }));
        }
    }
    Ok(None)
}

/// All objects of these kinds in the namespace of the subject.
pub(super) fn all<'t>(context: &Context<'t>, kinds: &[&'static Kind]) -> Result<Vec<Workload<'t>>, Unknown> {
    let mut all = Vec::new();
    for kind in kinds.iter().copied() {
        let objects = context.facts.objects(kind, context.subject.namespace)?;
        all.extend(objects.into_iter().map(|object| Workload { kind, object }));
    }
    Ok(all)
}

/// Whether there is any object of these kinds in the namespace of the subject.
pub(super) fn has_any(context: &Context<'_>, kinds: &[&'static Kind]) -> Result<bool, Unknown> {
    for kind in kinds {
        if !context.facts.objects(kind, context.subject.namespace)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a controller manages an object, which then knows what it is for.
pub(super) fn is_made(node: Node<'_>) -> bool {
    Object::view(node).is_some_and(|object| object.controller().is_some())
}

/// Whether an object, which may be anywhere, is the one under review as it is known.
pub(super) fn is_subject(context: &Context<'_>, node: Node<'_>) -> bool {
    let subject = context.subject;
    let Some((judged, object)) = subject.judged().zip(Object::view(node)) else { return false };
    let is_kind = |kind: &Kind| object.kind().is_some_and(|it| *it == kind.name);
    // In files the namespace may stand elsewhere, and that of an object without one is then the same for all of them.
    subject.kind().is_some_and(is_kind)
        && object.name() == subject.name
        && object.namespace().or(subject.namespace) == judged.namespace().or(subject.namespace)
}

/// Of several objects that may be anywhere, messages name the first, so that it is always the same one.
pub(super) fn order(node: Node<'_>) -> Option<(Option<&str>, Option<&str>)> {
    let object = Object::view(node)?;
    Some((object.namespace(), object.name()))
}

/// The name of an object as messages show it, with its namespace if that is not the one of the subject.
pub(super) fn shown_name(context: &Context<'_>, node: Node<'_>) -> String {
    let object = Object::view(node);
    let name = shown_within(object.and_then(Object::name).unwrap_or_default(), 24);
    match object.and_then(Object::namespace).filter(|it| context.subject.namespace != Some(it)) {
        Some(namespace) => format!("{}/{name}", shown_within(namespace, 20)),
        None => name.to_string(),
    }
}

/// All objects of the lens's kind in the namespace of the subject, but for the subject.
pub(super) fn others<'t, L: KindLens>(context: &Context<'t>) -> Result<Vec<L::At<'t>>, Unknown> {
    let subject = context.subject;
    let mut others = context.facts.objects(L::KIND, subject.namespace)?;
    others.retain(|object| subject.kind() != Some(L::KIND) || object.name() != subject.name);
    Ok(others.into_iter().filter_map(|object| L::at(object.node())).collect())
}
