//! What a workload mounts.

use crate::object::pod::Pod;
use crate::object::storage::PersistentVolumeClaim;
use crate::object::{Text, View as _, kinds};
use crate::policy::{Context, Unknown};

/// Whether Pods of this specification can have to wait for a claim on one node that they need on another: they mount one,
/// and may come to different nodes.
pub(in crate::catalogue) fn may_wait_for_claims(pod: &Pod<'_>) -> bool {
    mounted(pod).next().is_some() && !pod.spec.is_pinned_to_node()
}

/// A claim that the Pod mounts and that only one node at a time can use. It is not known of a claim that has yet to
/// come, unless another one is enough to say.
pub(in crate::catalogue) fn one_node_claim<'t>(
    context: &Context<'_>,
    pod: &Pod<'t>,
) -> Result<Option<Text<'t>>, Unknown> {
    let mut unknown = None;
    for name in mounted(pod) {
        let claim = context.facts.named(&kinds::PERSISTENT_VOLUME_CLAIM, context.subject.namespace, &name)?;
        let claim = claim.and_then(|claim| PersistentVolumeClaim::view(claim.node()));
        match claim.and_then(PersistentVolumeClaim::is_for_one_node) {
            Some(true) => return Ok(Some(name)),
            Some(false) => {}
            None => unknown = unknown.or(Some(name)),
        }
    }
    let unknown = unknown.map(|name| Unknown::Object(&kinds::PERSISTENT_VOLUME_CLAIM, (*name).to_owned()));
    unknown.map_or(Ok(None), Err)
}

/// The names of the claims that the Pod mounts.
fn mounted<'t>(pod: &Pod<'t>) -> impl Iterator<Item = Text<'t>> + use<'t> {
    pod.spec.volumes().iter().filter_map(|volume| volume.persistent_volume_claim()?.claim_name())
}
