//! Bindings to whoever is in a group, or to nobody in particular.

use crate::object::rbac::{BoundSubject, RoleBinding};
use crate::policy::{Findings, shown};

/// Reports subjects of a binding, unless the binding gives a ClusterRole that is allowed to.
pub(in crate::catalogue::rbac) fn report(
    binding: RoleBinding<'_>,
    allowed: &[String],
    is_it: impl Fn(BoundSubject<'_>) -> bool,
    who: &str,
    out: &mut Findings,
) {
    let Some(role) = binding.role_ref() else { return };
    let name = role.name().map_or("", |name| *name);
    if *role.kind() == "ClusterRole" && allowed.iter().any(|it| it == name) {
        return;
    }
    for subject in binding.subjects().iter().filter(|subject| is_it(*subject)) {
        let group = subject.name();
        out.report(subject, format_args!("gives `{}` to `{}`, {who}", shown(name), shown(&group)));
    }
}
