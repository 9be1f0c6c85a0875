//! What has made a Pod.

use super::Workload;
use crate::object::kinds::{self, Kind};
use crate::object::meta::Object;
use crate::policy::{Context, Unknown};

/// The label by which a Deployment tells the Pods of its templates apart; it is the end of the name of the ReplicaSet too.
const TEMPLATE_HASH: &str = "pod-template-hash";

/// The workload that a Pod belongs to; `None` if nobody manages it, or something that has no name here. Of a Pod that a
/// Deployment keeps through a ReplicaSet it is the Deployment.
pub(in crate::catalogue) fn owner<'t>(
    context: &Context<'t>,
    pod: Object<'_>,
) -> Result<Option<Workload<'t>>, Unknown> {
    let Some(controller) = pod.controller() else { return Ok(None) };
    let (Some(kind), Some(name)) = (controller.kind(), controller.name()) else { return Ok(None) };
    let group = controller.api_version().map_or("", |version| crate::object::meta::group_of(&version));
    let Some(kind) = kinds::find(group, &kind) else { return Ok(None) };
    let found = |kind: &'static Kind, name: &str| {
        let object = context.facts.named(kind, context.subject.namespace, name)?;
        Ok(object.map(|object| Workload { kind, object }))
    };
    if let Some(workload) = found(kind, &name)? {
        return Ok(Some(workload));
    }
    // ReplicaSets that a Deployment has made are not kept beside it.
    let hash = pod.label(TEMPLATE_HASH).filter(|_| *kind == kinds::REPLICA_SET);
    let deployment = hash.and_then(|hash| name.strip_suffix(*hash)?.strip_suffix('-'));
    deployment.map_or(Ok(None), |name| found(&kinds::DEPLOYMENT, name))
}
