//! What Pods refer to by name, and whether it is there.

use std::collections::BTreeSet;

use crate::object::pod::{Pod, PodContainer};
use crate::object::references::Source;
use crate::policy::{Context, Findings, shown};

/// Reports each object of this kind that the Pod takes variables or files from, cannot do without, and that its namespace
/// does not have; once, where the Pod names it first. What a controller keeps passes: its template is judged, or its
/// operator makes the object.
pub(super) fn report_missing(
    source: Source,
    pod: &Pod<'_>,
    context: &Context<'_>,
    out: &mut Findings,
    mut is_to_come: impl FnMut(&str, &mut Findings) -> bool,
) {
    if context.subject.judged().is_none_or(|object| object.controller().is_some()) {
        return;
    }
    let in_env = pod.containers.iter().flat_map(PodContainer::env_references);
    let needed = pod.spec.volume_references().chain(in_env);
    let needed = needed.filter(|it| it.source == source && !it.optional && !it.name.is_empty());
    // A handful of names: hashing them would cost more.
    let mut seen = BTreeSet::new();
    for reference in needed.filter(|it| seen.insert(*it.name)) {
        let name = *reference.name;
        let found = context.facts.named(source.kind(), context.subject.namespace, name);
        let Some(None) = out.known(found) else { continue };
        if !is_to_come(name, out) {
            let message = format_args!("the namespace has no {} `{}`", source.as_str(), shown(name));
            out.report(reference.name, message).awaited();
        }
    }
}
