//! What belongs to a workload and is another object: what scales it, what calls it, what it mounts.

use std::collections::BTreeMap;

use crate::object::autoscaling::{Autoscaler, HorizontalPodAutoscaler, ScaledObject};
use crate::object::kinds::{self, Kind};
use crate::object::meta::{Object, ObjectMeta};
use crate::object::network::Service;
use crate::object::pod::Pod;
use crate::object::pod_spec::PodTemplate;
use crate::object::storage::PersistentVolumeClaim;
use crate::object::{Map, Text, View as _};
use crate::policy::{Context, Unknown};

/// An object that can be scaled.
pub(super) type Scaled<'t> = (&'static Kind, Object<'t>);

/// The autoscalers of the namespace that somebody has written: what KEDA makes of a ScaledObject is as that one says.
pub(super) fn autoscalers<'t>(context: &Context<'t>) -> Result<Vec<Autoscaler<'t>>, Unknown> {
    let horizontal = context.beside::<HorizontalPodAutoscaler<'static>>()?.into_iter();
    let scaled = context.beside::<ScaledObject<'static>>()?.into_iter();
    let all = horizontal.map(Autoscaler::Horizontal).chain(scaled.map(Autoscaler::Scaled));
    Ok(all.filter(|autoscaler| !autoscaler.is_made_by_keda()).collect())
}

/// What scales the object of this kind and name.
pub(super) fn autoscaler<'t>(
    context: &Context<'t>,
    kind: &Kind,
    name: &str,
) -> Result<Option<Autoscaler<'t>>, Unknown> {
    let is_it = |it: &Autoscaler<'_>| it.target().is_some_and(|target| target.is(kind, name));
    Ok(autoscalers(context)?.into_iter().find(is_it))
}

/// What an autoscaler scales; `None` if it is not there, or of a kind that has no name here.
pub(super) fn target<'t>(
    context: &Context<'t>,
    autoscaler: Autoscaler<'_>,
) -> Result<Option<Scaled<'t>>, Unknown> {
    let Some(target) = autoscaler.target() else { return Ok(None) };
    let Some(kind) = kinds::find(target.group, target.kind) else { return Ok(None) };
    named(context, &[kind], target.name)
}

/// The first object of one of these kinds that has this name. A `scale` request names its parent, but not the
/// parent's kind.
pub(super) fn named<'t>(
    context: &Context<'t>,
    kinds: &[&'static Kind],
    name: &str,
) -> Result<Option<Scaled<'t>>, Unknown> {
    for kind in kinds {
        let objects = context.facts.objects(kind, context.subject.namespace)?;
        if let Some(object) = objects.into_iter().find(|object| object.name() == Some(name)) {
            return Ok(Some((kind, object)));
        }
    }
    Ok(None)
}

/// The labels of the Pods that a workload makes.
pub(super) fn pod_labels<'t>(kind: &Kind, object: Object<'t>) -> Option<Map<'t, Text<'t>>> {
    let template = object.node().descend(kind.pod_template?).and_then(PodTemplate::view)?;
    template.metadata().map(ObjectMeta::labels)
}

/// A Service that sends its traffic to Pods with these labels.
pub(super) fn service<'t>(
    context: &Context<'t>,
    labels: Map<'_, Text<'_>>,
) -> Result<Option<Service<'t>>, Unknown> {
    let selects = |service: &Service<'_>| {
        service.spec().is_some_and(|spec| {
            let has = |(key, value): (&str, Text<'_>)| labels.get(key).is_some_and(|it| *it == *value);
            *spec.kind() != "ExternalName" && !spec.selector().is_empty() && spec.selector().iter().all(has)
        })
    };
    Ok(context.beside::<Service<'static>>()?.into_iter().find(selects))
}

/// A claim that the Pod mounts and that only one node at a time can use. It is not known of a claim that has yet to
/// come.
pub(super) fn one_node_claim<'t>(context: &Context<'_>, pod: &Pod<'t>) -> Result<Option<Text<'t>>, Unknown> {
    let mounted =
        pod.spec.volumes().iter().filter_map(|volume| volume.persistent_volume_claim()?.claim_name());
    let mut unknown: BTreeMap<&str, Text<'t>> = mounted.map(|name| (*name, name)).collect();
    if unknown.is_empty() {
        return Ok(None);
    }
    for claim in context.beside::<PersistentVolumeClaim<'static>>()? {
        let name = claim.metadata().and_then(|metadata| metadata.name()).map_or("", |name| *name);
        match claim.is_for_one_node() {
            Some(true) if unknown.contains_key(name) => return Ok(unknown.remove(name)),
            Some(false) => drop(unknown.remove(name)),
            _ => {}
        }
    }
    let first = unknown.into_keys().next();
    first.map_or(Ok(None), |name| Err(Unknown::Object(&kinds::PERSISTENT_VOLUME_CLAIM, name.to_owned())))
}
