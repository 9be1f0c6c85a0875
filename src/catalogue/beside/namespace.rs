//! What there is in a namespace, and where it is said what there is not.

use crate::object::key::Key;
use crate::object::kinds::{self, Kind};
use crate::object::meta::Object;
use crate::policy::{Context, KindLens, Subject, Unknown};

/// Where it is said that a namespace lacks something: of the Namespace itself where nobody is writing, so that it is said
/// once, and else of what somebody starts in it. What a controller makes is not told again what its maker has been told.
/// It is an object and the path of a field in it, which most never go down.
pub(in crate::catalogue) fn namespace_at_fault<'t>(
    subject: &Subject<'t>,
) -> Option<(Object<'t>, &'static str)> {
    let is_namespace = subject.kind() == Some(&kinds::NAMESPACE);
    let object = subject.object.filter(|_| is_namespace == subject.request.is_none())?;
    let is_told = object.controller().is_none() && !object.is_being_deleted();
    is_told.then_some((object, if is_namespace { "metadata.name" } else { "metadata.namespace" }))
}

/// The objects of a kind in the namespace of the subject that are found by a key; without one, all of them. Beside the
/// Namespace of a file they include those that name no namespace: they may well go there.
pub(in crate::catalogue) fn in_namespace<'t>(
    context: &Context<'t>,
    kind: &'static Kind,
    by: Option<Key<'_>>,
) -> Result<Vec<Object<'t>>, Unknown> {
    let mut found = context.facts.find(kind, context.subject.namespace.into(), by)?;
    if context.subject.kind() == Some(&kinds::NAMESPACE) {
        found.extend(context.facts.find(kind, None.into(), by)?);
    }
    Ok(found)
}

/// The same through the lens of the kind.
pub(in crate::catalogue) fn in_namespace_as<'t, L: KindLens>(
    context: &Context<'t>,
    by: Option<Key<'_>>,
) -> Result<Vec<L::At<'t>>, Unknown> {
    let found = in_namespace(context, L::KIND, by)?;
    Ok(found.into_iter().filter_map(|object| L::at(object.node())).collect())
}
