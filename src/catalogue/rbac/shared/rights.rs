//! Whether somebody has given rights to an account.

use crate::object::View as _;
use crate::object::key::Key;
use crate::object::kinds;
use crate::object::rbac::{self, RoleBinding};
use crate::policy::{Context, Unknown, Within};

/// Whether a role is bound to an account of a namespace, be it by a group that it is in. What Kubernetes itself binds to
/// all accounts lets them do next to nothing, and does not count.
pub(in crate::catalogue::rbac) fn has_any(
    context: &Context<'_>,
    namespace: &str,
    account: &str,
) -> Result<bool, Unknown> {
    // Most rights are given in the namespace of the account, fewest in other ones.
    let realms = [
        (&kinds::ROLE_BINDING, Within::Namespace(Some(namespace))),
        (&kinds::CLUSTER_ROLE_BINDING, Within::Namespace(None)),
        (&kinds::ROLE_BINDING, Within::Cluster),
    ];
    for (kind, within) in realms {
        for key in [Key::Bound(namespace, account), Key::Bound(namespace, ""), Key::Bound("", "")] {
            let bindings = context.facts.find(kind, within, Some(key))?;
            let mut bindings = bindings.into_iter().filter_map(|binding| RoleBinding::view(binding.node()));
            if bindings.any(|binding| !binding.metadata().is_some_and(rbac::is_default)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
