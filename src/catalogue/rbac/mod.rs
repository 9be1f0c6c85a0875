//! RBAC: who may do what, and what follows from it.

mod cluster_admin_binding;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[Entry::of::<cluster_admin_binding::ClusterAdminBinding>()];
