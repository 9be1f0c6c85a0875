//! Ownership and GitOps: who an object belongs to, and who may change it.

mod hand_edit;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[Entry::of::<hand_edit::HandEdit>()];
