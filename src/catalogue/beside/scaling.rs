//! What scales a workload.

use super::{Workload, named};
use crate::object::autoscaling::{Autoscaler, HorizontalPodAutoscaler, ScaleTarget, ScaledObject};
use crate::object::key::Key;
use crate::object::kinds::{self, Kind};
use crate::object::vertical_autoscaling::VerticalPodAutoscaler;
use crate::policy::{Context, Unknown};

/// What autoscalers are for and is known in full. ReplicaSets are not: those that a Deployment has made are not kept.
pub(in crate::catalogue) const SCALED: &[&Kind] =
    &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICATION_CONTROLLER];

/// What asks for a number of Pods, of the kinds that Kubernetes has.
pub(in crate::catalogue) const COUNTED: &[&Kind] =
    &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICA_SET, &kinds::REPLICATION_CONTROLLER];

/// The autoscalers of the namespace that somebody has written: what KEDA makes of a ScaledObject is as that one says.
pub(in crate::catalogue) fn autoscalers<'t>(context: &Context<'t>) -> Result<Vec<Autoscaler<'t>>, Unknown> {
    found(context, None)
}

/// What scales the object of this kind and name.
pub(in crate::catalogue) fn autoscaler<'t>(
    context: &Context<'t>,
    kind: &Kind,
    name: &str,
) -> Result<Option<Autoscaler<'t>>, Unknown> {
    let is_it = |it: &Autoscaler<'_>| it.target().is_some_and(|target| target.is(kind, name));
    Ok(found(context, Some(Key::Target(kind.name, name)))?.into_iter().find(is_it))
}

/// All that scale the same in number.
pub(in crate::catalogue) fn autoscalers_of<'t>(
    context: &Context<'t>,
    target: &ScaleTarget<'_>,
) -> Result<Vec<Autoscaler<'t>>, Unknown> {
    let mut found = found(context, Some(Key::Target(target.kind, target.name)))?;
    found.retain(|it| it.target().is_some_and(|it| it.is_same(target)));
    Ok(found)
}

/// All that scale the same in size.
pub(in crate::catalogue) fn vertical_autoscalers_of<'t>(
    context: &Context<'t>,
    target: &ScaleTarget<'_>,
) -> Result<Vec<VerticalPodAutoscaler<'t>>, Unknown> {
    let by = Key::Target(target.kind, target.name);
    let mut found = context.beside_by::<VerticalPodAutoscaler<'static>>(by)?;
    found.retain(|it| it.target().is_some_and(|it| it.is_same(target)));
    Ok(found)
}

/// What this is, if it is of one of these kinds and there.
pub(in crate::catalogue) fn scaled<'t>(
    context: &Context<'t>,
    target: &ScaleTarget<'_>,
    kinds: &[&'static Kind],
) -> Result<Option<Workload<'t>>, Unknown> {
    let kind = target.kind_among(kinds);
    kind.map_or(Ok(None), |kind| named(context, &[kind], target.name))
}

/// What an autoscaler scales; `None` if it is not there, or of a kind that has no name here.
pub(in crate::catalogue) fn target<'t>(
    context: &Context<'t>,
    autoscaler: Autoscaler<'_>,
) -> Result<Option<Workload<'t>>, Unknown> {
    let Some(target) = autoscaler.target() else { return Ok(None) };
    let Some(kind) = kinds::find(target.group, target.kind) else { return Ok(None) };
    named(context, &[kind], target.name)
}

fn found<'t>(context: &Context<'t>, by: Option<Key<'_>>) -> Result<Vec<Autoscaler<'t>>, Unknown> {
    let within = context.subject.namespace.into();
    let horizontal = context.facts.list::<HorizontalPodAutoscaler<'static>>(within, by)?;
    let scaled = context.facts.list::<ScaledObject<'static>>(within, by)?;
    let all = horizontal.into_iter().map(Autoscaler::Horizontal);
    let all = all.chain(scaled.into_iter().map(Autoscaler::Scaled));
    Ok(all.filter(|autoscaler| !autoscaler.is_made_by_keda()).collect())
}
