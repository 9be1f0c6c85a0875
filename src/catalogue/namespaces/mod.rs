//! Namespaces: what holds for everything in them, and what must not vanish with them.

mod protected_object_deletion;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[Entry::of::<protected_object_deletion::ProtectedObjectDeletion>()];
