//! `seLinuxOptions`: a container must not take another SELinux user, role or type than containers have.
//!
//! | field | may be |
//! |---|---|
//! | `type` | empty, `container_t`, `container_init_t`, `container_kvm_t`; from v1.31 on also `container_engine_t` |
//! | `user`, `role` | empty |
//! | `level` | anything |

use super::owner::everywhere;
use super::{Check, Version, Violation};
use crate::object::pod::Pod;
use crate::object::security_context::{PodSecurityContext, SecurityContext};

/// The check.
pub static CHECK: Check = Check {
    id: "seLinuxOptions",
    since: 0,
    overrides: None,
    offending: |pod, version, report| offending(pod, version).for_each(report),
};

/// Types, with the minor version that allowed them.
const TYPES: [(u32, &str); 5] = [
    (0, ""),
    (0, "container_t"),
    (0, "container_init_t"),
    (0, "container_kvm_t"),
    (31, "container_engine_t"),
];

/// Every `type`, `user` and `role` that is not allowed, of the Pod and of containers.
pub fn offending<'t>(pod: &Pod<'t>, version: Version) -> impl Iterator<Item = Violation<'t>> {
    let options = everywhere(pod, PodSecurityContext::se_linux_options, SecurityContext::se_linux_options);
    options.flat_map(move |(owner, options)| {
        let (kind, user, role) = (options.kind(), options.user(), options.role());
        let is_type = TYPES.iter().any(|(since, name)| *name == *kind && version.is_at_least(*since));
        let forbidden = [
            (kind, "sets seLinuxOptions.type to", !is_type),
            (user, "sets seLinuxOptions.user, is", !user.is_empty()),
            (role, "sets seLinuxOptions.role, is", !role.is_empty()),
        ];
        let forbidden = forbidden.into_iter().filter(|(_, _, is_forbidden)| *is_forbidden);
        forbidden.map(move |(text, says, _)| Violation::of_text(text, owner, says, *text))
    })
}
