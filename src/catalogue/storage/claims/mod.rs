//! Which claims somebody writes: on their own, or as templates in a StatefulSet.

use crate::object::apps::StatefulSet;
use crate::object::kinds::{self, Kind};
use crate::object::meta::name_of;
use crate::object::storage::PersistentVolumeClaim;
use crate::policy::Subject;

/// The kinds that have claims.
pub(super) const KINDS: &[&Kind] = &[&kinds::PERSISTENT_VOLUME_CLAIM, &kinds::STATEFUL_SET];

/// Users as which Kubernetes makes claims of the templates of a StatefulSet. The template is what is judged: to refuse
/// a claim would only keep a Pod from starting.
const MAKERS: [&str; 2] =
    ["system:serviceaccount:kube-system:statefulset-controller", "system:kube-controller-manager"];

/// The claims of a subject.
pub(super) fn of<'t>(subject: &Subject<'t>) -> impl Iterator<Item = PersistentVolumeClaim<'t>> {
    let is_made = subject.request.is_some_and(|request| MAKERS.contains(&request.user));
    let claim = subject.lens::<PersistentVolumeClaim<'static>>().filter(|_| !is_made);
    let set = subject.lens::<StatefulSet<'static>>().and_then(StatefulSet::spec);
    claim.into_iter().chain(set.into_iter().flat_map(|spec| spec.volume_claim_templates().iter()))
}

/// The name by which messages speak of a claim.
pub(super) fn name(claim: PersistentVolumeClaim<'_>) -> &str {
    name_of(claim.metadata())
}
