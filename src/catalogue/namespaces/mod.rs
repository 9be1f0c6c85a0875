//! Namespaces: what holds for everything in them, and what must not vanish with them.

mod pod_security_downgrade;
mod protected_object_deletion;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<protected_object_deletion::ProtectedObjectDeletion>(),
    Entry::of::<pod_security_downgrade::PodSecurityDowngrade>(),
];
