//! What scales a workload.

use super::{Workload, named};
use crate::object::autoscaling::{Autoscaler, HorizontalPodAutoscaler, ScaledObject};
use crate::object::key::Key;
use crate::object::kinds::{self, Kind};
use crate::policy::{Context, Unknown};

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
