//! What belongs to a workload and is another object: what scales it, what calls it, what it mounts.

use crate::object::Text;
use crate::object::autoscaling::{Autoscaler, HorizontalPodAutoscaler, ScaledObject};
use crate::object::kinds::{self, Kind};
use crate::object::meta::Object;
use crate::object::network::Service;
use crate::object::pod::Pod;
use crate::object::storage::PersistentVolumeClaim;
use crate::policy::{Context, Unknown, shown};

/// An object that can be scaled.
pub(super) type Scaled<'t> = (&'static Kind, Object<'t>);

/// What scales the object of this kind and name.
pub(super) fn autoscaler<'t>(
    context: &Context<'t>,
    kind: &Kind,
    name: &str,
) -> Result<Option<Autoscaler<'t>>, Unknown> {
    let horizontal = context.beside::<HorizontalPodAutoscaler<'static>>()?.into_iter();
    let scaled = context.beside::<ScaledObject<'static>>()?.into_iter();
    let mut all = horizontal.map(Autoscaler::Horizontal).chain(scaled.map(Autoscaler::Scaled));
    Ok(all.find(|it| it.target().is_some_and(|target| target.is(kind, name))))
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

/// A Service that sends its traffic to these Pods.
pub(super) fn service<'t>(context: &Context<'t>, pod: &Pod<'_>) -> Result<Option<Service<'t>>, Unknown> {
    let Some(labels) = pod.metadata.map(|metadata| metadata.labels()) else { return Ok(None) };
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
    let mut unknown = None;
    for volume in pod.spec.volumes().iter() {
        let Some(name) = volume.persistent_volume_claim().and_then(|claim| claim.claim_name()) else {
            continue;
        };
        let claims = context.beside::<PersistentVolumeClaim<'static>>()?;
        let is_it = |claim: &&PersistentVolumeClaim<'_>| {
            claim.metadata().and_then(|metadata| metadata.name()).is_some_and(|it| *it == *name)
        };
        match claims.iter().find(is_it).and_then(|claim| claim.is_for_one_node()) {
            Some(true) => return Ok(Some(name)),
            Some(false) => {}
            None => unknown = Some(name),
        }
    }
    let what = |name: Text<'_>| Unknown { what: format!("PersistentVolumeClaim `{}`", shown(&name)) };
    unknown.map_or(Ok(None), |name| Err(what(name)))
}
