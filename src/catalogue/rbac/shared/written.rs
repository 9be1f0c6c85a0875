//! What somebody wrote: not the roles and bindings of Kubernetes itself, nor the rules that it puts together.

use crate::object::meta::ObjectMeta;
use crate::object::rbac::{self, PolicyRule, Role};
use crate::policy::Context;

/// As whom the API server makes and mends its own roles when it starts.
const API_SERVER: &str = "system:apiserver";

/// The rules of a role that somebody wrote.
///
/// Those of an aggregated ClusterRole stand in others, where they are judged; who writes them here is a controller.
pub(in crate::catalogue::rbac) fn rules<'t>(
    role: Role<'t>,
    context: &Context<'_>,
) -> impl Iterator<Item = PolicyRule<'t>> {
    let is_aggregated = is_cluster_wide(context) && role.is_aggregated();
    let rules = is_written(role.metadata(), context) && !is_aggregated;
    rules.then(|| role.rules().iter()).into_iter().flatten()
}

/// Whether somebody wrote a role or a binding.
///
/// A request says who writes. Objects that nobody is writing are taken for those of Kubernetes by label and name: to
/// put these on others, somebody has to write them.
pub(in crate::catalogue::rbac) fn is_written(
    metadata: Option<ObjectMeta<'_>>,
    context: &Context<'_>,
) -> bool {
    match context.subject.request {
        Some(request) => request.user != API_SERVER,
        None => !metadata.is_some_and(rbac::is_default),
    }
}

/// Whether what is judged holds in all namespaces.
pub(in crate::catalogue::rbac) fn is_cluster_wide(context: &Context<'_>) -> bool {
    context.subject.kind().is_some_and(|kind| !kind.namespaced)
}

/// Where a role holds, in messages.
pub(in crate::catalogue::rbac) fn realm(context: &Context<'_>) -> &'static str {
    if is_cluster_wide(context) { "cluster" } else { "namespace" }
}
