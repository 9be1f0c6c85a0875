//! RBAC: who may do what, and what follows from it.

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[];
